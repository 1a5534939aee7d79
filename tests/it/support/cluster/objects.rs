//! Nodes and pods as a kubelet reports them.

use serde_json::{Value, json};

/// A ready node with 4 CPUs and 16 GB.
pub(crate) fn node(name: &str) -> Value {
    let amounts = json!({
        "cpu": "4", "memory": "16393244Ki", "ephemeral-storage": "129886128Ki", "pods": "110",
        "hugepages-1Gi": "0", "hugepages-2Mi": "0",
    });
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": "Standard_D4s_v5",
            },
        },
        "spec": {},
        "status": {
            "allocatable": amounts,
            "capacity": amounts,
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "KubeletReady",
                "message": "kubelet is posting ready status",
                "lastHeartbeatTime": "2026-11-01T00:00:00Z",
                "lastTransitionTime": "2026-11-01T00:00:00Z",
            }],
            "nodeInfo": {
                "architecture": "amd64", "bootID": "", "containerRuntimeVersion": "containerd://2.1.4",
                "kernelVersion": "6.8.0-1034-azure", "kubeProxyVersion": "", "kubeletVersion": "v1.33.3",
                "machineID": "", "operatingSystem": "linux", "osImage": "Ubuntu 24.04.3 LTS",
                "systemUUID": "",
            },
        },
    })
}

/// The same with the images that a node keeps, which make up 30 kB of it.
pub(crate) fn node_as_large_as_a_real_one(name: &str) -> Value {
    let mut node = node(name);
    let images = (0..120).map(|number| {
        let image =
            format!("mcr.microsoft.com/azureml/component-with-a-name-of-usual-length-{number:03}");
        let digest = format!("{number:064}");
        json!({
            "names": [format!("{image}@sha256:{digest}"), format!("{image}:1.1.39.20231115.1")],
            "sizeBytes": 300_000_000 + number,
        })
    });
    node["status"]["images"] = images.collect();
    node
}

/// A pod of one container on a node, which runs unless its status says otherwise.
pub(crate) fn pod(name: &str, node: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "nodeName": node,
            "containers": [{
                "name": "main",
                "image": "mcr.microsoft.com/azureml/component:1.1.39",
                "resources": {
                    "requests": {"cpu": "100m", "memory": "128Mi"},
                    "limits": {"cpu": "1", "memory": "512Mi"},
                },
            }],
        },
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{
                "name": "main", "image": "mcr.microsoft.com/azureml/component:1.1.39", "imageID": "",
                "ready": true, "started": true, "restartCount": 0,
                "state": {"running": {"startedAt": "2026-11-01T00:00:00Z"}},
            }],
        },
    })
}
