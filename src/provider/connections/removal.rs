//! Removes side resources when their extension is destroyed.
//!
//! Deleting one cuts off every cluster that uses it, so only what this extension created is deleted,
//! and only while nobody else uses it. A warning names what is kept, with the command that deletes
//! it. A failure here never brings the extension back into the state.

use azure::resource_types::{EXTENSIONS, HYBRID_CONNECTIONS};
use azure::{ArmResource, Error as AzureError, Id, ResourceType};
use framework::{Diagnostic, Diagnostics};
use vocabulary::capitalize;

use super::side_resource::{
    HYBRID_CONNECTION, LOG_ANALYTICS_WORKSPACE, RELAY_NAMESPACE, SERVICE_BUS_NAMESPACE,
    SideResource, known_ids, resource_type,
};
use crate::arm::{operation, preflight};
use crate::context::Context;
use crate::explain::{Error, Result};

pub(crate) struct Removal<'a> {
    pub(crate) cluster: &'a Id,
    pub(crate) side_resources: &'a [SideResource],
    /// Kinds with `delete_on_destroy = false`.
    pub(crate) keep: &'a [&'static str],
    /// Name of the extension.
    pub(crate) extension: &'a str,
}

impl Removal<'_> {
    fn keeps(&self, entry: &SideResource) -> bool {
        entry.kind.known().is_some_and(|kind| self.keep.contains(&kind.as_str()))
    }
}

/// Removes what may go, innermost first, and warns of what stays. Cut off before its end it is an
/// error, so that the state keeps what is left for the next destroy.
pub(crate) async fn remove(context: &mut Context<'_>, removal: &Removal<'_>) -> Result<()> {
    if context.replaced {
        context.provider.replacement_stash.put(removal.cluster, removal.side_resources);
        context.diagnostics.extend(handover_warning(removal));
        return Ok(());
    }
    let used =
        used_by_another(context, removal).await.map_err(|error| unfinished(removal, &error))?;
    for (kind, entry, id) in innermost_first(removal.side_resources) {
        let told = match reason_to_keep(removal, entry, used.as_deref()) {
            Some(why) => Some(why),
            None => {
                delete(context, kind, &id).await.map_err(|error| unfinished(removal, &error))?
            }
        };
        context.diagnostics.extend(told.map(|why| warning(entry, &id, &why)));
    }
    Ok(())
}

fn innermost_first(entries: &[SideResource]) -> Vec<(&'static str, &SideResource, Id)> {
    let kinds =
        [HYBRID_CONNECTION, RELAY_NAMESPACE, SERVICE_BUS_NAMESPACE, LOG_ANALYTICS_WORKSPACE];
    let of = |kind: &'static str| {
        let of_kind = entries.iter().filter(move |entry| entry.is(kind));
        of_kind.filter_map(move |entry| Some((kind, entry, entry.arm_id()?)))
    };
    kinds.into_iter().flat_map(of).collect()
}

/// Why the removal did not come to its end.
fn unfinished(removal: &Removal<'_>, error: &AzureError) -> Error {
    let mut mine = removal.side_resources.to_vec();
    mine.retain(|entry| entry.is_created() && !removal.keeps(entry));
    let list = known_ids(&mine);
    Diagnostic::error(format!("Extension {}: what it created is not deleted yet", removal.extension))
        .detail(format!(
            "The extension is deleted. Deleting what it created beside itself was cut off: \
             {error}.\n\n  {}\n\nThe state keeps the extension for that. Destroy again, which goes on \
             with it.",
            list.join("\n  ")
        ))
        .into()
}

/// Those that this extension created and that are still there. Not knowing it counts as being there.
pub(crate) async fn find_created(
    context: &Context<'_>, side_resources: &[SideResource],
) -> Vec<SideResource> {
    let mut found = Vec::new();
    for entry in side_resources.iter().filter(|entry| entry.is_created()) {
        let (Some(kind), Some(id)) = (entry.resource_type(), entry.arm_id()) else { continue };
        let looked = context.provider.arm.get(kind, &id, &operation::read_options(context)).await;
        let gone = match &looked {
            Ok(found) => found.is_none(),
            Err(error) => error.is_not_found(),
        };
        if !gone {
            found.push(entry.clone());
        }
    }
    found
}

/// The command that deletes these by hand.
fn delete_command(side_resources: &[SideResource]) -> String {
    format!("az resource delete --ids {}", known_ids(side_resources).join(" "))
}

/// Warnings for what stays in Azure when the extension is gone by itself.
pub(crate) fn warn_of_kept(side_resources: &[SideResource], found: &mut Diagnostics) {
    let created = side_resources.iter().filter(|entry| entry.is_created());
    found.extend(created.filter_map(|entry| {
        let why = "The extension it was created for is gone, and Terraform did not delete it.";
        Some(warning(entry, &entry.arm_id()?, why))
    }));
}

