//! What happens to side resources when their extension is destroyed.
//!
//! Deleting one cuts off every cluster that uses it, so only what this extension created goes, and
//! only while nobody else uses it. What is kept is told, with the command that deletes it; a
//! failure here never brings the extension back into the state.

use azure::rp::{
    EXTENSIONS, HYBRID_CONNECTIONS, LOG_ANALYTICS_WORKSPACES, RELAY_NAMESPACES,
    SERVICE_BUS_NAMESPACES,
};
use azure::{Envelope, Error, Id, Kind};
use framework::{Diagnostic, Diagnostics};

use super::{
    HYBRID_CONNECTION, LOG_ANALYTICS_WORKSPACE, RELAY_NAMESPACE, SERVICE_BUS_NAMESPACE,
    SideResource,
};
use crate::explain::capitalised;
use crate::{Cx, operation, preflight};

/// What is to go, and what speaks against it.
pub(crate) struct Removal<'a> {
    /// The cluster of the extension.
    pub(crate) cluster: &'a Id,
    /// What stands beside it.
    pub(crate) side_resources: &'a [SideResource],
    /// The kinds that stay by `delete_on_destroy = false`.
    pub(crate) keep: &'a [&'static str],
    /// The extension's own name.
    pub(crate) extension: &'a str,
}

/// Removes what may go, innermost first, and warns of what stays.
pub(crate) async fn remove(cx: &mut Cx<'_>, removal: &Removal<'_>) {
    if cx.replaced {
        cx.provider.handover.leave(removal.cluster, removal.side_resources);
        cx.diagnostics.extend(handed_over(removal));
        return;
    }
    let used = used_by_another(cx, removal).await;
    for kind in [HYBRID_CONNECTION, RELAY_NAMESPACE, SERVICE_BUS_NAMESPACE, LOG_ANALYTICS_WORKSPACE]
    {
        for entry in removal.side_resources {
            if entry.kind.known().is_some_and(|known| known == kind)
                && let Some(id) = entry.arm_id()
            {
                let told = match reason(removal, entry, used.as_deref()) {
                    Some(why) => Some(why),
                    None => delete(cx, kind, &id).await,
                };
                cx.diagnostics.extend(told.map(|why| warning(entry, &id, &why)));
            }
        }
    }
}

/// Warnings for what stays in Azure when the extension is gone by itself.
pub(crate) fn kept(side_resources: &[SideResource], found: &mut Diagnostics) {
    let created = side_resources.iter().filter(|entry| entry.is_created());
    found.extend(created.filter_map(|entry| {
        let why = "The extension it was created for is gone, and Terraform did not delete it.";
        Some(warning(entry, &entry.arm_id()?, why))
    }));
}

/// One word on what stays for the new extension of a replacement: that it may never be installed is
/// not known here, and then no state knows of it.
fn handed_over(removal: &Removal<'_>) -> Option<Diagnostic> {
    let created = removal.side_resources.iter().filter(|entry| entry.is_created());
    let ids: Vec<_> = created.filter_map(SideResource::arm_id).map(|id| id.to_string()).collect();
    let title = format!("Extension {}: what it created is handed over", removal.extension);
    let list = ids.join("\n");
    let told = format!(
        "{list}\n\nThe extension is replaced. The new one on the same cluster takes it over, and \
         deletes it one day. If none is installed there, nothing deletes it:\n\n  az resource delete \
         --ids {}",
        ids.join(" ")
    );
    (!ids.is_empty()).then(|| Diagnostic::warning(title).detail(told))
}

/// Why this one stays, if it does.
fn reason(removal: &Removal<'_>, entry: &SideResource, used: Option<&str>) -> Option<String> {
    let keep = entry.kind.known().is_some_and(|kind| removal.keep.contains(&kind.as_str()));
    let told = if !entry.is_created() {
        "This resource did not create it."
    } else if keep {
        "`delete_on_destroy` is false."
    } else {
        return used.map(str::to_owned);
    };
    Some(told.to_owned())
}

/// Whether the cluster has another extension of Azure Machine Learning; not knowing it counts.
async fn used_by_another(cx: &Cx<'_>, removal: &Removal<'_>) -> Option<String> {
    let removable = removal.side_resources.iter().any(SideResource::is_created);
    if !removable {
        return None;
    }
    let found = list(cx, &EXTENSIONS, removal.cluster).await;
    let others = match found {
        Ok(found) => found,
        Err(error) => return Some(format!("It is not known who else uses it: {error}.")),
    };
    let other = others.iter().filter(|other| preflight::is_azureml(other)).find_map(|other| {
        other.name().filter(|name| !name.eq_ignore_ascii_case(removal.extension))
    });
    other.map(|name| format!("The extension {name:?} of the same cluster uses it."))
}

/// Deletes it. What comes back is why it stays.
async fn delete(cx: &Cx<'_>, kind: &str, id: &Id) -> Option<String> {
    let kind = match kind {
        RELAY_NAMESPACE => {
            if let Some(why) = inhabited(cx, id).await {
                return Some(why);
            }
            &RELAY_NAMESPACES
        }
        HYBRID_CONNECTION => &HYBRID_CONNECTIONS,
        SERVICE_BUS_NAMESPACE => &SERVICE_BUS_NAMESPACES,
        _ => &LOG_ANALYTICS_WORKSPACES,
    };
    let (arm, limits) = (&cx.provider.arm, operation::limits(cx));
    let gone = match arm.delete(kind, id, &[], &limits).await {
        Ok(operation) => arm.wait_gone(kind, id, operation.as_ref(), &limits).await,
        Err(error) => Err(error),
    };
    gone.err().map(|error| format!("Deleting it failed: {error}."))
}

/// Whether a hybrid connection is left in the namespace; not knowing it counts.
async fn inhabited(cx: &Cx<'_>, namespace: &Id) -> Option<String> {
    match list(cx, &HYBRID_CONNECTIONS, namespace).await {
        Ok(connections) => connections.first().map(|connection| {
            let name = connection.name().unwrap_or_default();
            format!("It holds the hybrid connection {name:?}.")
        }),
        Err(error) => Some(format!("It is not known who else uses it: {error}.")),
    }
}

/// What is there; nothing where the parent is gone.
async fn list(cx: &Cx<'_>, kind: &Kind, parent: &Id) -> Result<Vec<Envelope>, Error> {
    match cx.provider.arm.list(kind, parent, &operation::limits(cx)).await {
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        found => found,
    }
}

fn warning(entry: &SideResource, id: &Id, why: &str) -> Diagnostic {
    let noun = entry.kind.known().map_or("", String::as_str).replace('_', " ");
    Diagnostic::warning(format!("{} {} is kept", capitalised(&noun), id.name())).detail(format!(
        "{id}\n\n{why} If nobody needs it any more:\n\n  az resource delete --ids {id}"
    ))
}
