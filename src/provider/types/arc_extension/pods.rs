//! The pods of an extension, which `wait_for_pods` waits for, and the report of its health check in the
//! cluster.

use std::time::Duration;

use aml::settings::RELEASE_NAMESPACE;
use azure::Id;
use framework::{Diagnostic, Failure, Plan, Private, field};
use kubernetes::access::{access_of_readiness, find_missing};
use kubernetes::health_report::{Operation, failed_checks};
use kubernetes::readiness::{Readiness, ReadinessError, wait_until_ready};
use kubernetes::{CallOptions, Cluster, Error as ClusterFailure, Forbidden};
use tokio::time::Instant;
use vocabulary::to_sentence;

use super::model::Extension;
use crate::arm::operation::{call_options, in_object_span};
use crate::cluster_access::{
    self, Reached, describe_rule, forget_if_unreachable, options, read_pools,
};
use crate::clusters::ClusterError;
use crate::context::Context;
use crate::explain::{Action, Error, Result, describe_checks};

/// In private state: the pods are still to be waited for. Whether an installation, and not an update,
/// brings them.
const AWAITED: &str = "pods_awaited";
/// How long the cluster may take to answer before anything is written.
const ACCESS_TIMEOUT: Duration = Duration::from_mins(5);
/// How long it may take to find out what the health check says.
const REPORT_TIMEOUT: Duration = Duration::from_secs(20);

const ATTRIBUTE: &str = "wait_for_pods";

const CHECK: &str = "Check that this machine reaches the API server and, where it is written, the \
                     block `kubernetes` of the provider.";
const AFTER_CREATE: &str = "The service has installed the extension. Terraform marks it as tainted: \
                            the next plan replaces it. To keep it, untaint it, and apply again once \
                            the cause is gone, which sends nothing and waits for the pods:\n\n  \
                            terraform untaint ADDRESS";
const AFTER_INTERRUPT: &str = "The service has taken all of it. The next apply sends nothing and \
                               waits for the pods.";
const AFTER_UPDATE: &str = "The service has taken all of it. Apply again once the cause is gone, \
                            which sends nothing and waits for the pods.";

// === planning ===

/// Plans an update where an earlier apply ended before the pods ran.
pub(super) fn plan(plan: &mut Plan<'_, Extension>, subject: &str) {
    if !is_wanted(plan.planned()) || plan.private().get::<bool>(AWAITED).is_none() {
        return;
    }
    plan.unknown(field!(statuses));
    plan.diagnostics.push(
        Diagnostic::warning(format!("{subject}: its pods were not ready"))
            .detail(
                "An earlier apply ended before all of them ran. An apply waits for them again; \
                 nothing is sent for that.",
            )
            .at(ATTRIBUTE),
    );
}

fn is_wanted(planned: &Extension) -> bool {
    planned.wait_for_pods.known() == Some(&true)
}

// === before anything is written ===

/// The cluster in which pods are to be waited for, with the right to see them. `None`: nothing is
/// waited for.
pub(super) async fn reach(
    context: &mut Context<'_>, planned: &Extension,
) -> Result<Option<Reached>> {
    if !is_wanted(planned) {
        return Ok(None);
    }
    let deadline = context.deadline;
    context.deadline = deadline.min((Instant::now() + ACCESS_TIMEOUT).into_std());
    let reached = reach_with_rights(context, planned).await;
    context.deadline = deadline;
    reached.map(Some)
}

async fn reach_with_rights(context: &mut Context<'_>, planned: &Extension) -> Result<Reached> {
    let (_, id) = planned.arm_ids()?;
    let reached = cluster_access::reach(context, &id).await;
    let reached = reached.map_err(|error| not_reached_error(&id, error))?;
    let needed = access_of_readiness(RELEASE_NAMESPACE);
    match find_missing(&reached.cluster, &needed, options(context)).await {
        Ok(missing) => match missing.first() {
            None => Ok(reached),
            Some(missing) => Err(missing_right_error(&id, missing).into()),
        },
        Err(error) => {
            forget_if_unreachable(context, &reached.id, &error);
            Err(not_reached_error(&id, error.into()))
        }
    }
}

fn not_reached_error(id: &Id, error: ClusterError) -> Error {
    let diagnostic = match error {
        ClusterError::Azure { .. } => return error.into(),
        ClusterError::Cluster(error) => match *error {
            ClusterFailure::Forbidden(missing) => missing_right_error(id, &missing),
            error => Diagnostic::error("Cluster cannot be reached").detail(format!(
                "{id}\n\n{}\n\n{}",
                to_sentence(&error.to_string()),
                CHECK
            )),
        },
        error => error.diagnostic(),
    };
    let why = "The cluster is asked because of `wait_for_pods`, before the extension is written; \
               that was not done.";
    let detail = format!("{}\n\n{why}", diagnostic.detail);
    Diagnostic { detail, ..diagnostic }.at(ATTRIBUTE).into()
}

fn missing_right_error(id: &Id, missing: &Forbidden) -> Diagnostic {
    Diagnostic::error("Right to see the pods is missing")
        .detail(format!(
            "{id}\n\n{}\n\n{}",
            to_sentence(&missing.to_string()),
            describe_rule(missing)
        ))
        .at(ATTRIBUTE)
}

// === after the service has taken it ===

