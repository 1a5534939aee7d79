//! Instance types that are resources of their own, cluster by cluster.

use std::collections::{BTreeMap, BTreeSet};

use aml::instance_type::{changes, default_override};
use serde::Serialize;

use super::instance_types::declared;
use super::plan_input::drafts;
use super::{Action, InstanceTypes, Warning, resource, schema};
use crate::plan::{ResourceChange, Value};

/// The instance types of one cluster that the plan's resources declare.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClusterTypes {
    /// ARM ID of the cluster, as far as it is known.
    pub cluster_id: Value,
    /// Addresses of the resources that an apply touches.
    pub addresses: Vec<String>,
    /// The types before and after.
    pub instance_types: InstanceTypes,
    /// What a reviewer has to know.
    pub warnings: Vec<Warning>,
    /// The types after, as they are written.
    #[serde(skip)]
    pub(super) after: Value,
}

/// Both sides of the types of one cluster, by name.
#[derive(Default)]
struct Sides {
    id: Value,
    addresses: BTreeSet<String>,
    before: BTreeMap<String, Value>,
    after: BTreeMap<String, Value>,
    /// They stay in the cluster, and their resources leave the state.
    forgotten: BTreeSet<String>,
}

/// The clusters by their IDs, whatever the casing of an ID.
pub(super) struct Clusters(BTreeMap<String, Sides>);

impl Clusters {
    /// The clusters of the instance types in a plan, with the types that do not change.
    pub(super) fn of(changes: &[ResourceChange]) -> Clusters {
        let mut clusters = Clusters(BTreeMap::new());
        let ours = changes.iter().filter(|change| schema::is_ours(change));
        let types = ours.filter(|one| one.kind == schema::INSTANCE_TYPE && one.deposed.is_none());
        types.for_each(|change| clusters.add(change));
        clusters
    }

    /// The types of each cluster in which an apply touches any.
    pub(super) fn facts(self) -> Vec<ClusterTypes> {
        let touched = self.0.into_values().filter(|sides| !sides.addresses.is_empty());
        touched.map(Sides::facts).collect()
    }

    /// Whether a known cluster has a type after the apply.
    pub(super) fn declares(&self, cluster: &Value, name: &str) -> bool {
        key(cluster)
            .and_then(|key| self.0.get(&key))
            .is_some_and(|sides| sides.after.contains_key(name))
    }

    fn add(&mut self, change: &ResourceChange) {
        let address = resource::is_touched(change).then(|| change.address.clone());
        let action = Action::of(&change.change.actions);
        let (before, after) = change.change.clone().sides();
        let cluster = |own: &Value, other: &Value| {
            // A type that was moved here does not know its cluster until it is read.
            let id = own.get("cluster_id");
            if id.is_absent() { other.get("cluster_id").clone() } else { id.clone() }
        };
        if let Some(name) = before.get("name").text() {
            let sides = self.sides(cluster(&before, &after), &name, address.as_ref());
            if matches!(action, Action::Forget | Action::CreateThenForget) {
                sides.forgotten.insert(name);
            } else {
                sides.before.insert(name, declared(&before));
            }
        }
        if let Some(name) = after.get("name").text() {
            let sides = self.sides(cluster(&after, &before), &name, address.as_ref());
            sides.after.insert(name, declared(&after));
        }
    }

    /// The sides of a cluster. Of two clusters that are not known yet, a second type of one name belongs
    /// to another one.
    fn sides(&mut self, id: Value, name: &str, address: Option<&String>) -> &mut Sides {
        let unknown = (0..).map(|n| format!("unknown {n}"));
        let is_free = |key: &String| self.0.get(key).is_none_or(|it| !it.after.contains_key(name));
        let key = key(&id).or_else(|| unknown.into_iter().find(is_free)).unwrap_or_default();
        let sides = self.0.entry(key).or_default();
        sides.id = id;
        sides.addresses.extend(address.cloned());
        sides
    }
}

fn key(cluster: &Value) -> Option<String> {
    cluster.text().map(|id| id.to_lowercase())
}

impl Sides {
    fn facts(self) -> ClusterTypes {
        let (before, after) = (Value::Map(self.before), Value::Map(self.after));
        let types = InstanceTypes::compare(&before, &after);
        let known = |side| drafts(side, |value| value).known().cloned().unwrap_or_default();
        let (known_before, known_after) = (known(&before), known(&after));
        let changed = types.changed_types().map(|each| each.name.as_str());
        let overrides =
            changed.filter(|name| !after.get(name).is_absent()).filter_map(default_override);
        let impacts = changes(&known_before, &known_after).into_iter().chain(overrides);
        let warnings = impacts.map(|impact| Warning::at("", &impact)).collect();
        ClusterTypes {
            cluster_id: self.id,
            after,
            addresses: self.addresses.into_iter().collect(),
            warnings,
            instance_types: InstanceTypes {
                unmanaged: false,
                left_alone: self.forgotten.into_iter().collect(),
                ..types
            },
        }
    }
}