/// One word on what stays for the new extension of a replacement: that it may never be installed is
/// not known here, and then no state knows of it.
fn handover_warning(removal: &Removal<'_>) -> Option<Diagnostic> {
    let created = removal.side_resources.iter().filter(|entry| entry.is_created());
    let created: Vec<_> = created.cloned().collect();
    let ids = known_ids(&created);
    let title = format!("Extension {}: what it created is handed over", removal.extension);
    let list = ids.join("\n");
    let told = format!(
        "{list}\n\nThe extension is replaced. The new one on the same cluster takes it over, and \
         deletes it one day. If none is installed there, nothing deletes it:\n\n  {}",
        delete_command(&created)
    );
    (!ids.is_empty()).then(|| Diagnostic::warning(title).detail(told))
}

/// Why this one stays, if it does.
fn reason_to_keep(
    removal: &Removal<'_>, entry: &SideResource, used: Option<&str>,
) -> Option<String> {
    let told = if !entry.is_created() {
        "This resource did not create it."
    } else if removal.keeps(entry) {
        "`delete_on_destroy` is false."
    } else {
        return used.map(str::to_owned);
    };
    Some(told.to_owned())
}

/// Whether the cluster has another extension of Azure Machine Learning; not knowing it counts.
async fn used_by_another(
    context: &Context<'_>, removal: &Removal<'_>,
) -> std::result::Result<Option<String>, AzureError> {
    let removable = removal.side_resources.iter().any(SideResource::is_created);
    if !removable {
        return Ok(None);
    }
    let found = list(context, &EXTENSIONS, removal.cluster).await;
    let others = match found {
        Ok(found) => found,
        Err(error) => return unless_cut_off(error, "It is not known who else uses it"),
    };
    let other = others.iter().filter(|other| preflight::is_azureml(other)).find_map(|other| {
        other.name().filter(|name| !name.eq_ignore_ascii_case(removal.extension))
    });
    Ok(other.map(|name| format!("The extension {name:?} of the same cluster uses it.")))
}

/// Deletes it. What comes back is why it stays; an error, that there was no time to ask.
async fn delete(
    context: &Context<'_>, kind: &str, id: &Id,
) -> std::result::Result<Option<String>, AzureError> {
    if kind == RELAY_NAMESPACE
        && let Some(why) = used_by_hybrid_connection(context, id).await?
    {
        return Ok(Some(why));
    }
    let kind = resource_type(kind);
    let (arm, options) = (&context.provider.arm, operation::call_options(context));
    let gone = match arm.delete(kind, id, &[], &options).await {
        Ok(operation) => arm.wait_until_gone(kind, id, operation.as_ref(), &options).await,
        Err(error) => Err(error),
    };
    match gone {
        Ok(()) => Ok(None),
        Err(error) => unless_cut_off(error, "Deleting it failed"),
    }
}

/// Whether a hybrid connection is left in the namespace; not knowing it counts.
async fn used_by_hybrid_connection(
    context: &Context<'_>, namespace: &Id,
) -> std::result::Result<Option<String>, AzureError> {
    match list(context, &HYBRID_CONNECTIONS, namespace).await {
        Ok(connections) => Ok(connections.first().map(|connection| {
            let name = connection.name().unwrap_or_default();
            format!("It holds the hybrid connection {name:?}.")
        })),
        Err(error) => unless_cut_off(error, "It is not known who else uses it"),
    }
}

/// An interruption and a deadline say nothing of the resource: the next destroy asks again.
fn unless_cut_off(
    error: AzureError, what: &str,
) -> std::result::Result<Option<String>, AzureError> {
    match error {
        AzureError::Stopped | AzureError::DeadlineExceeded(_) => Err(error),
        error => Ok(Some(format!("{what}: {error}."))),
    }
}

/// What is there; nothing where the parent is gone.
async fn list(
    context: &Context<'_>, kind: &ResourceType, parent: &Id,
) -> std::result::Result<Vec<ArmResource>, AzureError> {
    match context.provider.arm.list(kind, parent, &operation::call_options(context)).await {
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        found => found,
    }
}

fn warning(entry: &SideResource, id: &Id, why: &str) -> Diagnostic {
    let noun = entry.kind.known().map_or("", String::as_str).replace('_', " ");
    Diagnostic::warning(format!("{} {} is kept", capitalize(&noun), id.name())).detail(format!(
        "{id}\n\n{why} If nobody needs it any more:\n\n  az resource delete --ids {id}"
    ))
}
