//! Computes that azapi managed until now.

use azure::resource_types::COMPUTES;
use framework::{Attr, MoveSource, Private, Resource};

use super::KubernetesCompute;
use super::model::Compute;
use super::response::{compute_from_body, other_type};
use crate::explain::Result;
use crate::types::move_source::{id, of_azapi, unsupported_source};

/// In the object's memory: it was moved, and not read since.
pub(super) const MOVED: &str = "moved";

/// What the body says is what the user declared; everything else comes with the next read.
pub(super) fn move_state(source: &MoveSource, private: &mut Private) -> Result<Compute> {
    let keys = KubernetesCompute::import(id(source, &COMPUTES)?)?;
    let object = of_azapi(source)?;
    if let Some(kind) = other_type(&object) {
        let why = format!("the compute is of type {kind}, not Kubernetes");
        return Err(unsupported_source(source, &why).into());
    }
    private.set(MOVED, &true);
    let compute = compute_from_body(keys, &object)?;
    // Not said is not known, where an answer would mean the default.
    let silent = object.properties()["disableLocalAuth"].is_null();
    let disable_local_auth = if silent { Attr::Null } else { compute.disable_local_auth };
    Ok(Compute { disable_local_auth, ..compute })
}
