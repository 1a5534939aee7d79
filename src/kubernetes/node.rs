//! What is looked at of a node.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::amounts::Amounts;
use crate::scheduling::{Labels, Taint};

/// A node, without its images, addresses and annotations.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "Wire")]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// Whether it is cordoned: no new pod is placed on it.
    pub is_cordoned: bool,
    /// Whether its kubelet says that it is ready.
    pub is_ready: bool,
    /// `linux` or `windows`.
    pub operating_system: String,
    /// Such as `amd64` or `arm64`.
    pub architecture: String,
    /// What pods may have of it.
    pub allocatable: Amounts,
}

/// The labels by which AKS says which pool a node is of.
const POOL_LABELS: [&str; 2] = ["kubernetes.azure.com/agentpool", "agentpool"];

impl Node {
    /// Whether new pods are placed on it, as far as they tolerate its taints.
    pub fn is_schedulable(&self) -> bool {
        self.is_ready && !self.is_cordoned
    }

    /// Whether it runs Linux on amd64. One that does not say is taken to.
    pub fn runs_linux_amd64(&self) -> bool {
        matches!(self.operating_system.as_str(), "" | "linux")
            && matches!(self.architecture.as_str(), "" | "amd64")
    }

    /// The same with these labels alone, and those that name its pool.
    #[must_use]
    pub fn with_labels(mut self, keys: &BTreeSet<String>) -> Node {
        self.labels.retain(|key, _| keys.contains(key) || POOL_LABELS.contains(&key.as_str()));
        self
    }

    /// Whether it is of this pool of an AKS cluster.
    pub fn is_of_pool(&self, pool: &str) -> bool {
        POOL_LABELS.iter().any(|key| self.labels.get(*key).is_some_and(|name| name == pool))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire {
    metadata: Metadata,
    spec: Spec,
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    name: String,
    labels: Labels,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Spec {
    unschedulable: bool,
    taints: Vec<Taint>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    allocatable: BTreeMap<String, Value>,
    conditions: Vec<Condition>,
    node_info: NodeInfo,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Condition {
    r#type: String,
    status: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct NodeInfo {
    operating_system: String,
    architecture: String,
}

impl From<Wire> for Node {
    fn from(Wire { metadata, spec, status }: Wire) -> Node {
        let is_true = |one: &Condition| one.r#type == "Ready" && one.status == "True";
        Node {
            name: metadata.name,
            labels: metadata.labels,
            taints: spec.taints,
            is_cordoned: spec.unschedulable,
            is_ready: status.conditions.iter().any(is_true),
            operating_system: status.node_info.operating_system,
            architecture: status.node_info.architecture,
            allocatable: Amounts::read(&status.allocatable),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Node;

    #[test]
    fn a_node_is_read_without_what_is_not_looked_at() {
        let node: Node = serde_json::from_value(json!({
            "metadata": { "name": "n1", "labels": { "pool": "gpu" }, "annotations": { "long": "text" } },
            "spec": { "unschedulable": true, "taints": [{ "key": "sku", "effect": "NoSchedule" }] },
            "status": {
                "allocatable": { "cpu": "3860m", "memory": "12Gi", "pods": 110 },
                "conditions": [
                    { "type": "MemoryPressure", "status": "False" },
                    { "type": "Ready", "status": "True" },
                ],
                "nodeInfo": { "operatingSystem": "linux", "architecture": "amd64" },
                "images": [{ "names": ["x"] }],
            },
        }))
        .unwrap();
        assert_eq!((node.name.as_str(), node.labels["pool"].as_str()), ("n1", "gpu"));
        assert_eq!(node.taints[0].to_string(), "sku:NoSchedule");
        assert_eq!(node.allocatable.get("pods").as_str(), "110");
        assert!(node.is_ready && node.is_cordoned && !node.is_schedulable());
        assert_eq!(
            (node.operating_system.as_str(), node.architecture.as_str()),
            ("linux", "amd64")
        );
    }

    #[test]
    fn of_many_labels_those_are_kept_that_are_looked_at() {
        let labels = json!({ "pool": "gpu", "agentpool": "a", "kubernetes.io/os": "linux" });
        let node: Node =
            serde_json::from_value(json!({ "metadata": { "labels": labels } })).unwrap();
        let kept = node.with_labels(&["pool".to_owned(), "disk".to_owned()].into());
        assert_eq!(kept.labels.keys().collect::<Vec<_>>(), ["agentpool", "pool"]);
        assert!(kept.is_of_pool("a") && !kept.is_of_pool("gpu"));
    }

    #[test]
    fn a_node_that_says_nothing_is_not_ready() {
        let node: Node = serde_json::from_value(json!({ "metadata": { "name": "n" } })).unwrap();
        assert!(!node.is_ready && !node.is_cordoned);
        let unknown =
            json!({ "status": { "conditions": [{ "type": "Ready", "status": "Unknown" }] } });
        assert!(!serde_json::from_value::<Node>(unknown).unwrap().is_schedulable());
    }
}
