//! Extensions that azapi or azurerm managed until now: states as their schemas write them.

use serde_json::{Value as Json, json};

use super::{alone, any_contains, config, create_object, extension, healthy_azure, id};
use crate::tests::{Core, Memory};

const AZAPI: &str = "registry.opentofu.org/Azure/azapi";
const AZURERM: &str = "registry.opentofu.org/hashicorp/azurerm";
const ARC_TYPE: &str = "azurerm_arc_kubernetes_cluster_extension";

/// The state of an `azapi_resource`; `body` as the provider's version stores it.
fn azapi(body: &Json) -> Json {
    json!({
        "id": extension("aml"),
        "name": "aml",
        "parent_id": id(super::ARC),
        "type": "Microsoft.KubernetesConfiguration/extensions@2023-05-01",
        "location": null,
        "tags": null,
        "identity": [{
            "type": "SystemAssigned", "identity_ids": null, "principal_id": "p", "tenant_id": "t",
        }],
        "body": body,
        "output": { "type": ["object", {}], "value": {} },
        "schema_validation_enabled": true,
        "timeouts": null,
    })
}

fn body() -> Json {
    json!({ "properties": {
        "extensionType": "Microsoft.AzureML.Kubernetes",
        "autoUpgradeMinorVersion": true,
        "releaseTrain": "stable",
        "configurationSettings": { "enableTraining": "True", "installVolcano": "False" },
    } })
}

/// The state of either type of azurerm.
fn azurerm(settings: &Json) -> Json {
    json!({
        "id": extension("aml"),
        "name": "aml",
        "cluster_id": id(super::ARC),
        "extension_type": "microsoft.azureml.kubernetes",
        "configuration_settings": settings,
        "configuration_protected_settings": {},
        "current_version": "1.1.50",
        "identity": [{ "type": "SystemAssigned", "principal_id": "p", "tenant_id": "t" }],
        "release_namespace": "azureml",
        "release_train": "stable",
        "target_namespace": "",
        "timeouts": null,
        "version": "",
    })
}

fn written(memory: &Memory) -> Json {
    memory.get(&extension("aml")).expect("it is there")["properties"]["configurationSettings"]
        .clone()
}

#[tokio::test]
async fn from_azapi_with_a_body_of_any_form() {
    let memory = healthy_azure();
    let config = alone(json!({ "install_volcano": false }));
    let mut config_without_relay = config.clone();
    config_without_relay.as_object_mut().expect("an object").remove("relay");
    create_object(&memory, &config).await;
    let dynamic = json!({ "type": "dynamic", "value": body() });
    let text = json!(body().to_string());
    for body in [body(), dynamic, text.clone(), json!({ "type": "string", "value": text })] {
        let mut core = Core::new("arc_extension", &memory);
        let told = core.move_state(AZAPI, "azapi_resource", &azapi(&body)).await;
        assert_eq!(told, [""; 0]);
        assert_eq!(core.state()["id"], extension("aml"));
        assert_eq!(core.read().await, [""; 0]);
        assert!(core.plans_nothing(&config_without_relay).await, "{:#}", core.state());
        assert_eq!(core.state()["provisioning_state"], "Succeeded");
    }
}

#[tokio::test]
async fn from_both_types_of_azurerm() {
    let memory = healthy_azure();
    let config = config(json!({ "install_volcano": false }));
    create_object(&memory, &config).await;
    // It reads back everything that the service holds.
    let state = azurerm(&written(&memory));
    memory.writes();
    for from in [ARC_TYPE, "azurerm_kubernetes_cluster_extension"] {
        let mut core = Core::new("arc_extension", &memory);
        assert_eq!(core.move_state(AZURERM, from, &state).await, [""; 0]);
        assert_eq!(core.read().await, [""; 0]);
        assert!(core.plans_nothing(&config).await, "{:#}", core.state());
        assert_eq!(core.state()["side_resources"][0]["created"], false);
    }
    assert_eq!(memory.writes(), [""; 0]);
}

#[tokio::test]
async fn secrets_that_were_declared_there_are_declared_here_and_taken_on_trust() {
    let memory = healthy_azure();
    let secret = json!({ "own.key": "5f0c" });
    let config = alone(json!({ "configuration_protected_settings": secret }));
    create_object(&memory, &config).await;
    memory.writes();
    let mut state = azurerm(&written(&memory));
    state["configuration_protected_settings"] = secret;
    let mut core = Core::new("arc_extension", &memory);
    assert_eq!(core.move_state(AZURERM, ARC_TYPE, &state).await, [""; 0]);
    core.read().await;
    assert!(core.plans_nothing(&config).await, "{:#}", core.state());
    // Elsewhere they were not in the state.
    state["configuration_protected_settings"] = Json::Null;
    core.move_state(AZURERM, ARC_TYPE, &state).await;
    core.read().await;
    let told = core.plan_diagnostics(&config).await;
    assert!(
        any_contains(&told, "configuration_protected_settings is assumed to match Azure"),
        "{told:#?}"
    );
    core.run(&config).await;
    assert_eq!(memory.writes(), [""; 0]);
}

#[tokio::test]
async fn what_is_no_extension_of_azureml_is_refused() {
    let mut core = Core::new("arc_extension", &healthy_azure());
    let flux = json!({ "properties": { "extensionType": "microsoft.flux" } });
    let mut compute = azapi(&body());
    compute["id"] = json!(id("Microsoft.MachineLearningServices/workspaces/ws/computes/edge"));
    for (state, reason) in [
        (azapi(&flux), "of type microsoft.flux"),
        (compute, "not of a Microsoft.KubernetesConfiguration"),
        (azapi(&json!("{ \"secret\": ")), "its body is no JSON"),
        (azapi(&json!([1])), "its body is no object"),
        (json!({}), "an ID begins with"),
    ] {
        let told = core.move_state(AZAPI, "azapi_resource", &state).await;
        assert!(any_contains(&told, "Object cannot be taken over"), "{told:#?}");
        assert!(any_contains(&told, reason), "{told:#?}");
        assert!(!any_contains(&told, "secret"), "{told:#?}");
    }
    let told = core.move_state(AZURERM, "azurerm_kubernetes_cluster", &json!({})).await;
    assert!(any_contains(&told, ARC_TYPE), "{told:#?}");
}
