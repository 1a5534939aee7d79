//! What is looked at before anything is written to a cluster.

use aml::settings::{Cluster, ClusterKind, EXTENSION_TYPE};
use azure::resource_types::{CONNECTED_CLUSTERS, EXTENSIONS, MANAGED_CLUSTERS, PROVIDERS};
use azure::{ArmResource, Id, PropertyFilter, ResourceType};
use framework::Diagnostic;

use crate::arm::operation;
use crate::context::Context;
use crate::explain::{Action, Error, Result, with_context};

/// The facts of a cluster that takes an extension now: it is there, and its agents answer.
pub(crate) async fn cluster(context: &Context<'_>, id: &Id) -> Result<Cluster> {
    let (kind, arm_kind) = kind_of(id)?;
    let found =
        operation::find(context, arm_kind, id).await?.ok_or_else(|| absent_error(id, kind))?;
    if let Some(silence) = silence(&found) {
        return Err(silence.error(id));
    }
    let location = found.location().unwrap_or_default();
    Ok(Cluster::read(kind, &id.to_string(), location, found.properties()))
}

/// Refuses a cluster whose agents are known not to answer. Who may not look at it is not stopped, and
/// whether it is there at all, the caller learns otherwise.
pub(crate) async fn check_connected(context: &Context<'_>, id: &Id) -> Result<()> {
    let arm_kind = kind_of(id)?.1;
    let found =
        match operation::find_recent(context, arm_kind, id, |it| silence(it).is_none()).await {
            Err(error) if error.azure().is_some_and(is_denied) => None,
            found => found?,
        };
    match found.as_ref().and_then(silence) {
        Some(silence) => Err(silence.error(id)),
        None => Ok(()),
    }
}

/// Refuses a cluster of AKS that somebody stopped.
pub(crate) fn check_running(id: &Id, found: &ArmResource) -> Result<()> {
    match silence(found) {
        Some(silence @ Silence::Stopped) => Err(silence.error(id)),
        _ => Ok(()),
    }
}

/// Whether the cluster's agents are known not to answer. A cluster that is gone has none.
pub(crate) async fn is_unreachable(context: &Context<'_>, id: &Id) -> Result<bool> {
    let found = match operation::find(context, kind_of(id)?.1, id).await {
        Err(error) if error.azure().is_some_and(azure::Error::is_not_found) => None,
        found => found?,
    };
    Ok(found.is_none_or(|cluster| silence(&cluster).is_some()))
}

/// Refuses a second extension of Azure Machine Learning beside `own`.
pub(crate) async fn refuse_second_extension(
    context: &Context<'_>, cluster: &Id, own: &str,
) -> Result<()> {
    let (arm, options) = (&context.provider.arm, operation::call_options(context));
    let listed = arm.list_where(&EXTENSIONS, cluster, &options, is_azureml).await;
    let listed = listed.map_err(with_context(Action::Read, &EXTENSIONS, cluster))?;
    let other = listed.iter().find_map(|other| {
        other.name().filter(|name| !name.eq_ignore_ascii_case(own)).map(|name| (name, other.id()))
    });
    match other {
        Some((name, id)) => Err(second_extension_error(cluster, name, id)),
        None => Ok(()),
    }
}

/// Refuses to begin where the subscription is not registered for what is about to be written. Who
/// may not look at that is not stopped.
pub(crate) async fn check_registered(
    context: &Context<'_>, cluster: &Id, namespaces: &[&str],
) -> Result<()> {
    let Some(subscription) = cluster.subscription() else { return Ok(()) };
    for namespace in namespaces {
        let id = PROVIDERS.id(&Id::of_subscription(subscription)?, namespace)?;
        let found = match operation::find_recent(context, &PROVIDERS, &id, is_registered).await {
            Err(error) if error.azure().is_some_and(is_denied) => None,
            found => found?,
        };
        if found.is_some_and(|found| !is_registered(&found)) {
            return Err(unregistered_error(namespace, subscription));
        }
    }
    Ok(())
}

/// Whether a subscription is registered for a namespace, or about to be. No state at all is none of
/// ours to judge.
fn is_registered(provider: &ArmResource) -> bool {
    let state = provider.member("registrationState").and_then(|state| state.as_str());
    state.is_none_or(|state| state.to_lowercase().starts_with("register"))
}

fn is_denied(error: &azure::Error) -> bool {
    error.is_forbidden() || error.is_not_found()
}

fn unregistered_error(namespace: &str, subscription: &str) -> Error {
    Diagnostic::error("Resource provider is not registered")
        .detail(format!(
            "The subscription {subscription} is not registered for {namespace}, so nothing of it \
             can be created. Nothing was written. Register it, which takes a minute or two, then \
             apply again:\n\n  az provider register --namespace {namespace} --subscription \
             {subscription} --wait"
        ))
        .into()
}

