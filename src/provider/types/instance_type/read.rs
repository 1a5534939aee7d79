//! Reads an instance type of a cluster.

use framework::Diagnostic;
use kubernetes::Lookup;
use kubernetes::instance_type::{LiveInstanceType, differences, read as read_type};
use vocabulary::to_sentence;

use super::cluster::{Reached, UID, UNCLAIMED, failed, options, reach};
use super::model::ClusterType;
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
        Err(ClusterError::Cluster(error)) if keeps(context, &error) => {
            return Ok(Some(kept(context, state, &error)));
        }
        Err(error) => return Err(error.into()),
    };
    let name = state.name.require()?.clone();
    match read_type(&reached.cluster, &name, options(context)).await {
        Ok(Lookup::Found(live)) => found(context, state, &live).map(Some),
        Ok(Lookup::NotFound) => Ok(None),
        Ok(Lookup::ApiAbsent) => {
            warn_of_absent_api(context, &reached);
            Ok(None)
        }
        Err(error) if keeps(context, &error) => Ok(Some(kept(context, state, &error))),
        Err(error) => Err(failed(context, &reached, "cannot be read", &error)),
    }
}

/// The state with what the cluster has otherwise. Keys that others have added are theirs, unless the map
/// is managed as a whole, where the next apply drops them.
fn found(
    context: &mut Context<'_>, state: ClusterType, live: &LiveInstanceType,
) -> Result<ClusterType> {
    context.private.set(UID, &live.uid);
    if state.is_bare() {
        context.private.set(UNCLAIMED, &true);
        return state.filled(&live.spec.instance_type).with_id();
    }
    let mut found = differences(&state.declared(), &live.spec.instance_type);
    found.retain(|it| it.declared.is_some() || live.is_managed_as_a_whole(&it.field));
    state.corrected(found).with_id()
}

fn keeps(context: &Context<'_>, error: &kubernetes::Error) -> bool {
    context.provider.clusters.keeps_state() && error.is_unreachable()
}

fn kept(context: &mut Context<'_>, state: ClusterType, error: &kubernetes::Error) -> ClusterType {
    let cluster = state.cluster_id.known().cloned().unwrap_or_default();
    context.diagnostics.push(Diagnostic::warning("Cluster does not answer").detail(format!(
        "{cluster}\n\n{} What the state says of its instance types stays.",
        to_sentence(&error.to_string())
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
