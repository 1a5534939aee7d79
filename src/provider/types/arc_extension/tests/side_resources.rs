//! What stands beside an extension.

use std::time::Duration;

use azure::Method;
use serde_json::json;

use super::{
    CONNECTION, NAMESPACE, alone, any_contains, config, create_object, extension, healthy_azure,
    id, kinds, settings,
};
use crate::tests::{Core, Memory, Rule};

fn both(created: bool) -> [(String, bool); 2] {
    [("relay_namespace".to_owned(), created), ("hybrid_connection".to_owned(), created)]
}

/// A relay as the CLI leaves it.
fn with_relay(memory: &Memory) {
    memory.set(&id(NAMESPACE), json!({ "name": "csrgrelay", "properties": {} }));
    memory.set(&id(CONNECTION), json!({ "name": "c" }));
    let rule = format!("{CONNECTION}/authorizationRules/azureml_rw");
    memory.set(&id(&rule), json!({ "name": "azureml_rw" }));
}

#[tokio::test]
async fn a_relay_is_made_as_the_cli_makes_it_and_removed_with_the_extension() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &config(json!({}))).await;
    assert_eq!(kinds(&core), both(true));
    let sent = memory.sent();
    assert_eq!(
        sent["properties"]["configurationProtectedSettings"],
        json!({
            "relayServerConnectionString": "key-of-azureml_rw",
            "relayserver.relayConnectionString": "key-of-azureml_rw",
        })
    );
    assert_eq!(settings(&memory)["relayserver.hybridConnectionResourceID"], id(CONNECTION));
    let made = ["PUT csrgrelay", "PUT c", "PUT azureml_rw", "POST listKeys", "PUT aml"];
    assert_eq!(memory.writes(), made);
    assert!(!core.state().to_string().contains("key-of"));
    core.destroy().await;
    assert_eq!(memory.writes(), ["DELETE aml", "DELETE c", "DELETE csrgrelay"]);
}

#[tokio::test]
async fn a_relay_that_is_there_is_adopted_and_kept() {
    let memory = healthy_azure();
    with_relay(&memory);
    let mut core = create_object(&memory, &config(json!({}))).await;
    assert_eq!(kinds(&core), both(false));
    assert_eq!(memory.writes(), ["POST listKeys", "PUT aml"]);
    let told = core.destroy_diagnostics().await;
    assert_eq!(memory.writes(), ["DELETE aml"]);
    assert!(told.len() == 2 && any_contains(&told, "did not create it"), "{told:#?}");
    let command = format!("az resource delete --ids {}", id(NAMESPACE));
    assert!(any_contains(&told, &command), "{told:#?}");
}

#[tokio::test]
async fn a_failing_relay_leaves_nothing_that_no_state_knows() {
    let memory = healthy_azure();
    let refused = json!({ "error": { "code": "BadRequest", "message": "no rules today" } });
    memory.rule(Rule {
        method: Method::PUT,
        path: "/authorizationRules/azureml_rw",
        status: 400,
        body: refused,
        times: 1,
    });
    let mut core = Core::new("arc_extension", &memory);
    let told = core.apply(&config(json!({}))).await;
    assert!(any_contains(&told, "no rules today") && core.tainted, "{told:#?}");
    assert_eq!(kinds(&core), both(true));
    // A refresh finds no extension, and must not forget what stands beside it.
    core.read().await;
    assert_eq!(kinds(&core), both(true));
    memory.writes();
    core.destroy().await;
    assert_eq!(memory.writes(), ["DELETE aml", "DELETE c", "DELETE csrgrelay"]);
}

