//! An extension that is not installed while resources that it created exist.
//!
//! The state keeps it, because nothing else knows of these resources: a destroy deletes them, and an
//! apply installs the extension again.

use azure::Error as AzureError;
use azure::resource_types::EXTENSIONS;
use framework::{Attr, Diagnostic, Plan, Private, field};

use super::desired::connection_arguments;
use super::model::Extension;
use crate::arm::{operation, preflight};
use crate::connections::{self, SideResource, find_created, known_ids};
use crate::context::Context;
use crate::explain::Result;

/// In private state: the extension is not installed, or not yet, and what it created exists.
const PENDING_INSTALL: &str = "owed";
/// In private state: its cluster is gone. The IDs of what is left to delete.
const NO_CLUSTER: &str = "no_cluster";

/// Notes it if the extension created any of these: from then on until the extension is put, a
/// refresh must not lose them. True: it did.
pub(super) fn note_created(private: &mut Private, side_resources: &[SideResource]) -> bool {
    let is_pending = side_resources.iter().any(SideResource::is_created);
    if is_pending {
        private.set(PENDING_INSTALL, &true);
    }
    is_pending
}

pub(super) fn forget(private: &mut Private) {
    private.forget(PENDING_INSTALL);
    private.forget(NO_CLUSTER);
}

pub(super) fn is_noted(private: &Private) -> bool {
    private.get(PENDING_INSTALL).unwrap_or(false)
}

// === read ===

/// The state of an extension that alone is gone.
pub(super) async fn without_extension(
    context: &mut Context<'_>, state: Extension,
) -> Result<Option<Extension>> {
    if deletable(&state).is_empty() {
        connections::warn_of_kept(&state.known_side_resources(), &mut context.diagnostics);
        return Ok(None);
    }
    if !has_cluster(context, &state).await? {
        return without_cluster(context, state).await;
    }
    forget(&mut context.private);
    context.private.set(PENDING_INSTALL, &true);
    Ok(Some(Extension { provisioning_state: Attr::Null, ..state }))
}

/// The state of an extension whose cluster is gone: kept while anything is left to delete.
pub(super) async fn without_cluster(
    context: &mut Context<'_>, state: Extension,
) -> Result<Option<Extension>> {
    let left = find_created(context, &state.known_side_resources()).await;
    let mut deletable = deletable(&state);
    deletable.retain(|entry| left.contains(entry));
    if !deletable.is_empty() {
        context.private.set(PENDING_INSTALL, &true);
        context.private.set(NO_CLUSTER, &known_ids(&deletable));
        return Ok(Some(Extension { provisioning_state: Attr::Null, ..state }));
    }
    operation::warn_of_parent(context, &EXTENSIONS, &state.arm_ids()?.0);
    connections::warn_of_kept(&left, &mut context.diagnostics);
    Ok(None)
}

/// What a destroy would delete beside the extension.
fn deletable(state: &Extension) -> Vec<SideResource> {
    let kept_kinds = connection_arguments(state).kinds_to_keep();
    let mut entries = state.known_side_resources();
    entries.retain(|entry| {
        let is_kept = entry.kind.known().is_some_and(|kind| kept_kinds.contains(&kind.as_str()));
        entry.is_created() && !is_kept
    });
    entries
}

/// Without the right to read the cluster, it counts as there.
async fn has_cluster(context: &Context<'_>, state: &Extension) -> Result<bool> {
    let (_, id) = state.arm_ids()?;
    match operation::find(context, preflight::kind_of(&id)?.1, &id).await {
        Err(error) if error.azure().is_some_and(AzureError::is_not_found) => Ok(false),
        Err(error) if error.azure().is_some_and(AzureError::is_forbidden) => Ok(true),
        found => Ok(found?.is_some()),
    }
}

// === plan ===

/// Plans the installation of an extension that is gone, so that what hangs on it follows.
pub(super) fn plan(plan: &mut Plan<'_, Extension>, prior: &Extension, subject: &str) {
    if !is_noted(plan.private()) {
        return;
    }
    plan.unknown(field!(id));
    plan.unknown(field!(identity));
    plan.unknown(field!(statuses));
    plan.unknown(field!(current_version));
    plan.unknown(field!(extension_type));
    plan.unknown(field!(release_namespace));
    plan.unknown(field!(provisioning_state));
    plan.unknown(field!(side_resources));
    plan.unknown(field!(effective_configuration_settings));
    let warning = match ids_without_cluster(plan.private()) {
        Some(left) => no_cluster(Diagnostic::warning, prior, &left),
        None => not_installed(prior, subject),
    };
    plan.diagnostics.push(warning);
}

/// Refuses to install an extension on a cluster that is gone. The plan cannot: Terraform makes one
/// before each destroy, which must not fail.
pub(super) async fn refuse_without_cluster(context: &Context<'_>, prior: &Extension) -> Result<()> {
    let Some(left) = ids_without_cluster(&context.private) else { return Ok(()) };
    if has_cluster(context, prior).await? {
        return Ok(());
    }
    Err(no_cluster(Diagnostic::error, prior, &left).into())
}

fn ids_without_cluster(memory: &Private) -> Option<Vec<String>> {
    memory.get(NO_CLUSTER)
}

fn not_installed(prior: &Extension, subject: &str) -> Diagnostic {
    let list = known_ids(&deletable(prior)).join("\n  ");
    Diagnostic::warning(format!("{subject} is not there")).detail(format!(
        "It was deleted outside of Terraform, or an earlier run was cut off. It stays in the state \
         because of what it created, which is still there:\n\n  {list}\n\nAn apply installs it \
         again. A destroy deletes what is listed."
    ))
}

fn no_cluster(
    diagnostic: fn(String) -> Diagnostic, prior: &Extension, left: &[String],
) -> Diagnostic {
    let cluster = prior.cluster_id.known().map_or("", String::as_str);
    diagnostic(format!("{}: its cluster is gone", prior.subject()))
        .detail(format!(
            "{cluster}\n\nThe cluster does not exist any more, so the extension cannot be installed \
             again: an apply is refused. It stays in the state because of what it created, which is \
             still there:\n\n  {}\n\nA destroy of this resource deletes it. To delete it by hand \
             instead:\n\n  az resource delete --ids {}\n  terraform state rm ADDRESS",
            left.join("\n  "),
            left.join(" "),
        ))
        .at("cluster_id")
}
