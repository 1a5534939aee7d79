//! What is looked up in an ARM in memory, and what is said where nothing is.

mod versions;

use framework::Server;
use serde_json::{Value as Json, json};
use testing::{read_data_source, validate_data_source};

use crate::tests::{GROUP, Memory};

const WORKSPACE: &str = "Microsoft.MachineLearningServices/workspaces/ws";
const CLUSTER: &str = "Microsoft.Kubernetes/connectedClusters/c";
const EXTENSION: &str = "Microsoft.Kubernetes/connectedClusters/c/providers/Microsoft.KubernetesConfiguration/extensions/aml";

fn id(below: &str) -> String {
    format!("{GROUP}/{below}")
}

/// The state of a data source with that configuration, or what is said instead.
async fn looked_up(memory: &Memory, kind: &str, config: &Json) -> Result<Json, String> {
    read_data_source(&Server::from(memory), kind, config).await.map_err(|told| told.join("\n"))
}

fn memory() -> Memory {
    let types = json!({
        "big": { "resources": { "requests": { "cpu": "4" } } },
        "defaultinstancetype": { "resources": { "requests": { "cpu": "1" } } },
    });
    let compute = json!({
        "name": "edge",
        "location": "eastus",
        "properties": {
            "computeType": "Kubernetes",
            "resourceId": id(CLUSTER),
            "provisioningState": "Succeeded",
            "properties": {
                "namespace": "ml",
                "defaultInstanceType": "big",
                "instanceTypes": types,
            },
        },
    });
    let relay = "Microsoft.Relay/namespaces/r/hybridConnections/h";
    let extension = json!({
        "name": "aml",
        "properties": {
            "extensionType": "microsoft.azureml.kubernetes",
            "provisioningState": "Succeeded",
            "autoUpgradeMinorVersion": true,
            "currentVersion": "1.1.9",
            "configurationSettings": {
                "enableTraining": "True",
                "cluster_name": id(CLUSTER),
                "relayserver.hybridConnectionResourceID": id(relay),
                "relayserver.relayConnectionString": "hunter2",
            },
            "configurationProtectedSettings": { "sslKey": "hunter2" },
        },
    });
    let cluster = json!({
        "name": "c",
        "location": "eastus",
        "properties": {
            "connectivityStatus": "Offline",
            "lastConnectivityTime": "2026-11-01T00:00:00.000Z",
            "agentVersion": "1.20.2",
            "totalNodeCount": 3,
            "totalCoreCount": 12,
        },
    });
    Memory::default()
        .with(&id(WORKSPACE), json!({ "name": "ws" }))
        .with(&id(&format!("{WORKSPACE}/computes/edge")), compute)
        .with(&id(CLUSTER), cluster)
        .with(&id(EXTENSION), extension)
}

#[tokio::test]
async fn a_compute_with_every_instance_type() {
    let written = id(&WORKSPACE.replace("workspaces", "WorkSpaces"));
    let config = json!({ "name": "edge", "workspace_id": written });
    let found = looked_up(&memory(), "kubernetes_compute", &config).await.expect("it is there");
    assert_eq!(found["id"], id(&format!("{WORKSPACE}/computes/edge")));
    assert_eq!(found["workspace_id"], written, "the user's spelling stays");
    assert_eq!(found["cluster_id"], id(CLUSTER));
    assert_eq!(found["extension_id"], id(EXTENSION));
    assert_eq!(found["namespace"], "ml");
    assert_eq!(found["default_instance_type"], "big");
    let names =
        |of: &str| found[of].as_object().expect("a map").keys().cloned().collect::<Vec<_>>();
    assert_eq!(names("instance_types"), ["big"]);
    assert_eq!(names("effective_instance_types"), ["big", "defaultinstancetype"]);
    assert_eq!(found["identity"], Json::Null);
}

#[tokio::test]
async fn an_extension_with_every_plain_setting_and_no_secret() {
    let config = json!({ "name": "aml", "cluster_id": id(CLUSTER) });
    let found = looked_up(&memory(), "arc_extension", &config).await.expect("it is there");
    assert_eq!(found["id"], id(EXTENSION));
    assert_eq!(found["enable_training"], true);
    assert_eq!(found["enable_inference"], Json::Null);
    assert_eq!(found["current_version"], "1.1.9");
    let settings = &found["effective_configuration_settings"];
    assert_eq!(settings["enableTraining"], "True");
    assert_eq!(settings["cluster_name"], id(CLUSTER));
    let namespace = id("Microsoft.Relay/namespaces/r");
    let connection = format!("{namespace}/hybridConnections/h");
    assert_eq!(
        found["side_resources"],
        json!([
            { "kind": "relay_namespace", "id": namespace },
            { "kind": "hybrid_connection", "id": connection },
        ])
    );
    assert!(!found.to_string().contains("hunter2"), "{found:#}");
}

