//! What is looked at of a pod.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::amounts::Amounts;
use crate::scheduling::{Labels, Toleration};

/// A pod, without its volumes, environment and annotations.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "wire::Pod")]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What tells it from another pod of the same name.
    pub uid: String,
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
    pub phase: String,
    /// Whether its condition `Ready` is true.
    pub is_ready: bool,
    /// Whether it is being deleted.
    pub is_terminating: bool,
    /// The node on which it is.
    pub node: Option<String>,
    /// What made it, such as a `ReplicaSet`.
    pub owner: Option<Owner>,
    /// Why it is in its phase, such as `Evicted`.
    pub reason: Option<Reason>,
    /// Why no node takes it, while none does.
    pub unschedulable: Option<Reason>,
    /// Its containers, init containers first.
    pub containers: Vec<Container>,
    /// What it takes of a node.
    pub requests: Amounts,
    /// Labels that its node must have.
    pub node_selector: Labels,
    /// Taints that it tolerates.
    pub tolerations: Vec<Toleration>,
}

/// What made a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Owner {
    /// API group and version.
    pub api_version: String,
    /// Kind, such as `Job`.
    pub kind: String,
    /// Name.
    pub name: String,
}

/// A word for machines and a text for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// Such as `CrashLoopBackOff`.
    pub reason: String,
    /// What the cluster says about it; at most [`LONGEST_MESSAGE`] bytes.
    pub message: String,
}

/// Messages are cut after this many bytes.
pub const LONGEST_MESSAGE: usize = 1000;

/// A container as its status tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// How often it was restarted.
    pub restarts: u32,
    /// Why it waits, while it waits.
    pub waiting: Option<Reason>,
    /// How it ended, or its previous run ended.
    pub terminated: Option<Reason>,
}

impl Pod {
    /// Whether it runs no more: it takes nothing of its node.
    pub fn is_finished(&self) -> bool {
        matches!(self.phase.as_str(), "Succeeded" | "Failed")
    }
}

impl Reason {
    /// With the message cut where it is long.
    pub fn new(reason: impl Into<String>, message: impl Into<String>) -> Reason {
        let mut message = message.into();
        message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
        Reason { reason: reason.into(), message }
    }
}

/// As `Error (exit code 1)`.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.reason.as_str(), self.message.as_str()) {
            ("", message) => f.write_str(message),
            (reason, "") => f.write_str(reason),
            (reason, message) => write!(f, "{reason} ({message})"),
        }
    }
}

/// The pod as it is on the wire.
mod wire {
    use super::{BTreeMap, Deserialize, Labels, Owner, Toleration, Value};

