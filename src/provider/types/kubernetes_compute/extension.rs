//! The look at the cluster's extension before it is attached: without it, the service takes over an
//! hour to say that it failed.

use azure::resource_types::EXTENSIONS;
use azure::{ArmResource, Id, Operation};
use framework::{Attr, Diagnostic, Path};

use super::schema::Compute;
use crate::arm::preflight::is_azureml;
use crate::arm::{operation, preflight};
use crate::context::Context;
use crate::explain::{Action, Error, Result, with_context};

/// An extension that can be attached through.
pub(super) struct Ready {
    pub(super) id: Option<Id>,
    /// It was still at work, so that time has passed.
    pub(super) waited: bool,
}

/// Makes sure that the cluster is connected and the extension there and well, and says which it is;
/// one that is being installed is waited for. `None`: the provider may not look.
pub(super) async fn ready(context: &mut Context<'_>, planned: &Compute) -> Result<Option<Ready>> {
    preflight::connected(context, &planned.cluster_id.require()?.parse()?).await?;
    match look(context, planned).await {
        Err(Error::Azure(trouble)) if trouble.error.is_forbidden() => {
            context.diagnostics.push(
                Diagnostic::warning("Extension was not looked at")
                    .detail(format!(
                        "The provider may not read the extensions of the cluster, so it cannot see \
                         whether Azure Machine Learning is installed there:\n\n{}",
                        trouble.error
                    ))
                    .at("cluster_id"),
            );
            Ok(None)
        }
        looked => looked,
    }
}

/// Makes sure of the same before an attached compute changes, whatever its extension is called by now;
/// whether it had to wait. Who may not look was told so when the cluster was attached.
pub(super) async fn still_ready(context: &mut Context<'_>, planned: &Compute) -> Result<bool> {
    preflight::connected(context, &planned.cluster_id.require()?.parse()?).await?;
    let anywhere = Compute { extension_id: Attr::Null, ..planned.clone() };
    match look(context, &anywhere).await {
        Err(Error::Azure(trouble)) if trouble.error.is_forbidden() => Ok(false),
        looked => Ok(looked?.is_some_and(|extension| extension.waited)),
    }
}

/// The extension of an attached cluster, for an import. Not to know it is no failure.
pub(super) async fn of(context: &Context<'_>, compute: &Compute) -> Option<Id> {
    let cluster = compute.cluster_id.known()?.parse().ok()?;
    listed(context, &cluster).await.ok().flatten()?.id()
}

async fn look(context: &Context<'_>, planned: &Compute) -> Result<Option<Ready>> {
    let cluster: Id = planned.cluster_id.require()?.parse()?;
    let (path, found) = match planned.extension_id.known() {
        Some(id) => ("extension_id", operation::find(context, &EXTENSIONS, &id.parse()?).await?),
        None => ("cluster_id", listed(context, &cluster).await?),
    };
    let Some(extension) = found.filter(is_azureml) else { return Err(none(&cluster, path)) };
    let state = extension.provisioning_state().unwrap_or_default();
    let waited = operation::is_running(Some(state)) && !state.eq_ignore_ascii_case("Deleting");
    if waited {
        installed(context, &extension).await?;
    } else if !state.eq_ignore_ascii_case("Succeeded") && !state.is_empty() {
        return Err(unwell(&extension, state, path));
    }
    Ok(Some(Ready { id: extension.id(), waited }))
}

/// The extension of our type among those of the cluster.
async fn listed(context: &Context<'_>, cluster: &Id) -> Result<Option<ArmResource>> {
    let found =
        context.provider.arm.list(&EXTENSIONS, cluster, &operation::read_options(context)).await;
    match found {
        Err(error) if error.is_not_found() => Err(Diagnostic::error("Cluster does not exist")
            .detail(format!(
                "{cluster}\n\nCheck the ID. A cluster must be connected to Azure Arc, or be AKS, \
                 before it can be attached:\n\n  az connectedk8s list --output table"
            ))
            .at("cluster_id")
            .into()),
        found => {
            let found = found.map_err(with_context(Action::Read, &EXTENSIONS, cluster))?;
            Ok(found.into_iter().find(is_azureml))
        }
    }
}

async fn installed(context: &Context<'_>, extension: &ArmResource) -> Result<()> {
    let Some(id) = extension.id() else { return Ok(()) };
    let running = Operation::watching_state();
    let options = operation::call_options(context);
    let waited =
        context.provider.arm.wait_until_done(&EXTENSIONS, &id, Some(&running), &options).await;
    waited.map(drop).map_err(with_context(Action::Read, &EXTENSIONS, &id))
}

fn none(cluster: &Id, path: &str) -> Error {
    Diagnostic::error("Extension is not installed")
        .detail(format!(
            "{cluster}\n\nThe cluster has no extension of type Microsoft.AzureML.Kubernetes, so it \
             cannot be attached. Install it with `azureml_arc_extension`, and set `extension_id` to \
             its `id` so that it comes first."
        ))
        .at(Path::from(path))
        .into()
}

fn unwell(extension: &ArmResource, state: &str, path: &str) -> Error {
    let name = extension.name().unwrap_or_default();
    Diagnostic::error("Extension is not well")
        .detail(format!(
            "The extension {name:?} of the cluster is {state}, so attaching would fail. Mend it \
             first; `azureml_arc_extension` plans its repair."
        ))
        .at(Path::from(path))
        .into()
}