#[tokio::test(start_paused = true)]
async fn an_interruption_beside_the_extension_is_taken_up() {
    let memory = healthy_azure();
    memory.leaves(Some("Created"));
    let mut core = Core::new("arc_extension", &memory);
    core.stop_after(Duration::from_mins(1));
    let told = core.apply(&config(json!({}))).await;
    assert!(told[0].starts_with("warning "), "{told:#?}");
    assert!(!core.tainted);
    // What was planned is in the state, and only what was made as ours.
    let [namespace, connection] = both(true);
    assert_eq!(kinds(&core), [namespace.clone(), (connection.0, false)]);
    memory.finish(&id(NAMESPACE), "Succeeded");
    memory.leaves(None);
    core.read().await;
    assert_eq!(kinds(&core), [namespace]);
    assert!(!core.plans_nothing(&config(json!({}))).await);
    memory.writes();
    core.run(&config(json!({}))).await;
    assert_eq!(memory.writes(), ["PUT c", "PUT azureml_rw", "POST listKeys", "PUT aml"]);
    assert_eq!(kinds(&core), both(true));
    core.read().await;
    assert!(core.plans_nothing(&config(json!({}))).await);
}

#[tokio::test]
async fn a_relay_is_kept_while_somebody_else_uses_it() {
    let other = format!("{NAMESPACE}/hybridConnections/other");
    let second = extension("second");
    let object = |name: &str| json!({ "name": name, "properties": { "extensionType": "Microsoft.AzureML.Kubernetes" } });
    let cases: [(&str, &str, &[&str]); 2] = [
        (&id(&other), "holds the hybrid connection", &["DELETE aml", "DELETE c"]),
        (&second, "of the same cluster uses it", &["DELETE aml"]),
    ];
    for (there, why, writes) in cases {
        let memory = healthy_azure();
        let mut core = create_object(&memory, &config(json!({}))).await;
        memory.set(there, object(there.rsplit('/').next().unwrap_or_default()));
        memory.writes();
        let told = core.destroy_diagnostics().await;
        assert!(any_contains(&told, why), "{told:#?}");
        assert_eq!(memory.writes(), writes);
    }
}

#[tokio::test]
async fn a_relay_is_kept_on_request() {
    let memory = healthy_azure();
    let kept = config(json!({ "relay": { "delete_on_destroy": false } }));
    let mut core = create_object(&memory, &kept).await;
    memory.writes();
    let told = core.destroy_diagnostics().await;
    assert!(any_contains(&told, "`delete_on_destroy` is false"), "{told:#?}");
    assert_eq!(memory.writes(), ["DELETE aml"]);
}

#[tokio::test]
async fn what_a_replaced_extension_created_is_the_next_ones_to_delete() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &config(json!({}))).await;
    let mut renamed = config(json!({}));
    renamed["name"] = json!("other");
    memory.writes();
    let told = core.apply(&renamed).await;
    assert!(told.len() == 1 && any_contains(&told, "what it created is handed over"), "{told:#?}");
    let command = format!("az resource delete --ids {} {}", id(NAMESPACE), id(CONNECTION));
    assert!(any_contains(&told, &command), "{told:#?}");
    assert_eq!(memory.writes(), ["DELETE aml", "POST listKeys", "PUT other"]);
    assert_eq!(kinds(&core), both(true));
    core.destroy().await;
    assert_eq!(memory.writes(), ["DELETE other", "DELETE c", "DELETE csrgrelay"]);
}

#[tokio::test]
async fn what_a_tainted_extension_created_is_the_next_ones_to_delete() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &config(json!({}))).await;
    core.tainted = true;
    memory.writes();
    let told = core.replace(&config(json!({}))).await;
    assert!(told.len() == 1 && any_contains(&told, "what it created is handed over"), "{told:#?}");
    assert_eq!(memory.writes(), ["DELETE aml", "POST listKeys", "PUT aml"]);
    assert_eq!(kinds(&core), both(true));
    core.destroy().await;
    assert_eq!(memory.writes(), ["DELETE aml", "DELETE c", "DELETE csrgrelay"]);
}

#[tokio::test]
async fn what_was_adopted_is_not_spoken_of_in_a_replacement() {
    let memory = healthy_azure();
    with_relay(&memory);
    let mut core = create_object(&memory, &config(json!({}))).await;
    let mut renamed = config(json!({}));
    renamed["name"] = json!("other");
    assert_eq!(core.apply(&renamed).await, [""; 0]);
    assert_eq!(kinds(&core), both(false));
}

