//! What a plan of an instance type would meet in its cluster.

use kubernetes::instance_type::{Conflict, WriteError, dry_run, read as read_type};
use kubernetes::inventory::{Finding, check_instance_types};
use kubernetes::{Error as ClusterFailure, Lookup};
use vocabulary::Path;

use super::cluster::{Conflicts, declaration, describe_conflicts, predecessors};
use super::model::ClusterType;
use crate::cluster_access::{describe_rule, options};
use crate::cluster_checks::{Look, Unchecked};
use crate::context::Context;

pub(super) async fn check_plan(
    context: &mut Context<'_>, prior: Option<&ClusterType>, planned: &ClusterType,
) {
    let look = Look::begin(context, &planned.cluster_checks, &planned.cluster_id).await;
    let (Some(mut look), Some(name)) = (look, planned.name.known()) else { return };
    // What is not known yet is looked at when it is applied.
    let Some(declared) = planned.draft().known() else { return };
    let types = [(name.clone(), declared)].into();
    look.check_room(context, |room, extension| {
        let tolerations = extension.tolerations(None);
        let found = check_instance_types(&types, room, &extension.node_selector(), &tolerations);
        found.into_iter().map(without_name).collect()
    })
    .await;
    if look.goes_on() {
        let found = try_apply(context, &look, prior, planned, name).await;
        look.tell(context, found);
    }
}

/// The finding at its place in a resource that is one type.
fn without_name(finding: Finding) -> Finding {
    let path = finding.path.into_iter().skip(1).collect();
    Finding { path, ..finding }
}

/// What the API server would say to the apply, of which it keeps nothing.
async fn try_apply(
    context: &Context<'_>, look: &Look, prior: Option<&ClusterType>, planned: &ClusterType,
    name: &str,
) -> Result<Option<Finding>, Unchecked> {
    let refused = match prior {
        None => exists_already(context, look, name).await,
        Some(_) => Ok(None),
    };
    let tried = match refused {
        Ok(None) => {
            let before = prior.unwrap_or(planned).declared_type();
            let declared = planned.declared_type();
            let declaration = declaration(planned, name, &before, &declared);
            dry_run(&look.cluster, declaration, options(context)).await
        }
        Ok(Some(finding)) => return Ok(Some(finding)),
        Err(error) => Err(error.into()),
    };
    match tried {
        Ok(()) => Ok(None),
        Err(WriteError::Conflict(conflicts)) => Ok(conflict(context, conflicts)),
        Err(WriteError::Cluster(error)) => refusal(context, look, error),
    }
}

/// A type of the name that another manager made. One of ours may be the one that is replaced.
async fn exists_already(
    context: &Context<'_>, look: &Look, name: &str,
) -> Result<Option<Finding>, ClusterFailure> {
    let Lookup::Found(live) = read_type(&look.cluster, name, options(context)).await? else {
        return Ok(None);
    };
    if live.is_ours() {
        return Ok(None);
    }
    Ok(Some(Finding::new(
        "name".into(),
        "Instance type is in the cluster already",
        format!("the cluster has an instance type {name:?}, which the apply would not take over"),
        format!("import it, with the ID \"{}|{name}\"", look.id),
    )))
}

/// The fields that the apply would not get. Those of managers that an apply takes over from are none.
fn conflict(context: &Context<'_>, mut conflicts: Vec<Conflict>) -> Option<Finding> {
    let predecessors = predecessors(&context.private);
    conflicts.retain(|conflict| !predecessors.contains(&conflict.manager));
    let Conflicts { at, cause, fix } = describe_conflicts(&conflicts)?;
    Some(Finding::new(at, "Instance type has other managers", cause, fix))
}

/// What a refusal of the API server means for the plan.
fn refusal(
    context: &Context<'_>, look: &Look, error: ClusterFailure,
) -> Result<Option<Finding>, Unchecked> {
    let (cause, fix) = match &error {
        // The extension brings it, which may be installed by the same apply.
        ClusterFailure::ApiAbsent { .. } => return Ok(None),
        ClusterFailure::Forbidden(missing) => (error.to_string(), describe_rule(missing)),
        ClusterFailure::Invalid { message, .. } if is_about_dry_runs(message) => {
            return Err(Unchecked::Why(message.clone()));
        }
        ClusterFailure::Invalid { .. }
        | ClusterFailure::Admission { .. }
        | ClusterFailure::VersionNotServed { .. } => {
            (error.to_string(), "an apply would be refused likewise".to_owned())
        }
        _ => return Err(look.explain_failure(context, error)),
    };
    Ok(Some(Finding::new(Path::root(), "Cluster would refuse the instance type", cause, fix)))
}

/// Whether a webhook may not be asked without consequences, so that the API server does not ask it.
fn is_about_dry_runs(message: &str) -> bool {
    message.contains("does not support dry run")
}
