//! Computes that azapi managed until now: states as its schema writes them.

use serde_json::{Value as Json, json};

use super::{ARC, COMPUTE, compute, create_object, healthy_azure, id, merge};
use crate::tests::Core;

const AZAPI: &str = "registry.opentofu.org/azure/azapi";
const AZURERM: &str = "registry.opentofu.org/hashicorp/azurerm";

fn azapi(body: &Json) -> Json {
    json!({
        "id": id(COMPUTE),
        "name": "edge",
        "parent_id": id("Microsoft.MachineLearningServices/workspaces/ws"),
        "type": "Microsoft.MachineLearningServices/workspaces/computes@2023-10-01",
        "location": "eastus",
        "tags": { "team": "ml" },
        "identity": [{
            "type": "UserAssigned",
            "identity_ids": [id("Microsoft.ManagedIdentity/userAssignedIdentities/jobs")],
            "principal_id": "", "tenant_id": "",
        }],
        "body": body,
        "delete_query_parameters": { "underlyingResourceAction": ["Detach"] },
        "timeouts": null,
    })
}

fn body() -> Json {
    let requests = json!({ "cpu": "1", "memory": "16Gi" });
    json!({ "properties": {
        "computeType": "Kubernetes",
        "resourceId": id(ARC),
        "properties": {
            "namespace": "default",
            "defaultInstanceType": "small",
            "instanceTypes": { "small": { "nodeSelector": null, "resources": { "requests": requests } } },
        },
    } })
}

/// The same in our words, with the cluster's ID in another casing.
fn config() -> Json {
    let ids = json!([id("Microsoft.ManagedIdentity/userAssignedIdentities/jobs")]);
    merge(
        compute("1", "16Gi", &Json::Null),
        json!({
            "cluster_id": id(ARC).replace("connectedClusters", "ConnectedClusters"),
            "tags": { "team": "ml" },
            "identity": { "type": "UserAssigned", "identity_ids": ids },
        }),
    )
}

#[tokio::test]
async fn from_azapi_with_a_body_of_any_form() {
    let memory = healthy_azure();
    create_object(&memory, &config()).await;
    let mut found = memory.get(&id(COMPUTE)).expect("it is there");
    found["properties"]["properties"]["instanceTypes"]["theirs"] = json!({});
    memory.set(&id(COMPUTE), found);
    memory.writes();
    let dynamic = json!({ "type": "dynamic", "value": body() });
    for body in [body(), dynamic, json!(body().to_string())] {
        let mut core = Core::new("kubernetes_compute", &memory);
        let told = core.move_state(AZAPI, "azapi_resource", &azapi(&body)).await;
        assert_eq!(told, [""; 0]);
        assert_eq!(core.state()["id"], id(COMPUTE));
        assert_eq!(core.read().await, [""; 0]);
        assert!(core.plans_nothing(&config()).await, "{:#}", core.state());
        let state = core.state();
        assert!(state["extension_id"].as_str().is_some_and(|id| id.ends_with("/extensions/aml")));
        assert_eq!(state["instance_types"]["theirs"], Json::Null, "azapi did not manage it");
        assert!(state["effective_instance_types"]["theirs"].is_object(), "{state:#}");
        assert_eq!(state["disable_local_auth"], false);
    }
    assert_eq!(memory.writes(), [""; 0]);
}

#[tokio::test]
async fn what_is_no_kubernetes_compute_is_refused() {
    let mut core = Core::new("kubernetes_compute", &healthy_azure());
    let vm = json!({ "properties": { "computeType": "VirtualMachine" } });
    let told = core.move_state(AZAPI, "azapi_resource", &azapi(&vm)).await;
    assert!(told.iter().any(|it| it.contains("of type VirtualMachine")), "{told:#?}");
    let told = core.move_state(AZURERM, "azapi_resource", &azapi(&vm)).await;
    assert!(told.iter().any(|it| it.contains("Move is not supported")), "{told:#?}");
}
