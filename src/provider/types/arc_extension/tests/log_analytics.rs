//! The Log Analytics workspace.

use serde_json::{Value as Json, json};

use super::{
    alone, any_contains, create_object, drift, extension, healthy_azure, id, imported, kinds,
    settings,
};
use crate::tests::{Core, Memory};

const WORKSPACE: &str = "Microsoft.OperationalInsights/workspaces/csrg";
const OWN: &str = "Microsoft.OperationalInsights/workspaces/own-logs";
const PROTECTED: &str = "configurationProtectedSettings";
/// Of every workspace that is made here.
const CUSTOMER: &str = "a5e5e5e5-0000-4000-8000-000000000001";
const OWN_CUSTOMER: &str = "b5e5e5e5-0000-4000-8000-000000000002";

fn with(logs: &Json) -> Json {
    alone(json!({ "log_analytics": logs }))
}

fn created(created: bool) -> [(String, bool); 1] {
    [("log_analytics_workspace".to_owned(), created)]
}

fn with_own(memory: &Memory) {
    let properties = json!({ "customerId": OWN_CUSTOMER });
    memory.set(&id(OWN), json!({ "name": "own-logs", "properties": properties }));
}

#[tokio::test]
async fn a_workspace_is_made_for_the_flag_and_for_the_mode_alike() {
    for written in [alone(json!({ "log_analytics_ws": true })), with(&json!({ "mode": "managed" }))]
    {
        let memory = healthy_azure();
        let mut core = create_object(&memory, &written).await;
        assert_eq!(kinds(&core), created(true));
        let plain = settings(&memory);
        assert_eq!(plain["logAnalyticsWS"], "True");
        assert_eq!(plain["azure_log_analytics.enabled"], "True");
        assert_eq!(plain["azure_log_analytics.customer_id"], CUSTOMER);
        let secrets = json!({ "azure_log_analytics.connection_string": "shared-key" });
        assert_eq!(memory.sent()["properties"][PROTECTED], secrets);
        let tag = &memory.get(&id(WORKSPACE)).expect("a workspace")["tags"]["created_by"];
        assert_eq!(tag, "Azure Arc-enabled ML");
        assert_eq!(memory.writes(), ["PUT csrg", "POST sharedKeys", "PUT aml"]);
        core.read().await;
        assert!(core.plans_nothing(&written).await);
        core.destroy().await;
        assert_eq!(memory.writes(), ["DELETE aml", "DELETE csrg"]);
    }
}

#[tokio::test]
async fn flag_and_mode_are_two_words_for_one_thing() {
    let memory = healthy_azure();
    let flag = alone(json!({ "log_analytics_ws": true }));
    let mode = with(&json!({ "mode": "managed" }));
    let mut core = create_object(&memory, &flag).await;
    memory.writes();
    assert_eq!(core.plan_diagnostics(&mode).await, [""; 0]);
    core.run(&mode).await;
    core.run(&flag).await;
    assert_eq!(memory.writes(), [""; 0]);
}

#[tokio::test]
async fn a_workspace_that_is_there_is_adopted_and_kept() {
    let memory = healthy_azure();
    let properties = json!({ "customerId": CUSTOMER });
    memory.set(&id(WORKSPACE), json!({ "name": "csrg", "properties": properties }));
    let mut core = create_object(&memory, &alone(json!({ "log_analytics_ws": true }))).await;
    assert_eq!(kinds(&core), created(false));
    assert_eq!(memory.writes(), ["POST sharedKeys", "PUT aml"]);
    let told = core.destroy_diagnostics().await;
    assert!(any_contains(&told, "OperationalInsights/workspaces/csrg"), "{told:#?}");
    assert_eq!(memory.writes(), ["DELETE aml"]);
}

#[tokio::test]
async fn a_workspace_of_ones_own_is_connected_and_never_written_to() {
    let memory = healthy_azure();
    let written = with(&json!({ "mode": "existing", "workspace_id": id(OWN) }));
    let mut core = Core::new("arc_extension", &memory);
    let told = core.apply(&written).await;
    assert!(told[0].starts_with("error log_analytics.workspace_id: Log Analytics workspace does"));
    with_own(&memory);
    memory.writes();
    core.run(&written).await;
    assert_eq!(settings(&memory)["azure_log_analytics.customer_id"], OWN_CUSTOMER);
    assert_eq!(memory.writes(), ["POST sharedKeys", "PUT aml"]);
    assert_eq!(kinds(&core), created(false));
    core.read().await;
    assert!(core.plans_nothing(&written).await);
    // Nothing is written any more: it stays with what it has, whose keys can still be fetched.
    let silent = |secrets: Json| alone(json!({ "configuration_protected_settings": secrets }));
    assert!(any_contains(
        &core.plan_diagnostics(&silent(json!({ "a": "1" }))).await,
        "no longer managed"
    ));
    core.run(&silent(json!({ "a": "1" }))).await;
    let sent = memory.sent()["properties"].clone();
    assert_eq!(sent[PROTECTED]["azure_log_analytics.connection_string"], "shared-key");
    assert!(sent.get("configurationSettings").is_none(), "{sent:#}");
    assert_eq!(memory.writes(), ["POST sharedKeys", "PATCH aml"]);
}