#[tokio::test]
async fn a_failing_removal_is_a_warning() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &config(json!({}))).await;
    let refused = json!({ "error": { "code": "ScopeLocked", "message": "locked" } });
    let path = "/hybridConnections/c";
    memory.rule(Rule { method: Method::DELETE, path, status: 409, body: refused, times: 1 });
    let told = core.destroy_diagnostics().await;
    assert!(
        any_contains(&told, "Deleting it failed") && any_contains(&told, "locked"),
        "{told:#?}"
    );
    assert!(core.state().is_null());
}

#[tokio::test]
async fn a_relay_of_ones_own_is_connected_and_never_written_to() {
    let memory = healthy_azure();
    let own = "Microsoft.Relay/namespaces/own/hybridConnections/edge";
    let written =
        config(json!({ "relay": { "mode": "existing", "hybrid_connection_id": id(own) } }));
    let mut core = Core::new("arc_extension", &memory);
    let told = core.apply(&written).await;
    assert!(
        told[0].starts_with("error relay.hybrid_connection_id: Hybrid connection does"),
        "{told:?}"
    );
    memory.set(&id(own), json!({ "name": "edge" }));
    let told = core.apply(&written).await;
    assert!(
        any_contains(&told, "az relay hyco authorization-rule create --name azureml_rw"),
        "{told:?}"
    );
    memory.set(&id(&format!("{own}/authorizationRules/azureml_rw")), json!({}));
    memory.writes();
    core.run(&written).await;
    assert_eq!(settings(&memory)["relayserver.hybridConnectionName"], "edge");
    assert_eq!(memory.writes(), ["POST listKeys", "PUT aml"]);
    assert_eq!(kinds(&core), [("hybrid_connection".to_owned(), false)]);
}

#[tokio::test]
async fn a_relay_comes_and_goes_in_place() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &alone(json!({}))).await;
    memory.writes();
    core.run(&config(json!({ "relay": { "mode": "managed" } }))).await;
    let sent = memory.sent()["properties"].clone();
    assert_eq!(sent["configurationSettings"]["relayserver.enabled"], "true");
    assert_eq!(sent["configurationSettings"]["relayserver.hybridConnectionName"], "c");
    assert!(sent["configurationProtectedSettings"]["relayServerConnectionString"].is_string());
    assert_eq!(kinds(&core), both(true));
    let told = core.plan_diagnostics(&alone(json!({}))).await;
    assert!(any_contains(&told, "Extension aml: its relay changes"), "{told:#?}");
    core.run(&alone(json!({}))).await;
    let off = json!({ "configurationSettings": { "relayserver.enabled": "false" } });
    assert_eq!(memory.sent(), json!({ "properties": off }));
    assert_eq!(kinds(&core), both(true));
    core.read().await;
    assert!(core.plans_nothing(&alone(json!({}))).await);
    memory.writes();
    core.destroy().await;
    assert_eq!(memory.writes(), ["DELETE aml", "DELETE c", "DELETE csrgrelay"]);
}

#[tokio::test]
async fn a_connection_string_is_sent_and_never_stored() {
    let memory = healthy_azure();
    let relay = |string: &str, version: i64| {
        config(json!({ "relay": {
            "mode": "existing", "connection_string_wo": string,
            "connection_string_wo_version": version,
        } }))
    };
    let mut core = create_object(&memory, &relay("one", 1)).await;
    assert_eq!(memory.writes(), ["PUT aml"]);
    assert!(!core.state().to_string().contains("one\""));
    assert!(core.plans_nothing(&relay("two", 1)).await);
    core.run(&relay("two", 2)).await;
    let sent = memory.sent()["properties"]["configurationProtectedSettings"].clone();
    assert_eq!(sent["relayserver.relayConnectionString"], "two");
    assert_eq!(memory.writes(), ["PATCH aml"]);
}