/// What extensions of Azure Machine Learning have in common.
pub(crate) const AZUREML: PropertyFilter =
    PropertyFilter { name: "extensionType", value: EXTENSION_TYPE };

/// Whether an extension is one of Azure Machine Learning.
pub(crate) fn is_azureml(extension: &ArmResource) -> bool {
    AZUREML.matches(extension)
}

/// What kind of cluster an ID is of.
pub(crate) fn kind_of(id: &Id) -> Result<(ClusterKind, &'static ResourceType)> {
    match ClusterKind::of(&id.resource_type()) {
        Some(ClusterKind::Connected) => Ok((ClusterKind::Connected, &CONNECTED_CLUSTERS)),
        Some(ClusterKind::Managed) => Ok((ClusterKind::Managed, &MANAGED_CLUSTERS)),
        None => Err(Diagnostic::error("Invalid cluster_id")
            .detail(format!("{id} is neither an Arc connected cluster nor an AKS cluster."))
            .at("cluster_id")
            .into()),
    }
}

/// Why nothing on a cluster answers.
enum Silence<'a> {
    /// The cluster's own word for not being connected to Arc.
    Disconnected(&'a str),
    /// An AKS cluster that somebody stopped.
    Stopped,
}

impl Silence<'_> {
    fn error(&self, id: &Id) -> Error {
        match self {
            Silence::Disconnected(state) => offline(id, state),
            Silence::Stopped => stopped_error(id),
        }
    }
}

/// Whether it is known that nothing on the cluster answers: the agents of Arc have a word for it
/// (`connectivityStatus`), AKS can be stopped (`powerState.code`).
fn silence(cluster: &ArmResource) -> Option<Silence<'_>> {
    let is = |state: &str, one: &str| state.eq_ignore_ascii_case(one);
    let power = cluster.pointer("/properties/powerState/code").and_then(|code| code.as_str());
    if power.is_some_and(|code| is(code, "Stopped")) {
        return Some(Silence::Stopped);
    }
    let state = cluster.pointer("/properties/connectivityStatus")?.as_str()?;
    let lost = ["Offline", "Expired", "AgentNotInstalled"].iter().any(|lost| is(state, lost));
    lost.then_some(Silence::Disconnected(state))
}

fn absent_error(id: &Id, kind: ClusterKind) -> Error {
    let look = match kind {
        ClusterKind::Connected => "az connectedk8s list --output table",
        ClusterKind::Managed => "az aks list --output table",
    };
    Diagnostic::error("Cluster does not exist")
        .detail(format!(
            "{id}\n\nCheck the ID. A cluster elsewhere must be connected to Azure Arc before it can \
             have extensions:\n\n  {look}"
        ))
        .at("cluster_id")
        .into()
}

fn offline(id: &Id, state: &str) -> Error {
    let (name, group) = (id.name(), id.resource_group().unwrap_or("<group>"));
    let fix = if state.eq_ignore_ascii_case("Expired") {
        format!(
            "The certificate of its identity ran out. Connect it again, where kubectl reaches it:\n\n  \
             az connectedk8s delete --name {name} --resource-group {group}\n  \
             az connectedk8s connect --name {name} --resource-group {group}"
        )
    } else {
        "Its agents were not heard of lately. See that they run, where kubectl reaches it:\n\n  \
         kubectl get pods -n azure-arc"
            .to_owned()
    };
    Diagnostic::error("Cluster is not connected")
        .detail(format!(
            "{id}\n\nIts connectivity is {state}, so what is asked of it would wait for agents that \
             do not answer and then fail. Nothing was written. {fix}"
        ))
        .at("cluster_id")
        .into()
}

fn stopped_error(id: &Id) -> Error {
    let (name, group) = (id.name(), id.resource_group().unwrap_or("<group>"));
    Diagnostic::error("Cluster is stopped")
        .detail(format!(
            "{id}\n\nIts power state is Stopped, so that nothing in it answers. Nothing was written. Start it, which takes some minutes, then apply again:\n\n  az aks \
             start --name {name} --resource-group {group}"
        ))
        .at("cluster_id")
        .into()
}

fn second_extension_error(cluster: &Id, name: &str, id: Option<Id>) -> Error {
    let id = id.map(|id| id.to_string()).unwrap_or_default();
    Diagnostic::error("Cluster already has the extension")
        .detail(format!(
            "{cluster}\n\nThe extension {name:?} of the cluster is of type Microsoft.AzureML.Kubernetes, \
             and there can be one only. To manage it with Terraform, name it {name:?} here and import \
             it:\n\nimport {{\n  to = azureml_arc_extension.NAME\n  id = \"{id}\"\n}}"
        ))
        .at("name")
        .into()
}
