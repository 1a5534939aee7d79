//! The way of a call to its cluster, and what the errors of the cluster mean.

use azure::Id;
use azure::resource_types::MANAGED_CLUSTERS;
use framework::{Diagnostic, Failure};
use kubernetes::pool::Pools;
use kubernetes::{CallOptions, Cluster, Error as ClusterFailure, Forbidden};
use vocabulary::to_sentence;

use crate::arm::operation;
use crate::clusters::{ClusterError, WITHOUT_CLUSTER, agent_pools};
use crate::context::Context;
use crate::explain::Error;

/// The resource of instance types in rules of access.
const INSTANCE_TYPES: &str = "instancetypes";
/// What the provider does with instance types: who manages them needs all of it.
const INSTANCE_TYPE_VERBS: [&str; 5] = ["get", "list", "create", "patch", "delete"];

/// A cluster that answers.
#[derive(Clone, Debug)]
pub(crate) struct Reached {
    pub(crate) id: Id,
    pub(crate) cluster: Cluster,
}

/// The options of the calls to a cluster that are made for this one.
pub(crate) fn options<'a>(context: &'a Context<'_>) -> CallOptions<'a> {
    CallOptions::new(context.deadline, &context.stop)
}

/// The way to a cluster. It warns where nobody can say whether it leads to the right one.
pub(crate) async fn reach(context: &mut Context<'_>, id: &Id) -> Result<Reached, ClusterError> {
    let provider = context.provider;
    let options = operation::call_options(context);
    let reached = provider.clusters.reach(&provider.arm, id, &options).await?;
    if let Some(why) = reached.unverified {
        context.diagnostics.push(Diagnostic::warning("Cluster cannot be verified").detail(
            format!(
                "Nobody can say whether the connection leads to {id}: {why}. To be sure, write the \
                 cluster in `cluster_ids` of the block `kubernetes` of the provider."
            ),
        ));
    }
    Ok(Reached { id: id.clone(), cluster: reached.cluster })
}

/// The pools of a cluster, as Azure Resource Manager tells them. Of Arc nothing is told, and nobody is
/// asked; what cannot be read is unknown, since nothing depends on it but advice.
#[allow(dead_code, reason = "the types that advise on pools build on it")]
pub(crate) async fn read_pools(context: &Context<'_>, id: &Id) -> Pools {
    if !MANAGED_CLUSTERS.matches(&id.resource_type()) {
        return Pools::Unknown;
    }
    match operation::find(context, &MANAGED_CLUSTERS, id).await {
        Ok(Some(cluster)) => agent_pools::read(cluster.properties()),
        Ok(None) | Err(_) => Pools::Unknown,
    }
}

/// Why a call to a cluster failed, under a summary such as `Instance type was not created`.
pub(crate) fn cluster_error(
    context: &Context<'_>, reached: &Reached, summary: &str, error: &ClusterFailure,
) -> Error {
    if error.is_unreachable() {
        // By now it may be another cluster of the same name: the next call asks for the way again.
        context.provider.clusters.forget(&reached.id);
    }
    let diagnostic = Diagnostic::error(summary).detail(describe(&reached.id, error));
    match error {
        ClusterFailure::Cancelled { .. } => Failure::resumable(diagnostic).into(),
        _ => diagnostic.into(),
    }
}

/// The cluster, what it says, and what to do.
pub(crate) fn describe(id: &Id, error: &ClusterFailure) -> String {
    let cause = to_sentence(&error.to_string());
    let fix = advise(error).map(|fix| format!("\n\n{fix}")).unwrap_or_default();
    format!("{id}\n\n{cause}{fix}")
}

fn advise(error: &ClusterFailure) -> Option<String> {
    match error {
        ClusterFailure::Forbidden(missing) => Some(describe_rule(missing)),
        error if error.is_unreachable() => Some(WITHOUT_CLUSTER.to_owned()),
        ClusterFailure::ApiAbsent { .. } => Some(
            "Install the Azure Machine Learning extension on the cluster first, and take \
             `cluster_id` from it: cluster_id = azureml_arc_extension.NAME.cluster_id."
                .to_owned(),
        ),
        _ => None,
    }
}

/// The rule of access that gives a missing right, as Kubernetes writes it.
pub(crate) fn describe_rule(missing: &Forbidden) -> String {
    let verbs = match &missing.resource {
        resource if resource == INSTANCE_TYPES => INSTANCE_TYPE_VERBS.join(", "),
        _ => missing.verb.to_owned(),
    };
    let role = match &missing.namespace {
        Some(namespace) => format!("a Role in namespace {namespace:?}"),
        None => "a ClusterRole".to_owned(),
    };
    format!(
        "Give whoever signs in the right, by {role} with this rule:\n\n  - apiGroups: [{:?}]\n    \
         resources: [{}]\n    verbs: [{verbs}]",
        missing.group, missing.resource
    )
}
