//! Attaches a cluster to a workspace.

use azure::resource_types::{COMPUTES, WORKSPACES};
use azure::{ArmResource, Id};
use framework::{Diagnostic, Resource, Saved};
use serde_json::{Map, json};

use super::KubernetesCompute;
use super::model::{Compute, Target};
use super::put::Put;
use super::request::overlay;
use super::response::check_compute_type;
use super::{extension, namespace};
use crate::arm::operation;
use crate::context::Context;
use crate::explain::{Action, Result};

pub(super) async fn create(
    context: &mut Context<'_>, planned: Compute, saved: &mut Saved<Compute>,
) -> Result<()> {
    let target = Target::of(&planned)?;
    let (id, name) = (&target.id, KubernetesCompute::NAME);
    operation::ensure_absent(context, &COMPUTES, id, name, check_compute_type).await?;
    attach(context, target, planned, saved).await
}

/// Attaches the cluster where no compute is, or is any more.
pub(super) async fn attach(
    context: &mut Context<'_>, target: Target, mut planned: Compute, saved: &mut Saved<Compute>,
) -> Result<()> {
    let extension = extension::require_ready(context, &target.cluster, &planned).await?;
    if planned.extension_id.is_unknown() {
        planned.set_extension(extension);
    }
    let location = workspace_location(context, &target.workspace).await?;
    let empty = ArmResource::new(Map::from_iter([("location".to_owned(), json!(location))]));
    let overlay = overlay(&empty, None, &planned)?;
    namespace::create(context, &target, &planned).await?;
    let put =
        Put { action: Action::Create, target, prior: None, planned: planned.clone(), overlay };
    let attached = put.send(context, saved).await;
    namespace::warn_of_left(context, &planned, saved);
    attached
}

/// The location of the workspace, in which every compute of it is.
async fn workspace_location(context: &Context<'_>, workspace: &Id) -> Result<String> {
    let has_location = |workspace: &ArmResource| workspace.location().is_some();
    let found = operation::find_recent(context, &WORKSPACES, workspace, has_location).await?;
    let location = found.as_ref().and_then(ArmResource::location);
    location.map(str::to_owned).ok_or_else(|| {
        Diagnostic::error("Workspace does not exist")
            .detail(format!(
                "{workspace}\n\nCheck the ID. A workspace that was deleted lately may be soft-deleted: \
                 recover it, or purge it and create it again."
            ))
            .at("workspace_id")
            .into()
    })
}
