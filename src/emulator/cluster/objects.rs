//! The objects of a release.

use serde_json::{Value, json};

use super::release::Release;

/// What is in the name of a pod behind its deployment's.
const POD_SUFFIX: &str = "6d5f7c9b84-x7k2p";
/// Taints that pods of the extension tolerate.
const TOLERATED: [&str; 2] = ["ml.azure.com/amlarc", "ml.azure.com/amlarc-system"];
/// The label by which a release knows its pods.
pub(super) const RELEASE_LABEL: &str = "app.kubernetes.io/instance";
const COMPONENT_LABEL: &str = "app";

const STRICT: &str = include_str!("../../../tests/fixtures/instance-types/strict.json");
const LAX: &str = include_str!("../../../tests/fixtures/instance-types/lax.json");

/// The custom resources of the extension.
pub(super) fn definitions(lax: bool) -> [Value; 2] {
    // The files are part of this program, and JSON.
    let instance_types = serde_json::from_str(if lax { LAX } else { STRICT }).unwrap_or_default();
    let jobs = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "amljobs.amlarc.azureml.com"},
        "spec": {
            "group": "amlarc.azureml.com",
            "scope": "Namespaced",
            "names":
                {"kind": "AmlJob", "listKind": "AmlJobList", "plural": "amljobs", "singular": "amljob"},
            "versions": [{
                "name": "v1alpha1",
                "served": true,
                "storage": true,
                "schema": {"openAPIV3Schema":
                    {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
            }],
        },
    });
    [instance_types, jobs]
}

pub(super) fn pod_name(component: &str) -> String {
    // A stateful set numbers its pods.
    if component.ends_with("-0") {
        component.to_owned()
    } else {
        format!("{component}-{POD_SUFFIX}")
    }
}

pub(super) fn component(pod: &Value) -> &str {
    pod["metadata"]["labels"][COMPONENT_LABEL].as_str().unwrap_or_default()
}

pub(super) fn pod(release: &Release, component: &str) -> Value {
    let tolerations = TOLERATED.map(|key| json!({"key": key, "operator": "Exists"}));
    json!({
        "metadata": {
            "name": pod_name(component),
            "labels": {COMPONENT_LABEL: component, RELEASE_LABEL: release.name},
        },
        "spec": {
            "nodeSelector": release.node_selector(),
            "tolerations": tolerations,
            "containers": [{
                "name": component,
                "image": image(component),
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
            }],
        },
    })
}

fn image(component: &str) -> String {
    format!("mcr.microsoft.com/azureml/{component}:1.1.39")
}

/// The status of a pod that waits for a node.
pub(super) fn unschedulable(nodes: usize) -> Value {
    json!({"phase": "Pending", "conditions": [{
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": format!("0/{nodes} nodes are available: {nodes} node(s) didn't match Pod's node affinity/selector."),
    }]})
}

/// The status of a pod on a node, while its image is pulled or when it runs.
pub(super) fn placed(component: &str, is_ready: bool) -> Value {
    let word = if is_ready { "True" } else { "False" };
    let condition = |kind: &str, status: &str| json!({"type": kind, "status": status});
    let container_state = if is_ready {
        json!({"running": {"startedAt": "2026-11-01T00:00:00Z"}, "waiting": null})
    } else {
        json!({"waiting": {"reason": "ContainerCreating"}})
    };
    json!({
        "phase": if is_ready { "Running" } else { "Pending" },
        "conditions": [
            condition("PodScheduled", "True"),
            condition("Initialized", "True"),
            condition("ContainersReady", word),
            condition("Ready", word),
        ],
        "containerStatuses": [{
            "name": component,
            "image": image(component),
            "imageID": "",
            "ready": is_ready,
            "started": is_ready,
            "restartCount": 0,
            "state": container_state,
        }],
    })
}

