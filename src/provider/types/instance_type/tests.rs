//! What of the life of an instance type needs no cluster.

use serde_json::{Value as Json, json};

use crate::tests::{Core, GROUP, Memory};

const KUBERNETES: &str = "registry.terraform.io/hashicorp/kubernetes";

fn config() -> Json {
    let amounts = json!({ "cpu": "2", "memory": "4Gi" });
    json!({
        "name": "gpu",
        "cluster_id": format!("{GROUP}/Microsoft.Kubernetes/connectedClusters/c"),
        "resources": { "requests": amounts, "limits": amounts },
    })
}

#[tokio::test]
async fn a_type_that_was_moved_waits_for_its_cluster_and_is_not_replaced() {
    let memory = Memory::default();
    let mut core = Core::new("instance_type", &memory);
    let amounts = json!({ "cpu": "2", "memory": "4Gi" });
    let manifest = json!({
        "apiVersion": "amlarc.azureml.com/v1alpha1",
        "kind": "InstanceType",
        "metadata": { "name": "gpu" },
        "spec": { "resources": { "requests": amounts, "limits": amounts } },
    });
    let state = json!({ "manifest": { "type": "dynamic", "value": manifest } });
    let told = core.move_state(KUBERNETES, "kubernetes_manifest", &state).await;
    assert_eq!(told, [""; 0]);
    assert_eq!(core.read().await, [""; 0], "a refresh has nobody to ask");
    assert_eq!(core.state()["cluster_id"], Json::Null);
    let changes = core.changes(&config()).await;
    assert_eq!(changes, ["cluster_id", "id"]);
    assert_eq!(core.plan_diagnostics(&config()).await, [""; 0], "nothing is replaced");
    assert_eq!(memory.calls(), 0);
}

#[tokio::test]
async fn planning_asks_nobody_and_warns_of_the_default() {
    let memory = Memory::default();
    let core = Core::new("instance_type", &memory);
    assert_eq!(core.plan_diagnostics(&config()).await, [""; 0]);
    let mut default = config();
    default["name"] = json!("defaultinstancetype");
    let told = core.plan_diagnostics(&default).await;
    assert!(told.len() == 1 && told[0].contains("is the default"), "{told:?}");
    assert_eq!(memory.calls(), 0);
}
