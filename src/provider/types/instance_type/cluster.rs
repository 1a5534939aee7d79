//! The way to the cluster of an instance type, and what its errors mean.

use aml::InstanceType;
use framework::{Diagnostic, Private};
use kubernetes::Error as ClusterFailure;
use kubernetes::instance_type::{
    Conflict, Declaration, Field, LiveInstanceType, Remaining, WriteError, Written,
};
use vocabulary::{Path, capitalize, to_sentence};

use super::model::ClusterType;
use crate::cluster_access::{self, Reached};
use crate::clusters::ClusterError;
use crate::context::Context;
use crate::explain::{Error, Result};

/// In the object's memory: the `uid` of the object.
pub(super) const UID: &str = "uid";
/// In the object's memory: the `uid` of the cluster's namespace `kube-system`.
const CLUSTER_UID: &str = "cluster_uid";
/// In the object's memory: it came from another manager, whose fields are still its own.
pub(super) const UNCLAIMED: &str = "unclaimed";
/// In the object's memory: as whom it was applied before, where a configuration named that.
pub(super) const MANAGER: &str = "manager";
/// Whose fields become ours after an import or a move.
pub(super) const PREDECESSORS: [&str; 3] = ["Terraform", "kubectl", "kubectl-client-side-apply"];

/// The way to the cluster of a type.
pub(super) async fn reach(
    context: &mut Context<'_>, of: &ClusterType,
) -> Result<std::result::Result<Reached, ClusterError>> {
    let id = of.cluster()?;
    Ok(cluster_access::reach(context, &id).await)
}

/// The way to the cluster of a type that is to be written, which is noted, so that another one of its
/// name is known later. One that is known already and is another now is an error.
pub(super) async fn reach_same(
    context: &mut Context<'_>, of: &ClusterType,
) -> Result<std::result::Result<Reached, ClusterError>> {
    let id = of.cluster()?;
    let (reached, found) = match cluster_access::reach_and_identify(context, &id).await {
        Ok(both) => both,
        Err(error) => return Ok(Err(error)),
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            return Err(unreached_error(context, &reached, "cannot be read", &error).await);
        }
    };
    let Some(found) = found else { return Ok(Ok(reached)) };
    match context.private.get::<String>(CLUSTER_UID) {
        Some(known) if known != found => Err(Diagnostic::error("Another cluster")
            .detail(format!(
                "The cluster that answers as {} is not the one in which this instance type was made: \
                 it was created anew, or the connection leads elsewhere.\n\nRemove the type from the \
                 state with `terraform state rm`, and apply again to create it in this cluster.",
                reached.id
            ))
            .at("cluster_id")
            .into()),
        _ => {
            context.private.set(CLUSTER_UID, &found);
            Ok(Ok(reached))
        }
    }
}

/// What is to be in the cluster.
pub(super) fn declaration<'a>(
    of: &'a ClusterType, name: &'a str, prior: &'a InstanceType, declared: &'a InstanceType,
) -> Declaration<'a> {
    let force_conflicts = of.force_conflicts.known() == Some(&true);
    Declaration { name, prior, declared, force_conflicts, predecessors: &[] }
}

/// What stayed in the cluster though it was to go, or was changed again. `None`: nothing.
pub(super) fn describe_remaining(written: &Written) -> Option<Diagnostic> {
    let first = written.remaining.first()?;
    let lines: Vec<_> = written.remaining.iter().map(describe_field).collect();
    Some(
        Diagnostic::error("Instance type is not as declared")
            .detail(format!(
                "The cluster took the change, and these fields are otherwise:\n\n{}\n\nLet the other \
                 manager drop them, or set `force_conflicts = true` to remove its keys.",
                lines.join("\n")
            ))
            .at(first.field.path()),
    )
}

/// One line on a field: both values, and who holds on to it.
fn describe_field(of: &Remaining) -> String {
    let declared = match &of.declared {
        Some(declared) => format!("is declared as {declared:?}"),
        None => "is declared no more".to_owned(),
    };
    let live = of.live.as_ref().map_or("is not there".to_owned(), |it| format!("has {it:?}"));
    let managers = match &of.managers[..] {
        [] => "something in the cluster, such as a webhook, sets it".to_owned(),
        managers => format!("{} manages it too", managers.join(" and ")),
    };
    format!("  {} {declared}, and the cluster {live}: {managers}", of.field)
}

/// Why a type could not be written. `what` completes "Instance type …".
pub(super) fn write_error(
    context: &Context<'_>, reached: &Reached, what: &str, error: WriteError,
) -> Error {
    let conflicts = match error {
        WriteError::Cluster(error) => return cluster_error(context, reached, what, &error),
        WriteError::Conflict(conflicts) => conflicts,
    };
    let diagnostic = Diagnostic::error(format!("Instance type {what}"));
    match describe_conflicts(&conflicts) {
        Some(Conflicts { at, cause, fix }) => diagnostic
            .detail(format!("{}\n\n{}", capitalize(&cause), to_sentence(&fix)))
            .at(at)
            .into(),
        None => diagnostic.into(),
    }
}

/// Why the cluster of a type cannot be reached. `what` completes "Instance type …".
pub(super) async fn unreached_error(
    context: &Context<'_>, reached: &Reached, what: &str, error: &ClusterFailure,
) -> Error {
    let summary = format!("Instance type {what}");
    cluster_access::unreached_error(context, reached, &summary, error).await
}

/// Conflicts in words.
pub(super) struct Conflicts {
    /// The first field.
    pub(super) at: Path,
    /// A line for each field.
    pub(super) cause: String,
    pub(super) fix: String,
}

/// What the conflicts are and what to do. `None`: there are none.
pub(super) fn describe_conflicts(conflicts: &[Conflict]) -> Option<Conflicts> {
    let lines: Vec<_> = conflicts.iter().map(|conflict| format!("  {conflict}")).collect();
    let field = conflicts.first()?.field.as_ref();
    Some(Conflicts {
        at: field.map(Field::path).unwrap_or_default(),
        cause: format!("other managers have set what is declared:\n\n{}", lines.join("\n")),
        fix: "declare the same values, let the other manager drop these fields, or set \
              `force_conflicts = true` to take them over"
            .to_owned(),
    })
}

/// Whose fields an apply makes ours first, if the object came from elsewhere.
pub(super) fn predecessors(private: &Private) -> Vec<String> {
    if !private.get(UNCLAIMED).unwrap_or(false) {
        return Vec::new();
    }
    let manager: Option<String> = private.get(MANAGER);
    PREDECESSORS.into_iter().map(str::to_owned).chain(manager).collect()
}

/// Why a call about a type failed. `what` completes "Instance type …".
pub(super) fn cluster_error(
    context: &Context<'_>, reached: &Reached, what: &str, error: &ClusterFailure,
) -> Error {
    cluster_access::cluster_error(context, reached, &format!("Instance type {what}"), error)
}

/// The error of a type that is there already, with how to take it over.
pub(super) fn already_exists_error(of: &ClusterType, live: &LiveInstanceType) -> Error {
    let id = of.id.known().cloned().unwrap_or_default();
    Diagnostic::error("Instance type already exists")
        .detail(format!(
            "The cluster has an instance type {:?}. To manage it here, import it:\n\n  import {{\n    \
             to = azureml_instance_type.NAME\n    id = {id:?}\n  }}",
            live.name
        ))
        .at("name")
        .into()
}
