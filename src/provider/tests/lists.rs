//! What is listed of an ARM in memory, where other things stand beside ours.

use serde_json::{Value as Json, json};

use crate::tests::{Core, GROUP, Memory};

fn id(below: &str) -> String {
    format!("{GROUP}/{below}")
}

async fn listed(memory: &Memory, kind: &str, config: &Json) -> Vec<String> {
    let events = Core::new(kind, memory).list(config, false, 0).await;
    assert!(events.iter().all(|event| event.diagnostics.is_empty()), "{events:?}");
    events.into_iter().map(|event| event.display_name).collect()
}

#[tokio::test]
async fn only_kubernetes_and_only_the_cluster_that_was_asked_for() {
    let workspace = "Microsoft.MachineLearningServices/workspaces/ws";
    let cluster = |name: &str| id(&format!("Microsoft.Kubernetes/connectedClusters/{name}"));
    let compute = |name: &str, kind: &str, of: &str| {
        let properties = json!({ "computeType": kind, "resourceId": cluster(of) });
        (
            id(&format!("{workspace}/computes/{name}")),
            json!({ "name": name, "properties": properties }),
        )
    };
    let mut memory = Memory::default().with(&id(workspace), json!({ "name": "ws" }));
    for (id, object) in [
        compute("one", "Kubernetes", "c"),
        compute("two", "kubernetes", "d"),
        compute("vm", "ComputeInstance", "c"),
    ] {
        memory = memory.with(&id, object);
    }
    let all = json!({ "workspace_id": id(workspace) });
    let found = listed(&memory, "kubernetes_compute", &all).await;
    assert_eq!(found, ["one in ws", "two in ws"]);
    let of_one = json!({ "workspace_id": id(workspace), "cluster_id": cluster("C") });
    assert_eq!(listed(&memory, "kubernetes_compute", &of_one).await, ["one in ws"]);
}

#[tokio::test]
async fn only_extensions_of_azureml() {
    let cluster = id("Microsoft.Kubernetes/connectedClusters/c");
    let extension = |name: &str, kind: &str| {
        let below = format!("providers/Microsoft.KubernetesConfiguration/extensions/{name}");
        let properties = json!({ "extensionType": kind });
        (format!("{cluster}/{below}"), json!({ "name": name, "properties": properties }))
    };
    let mut memory = Memory::default().with(&cluster, json!({ "name": "c" }));
    for (id, object) in
        [extension("aml", "Microsoft.AzureML.Kubernetes"), extension("flux", "microsoft.flux")]
    {
        memory = memory.with(&id, object);
    }
    let found = listed(&memory, "arc_extension", &json!({ "cluster_id": cluster })).await;
    assert_eq!(found, ["aml on c"]);
}
