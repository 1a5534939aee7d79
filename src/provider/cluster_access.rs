//! The way of a call to its cluster, and what the errors of the cluster mean.

use std::time::Duration;

use azure::Id;
use azure::resource_types::MANAGED_CLUSTERS;
use framework::{Diagnostic, Failure};
use kubernetes::namespace::read_cluster_uid;
use kubernetes::pool::Pools;
use kubernetes::{CallOptions, Cluster, Error as ClusterFailure, Forbidden};
use vocabulary::to_sentence;

use crate::arm::{operation, preflight};
use crate::clusters::{ClusterError, ReachedCluster, WITHOUT_CLUSTER, agent_pools};
use crate::context::Context;
use crate::explain::Error;
use crate::message::{Entry, Explanation, fill};

/// How long a way that was known may lead nowhere before it is asked for again.
const KNOWN_WAY_TIMEOUT: Duration = Duration::from_secs(15);
/// The resource of instance types in rules of access.
const INSTANCE_TYPES: &str = "instancetypes";
/// What the provider does with instance types: who manages them needs all of it.
const INSTANCE_TYPE_VERBS: [&str; 5] = ["get", "list", "create", "patch", "delete"];
/// The resource of namespaces in rules of access.
const NAMESPACES: &str = "namespaces";
/// What the provider does with a namespace that it creates and deletes.
const NAMESPACE_VERBS: [&str; 3] = ["get", "create", "delete"];
/// How to go on after a stop.
const INTERRUPTED: &str = "The operation was interrupted before the cluster had answered. Apply again; what the cluster \
                           may have done already is found then.";

/// What to do where the API server does not serve instance types.
const WITHOUT_EXTENSION: &str = "Install the Azure Machine Learning extension on the cluster first, and take \
     `cluster_id` from it: cluster_id = azureml_arc_extension.NAME.cluster_id.";

const GIVE_RIGHT: &str = "Give whoever signs in the right, by {role} with this rule:\n\n  - apiGroups: [{group}]\n    \
     resources: [{resource}]\n    verbs: [{verbs}]";

/// What a cluster says, for the guide to troubleshooting.
pub(crate) fn entries() -> Vec<Entry> {
    let rows = [
        ("The cluster cannot be reached", WITHOUT_CLUSTER),
        ("TLS with the cluster fails", WITHOUT_CLUSTER),
        ("The cluster does not accept the credentials", WITHOUT_CLUSTER),
        ("No token for the cluster", WITHOUT_CLUSTER),
        ("The time for … is over", WITHOUT_CLUSTER),
        ("Stopped before … was done", INTERRUPTED),
        ("The cluster does not serve …", WITHOUT_EXTENSION),
        ("The right to … is missing", GIVE_RIGHT),
    ];
    let explain = |text: &str| {
        let (cause, fix) = (text.to_owned(), String::new());
        Explanation { of: "", known_by: String::new(), cause, fix }
    };
    Entry::group(rows.map(|(printed, text)| (printed, explain(text))))
}

/// A cluster that answers.
#[derive(Clone, Debug)]
pub(crate) struct Reached {
    pub(crate) id: Id,
    pub(crate) cluster: Cluster,
    /// Whether the way was known before.
    is_known: bool,
}

/// What tells a cluster from another one of its name: the `uid` of a namespace. `None`: it may not be read.
type ClusterUid = std::result::Result<Option<String>, ClusterFailure>;

/// The options of the calls to a cluster that are made for this one.
pub(crate) fn options<'a>(context: &'a Context<'_>) -> CallOptions<'a> {
    CallOptions::new(context.deadline, &context.stop)
}

/// The way to a cluster, with what is to be known of it as warnings.
pub(crate) async fn reach(context: &mut Context<'_>, id: &Id) -> Result<Reached, ClusterError> {
    let provider = context.provider;
    let options = operation::call_options(context);
    let reached = provider.clusters.reach(&provider.arm, id, &options).await?;
    warn_of_the_way(context, id, &reached);
    Ok(Reached { id: id.clone(), cluster: reached.cluster, is_known: reached.is_known })
}

/// The way to a cluster, and which one answers there. Where a way that was known leads nowhere any more,
/// as after an AKS cluster was replaced in the same apply, it is asked for once more.
pub(crate) async fn reach_and_identify(
    context: &mut Context<'_>, id: &Id,
) -> Result<(Reached, ClusterUid), ClusterError> {
    let reached = reach(context, id).await?;
    if reached.is_known {
        let soon = options(context).within(KNOWN_WAY_TIMEOUT);
        match read_cluster_uid(&reached.cluster, soon).await {
            Err(error) if error.is_unreachable() => context.provider.clusters.forget(id),
            uid => return Ok((reached, uid)),
        }
        let again = reach(context, id).await?;
        let uid = read_cluster_uid(&again.cluster, options(context)).await;
        return Ok((again, uid));
    }
    let uid = read_cluster_uid(&reached.cluster, options(context)).await;
    Ok((reached, uid))
}

/// The pools of a cluster, as Azure Resource Manager tells them. Of Arc nothing is told, and nobody is
/// asked; what cannot be read is unknown, since nothing depends on it but advice.
pub(crate) async fn read_pools(context: &Context<'_>, id: &Id) -> Pools {
    if !MANAGED_CLUSTERS.matches(&id.resource_type()) {
        return Pools::Unknown;
    }
    match operation::find(context, &MANAGED_CLUSTERS, id).await {
        Ok(Some(cluster)) => agent_pools::read(cluster.properties()),
        Ok(None) | Err(_) => Pools::Unknown,
    }
}

