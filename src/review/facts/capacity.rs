//! What fits on the nodes of a cluster, as far as a data source `azureml_cluster_capacity` of the plan
//! tells it.

use serde::Serialize;
use serde_json::Value as Json;

use super::instance_types::declared;
use super::{Action, ClusterTypes, InstanceTypes, TypeOutcome, schema};
use crate::plan::{CapacityValues, ResourceChange, State, StateModule, StateResource, Value};

/// What fits of the instance types of one compute, or of those that are resources of one cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Capacity {
    /// Address of the compute; null for the instance types of a cluster.
    pub compute: Option<String>,
    /// ARM ID of the cluster.
    pub cluster_id: String,
    /// Address of the data source.
    pub source: String,
    /// The types that are there after the apply and of which the data source tells, by name.
    pub types: Vec<TypeRoom>,
}

/// What fits of one instance type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TypeRoom {
    /// The instance type.
    pub name: String,
    /// What was counted.
    pub counted: Counted,
    /// Training jobs.
    pub training: Room,
    /// Replicas of deployments.
    pub deployment: Room,
}

/// Which amounts and labels were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Those that the plan makes.
    AsPlanned,
    /// Those that the cluster has now: the data source was given no types.
    AsInCluster,
    /// Others, which the data source was given.
    Otherwise,
}

/// How many fit now, and why no more do. Null and empty where it is not told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Room {
    /// How many more fit.
    pub fits: Option<u64>,
    /// What keeps one more from the nodes, nearest to fitting first.
    pub blocked_by: Vec<String>,
    /// Node pools that can grow for one more.
    pub can_grow: Vec<String>,
}

/// The data sources of a plan that were read for it.
pub(super) struct CapacitySources(Vec<Source>);

struct Source {
    address: String,
    cluster_id: String,
    compute_id: Option<String>,
    instance_types: Value,
    capacity: Value,
}

impl CapacitySources {
    pub(super) fn of(state: State) -> CapacitySources {
        let mut sources = Vec::new();
        let mut modules = vec![state.values.root_module];
        while let Some(StateModule { resources, child_modules }) = modules.pop() {
            sources.extend(resources.into_iter().filter_map(Source::of));
            modules.extend(child_modules);
        }
        sources.sort_by(|one, other| one.address.cmp(&other.address));
        CapacitySources(sources)
    }

    /// What fits of the types of each compute that an apply leaves in place and whose types change.
    pub(super) fn of_computes(&self, changes: &[ResourceChange]) -> Vec<Capacity> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let computes = changes.iter().filter(|one| schema::is_ours(one));
        let computes = computes.filter(|one| one.kind == schema::COMPUTE && one.deposed.is_none());
        computes.filter_map(|change| self.of_compute(change)).collect()
    }

    fn of_compute(&self, change: &ResourceChange) -> Option<Capacity> {
        let (before, after) = change.change.clone().sides();
        if !Action::of(&change.change.actions).changes() {
            return None;
        }
        let cluster_id = after.get("cluster_id").text()?;
        let compute_id = before.get("id").text();
        let source = self.find(&cluster_id, compute_id.as_deref())?;
        let types = InstanceTypes::of(schema::COMPUTE, &before, &after)?;
        let planned = after.get("instance_types");
        source.capacity(Some(change.address.clone()), cluster_id, &types, planned)
    }

    /// The same of types that are resources of their own.
    pub(super) fn of_clusters(&self, clusters: &[ClusterTypes]) -> Vec<Capacity> {
        let of_cluster = |cluster: &ClusterTypes| {
            let cluster_id = cluster.cluster_id.text()?;
            let source = self.find(&cluster_id, None)?;
            source.capacity(None, cluster_id, &cluster.instance_types, &cluster.after)
        };
        clusters.iter().filter_map(of_cluster).collect()
    }

    /// The one for a cluster, and best for this compute. One for another compute counts other taints.
    fn find(&self, cluster_id: &str, compute_id: Option<&str>) -> Option<&Source> {
        let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let of_cluster = self.0.iter().filter(|one| same(&one.cluster_id, cluster_id));
        let fitting = of_cluster.filter(|one| {
            one.compute_id.as_deref().is_none_or(|id| compute_id.is_some_and(|own| same(id, own)))
        });
        fitting.min_by_key(|one| (one.compute_id.is_none(), one.instance_types.is_absent()))
    }
}

impl Source {
    fn of(resource: StateResource) -> Option<Source> {
        let StateResource { address, mode, kind, provider_name, values, sensitive_values } =
            resource;
        let is_source = mode == "data" && kind == schema::CAPACITY;
        if !is_source || !schema::is_of_provider(&kind, &provider_name) {
            return None;
        }
        let CapacityValues { cluster_id, compute_id, instance_types, capacity } = values;
        let shown = |value, sensitive| Value::from_change(value, &Json::Null, sensitive);
        Some(Source {
            address,
            cluster_id: shown(cluster_id, &sensitive_values.cluster_id).text()?,
            compute_id: shown(compute_id, &sensitive_values.compute_id).text(),
            instance_types: shown(instance_types, &sensitive_values.instance_types),
            capacity: shown(capacity, &sensitive_values.capacity),
        })
    }

    /// What it tells of these types; `None` if that is nothing.
    fn capacity(
        &self, compute: Option<String>, cluster_id: String, types: &InstanceTypes, planned: &Value,
    ) -> Option<Capacity> {
        let stays = types
            .types
            .iter()
            .filter(|each| !matches!(each.outcome, TypeOutcome::Removed | TypeOutcome::Unmanaged));
        let room = |name: &str| {
            let told = self.capacity.get(name);
            told.entries()?;
            Some(TypeRoom {
                name: name.to_owned(),
                counted: self.compare_counted(name, planned.get(name)),
                training: room(told.get("training")),
                deployment: room(told.get("deployment")),
            })
        };
        let types: Vec<_> = stays.filter_map(|each| room(&each.name)).collect();
        let source = self.address.clone();
        (!types.is_empty()).then_some(Capacity { compute, cluster_id, source, types })
    }

    /// Whether a type was counted as it is planned, whatever way it is written.
    fn compare_counted(&self, name: &str, planned: &Value) -> Counted {
        if self.instance_types.is_absent() {
            return Counted::AsInCluster;
        }
        let side = |one: &Value| Value::Map([(name.to_owned(), declared(one))].into());
        let types =
            InstanceTypes::compare(&side(self.instance_types.get(name)), &side(planned)).types;
        let same = |outcome| matches!(outcome, TypeOutcome::Unchanged | TypeOutcome::Respelled);
        let is_same = !types.is_empty() && types.iter().all(|each| same(each.outcome));
        if is_same { Counted::AsPlanned } else { Counted::Otherwise }
    }
}

fn room(told: &Value) -> Room {
    let texts = |name: &str| told.get(name).items().iter().filter_map(Value::text).collect();
    Room {
        fits: told.get("fits").text().and_then(|text| text.parse().ok()),
        blocked_by: texts("blocked_by"),
        can_grow: texts("can_grow"),
    }
}
