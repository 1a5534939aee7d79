//! An extension that is gone while what it created beside itself is still there.
//!
//! The state keeps it, because nothing else knows of what is left: a destroy cleans up, and an
//! apply installs the extension again.

use azure::Error as AzureError;
use azure::resource_types::EXTENSIONS;
use framework::{Attr, Diagnostic, Plan, Private, field};

use super::model::Extension;
use super::{cluster, create, id, secret_decision};
use crate::arm::{operation, preflight};
use crate::connections::{self, SideResource, answers};
use crate::context::Context;
use crate::explain::Result;

/// In the object's memory: what the extension created is there, and the extension is not, or not
/// yet.
const ABSENT: &str = "owed";
/// In the object's memory: neither is the cluster. The IDs of what is left to delete.
const NO_CLUSTER: &str = "no_cluster";

/// Notes that the extension is not there.
pub(super) fn note(memory: &mut Private) {
    memory.set(ABSENT, &true);
}

/// Forgets that it was not there.
pub(super) fn forget(memory: &mut Private) {
    memory.forget(ABSENT);
    memory.forget(NO_CLUSTER);
}

/// Whether the extension is known not to be there.
pub(super) fn is_noted(memory: &Private) -> bool {
    secret_decision::is_marked(memory, ABSENT)
}

// === read ===

/// The state of an extension that alone is gone.
pub(super) async fn of_extension(
    context: &mut Context<'_>, state: Extension,
) -> Result<Option<Extension>> {
    if to_delete(&state).is_empty() {
        connections::kept(&create::stands(&state), &mut context.diagnostics);
        return Ok(None);
    }
    if !cluster_answers(context, &state).await? {
        return of_cluster(context, state).await;
    }
    forget(&mut context.private);
    note(&mut context.private);
    Ok(Some(without_state(state)))
}

/// The state of an extension whose cluster is gone: kept while anything is left to delete.
pub(super) async fn of_cluster(
    context: &mut Context<'_>, state: Extension,
) -> Result<Option<Extension>> {
    let left = answers(context, &create::stands(&state)).await;
    let mut deletes = to_delete(&state);
    deletes.retain(|entry| left.contains(entry));
    if !deletes.is_empty() {
        note(&mut context.private);
        context.private.set(NO_CLUSTER, &ids(&deletes));
        return Ok(Some(without_state(state)));
    }
    operation::warn_of_parent(context, &EXTENSIONS, &id(&state)?);
    connections::kept(&left, &mut context.diagnostics);
    Ok(None)
}

/// What a destroy would delete beside the extension.
fn to_delete(state: &Extension) -> Vec<SideResource> {
    let keep = connections::kept_on_request(state);
    let mut entries = create::stands(state);
    entries.retain(|entry| {
        let kept = entry.kind.known().is_some_and(|kind| keep.contains(&kind.as_str()));
        entry.is_created() && !kept
    });
    entries
}

/// Who may not look at the cluster is not told that it is gone.
async fn cluster_answers(context: &Context<'_>, state: &Extension) -> Result<bool> {
    let id = cluster(state)?;
    match operation::find(context, preflight::kind_of(&id)?.1, &id).await {
        Err(error) if error.azure().is_some_and(AzureError::is_not_found) => Ok(false),
        Err(error) if error.azure().is_some_and(AzureError::is_forbidden) => Ok(true),
        found => Ok(found?.is_some()),
    }
}

fn without_state(state: Extension) -> Extension {
    Extension { provisioning_state: Attr::Null, ..state }
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
    let told = match left_without_cluster(plan.private()) {
        Some(left) => no_cluster(Diagnostic::warning, prior, &left),
        None => gone(prior, subject),
    };
    plan.diagnostics.push(told);
}

/// Refuses to install an extension on a cluster that is gone. The plan cannot: Terraform makes one
/// before each destroy, which must not fail.
pub(super) async fn refuse_without_cluster(context: &Context<'_>, prior: &Extension) -> Result<()> {
    let Some(left) = left_without_cluster(&context.private) else { return Ok(()) };
    if cluster_answers(context, prior).await? {
        return Ok(());
    }
    Err(no_cluster(Diagnostic::error, prior, &left).into())
}

fn left_without_cluster(memory: &Private) -> Option<Vec<String>> {
    memory.get(NO_CLUSTER)
}

fn gone(prior: &Extension, subject: &str) -> Diagnostic {
    let list = ids(&to_delete(prior)).join("\n  ");
    Diagnostic::warning(format!("{subject} is not there")).detail(format!(
        "It was deleted outside of Terraform, or an earlier run was cut off. It stays in the state \
         because of what it created, which is still there:\n\n  {list}\n\nAn apply installs it \
         again. A destroy deletes what is listed."
    ))
}

fn no_cluster(told: fn(String) -> Diagnostic, prior: &Extension, left: &[String]) -> Diagnostic {
    let name = prior.name.known().map_or("", String::as_str);
    let cluster = prior.cluster_id.known().map_or("", String::as_str);
    told(format!("Extension {name}: its cluster is gone"))
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

fn ids(entries: &[SideResource]) -> Vec<String> {
    entries.iter().filter_map(|entry| entry.id.known().cloned()).collect()
}