/// Warns where nobody can say whether the way leads to the cluster that is meant, and where nothing proves
/// who answers there.
pub(crate) fn warn_of_the_way(context: &mut Context<'_>, id: &Id, way: &ReachedCluster) {
    if let Some(why) = &way.unverified {
        let detail = format!(
            "Nobody can say whether the connection leads to {id}: {why}. To be sure, write the \
             cluster in `cluster_ids` of the block `kubernetes` of the provider."
        );
        let warning = Diagnostic::warning("Cluster cannot be verified").detail(detail);
        context.diagnostics.push(warning);
    }
    if let Some(warning) = context.provider.clusters.insecure_warning(way) {
        context.diagnostics.push(warning);
    }
}

/// Forgets the way to a cluster that does not answer: by now it may be another one of the same name, so that
/// the next call asks for the way again.
pub(crate) fn forget_if_unreachable(context: &Context<'_>, id: &Id, error: &ClusterFailure) {
    if error.is_unreachable() {
        context.provider.clusters.forget(id);
    }
}

/// Why a call to a cluster failed, under a summary such as `Instance type was not created`.
pub(crate) fn cluster_error(
    context: &Context<'_>, reached: &Reached, summary: &str, error: &ClusterFailure,
) -> Error {
    forget_if_unreachable(context, &reached.id, error);
    let diagnostic = Diagnostic::error(summary).detail(describe(&reached.id, error));
    match error {
        ClusterFailure::Cancelled { .. } => Failure::resumable(diagnostic).into(),
        _ => diagnostic.into(),
    }
}

/// The same where the cluster was to be reached at all: one that is stopped is named with the command
/// that starts it, if Azure says so.
pub(crate) async fn unreached_error(
    context: &Context<'_>, reached: &Reached, summary: &str, error: &ClusterFailure,
) -> Error {
    let may_be_stopped =
        error.is_unreachable() && MANAGED_CLUSTERS.matches(&reached.id.resource_type());
    // The cluster may have kept silent for all the time that the call had.
    if may_be_stopped
        && let Some(cluster) =
            operation::read_after_deadline(context, &MANAGED_CLUSTERS, &reached.id).await
        && let Err(stopped) = preflight::check_running(&reached.id, &cluster)
    {
        context.provider.clusters.forget(&reached.id);
        return stopped;
    }
    cluster_error(context, reached, summary, error)
}

/// The cluster, what it says, and what to do.
pub(crate) fn describe(id: &Id, error: &ClusterFailure) -> String {
    format!("{id}\n\n{}", explain(error))
}

/// What a cluster says, and what to do.
pub(crate) fn explain(error: &ClusterFailure) -> String {
    let cause = to_sentence(&error.to_string());
    let fix = advise(error).map(|fix| format!("\n\n{fix}")).unwrap_or_default();
    format!("{cause}{fix}")
}

fn advise(error: &ClusterFailure) -> Option<String> {
    match error {
        ClusterFailure::Forbidden(missing) => Some(describe_rule(missing)),
        error if error.is_unreachable() => Some(WITHOUT_CLUSTER.to_owned()),
        ClusterFailure::Cancelled { .. } => Some(INTERRUPTED.to_owned()),
        ClusterFailure::ApiAbsent { .. } => Some(WITHOUT_EXTENSION.to_owned()),
        _ => None,
    }
}

/// The rule of access that gives a missing right, as Kubernetes writes it.
pub(crate) fn describe_rule(missing: &Forbidden) -> String {
    let verbs = match &missing.resource {
        resource if resource == INSTANCE_TYPES => INSTANCE_TYPE_VERBS.join(", "),
        resource if resource == NAMESPACES => NAMESPACE_VERBS.join(", "),
        _ => missing.verb.to_owned(),
    };
    let role = match &missing.namespace {
        Some(namespace) => format!("a Role in namespace {namespace:?}"),
        None => "a ClusterRole".to_owned(),
    };
    let (group, resource) = (format!("{:?}", missing.group), &missing.resource);
    fill(
        GIVE_RIGHT,
        &[("role", &role), ("group", &group), ("resource", resource), ("verbs", &verbs)],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cluster_says_is_listed_as_it_is_printed() {
        let why = || "x".to_owned();
        let missing = Forbidden {
            verb: "get",
            group: why(),
            resource: why(),
            name: None,
            namespace: None,
            message: String::new(),
        };
        let errors = [
            ClusterFailure::Unreachable { why: why() },
            ClusterFailure::Tls { why: why() },
            ClusterFailure::Unauthorized { why: why() },
            ClusterFailure::Credential { why: why() },
            ClusterFailure::Timeout { what: why(), last: None },
            ClusterFailure::Cancelled { what: why() },
            ClusterFailure::ApiAbsent { resource: why() },
            missing.into(),
        ];
        for (entry, error) in entries().iter().zip(&errors) {
            let told = explain(error);
            let mut words = entry.printed.split('…');
            assert!(
                told.starts_with(words.next().unwrap_or_default()),
                "{}: {told}",
                entry.printed
            );
            assert!(words.all(|words| told.contains(words)), "{}: {told}", entry.printed);
            let advice = entry.explanations[0].cause.split(['{', ',']).next().unwrap_or_default();
            assert!(told.contains(advice), "{advice}: {told}");
        }
        assert_eq!(entries().len(), errors.len());
    }
}
