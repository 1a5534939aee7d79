//! The look at the cluster's extension before it is attached: without it, the service takes over an
//! hour to say that it failed.

use azure::resource_types::EXTENSIONS;
use azure::{ArmResource, Id, Operation};
use framework::{Attr, Diagnostic, Path};

use super::model::Compute;
use crate::arm::preflight::{AZUREML, is_azureml};
use crate::arm::{operation, preflight};
use crate::context::Context;
use crate::explain::{Action, Error, Result, with_context};

/// Makes sure that the cluster is connected and has the extension, and returns the extension's ID. One
/// that is being installed is waited for. `None`: the provider may not read extensions.
pub(super) async fn require_ready(
    context: &mut Context<'_>, cluster: &Id, planned: &Compute,
) -> Result<Option<Id>> {
    preflight::check_connected(context, cluster).await?;
    match find_ready(context, cluster, planned).await {
        Err(Error::Azure(failure)) if failure.error.is_forbidden() => {
            context.diagnostics.push(
                Diagnostic::warning("Extension was not looked at")
                    .detail(format!(
                        "The provider may not read the extensions of the cluster, so it cannot see \
                         whether Azure Machine Learning is installed there:\n\n{}",
                        failure.error
                    ))
                    .at("cluster_id"),
            );
            Ok(None)
        }
        extension => Ok(extension?.id),
    }
}

/// The same before an attached compute changes, whatever its extension is called by now. `true`: it
/// had to wait. Without the right to read extensions, create has warned already.
pub(super) async fn wait_until_ready(
    context: &mut Context<'_>, cluster: &Id, planned: &Compute,
) -> Result<bool> {
    preflight::check_connected(context, cluster).await?;
    let any = Compute { extension_id: Attr::Null, ..planned.clone() };
    match find_ready(context, cluster, &any).await {
        Err(Error::Azure(failure)) if failure.error.is_forbidden() => Ok(false),
        extension => Ok(extension?.has_waited),
    }
}

/// The extension of an attached cluster, for an import. Not to know it is no failure.
pub(super) async fn find_for(context: &Context<'_>, compute: &Compute) -> Option<Id> {
    let cluster = compute.cluster_id.known()?.parse().ok()?;
    find_in_cluster(context, &cluster).await.ok().flatten()?.id()
}

/// An extension that can be attached through.
struct Ready {
    id: Option<Id>,
    has_waited: bool,
}

async fn find_ready(context: &Context<'_>, cluster: &Id, planned: &Compute) -> Result<Ready> {
    let (path, found) = match planned.extension_id.known() {
        Some(id) => {
            let found =
                operation::find_recent(context, &EXTENSIONS, &id.parse()?, is_ready).await?;
            ("extension_id", found)
        }
        None => ("cluster_id", find_in_cluster(context, cluster).await?),
    };
    let Some(extension) = found.filter(is_azureml) else {
        return Err(not_installed(cluster, path));
    };
    let state = extension.state();
    let has_waited = state.is_running() && !state.is_deleting();
    if has_waited {
        wait_until_installed(context, &extension).await?;
    } else if !state.is_healthy() {
        return Err(not_healthy(&extension, path));
    }
    Ok(Ready { id: extension.id(), has_waited })
}

/// The extension of our type among those of the cluster.
async fn find_in_cluster(context: &Context<'_>, cluster: &Id) -> Result<Option<ArmResource>> {
    let options = operation::read_options(context);
    let arm = &context.provider.arm;
    match arm.find_recent(&EXTENSIONS, cluster, AZUREML, &options, is_ready).await {
        Err(error) if error.is_not_found() => Err(Diagnostic::error("Cluster does not exist")
            .detail(format!(
                "{cluster}\n\nCheck the ID. A cluster must be connected to Azure Arc, or be AKS, \
                 before it can be attached:\n\n  az connectedk8s list --output table"
            ))
            .at("cluster_id")
            .into()),
        found => found.map_err(with_context(Action::Read, &EXTENSIONS, cluster)),
    }
}

/// Whether computes can be attached through the extension as it is.
fn is_ready(extension: &ArmResource) -> bool {
    is_azureml(extension) && extension.state().is_healthy()
}

async fn wait_until_installed(context: &Context<'_>, extension: &ArmResource) -> Result<()> {
    let Some(id) = extension.id() else { return Ok(()) };
    let running = Operation::polling_state();
    let options = operation::call_options(context);
    let waited =
        context.provider.arm.wait_until_done(&EXTENSIONS, &id, Some(&running), &options).await;
    waited.map(drop).map_err(with_context(Action::Read, &EXTENSIONS, &id))
}

fn not_installed(cluster: &Id, path: &str) -> Error {
    Diagnostic::error("Extension is not installed")
        .detail(format!(
            "{cluster}\n\nThe cluster has no extension of type Microsoft.AzureML.Kubernetes, so it \
             cannot be attached. Install it with `azureml_arc_extension`, and set `extension_id` to \
             its `id` so that it comes first."
        ))
        .at(Path::from(path))
        .into()
}

fn not_healthy(extension: &ArmResource, path: &str) -> Error {
    let name = extension.name().unwrap_or_default();
    let state = extension.provisioning_state().unwrap_or_default();
    Diagnostic::error("Extension is not ready")
        .detail(format!(
            "The extension {name:?} of the cluster is {state}, so attaching would fail. Mend it \
             first; `azureml_arc_extension` plans its repair."
        ))
        .at(Path::from(path))
        .into()
}