/// Whether a pod of the release fits on a node.
pub(super) fn takes_pods(node: &Value, release: &Release) -> bool {
    let conditions = node["status"]["conditions"].as_array().into_iter().flatten();
    let is_ready = conditions.filter(|it| it["type"] == "Ready").any(|it| it["status"] == "True");
    let taints = node["spec"]["taints"].as_array().into_iter().flatten();
    let is_tolerated = |taint: &Value| {
        taint["effect"] == "PreferNoSchedule" || TOLERATED.iter().any(|key| taint["key"] == *key)
    };
    let selector = release.node_selector();
    let mut labels = selector.as_object().into_iter().flatten();
    is_ready
        && node["spec"]["unschedulable"] != true
        && taints.clone().all(is_tolerated)
        && labels.all(|(label, value)| node["metadata"]["labels"][label] == *value)
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::faults::Effect;
    use crate::store::{Operation, Outcome, Status};

    /// A release with these settings, on a managed cluster or a connected one.
    fn release(cluster: &str, settings: &Value) -> Release {
        let object = json!({"name": "ml", "properties": {
            "extensionType": "microsoft.azureml.kubernetes", "configurationSettings": settings,
        }});
        let operation = Operation {
            name: String::new(),
            target: format!("/{cluster}/c/extensions/ml"),
            running_status: "Creating",
            poll_urls: Vec::new(),
            started_at: Instant::now(),
            ends_at: None,
            status: Status::Running,
            halfway_change: json!({}),
            success: Outcome::Remove,
            failed: json!({}),
            failure: None,
        };
        Release::new(&object, &operation, &Effect::default()).unwrap()
    }

    #[test]
    fn settings_decide_what_is_installed() {
        let bare = json!({"installPromOp": "false"});
        for (cluster, over, expected) in [
            ("connectedclusters", json!({}), "relayserver gateway"),
            ("managedclusters", json!({}), "gateway"),
            (
                "managedclusters",
                json!({"enableTraining": "true", "installVolcano": "False"}),
                "gateway aml-operator metrics-controller-manager",
            ),
            (
                "managedclusters",
                json!({"enableInference": "True"}),
                "gateway amlarc-identity-controller amlarc-identity-proxy azureml-fe-v2 \
                 inference-operator-controller-manager azureml-ingress-nginx-controller",
            ),
            (
                "managedclusters",
                json!({"installPromOp": "True", "installDcgmExporter": "true", "installNvidiaDevicePlugin": "true"}),
                "gateway prometheus-prom-prometheus-0 nvidia-device-plugin-daemonset \
                 ml-kube-state-metrics ml-prometheus-operator ml-dcgm-exporter",
            ),
        ] {
            let mut settings = bare.clone();
            crate::store::merge(&mut settings, &over);
            let components = release(cluster, &settings).components().join(" ");
            assert_eq!(components, expected, "{cluster} {over}");
        }
    }

    #[test]
    fn a_pod_goes_where_it_fits() {
        let settings = json!({r"nodeSelector.kubernetes\.io/os": "linux"});
        let release = release("managedclusters", &settings);
        let ready = json!({
            "metadata": {"labels": {"kubernetes.io/os": "linux"}},
            "spec": {},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]},
        });
        let tainted =
            |key: &str, effect: &str| json!({"spec": {"taints": [{"key": key, "effect": effect}]}});
        for (change, expected) in [
            (json!({}), true),
            (json!({"spec": {"unschedulable": true}}), false),
            (json!({"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}}), false),
            (json!({"metadata": {"labels": {"kubernetes.io/os": "windows"}}}), false),
            (tainted("ml.azure.com/amlarc", "NoSchedule"), true),
            (tainted("ml.azure.com/amlarc-workload", "NoSchedule"), false),
            (tainted("CriticalAddonsOnly", "NoExecute"), false),
            (tainted("team", "PreferNoSchedule"), true),
        ] {
            let mut node = ready.clone();
            crate::store::merge(&mut node, &change);
            assert_eq!(takes_pods(&node, &release), expected, "{change}");
        }
    }
}