#[tokio::test]
async fn a_key_is_sent_and_never_stored() {
    let memory = healthy_azure();
    let passing = |key: &str, version: i64| {
        with(&json!({
            "mode": "existing", "customer_id": OWN_CUSTOMER, "shared_key_wo": key,
            "shared_key_wo_version": version,
        }))
    };
    let mut core = create_object(&memory, &passing("key-one", 1)).await;
    assert_eq!(memory.writes(), ["PUT aml"]);
    assert!(!core.state().to_string().contains("key-one"));
    assert!(core.plans_nothing(&passing("key-two", 1)).await);
    core.run(&passing("key-two", 2)).await;
    let secrets = json!({ PROTECTED: { "azure_log_analytics.connection_string": "key-two" } });
    assert_eq!(memory.sent()["properties"], secrets);
    core.read().await;
    assert!(core.plans_nothing(&passing("key-two", 2)).await);
    let told = core
        .plan_diagnostics(&alone(json!({ "configuration_protected_settings": { "a": "1" } })))
        .await;
    assert!(any_contains(&told, "error log_analytics: Secrets of the extension"), "{told:#?}");
}

#[tokio::test]
async fn logs_are_turned_off_where_that_is_written() {
    let memory = healthy_azure();
    for (on, off) in [
        (alone(json!({ "log_analytics_ws": true })), alone(json!({ "log_analytics_ws": false }))),
        (with(&json!({ "mode": "managed" })), with(&json!({ "mode": "none" }))),
    ] {
        let mut core = create_object(&memory, &on).await;
        core.run(&off).await;
        let expected = json!({ "azure_log_analytics.enabled": "False", "logAnalyticsWS": "False" });
        assert_eq!(memory.sent()["properties"], json!({ "configurationSettings": expected }));
        assert_eq!(kinds(&core), created(true));
        core.read().await;
        assert!(core.plans_nothing(&off).await);
        core.run(&on).await;
        assert_eq!(settings(&memory)["azure_log_analytics.enabled"], "True");
        memory.writes();
        core.destroy().await;
        assert_eq!(memory.writes(), ["DELETE aml", "DELETE csrg"]);
    }
}

#[tokio::test]
async fn an_import_with_the_flag_is_held_to_the_workspace_that_it_uses() {
    let memory = healthy_azure();
    with_own(&memory);
    create_object(&memory, &with(&json!({ "mode": "existing", "workspace_id": id(OWN) }))).await;
    let properties = json!({ "customerId": CUSTOMER });
    memory.set(&id(WORKSPACE), json!({ "name": "csrg", "properties": properties }));
    let mut core = imported(&memory).await;
    assert_eq!(core.state()["log_analytics_ws"], true);
    let flag = alone(json!({
        "log_analytics_ws": true, "configuration_protected_settings": {},
    }));
    core.run(&flag).await;
    let mut more = flag.clone();
    more["configuration_protected_settings"] = json!({ "a": "1" });
    memory.writes();
    let told = core.apply(&more).await;
    assert!(any_contains(&told, "Extension uses another Log Analytics workspace"), "{told:#?}");
    assert_eq!(memory.writes(), [""; 0]);
    more["log_analytics"] = json!({ "mode": "managed" });
    core.run(&more).await;
    assert_eq!(settings(&memory)["azure_log_analytics.customer_id"], CUSTOMER);
}

#[tokio::test]
async fn an_import_without_the_flag_uses_somebody_elses() {
    let memory = healthy_azure();
    let passing = with(&json!({
        "mode": "existing", "customer_id": OWN_CUSTOMER, "shared_key_wo": "one",
        "shared_key_wo_version": 1,
    }));
    create_object(&memory, &passing).await;
    drift(&memory, &extension("aml"), |it| {
        it["properties"]["configurationSettings"]["logAnalyticsWS"] = json!("False");
    });
    let mut core = imported(&memory).await;
    let told = core.plan_diagnostics(&passing).await;
    let trusted = "log_analytics.shared_key_wo_version is assumed to match Azure";
    assert!(any_contains(&told, trusted), "{told:#?}");
    core.run(&passing).await;
    assert_eq!(settings(&memory), json!({ "logAnalyticsWS": "True" }));
    assert_eq!(memory.writes(), ["PATCH aml"], "the flag says what the mode says");
}
