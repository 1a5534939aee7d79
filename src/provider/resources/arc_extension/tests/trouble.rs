//! What fails, is interrupted, or stands in the way.

use std::time::Duration;

use azure::Method;
use serde_json::json;

use super::{ARC, alone, config, drift, extension, id, made, memory, says, well};
use crate::tests::{Core, Rule};

#[tokio::test(start_paused = true)]
async fn a_failed_installation_is_an_error_with_state() {
    let memory = well();
    memory.leaves(Some("Failed"));
    let mut core = Core::new("arc_extension", &memory);
    let told = core.apply(&alone(json!({}))).await;
    assert!(told[0].starts_with("error : Extension was not created"), "{told:#?}");
    assert!(core.tainted);
    assert_eq!(core.state()["provisioning_state"], "Failed");
    assert_eq!(core.state()["id"], extension("aml"));
}

#[tokio::test(start_paused = true)]
async fn i02_i03_an_interrupted_create_is_resumed() {
    let memory = well();
    memory.leaves(Some("Creating"));
    let mut core = Core::new("arc_extension", &memory);
    core.stop_after(Duration::from_secs(30));
    let told = core.apply(&alone(json!({}))).await;
    assert!(told[0].starts_with("warning ") && says(&told, "interrupted"), "{told:#?}");
    assert!(!core.tainted);
    assert_eq!(core.state()["provisioning_state"], "Creating");
    memory.finish(&extension("aml"), "Succeeded");
    memory.leaves(None);
    core.read().await;
    memory.writes();
    core.run(&alone(json!({}))).await;
    assert_eq!(memory.writes(), [""; 0]);
    assert!(core.is_settled(&alone(json!({}))).await);
}