    #[derive(Default, Deserialize)]
    #[serde(default)]
    pub(super) struct Pod {
        pub(super) metadata: Metadata,
        pub(super) spec: Spec,
        pub(super) status: Status,
    }

    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    pub(super) struct Metadata {
        pub(super) namespace: String,
        pub(super) name: String,
        pub(super) uid: String,
        pub(super) deletion_timestamp: Option<String>,
        pub(super) owner_references: Vec<Owner>,
    }

    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    pub(super) struct Spec {
        pub(super) node_name: Option<String>,
        pub(super) node_selector: Labels,
        pub(super) tolerations: Vec<Toleration>,
        pub(super) init_containers: Vec<Container>,
        pub(super) containers: Vec<Container>,
        pub(super) overhead: BTreeMap<String, Value>,
    }

    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    pub(super) struct Container {
        pub(super) restart_policy: Option<String>,
        pub(super) resources: Resources,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    pub(super) struct Resources {
        pub(super) requests: BTreeMap<String, Value>,
    }

    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    pub(super) struct Status {
        pub(super) phase: String,
        pub(super) reason: String,
        pub(super) message: String,
        pub(super) conditions: Vec<Condition>,
        pub(super) init_container_statuses: Vec<ContainerStatus>,
        pub(super) container_statuses: Vec<ContainerStatus>,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    pub(super) struct Condition {
        pub(super) r#type: String,
        pub(super) status: String,
        pub(super) reason: String,
        pub(super) message: String,
    }

    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    pub(super) struct ContainerStatus {
        pub(super) name: String,
        pub(super) restart_count: u32,
        pub(super) state: State,
        pub(super) last_state: State,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    pub(super) struct State {
        pub(super) waiting: Option<Waiting>,
        pub(super) terminated: Option<Terminated>,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    pub(super) struct Waiting {
        pub(super) reason: String,
        pub(super) message: String,
    }

    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    pub(super) struct Terminated {
        pub(super) reason: String,
        pub(super) message: String,
        pub(super) exit_code: i64,
    }
}

impl From<wire::Pod> for Pod {
    fn from(wire::Pod { metadata, spec, status }: wire::Pod) -> Pod {
        let condition =
            |name: &str| status.conditions.iter().find(|condition| condition.r#type == name);
        let unschedulable = condition("PodScheduled")
            .filter(|one| one.status == "False")
            .map(|one| Reason::new(&one.reason, &one.message));
        let is_ready = condition("Ready").is_some_and(|one| one.status == "True");
        let reason =
            (!status.reason.is_empty()).then(|| Reason::new(&status.reason, &status.message));
        let statuses = status.init_container_statuses.into_iter().chain(status.container_statuses);
        Pod {
            requests: requests(&spec),
            namespace: metadata.namespace,
            name: metadata.name,
            uid: metadata.uid,
            phase: status.phase,
            is_ready,
            is_terminating: metadata.deletion_timestamp.is_some(),
            node: spec.node_name.filter(|name| !name.is_empty()),
            owner: metadata.owner_references.into_iter().next(),
            reason,
            unschedulable,
            containers: statuses.map(container).collect(),
            node_selector: spec.node_selector,
            tolerations: spec.tolerations,
        }
    }
}

fn container(status: wire::ContainerStatus) -> Container {
    let waiting = status.state.waiting.map(|state| Reason::new(state.reason, state.message));
    let ended = status.state.terminated.or(status.last_state.terminated);
    let terminated = ended.map(|state| {
        let code = state.exit_code;
        let message = match state.message.trim() {
            "" => format!("exit code {code}"),
            message => format!("exit code {code}: {message}"),
        };
        Reason::new(state.reason, message)
    });
    Container { name: status.name, restarts: status.restart_count, waiting, terminated }
}

/// As the scheduler counts: the largest init container or the sum of all that run side by side,
/// whichever is more. An init container that is restarted always runs on beside them.
fn requests(spec: &wire::Spec) -> Amounts {
    let (mut beside, mut most) = (Amounts::default(), Amounts::default());
    for container in &spec.init_containers {
        let own = Amounts::read(&container.resources.requests);
        let mut now = beside.clone();
        now.add(&own);
        most.raise_to(&now);
        if container.restart_policy.as_deref() == Some("Always") {
            beside = now;
        }
    }
    for container in &spec.containers {
        beside.add(&Amounts::read(&container.resources.requests));
    }
    beside.raise_to(&most);
    beside.add(&Amounts::read(&spec.overhead));
    beside
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{LONGEST_MESSAGE, Pod, Reason};
    use crate::amounts::Amounts;

    #[test]
    fn a_pod_is_read_without_what_is_not_looked_at() {
        let pod = pod(json!({
            "metadata": { "namespace": "azureml", "name": "gateway-1", "uid": "u",
                "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "gateway" }] },
            "spec": { "nodeName": "n1", "containers": [{ "name": "c", "env": [{ "name": "LONG" }] }],
                "tolerations": [{ "key": "a", "operator": "Exists" }] },
            "status": {
                "phase": "Running",
                "conditions": [{ "type": "Ready", "status": "False" }],
                "containerStatuses": [{
                    "name": "c", "restartCount": 6,
                    "state": { "waiting": { "reason": "CrashLoopBackOff", "message": "back-off" } },
                    "lastState": { "terminated": { "reason": "Error", "exitCode": 1 } },
                }],
            },
        }));
        assert_eq!(
            (pod.node.as_deref(), pod.is_ready, pod.is_terminating),
            (Some("n1"), false, false)
        );
        assert_eq!(pod.owner.unwrap().kind, "ReplicaSet");
        let container = &pod.containers[0];
        assert_eq!(container.restarts, 6);
        assert_eq!(container.waiting, Some(Reason::new("CrashLoopBackOff", "back-off")));
        assert_eq!(container.terminated, Some(Reason::new("Error", "exit code 1")));
        assert_eq!((pod.unschedulable, pod.reason), (None, None));
    }

    #[test]
    fn a_pod_that_no_node_takes_says_why() {
        let pod = pod(json!({
            "metadata": { "deletionTimestamp": "2026-01-01T00:00:00Z" },
            "spec": { "nodeName": "" },
            "status": { "phase": "Pending", "reason": "Evicted", "message": "disk", "conditions": [
                { "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3" },
            ] },
        }));
        assert_eq!(pod.unschedulable, Some(Reason::new("Unschedulable", "0/3")));
        assert_eq!(pod.reason, Some(Reason::new("Evicted", "disk")));
        assert!(pod.is_terminating && pod.node.is_none());
    }

    #[test]
    fn what_a_pod_takes_is_counted_as_the_scheduler_does() {
        let of = |cpu: &str| json!({ "resources": { "requests": { "cpu": cpu } } });
        let sidecar = |cpu: &str| json!({ "restartPolicy": "Always", "resources": { "requests": { "cpu": cpu } } });
        for (init, containers, cpu) in [
            (vec![], vec![of("1"), of("500m")], "1500m"),
            (vec![of("2")], vec![of("1")], "2"),
            (vec![of("500m")], vec![of("1")], "1"),
            (vec![sidecar("100m"), of("1")], vec![of("900m")], "1100m"),
            (vec![of("1"), sidecar("200m")], vec![of("1")], "1200m"),
        ] {
            let spec = json!({ "initContainers": init, "containers": containers });
            let pod = pod(json!({ "spec": spec }));
            assert_eq!(pod.requests, Amounts::from_iter([("cpu", cpu)]), "{spec}");
        }
        let overhead = json!({ "spec": { "overhead": { "cpu": "50m" }, "containers": [of("1")] } });
        assert_eq!(pod(overhead).requests.get("cpu").as_str(), "1050m");
    }

    #[test]
    fn a_long_message_is_cut_between_letters() {
        let reason = Reason::new("x", "ü".repeat(LONGEST_MESSAGE));
        assert_eq!(reason.message.len(), LONGEST_MESSAGE);
        let odd = Reason::new("x", format!("a{}", "ü".repeat(LONGEST_MESSAGE)));
        assert_eq!(odd.message.len(), LONGEST_MESSAGE - 1);
    }

    fn pod(json: Value) -> Pod {
        serde_json::from_value(json).unwrap()
    }
}
