//! Calls on ARM that every type makes: reads, writes that are waited for, locks and preflight.

pub(crate) mod catalogue;
pub(crate) mod ids;
pub(crate) mod locks;
pub(crate) mod operation;
pub(crate) mod preflight;

use azure::{ArmResource, Id, ResourceType};
use framework::Diagnostic;
use vocabulary::capitalize;

use crate::context::Context;
use crate::explain::{Action, Error, Result, with_context};

/// The objects of that kind below a parent, by name, over all pages.
pub(crate) async fn list_below(
    context: &Context<'_>, kind: &'static ResourceType, parent: &Id,
) -> Result<Vec<(String, ArmResource)>> {
    let objects = context.provider.arm.list(kind, parent, &operation::call_options(context)).await;
    let objects = objects.map_err(with_context(Action::Read, kind, parent))?;
    // The name of a child may be given with that of its parent.
    let named = objects.into_iter().filter_map(|object| {
        let name = object.name()?.rsplit('/').next()?.to_owned();
        Some((name, object))
    });
    Ok(named.collect())
}

/// The error of a data source whose object does not exist. `check` says where to look.
pub(crate) fn not_found(kind: &ResourceType, id: &Id, at: &'static str, check: &str) -> Error {
    Diagnostic::error(format!("{} does not exist", capitalize(kind.noun)))
        .detail(format!("{id}\n\n{check}"))
        .at(at)
        .into()
}
