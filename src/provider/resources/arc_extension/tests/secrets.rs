//! The protected settings: complete when they are sent, and sent only then.

use serde_json::json;

use super::{alone, config, drift, extension, imported, made, says, well};

const PROTECTED: &str = "configurationProtectedSettings";

#[tokio::test]
async fn new_keys_bring_the_whole_map() {
    let memory = well();
    let with = |version: i64| {
        config(json!({
            "configuration_protected_settings": { "a": "1" },
            "relay": { "mode": "managed", "keys_version": version },
        }))
    };
    let mut core = made(&memory, &with(1)).await;
    memory.writes();
    core.run(&with(2)).await;
    assert_eq!(
        memory.sent(),
        json!({ "properties": { PROTECTED: {
            "a": "1",
            "relayServerConnectionString": "key-of-azureml_rw",
            "relayserver.relayConnectionString": "key-of-azureml_rw",
        } } })
    );
    assert_eq!(memory.writes(), ["POST listKeys", "PATCH aml"]);
    core.read().await;
    assert!(core.is_settled(&with(2)).await);
}

#[tokio::test]
async fn a_secret_that_is_never_stored_is_sent_when_its_version_changes() {
    let memory = well();
    let with = |value: &str, version: i64| {
        alone(json!({
            "configuration_protected_settings_wo": { "a": value },
            "configuration_protected_settings_wo_version": version,
        }))
    };
    let mut core = made(&memory, &with("one", 1)).await;
    assert_eq!(memory.sent()["properties"][PROTECTED], json!({ "a": "one" }));
    assert!(core.is_settled(&with("two", 1)).await);
    core.run(&with("two", 2)).await;
    assert_eq!(memory.sent(), json!({ "properties": { PROTECTED: { "a": "two" } } }));
    assert!(!core.state().to_string().contains("two\""));
    let forgotten = alone(json!({ "configuration_protected_settings_wo_version": 3 }));
    let told = core.says(&forgotten).await;
    assert!(told[0].starts_with("error configuration_protected_settings: Secrets of"), "{told:?}");
}

#[tokio::test]
async fn what_an_import_declares_is_taken_on_trust_once() {
    let memory = well();
    let with = |value: &str| alone(json!({ "configuration_protected_settings": { "a": value } }));
    made(&memory, &with("1")).await;
    let mut core = imported(&memory).await;
    let told = core.says(&with("1")).await;
    assert!(says(&told, "configuration_protected_settings is taken on trust"), "{told:#?}");
    core.run(&with("1")).await;
    assert_eq!(memory.writes(), [""; 0]);
    assert!(core.is_settled(&with("1")).await);
    core.run(&with("2")).await;
    assert_eq!(memory.sent(), json!({ "properties": { PROTECTED: { "a": "2" } } }));
}

#[tokio::test]
async fn an_import_whose_secrets_nobody_knows_is_not_sent() {
    let memory = well();
    made(&memory, &config(json!({}))).await;
    let mut core = imported(&memory).await;
    drift(&memory, &extension("aml"), |it| it["properties"]["provisioningState"] = json!("Failed"));
    core.read().await;
    let told = core.says(&config(json!({}))).await;
    let refusal = "error configuration_protected_settings: Secrets of the extension are not known";
    assert!(says(&told, refusal), "{told:#?}");
    let declared = config(json!({ "configuration_protected_settings": {} }));
    core.run(&declared).await;
    assert_eq!(memory.writes(), ["POST listKeys", "PUT aml"]);
}

/// A repair sends everything, and an import has seen nothing of this.
#[tokio::test]
async fn every_part_that_is_not_known_is_named_on_its_attribute() {
    let memory = well();
    let inference = json!({
        "enable_inference": true, "inference_router_service_type": "clusterIP",
        "ssl_cname": "edge.example",
    });
    let bare = config(inference);
    let mut whole = bare.clone();
    whole["ssl_cert_pem"] = json!(include_str!("../../../../../tests/fixtures/tls/server.crt"));
    whole["ssl_key_pem"] = json!(include_str!("../../../../../tests/fixtures/tls/server.key"));
    whole["configuration_protected_settings"] = json!({ "a": "1" });
    for argument in ["relay", "service_bus"] {
        whole[argument] = json!({
            "mode": "existing", "connection_string_wo": "s", "connection_string_wo_version": 1,
        });
    }
    made(&memory, &whole).await;
    let mut core = imported(&memory).await;
    drift(&memory, &extension("aml"), |it| it["properties"]["provisioningState"] = json!("Failed"));
    core.read().await;
    let told = core.says(&bare).await;
    let errors = told.iter().filter_map(|text| text.strip_prefix("error "));
    let refused: Vec<_> = errors.filter_map(|text| text.split(": ").next()).collect();
    let parts = ["ssl_cert_pem", "configuration_protected_settings", "relay", "service_bus"];
    assert_eq!(refused, parts, "{told:#?}");
    core.run(&whole).await;
    let sent = memory.sent()["properties"][PROTECTED].clone();
    let keys: Vec<_> = sent.as_object().into_iter().flatten().map(|(key, _)| key).collect();
    let complete = [
        "a",
        "relayServerConnectionString",
        "relayserver.relayConnectionString",
        "scoringFe.sslCert",
        "scoringFe.sslKey",
        "serviceBusConnectionString",
        "servicebus.connectionString",
    ];
    assert_eq!(keys, complete);
    assert_eq!(memory.writes(), ["PUT aml"]);
}