/// Notes that pods are to be waited for, from now on until they run.
pub(super) fn note_awaited_pods(private: &mut Private, doing: Action, planned: &Extension) {
    if is_wanted(planned) {
        private.set(AWAITED, &(doing == Action::Create));
    }
}

/// Goes on after a create or an update, as `doing` says, of which `ended` tells how it went: waits for
/// the pods, or adds to the error of a failed one what the health check in the cluster found.
pub(super) async fn follow(
    context: &mut Context<'_>, doing: Action, cluster_id: &Id, reached: Option<&Reached>,
    ended: Result<()>,
) -> Result<()> {
    match (ended, reached) {
        (Ok(()), None) => {
            context.private.forget(AWAITED);
            Ok(())
        }
        (Ok(()), Some(reached)) => wait(context, doing, reached).await,
        (Err(error), reached) => {
            let cluster = reached.map(|reached| &reached.cluster);
            Err(explain_failure(context, cluster_id, cluster, error).await)
        }
    }
}

async fn wait(context: &mut Context<'_>, doing: Action, reached: &Reached) -> Result<()> {
    let pools = read_pools(context, &reached.id).await;
    let report = |readiness: &Readiness| tracing::info!("{readiness}");
    let (cluster, options) = (&reached.cluster, options(context));
    let waiting = wait_until_ready(cluster, RELEASE_NAMESPACE, &pools, options, report);
    let Err(error) = in_object_span(&reached.id, waiting).await else {
        context.private.forget(AWAITED);
        return Ok(());
    };
    let next = if doing == Action::Create { AFTER_CREATE } else { AFTER_UPDATE };
    match error {
        ReadinessError::Cluster(error) => Err(unseen_error(context, reached, &error, next)),
        unready => Err(unready_error(context, reached, &unready, next).await),
    }
}

/// Why the pods are not ready, with what the health check found.
async fn unready_error(
    context: &Context<'_>, reached: &Reached, unready: &ReadinessError, next: &str,
) -> Error {
    let operation = match context.private.get(AWAITED) {
        Some(true) => Operation::Install,
        _ => Operation::Update,
    };
    let found = read_report(context, &reached.cluster, operation, "").await;
    let told = [reached.id.to_string(), to_sentence(&unready.to_string())];
    let parts = told.into_iter().chain(found).chain([next.to_owned()]);
    Diagnostic::error("Pods of the extension are not ready")
        .detail(parts.collect::<Vec<_>>().join("\n\n"))
        .at(ATTRIBUTE)
        .into()
}

/// Why the pods could not be seen to the end.
fn unseen_error(
    context: &Context<'_>, reached: &Reached, error: &ClusterFailure, next: &str,
) -> Error {
    forget_if_unreachable(context, &reached.id, error);
    let id = &reached.id;
    let cause = to_sentence(&error.to_string());
    match error {
        ClusterFailure::Cancelled { .. } => Failure::resumable(
            Diagnostic::error("Pods of the extension are still to be waited for")
                .detail(format!("{id}\n\nThe operation was interrupted. {AFTER_INTERRUPT}"))
                .at(ATTRIBUTE),
        )
        .into(),
        ClusterFailure::Forbidden(missing) => {
            let diagnostic = missing_right_error(id, missing);
            let detail = format!("{}\n\n{next}", diagnostic.detail);
            Diagnostic { detail, ..diagnostic }.into()
        }
        _ => Diagnostic::error("Pods of the extension cannot be seen")
            .detail(format!("{id}\n\n{cause}\n\n{CHECK}\n\n{next}"))
            .at(ATTRIBUTE)
            .into(),
    }
}

// === what the health check says ===

/// The error of an operation that failed, with what the health check found in the cluster, as far as
/// that is known without asking Azure for the way.
async fn explain_failure(
    context: &Context<'_>, cluster_id: &Id, cluster: Option<&Cluster>, error: Error,
) -> Error {
    let Error::Azure(trouble) = &error else { return error };
    let azure::Error::OperationFailed(failure) = &trouble.error else { return error };
    let operation = match trouble.doing {
        Action::Create => Operation::Install,
        _ => Operation::Update,
    };
    let told = failure.to_string();
    let reached = match cluster {
        Some(cluster) => Some(cluster.clone()),
        None => reach_silently(context, cluster_id).await,
    };
    let Some(cluster) = reached else { return error };
    let report = read_report(context, &cluster, operation, &told).await;
    error.with_report(report)
}

async fn reach_silently(context: &Context<'_>, id: &Id) -> Option<Cluster> {
    let provider = context.provider;
    if !provider.clusters.has_connection(id) {
        return None;
    }
    let deadline = (Instant::now() + REPORT_TIMEOUT).into_std();
    let options = azure::CallOptions { deadline, ..call_options(context) };
    let reached = provider.clusters.reach(&provider.arm, id, &options).await;
    reached.ok().map(|reached| reached.cluster)
}

/// What failed in the checks of an operation, save for the codes that were told already.
async fn read_report(
    context: &Context<'_>, cluster: &Cluster, operation: Operation, told: &str,
) -> Option<String> {
    let deadline = (Instant::now() + REPORT_TIMEOUT).into_std();
    let options = CallOptions::new(deadline, &context.stop);
    let reports = cluster.read_health_report(RELEASE_NAMESPACE, options).await.ok()?;
    let mut failed = failed_checks(&reports, operation);
    failed.retain(|check| check.error_code.as_ref().is_none_or(|code| !told.contains(code)));
    describe_checks(&failed)
}