#[tokio::test(start_paused = true)]
async fn i02_a_create_that_takes_too_long_can_be_kept() {
    let memory = well();
    memory.leaves(Some("Creating"));
    let mut core = Core::new("arc_extension", &memory);
    let told = core.apply(&alone(json!({}))).await;
    assert!(told[0].starts_with("error ") && says(&told, "terraform untaint"), "{told:#?}");
    assert!(core.tainted);
    assert_eq!(core.state()["provisioning_state"], "Creating");
    core.tainted = false;
    memory.finish(&extension("aml"), "Succeeded");
    core.read().await;
    memory.writes();
    core.run(&alone(json!({}))).await;
    assert_eq!(memory.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn i21_a_deletion_without_agents_names_the_way_out() {
    let memory = well();
    let mut core = made(&memory, &alone(json!({}))).await;
    memory.stays();
    let told = core.destroyed().await;
    assert!(says(&told, "set `force_delete = true`"), "{told:#?}");
    assert!(!core.state().is_null());
    core.run(&alone(json!({ "force_delete": true }))).await;
    memory.writes();
    core.destroy().await;
    assert_eq!(memory.writes(), ["DELETE aml", "DELETE aml?forceDelete=true"]);
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_update_is_an_error_with_the_truth() {
    let memory = well();
    let mut core = made(&memory, &alone(json!({ "install_prom_op": false }))).await;
    memory.leaves(Some("Updating"));
    core.stop_after(Duration::from_secs(30));
    let changed = alone(json!({ "install_prom_op": true }));
    let told = core.apply(&changed).await;
    assert!(told[0].starts_with("error ") && !core.tainted, "{told:#?}");
    assert_eq!(core.state()["provisioning_state"], "Updating");
    let settled = memory.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_mins(1)).await;
        settled.finish(&extension("aml"), "Succeeded");
    });
    memory.leaves(None);
    core.read().await;
    memory.writes();
    core.run(&changed).await;
    assert_eq!(memory.writes(), [""; 0]);
    assert_eq!(core.state()["provisioning_state"], "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn a_refused_update_leaves_the_state_as_it_was() {
    let memory = well();
    let with = |value: &str, version: i64| {
        alone(json!({
            "configuration_protected_settings_wo": { "a": value },
            "configuration_protected_settings_wo_version": version,
        }))
    };
    let mut core = made(&memory, &with("one", 1)).await;
    let body = json!({ "error": { "code": "BadRequest", "message": "not today" } });
    let path = "/extensions/aml";
    memory.rule(Rule { method: Method::PATCH, path, status: 400, body, times: 1 });
    let told = core.apply(&with("two", 2)).await;
    assert!(says(&told, "not today"), "{told:#?}");
    assert_eq!(core.state()["configuration_protected_settings_wo_version"], 1);
}

#[tokio::test]
async fn i04_failed_is_drift_and_is_put_again_with_what_it_holds() {
    let memory = well();
    let written = config(json!({ "install_prom_op": false }));
    let mut core = made(&memory, &written).await;
    drift(&memory, &extension("aml"), |object| {
        let properties = &mut object["properties"];
        properties["provisioningState"] = json!("Failed");
        properties["configurationSettings"]["theirs"] = json!("1");
        properties["errorInfo"] = json!({ "code": "Helm", "message": "timed out" });
    });
    core.read().await;
    let told = core.says(&written).await;
    assert!(says(&told, "Extension aml is Failed") && says(&told, "timed out"), "{told:#?}");
    memory.writes();
    core.run(&written).await;
    let sent = memory.sent()["properties"].clone();
    assert_eq!(sent["configurationSettings"]["theirs"], "1");
    assert_eq!(sent["configurationSettings"]["installPromOp"], "False");
    assert!(sent["configurationProtectedSettings"]["relayServerConnectionString"].is_string());
    assert_eq!(memory.writes(), ["POST listKeys", "PUT aml"]);
    core.read().await;
    assert!(core.is_settled(&written).await);
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_is_refused_before_anything_is_written() {
    for state in ["Offline", "Expired"] {
        let memory = memory(state);
        let mut core = Core::new("arc_extension", &memory);
        let told = core.apply(&config(json!({}))).await;
        assert!(told[0].starts_with("error cluster_id: Cluster is not connected"), "{told:?}");
        assert!(core.state().is_null() && memory.writes().is_empty());
    }
    let memory = well();
    memory.remove(&id(ARC));
    let mut core = Core::new("arc_extension", &memory);
    let told = core.apply(&config(json!({}))).await;
    assert!(told[0].starts_with("error cluster_id: "), "{told:?}");
    assert_eq!(memory.writes(), [""; 0]);
}

#[tokio::test]
async fn what_is_not_registered_is_refused_before_anything_is_written() {
    let memory = well();
    let provider = "/subscriptions/s/providers/Microsoft.Relay";
    memory.set(provider, json!({ "registrationState": "NotRegistered" }));
    let mut core = Core::new("arc_extension", &memory);
    let told = core.apply(&config(json!({}))).await;
    assert!(says(&told, "az provider register --namespace Microsoft.Relay"), "{told:?}");
    assert_eq!(memory.writes(), [""; 0]);
    core.run(&alone(json!({}))).await;
}

#[tokio::test(start_paused = true)]
async fn changes_of_one_cluster_wait_for_each_other() {
    let memory = well();
    memory.leaves(Some("Creating"));
    let mut first = Core::new("arc_extension", &memory);
    let mut second = first.beside();
    first.stop_after(Duration::from_mins(2));
    let (written, mut other) = (alone(json!({})), alone(json!({})));
    other["name"] = json!("second");
    other["cluster_id"] = json!(id(ARC).to_lowercase());
    let (_, told) = tokio::join!(first.apply(&written), second.apply(&other));
    assert!(says(&told, "Cluster is busy"), "{told:?}");
    assert_eq!(memory.writes(), ["PUT aml"]);
}

#[tokio::test]
async fn a_cluster_has_one_extension_of_the_type() {
    let memory = well();
    made(&memory, &alone(json!({}))).await;
    memory.writes();
    let mut second = alone(json!({}));
    second["name"] = json!("second");
    let told = Core::new("arc_extension", &memory).apply(&second).await;
    assert!(told[0].starts_with("error name: Cluster already has the extension"), "{told:?}");
    assert!(says(&told, &format!("id = \"{}\"", extension("aml"))), "{told:?}");
    assert_eq!(memory.writes(), [""; 0]);
}

#[tokio::test]
async fn i06_what_exists_is_to_be_imported_and_another_type_is_an_error_of_its_own() {
    let memory = well();
    made(&memory, &alone(json!({}))).await;
    let told = Core::new("arc_extension", &memory).apply(&alone(json!({}))).await;
    let block = format!(
        "import {{\n  to = azureml_arc_extension.NAME\n  id = \"{}\"\n}}",
        extension("aml")
    );
    assert!(says(&told, "already exists") && says(&told, &block), "{told:?}");
    let other = json!({ "properties": { "extensionType": "microsoft.dapr" } });
    memory.set(&extension("aml"), other);
    let told = Core::new("arc_extension", &memory).apply(&alone(json!({}))).await;
    assert!(told[0].starts_with("error name: Extension of another type"), "{told:?}");
    let mut core = Core::new("arc_extension", &memory);
    core.import(&extension("aml")).await;
    assert!(says(&core.read().await, "its type is microsoft.dapr"));
}

#[tokio::test]
async fn a_replacement_says_what_it_costs() {
    let memory = well();
    let core = made(&memory, &alone(json!({}))).await;
    let mut renamed = alone(json!({}));
    renamed["name"] = json!("other");
    let plan = core.plan(&renamed).await;
    assert_eq!(plan.replaces, ["name"]);
    let told = core.says(&renamed).await;
    assert!(says(&told, "every compute attached through it breaks"), "{told:#?}");
}
