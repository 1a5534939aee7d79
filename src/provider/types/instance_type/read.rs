//! Reads an instance type of a cluster.

use framework::Diagnostic;
use kubernetes::Lookup;
use kubernetes::instance_type::{LiveInstanceType, differences, read as read_type};
use vocabulary::to_sentence;

use super::cluster::{UID, UNCLAIMED, reach, unreached_error};
use super::model::ClusterType;
use crate::cluster_access::{Reached, options};
use crate::clusters::ClusterError;
use crate::context::Context;
use crate::explain::Result;

pub(super) async fn read(
    context: &mut Context<'_>, state: ClusterType,
) -> Result<Option<ClusterType>> {
    if state.cluster_id.is_null() {
        // It was moved here, and its cluster is still to be written.
        return Ok(Some(state));
    }
    let reached = match reach(context, &state).await? {
        Ok(reached) => reached,
        Err(error) if error.is_gone() => return Ok(None),
        Err(error) if keeps_state(context, &state, &error) => {
            return Ok(Some(keep_state(context, state, &error)));
        }
        Err(error) => return Err(error.into()),
    };
    let name = state.name.require()?.clone();
    match read_type(&reached.cluster, &name, options(context)).await {
        Ok(Lookup::Found(live)) => model_from_cluster(context, state, &live).map(Some),
        Ok(Lookup::NotFound) => Ok(None),
        Ok(Lookup::ApiAbsent) => {
            warn_of_absent_api(context, &reached);
            Ok(None)
        }
        Err(error) => {
            let failure = unreached_error(context, &reached, "cannot be read", &error).await;
            let error = ClusterError::from(error);
            let is_kept = keeps_state(context, &state, &error);
            if is_kept { Ok(Some(keep_state(context, state, &error))) } else { Err(failure) }
        }
    }
}

/// The state with what the cluster has otherwise. Keys that others have added are theirs, unless the map
/// is managed as a whole, where the next apply drops them.
fn model_from_cluster(
    context: &mut Context<'_>, state: ClusterType, live: &LiveInstanceType,
) -> Result<ClusterType> {
    context.private.set(UID, &live.uid);
    if state.is_bare() {
        context.private.set(UNCLAIMED, &true);
        return state.with_live_type(&live.spec.instance_type).with_id();
    }
    let mut found = differences(&state.declared_type(), &live.spec.instance_type);
    found.retain(|it| it.declared.is_some() || live.is_managed_as_a_whole(&it.field));
    state.with_cluster_values(found).with_id()
}

/// Whether the state stays as it is: the way to the cluster is not known before an apply, or the cluster
/// does not answer and the user asked for that. An import needs the cluster.
fn keeps_state(context: &Context<'_>, state: &ClusterType, error: &ClusterError) -> bool {
    match error {
        _ if state.is_bare() => false,
        ClusterError::NotKnownYet { .. } => true,
        ClusterError::Cluster(error) => {
            context.provider.clusters.keeps_state() && error.is_unreachable()
        }
        _ => false,
    }
}

/// Reports that the instance types of the cluster stay as they are. Hosts fold warnings of one summary.
fn keep_state(context: &mut Context<'_>, state: ClusterType, error: &ClusterError) -> ClusterType {
    let cluster = state.cluster_id.known().cloned().unwrap_or_default();
    let (summary, why) = match error {
        ClusterError::Cluster(error) => {
            ("Cluster does not answer", to_sentence(&error.to_string()))
        }
        error => ("Cluster is not known yet", error.diagnostic().detail),
    };
    context.diagnostics.push(Diagnostic::warning(summary).detail(format!(
        "{cluster}\n\n{why}\n\nIts instance types stay as they are in the state."
    )));
    state
}

fn warn_of_absent_api(context: &mut Context<'_>, reached: &Reached) {
    context
        .diagnostics
        .push(Diagnostic::warning("Cluster knows no instance types").detail(format!(
        "{}\n\nThe cluster does not serve instance types of amlarc.azureml.com any more, so that \
         those of the state are planned to be created again. The Azure Machine Learning extension \
         brings them.",
        reached.id
    )));
}
