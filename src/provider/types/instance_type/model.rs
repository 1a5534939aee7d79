//! An instance type of a cluster in Rust, one field per attribute of the schema.

use aml::instance_type::is_extended;
use azure::Id;
use framework::{Attr, AttrMap};
use kubernetes::instance_type::{Difference, Field};
use serde::{Deserialize, Serialize};

use super::object::{Amount, InstanceType, draft, object_of};
use crate::arm::ids;
use crate::explain::Result;

/// What stands between the cluster and the name in an ID.
pub(super) const SEPARATOR: char = '|';

/// An instance type of a cluster as Terraform sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ClusterType {
    pub(crate) name: Attr<String>,
    pub(crate) cluster_id: Attr<String>,
    pub(crate) node_selector: AttrMap<String>,
    pub(crate) resources: Attr<Amount>,
    pub(crate) force_conflicts: Attr<bool>,
    pub(crate) cluster_checks: Attr<String>,
    pub(crate) id: Attr<String>,
}

impl ClusterType {
    /// What tells it from all others; nothing else is known.
    pub(super) fn keys(cluster: &Id, name: &str) -> Self {
        Self { cluster_id: Attr::text(cluster), name: name.into(), ..Self::default() }
    }

    /// The cluster that it is in.
    pub(super) fn cluster(&self) -> Result<Id> {
        ids::need("cluster_id", &self.cluster_id, &ids::CLUSTERS)
    }

    /// The ID that is shown and imported.
    pub(super) fn with_id(mut self) -> Result<Self> {
        let id = format!("{}{SEPARATOR}{}", self.cluster()?, self.name.require()?);
        self.id = id.into();
        Ok(self)
    }

    /// As far as it is known, for the rules of `aml`.
    pub(super) fn draft(&self) -> aml::Draft {
        draft(&Attr::Known(self.object())).known().cloned().unwrap_or_default()
    }

    /// The type that is declared, if all of it is known.
    pub(super) fn declared_type(&self) -> aml::InstanceType {
        self.draft().known().unwrap_or_default()
    }

    fn object(&self) -> InstanceType {
        let (node_selector, resources) = (self.node_selector.clone(), self.resources.clone());
        InstanceType { node_selector, resources }
    }

    /// Whether nothing of the type itself is known, as after an import.
    pub(super) fn is_bare(&self) -> bool {
        self.node_selector.is_null() && self.resources.is_null()
    }

    /// The same with everything that the cluster has.
    pub(super) fn with_live_type(self, live: &aml::InstanceType) -> Self {
        let InstanceType { node_selector, resources } = object_of(live);
        Self { node_selector, resources, ..self }
    }

    /// The same with the cluster's values where they are not the declared ones.
    pub(super) fn with_cluster_values(mut self, differences: Vec<Difference>) -> Self {
        for Difference { field, live, .. } in differences {
            self.correct(&field, live);
        }
        self
    }

    fn correct(&mut self, field: &Field, live: Option<String>) {
        let mut amounts = std::mem::take(&mut self.resources).into_known();
        match field {
            Field::Label(key) => put(&mut self.node_selector, key, live),
            Field::Request(resource) => {
                put(&mut amounts.get_or_insert_default().requests, resource, live);
            }
            Field::Limit(resource) => {
                let Amount { requests, limits } = amounts.get_or_insert_default();
                // The cluster has no request of a device; what is declared says the same as the limit.
                if is_extended(resource) && requests.contains_key(resource) {
                    put(requests, resource, live.clone());
                }
                put(limits, resource, live);
            }
        }
        self.resources = amounts.into();
    }
}

/// Sets an element of a map, or takes it out.
fn put(map: &mut AttrMap<String>, key: &str, value: Option<String>) {
    let mut elements = std::mem::take(map).into_known().unwrap_or_default();
    match value {
        Some(value) => _ = elements.insert(key.to_owned(), Attr::Known(value)),
        None => _ = elements.remove(key),
    }
    *map = Attr::Known(elements);
}

#[cfg(test)]
mod tests {
    use framework::Attr;
    use kubernetes::instance_type::differences;
    use serde_json::{Value, json};

    use super::{ClusterType, InstanceType};

    #[test]
    fn only_what_the_cluster_has_otherwise_changes_in_the_state() {
        for (state, live, expected) in [
            // Other words for the same.
            (
                json!({ "node_selector": { "a": "1" }, "limits": { "cpu": "1000m", "nvidia.com/gpu": "0" } }),
                json!({ "node_selector": { "a": "1" }, "limits": { "cpu": "1" } }),
                json!({ "node_selector": { "a": "1" }, "limits": { "cpu": "1000m", "nvidia.com/gpu": "0" } }),
            ),
            // A label that is another one, one that is gone, and one that came.
            (
                json!({ "node_selector": { "a": "1", "b": "2" }, "limits": { "cpu": "1" } }),
                json!({ "node_selector": { "a": "9", "c": "3" }, "limits": { "cpu": "1" } }),
                json!({ "node_selector": { "a": "9", "c": "3" }, "limits": { "cpu": "1" } }),
            ),
            // The request of a device is not in the cluster, and follows its limit.
            (
                json!({ "requests": { "nvidia.com/gpu": "1" }, "limits": { "nvidia.com/gpu": "1" } }),
                json!({ "limits": { "nvidia.com/gpu": "2" } }),
                json!({ "requests": { "nvidia.com/gpu": "2" }, "limits": { "nvidia.com/gpu": "2" } }),
            ),
            (
                json!({ "requests": { "nvidia.com/gpu": "1" }, "limits": { "nvidia.com/gpu": "1" } }),
                json!({ "limits": { "nvidia.com/gpu": "1" } }),
                json!({ "requests": { "nvidia.com/gpu": "1" }, "limits": { "nvidia.com/gpu": "1" } }),
            ),
        ] {
            let (before, live) = (cluster_type(&state), cluster_type(&live).declared_type());
            let found = differences(&before.declared_type(), &live);
            assert_eq!(before.with_cluster_values(found), cluster_type(&expected), "{state}");
        }
    }

    fn cluster_type(written: &Value) -> ClusterType {
        let resources = json!({ "requests": written["requests"], "limits": written["limits"] });
        let of = json!({ "node_selector": written["node_selector"], "resources": resources });
        let of: aml::InstanceType = serde_json::from_value(of).unwrap();
        let InstanceType { node_selector, resources } = super::object_of(&of);
        ClusterType { node_selector, resources, name: Attr::text("gpu"), ..ClusterType::default() }
    }
}
