//! How bad a change is for those who use the cluster: what a reviewer has to see first.

use serde::Serialize;

use super::{ClusterTypes, InstanceTypes, PlanResult, Resource, Review, TypeOutcome, schema};

/// The worst thing that a change does, from the worst to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// An extension or a compute is deleted or replaced.
    Destroys,
    /// An instance type that jobs may name goes, or gets another name.
    LosesInstanceTypes,
    /// Something else has to be known before it is applied.
    Warns,
    /// Something changes.
    Changes,
    /// Nothing changes.
    Nothing,
}

impl Resource {
    /// The worst thing that happens to it. What becomes of an instance type is its cluster's to say.
    pub fn severity(&self) -> Severity {
        let goes = self.action == super::Action::Delete || self.action.replaces();
        match () {
            () if goes && self.kind != schema::INSTANCE_TYPE => Severity::Destroys,
            () if self.instance_types.as_ref().is_some_and(loses_any) => {
                Severity::LosesInstanceTypes
            }
            () if self.all_warnings().next().is_some() => Severity::Warns,
            () => Severity::Changes,
        }
    }
}

impl ClusterTypes {
    /// The worst thing that happens to its instance types.
    pub fn severity(&self) -> Severity {
        match () {
            () if loses_any(&self.instance_types) => Severity::LosesInstanceTypes,
            () if !self.warnings.is_empty() => Severity::Warns,
            () => Severity::Changes,
        }
    }
}

impl Review {
    /// The worst thing of the whole plan.
    pub(super) fn worst_severity(&self) -> Severity {
        let resources = self.resources.iter().map(Resource::severity);
        let clusters = self.clusters.iter().map(ClusterTypes::severity);
        let checks = self.failed_checks.iter().map(|_| Severity::Warns);
        let is_quiet = self.result == PlanResult::NoChanges && self.drift.is_empty();
        let whole = if is_quiet { Severity::Nothing } else { Severity::Changes };
        resources.chain(clusters).chain(checks).chain([whole]).min().unwrap_or(whole)
    }
}

impl InstanceTypes {
    /// The names by which jobs find no instance type any more.
    pub fn lost_names(&self) -> impl Iterator<Item = &str> {
        self.types.iter().filter_map(|each| match each.outcome {
            TypeOutcome::Removed => Some(each.name.as_str()),
            TypeOutcome::Renamed => each.previous_name.as_deref(),
            _ => None,
        })
    }
}

fn loses_any(types: &InstanceTypes) -> bool {
    types.lost_names().next().is_some()
}