#[tokio::test]
async fn a_cluster_that_is_not_connected_is_told_so_and_since_when() {
    let config = json!({ "id": id(CLUSTER) });
    let found = looked_up(&memory(), "connected_cluster", &config).await.expect("it is there");
    assert_eq!(found["connected"], false);
    assert_eq!(found["connectivity_status"], "Offline");
    assert_eq!(found["last_connectivity_time"], "2026-11-01T00:00:00.000Z");
    assert_eq!((&found["node_count"], &found["core_count"]), (&json!(3), &json!(12)));
    assert_eq!((&found["name"], &found["location"]), (&json!("c"), &json!("eastus")));
    assert_eq!(found["distribution"], Json::Null, "the service keeps silent about it");
    assert_eq!(found["tags"], json!({}), "none are an empty map, over which one can go");
}

#[tokio::test]
async fn what_is_absent_is_an_error_with_the_id_and_what_to_check() {
    let compute = json!({ "name": "gone", "workspace_id": id(WORKSPACE) });
    let extension = json!({ "name": "gone", "cluster_id": id(CLUSTER) });
    let cluster = id("Microsoft.Kubernetes/connectedClusters/gone");
    let below = "providers/Microsoft.KubernetesConfiguration/extensions";
    for (kind, config, at, missing, check) in [
        (
            "kubernetes_compute",
            compute,
            "error name: ",
            id(&format!("{WORKSPACE}/computes/gone")),
            "az ml compute list --workspace-name ws --resource-group rg",
        ),
        (
            "arc_extension",
            extension,
            "error name: ",
            id(&format!("{CLUSTER}/{below}/gone")),
            "az k8s-extension list --cluster-name c --resource-group rg --cluster-type \
             connectedClusters",
        ),
        (
            "connected_cluster",
            json!({ "id": cluster }),
            "error id: ",
            cluster.clone(),
            "az connectedk8s",
        ),
    ] {
        let told = looked_up(&memory(), kind, &config).await.expect_err(kind);
        assert!(told.starts_with(at), "{told}");
        assert!(told.contains("does not exist") && told.contains(&missing), "{told}");
        assert!(told.contains(check), "{told}");
    }
}

#[tokio::test]
async fn what_is_of_another_type_is_refused() {
    let memory = memory()
        .with(
            &id(&format!("{WORKSPACE}/computes/vm")),
            json!({ "name": "vm", "properties": { "computeType": "ComputeInstance" } }),
        )
        .with(
            &id(&EXTENSION.replace("aml", "flux")),
            json!({ "name": "flux", "properties": { "extensionType": "microsoft.flux" } }),
        );
    let compute = json!({ "name": "vm", "workspace_id": id(WORKSPACE) });
    let told = looked_up(&memory, "kubernetes_compute", &compute).await.expect_err("a VM");
    assert!(told.contains("ComputeInstance"), "{told}");
    let extension = json!({ "name": "flux", "cluster_id": id(CLUSTER) });
    let told = looked_up(&memory, "arc_extension", &extension).await.expect_err("Flux");
    assert!(told.contains("microsoft.flux"), "{told}");
}

#[tokio::test]
async fn an_id_of_something_else_is_refused_before_anything_is_asked() {
    for (kind, config, at) in [
        (
            "kubernetes_compute",
            json!({ "name": "n", "workspace_id": id(CLUSTER) }),
            "error workspace_id: ",
        ),
        (
            "arc_extension",
            json!({ "name": "n", "cluster_id": id(WORKSPACE) }),
            "error cluster_id: ",
        ),
        ("connected_cluster", json!({ "id": id(WORKSPACE) }), "error id: "),
        ("extension_versions", json!({ "cluster_id": id(WORKSPACE) }), "error cluster_id: "),
    ] {
        let told = refused(kind, &config).await;
        assert!(told.len() == 1 && told[0].starts_with(at), "{told:#?}");
    }
}

/// What a validation says.
async fn refused(kind: &str, config: &Json) -> Vec<String> {
    validate_data_source(&Server::from(&memory()), kind, config).await
}
