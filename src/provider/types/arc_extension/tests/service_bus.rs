//! The service bus of 2021, on request.

use std::time::Duration;

use azure::Method;
use serde_json::{Value as Json, json};

use super::{
    alone, any_contains, create_object, drift, extension, healthy_azure, id, imported, kinds,
    settings,
};
use crate::tests::{Core, Rule};

const BUS: &str = "Microsoft.ServiceBus/namespaces/csrgservicebus";
const ROOT: &str = "key-of-rootmanagesharedaccesskey";
const PROTECTED: &str = "configurationProtectedSettings";

fn with(bus: &Json) -> Json {
    alone(json!({ "service_bus": bus }))
}

fn created(created: bool) -> [(String, bool); 1] {
    [("service_bus_namespace".to_owned(), created)]
}

#[tokio::test]
async fn a_bus_is_made_as_the_cli_makes_it_and_removed_with_the_extension() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &with(&json!({ "mode": "managed" }))).await;
    assert_eq!(kinds(&core), created(true));
    let sent = memory.sent()["properties"][PROTECTED].clone();
    let strings =
        json!({ "serviceBusConnectionString": ROOT, "servicebus.connectionString": ROOT });
    assert_eq!(sent, strings);
    let plain = settings(&memory);
    assert_eq!(plain["servicebus.enabled"], "true");
    assert_eq!(plain["servicebus.resourceID"], id(BUS));
    let topic = "servicebus.topicSubMapping.jobstate-updatedby-computeprovider";
    assert_eq!(plain[topic], "compute-scheduler-jobstate");
    assert_eq!(memory.get(&id(BUS)).expect("a bus")["sku"]["name"], "Standard");
    let made = [
        "PUT csrgservicebus",
        "PUT computestate-updatedby-computeprovider",
        "PUT compute-scheduler-computestate",
        "PUT jobstate-updatedby-computeprovider",
        "PUT compute-scheduler-jobstate",
        "POST listKeys",
        "PUT aml",
    ];
    assert_eq!(memory.writes(), made);
    core.read().await;
    assert!(core.plans_nothing(&with(&json!({ "mode": "managed" }))).await);
    core.destroy().await;
    assert_eq!(memory.writes(), ["DELETE aml", "DELETE csrgservicebus"]);
}

#[tokio::test]
async fn a_bus_that_is_there_is_adopted_completed_and_kept() {
    let memory = healthy_azure();
    let rule = format!("{BUS}/AuthorizationRules/mine");
    memory.set(&id(BUS), json!({ "name": "csrgservicebus", "properties": {} }));
    memory.set(&id(&rule), json!({ "name": "mine" }));
    memory.set(&id(&format!("{BUS}/topics/computestate-updatedby-computeprovider")), json!({}));
    let mut core = create_object(&memory, &with(&json!({ "mode": "managed" }))).await;
    assert_eq!(kinds(&core), created(false));
    let writes = [
        "PUT compute-scheduler-computestate",
        "PUT jobstate-updatedby-computeprovider",
        "PUT compute-scheduler-jobstate",
        "POST listKeys",
        "PUT aml",
    ];
    assert_eq!(memory.writes(), writes);
    let told = core.destroy_diagnostics().await;
    assert!(any_contains(&told, "Service bus namespace csrgservicebus is kept"), "{told:#?}");
    assert_eq!(memory.writes(), ["DELETE aml"]);
}

#[tokio::test]
async fn a_failing_topic_leaves_nothing_that_no_state_knows() {
    let memory = healthy_azure();
    let body = json!({ "error": { "code": "BadRequest", "message": "no topics today" } });
    let path = "/subscriptions/compute-scheduler-jobstate";
    memory.rule(Rule { method: Method::PUT, path, status: 400, body, times: 1 });
    let mut core = Core::new("arc_extension", &memory);
    let told = core.apply(&with(&json!({ "mode": "managed" }))).await;
    assert!(any_contains(&told, "no topics today") && core.tainted, "{told:#?}");
    assert_eq!(kinds(&core), created(true));
    core.read().await;
    memory.writes();
    core.destroy().await;
    assert_eq!(memory.writes(), ["DELETE aml", "DELETE csrgservicebus"]);
}

#[tokio::test]
async fn a_bus_of_ones_own_is_connected_and_never_written_to() {
    let memory = healthy_azure();
    let own = "Microsoft.ServiceBus/namespaces/my-own-bus";
    let written = with(&json!({ "mode": "existing", "namespace_id": id(own) }));
    let mut core = Core::new("arc_extension", &memory);
    let told = core.apply(&written).await;
    assert!(told[0].starts_with("error service_bus.namespace_id: Service bus namespace does"));
    memory.set(&id(own), json!({ "name": "my-own-bus" }));
    let told = core.apply(&written).await;
    assert!(any_contains(&told, "az servicebus namespace authorization-rule create"), "{told:?}");
    memory.set(&id(&format!("{own}/AuthorizationRules/first")), json!({ "name": "first" }));
    memory.writes();
    core.run(&written).await;
    assert_eq!(
        memory.sent()["properties"][PROTECTED]["servicebus.connectionString"],
        "key-of-first"
    );
    assert_eq!(settings(&memory)["servicebus.resourceID"], id(own));
    assert_eq!(memory.writes(), ["POST listKeys", "PUT aml"]);
    assert_eq!(kinds(&core), created(false));
    core.read().await;
    assert!(core.plans_nothing(&written).await);
}

#[tokio::test]
async fn a_string_comes_from_the_argument_or_from_the_protected_settings() {
    let memory = healthy_azure();
    let passing = |string: &str, version: i64| {
        with(&json!({
            "mode": "existing", "connection_string_wo": string,
            "connection_string_wo_version": version,
        }))
    };
    let mut core = create_object(&memory, &passing("one", 1)).await;
    let sent = memory.sent()["properties"].clone();
    assert_eq!(sent[PROTECTED]["servicebus.connectionString"], "one");
    assert_eq!(sent["configurationSettings"]["servicebus.enabled"], "true");
    assert!(sent["configurationSettings"].get("servicebus.resourceID").is_none());
    assert!(core.plans_nothing(&passing("two", 1)).await);
    core.run(&passing("two", 2)).await;
    assert_eq!(memory.sent()["properties"][PROTECTED]["serviceBusConnectionString"], "two");
    assert!(!core.state().to_string().contains("two\""));

    let mut stored = with(&json!({ "mode": "existing" }));
    stored["configuration_protected_settings"] = json!({ "serviceBusConnectionString": "bus" });
    core.run(&stored).await;
    assert_eq!(memory.sent()["properties"][PROTECTED]["servicebus.connectionString"], "bus");
    memory.writes();
    let told =
        core.plan_diagnostics(&alone(json!({ "configuration_protected_settings": {} }))).await;
    assert!(
        any_contains(&told, "error service_bus: Secrets of the extension are not known"),
        "{told:#?}"
    );
    assert!(any_contains(&told, "its service bus is no longer managed"), "{told:#?}");
}

#[tokio::test]
async fn another_bus_takes_over_and_the_first_one_is_deleted_with_the_extension() {
    let memory = healthy_azure();
    let own = "Microsoft.ServiceBus/namespaces/my-own-bus";
    memory.set(&id(own), json!({ "name": "my-own-bus" }));
    memory.set(&id(&format!("{own}/AuthorizationRules/first")), json!({ "name": "first" }));
    let mut core = create_object(&memory, &with(&json!({ "mode": "managed" }))).await;
    let existing = with(&json!({ "mode": "existing", "namespace_id": id(own) }));
    let told = core.plan_diagnostics(&existing).await;
    assert!(any_contains(&told, "Extension aml: its service bus changes"), "{told:#?}");
    assert!(any_contains(&told, &id(BUS)), "{told:#?}");
    core.run(&existing).await;
    let both = [("service_bus_namespace".to_owned(), true), created(false)[0].clone()];
    assert_eq!(kinds(&core), both);
    assert_eq!(settings(&memory)["servicebus.resourceID"], id(own));

    // A string alone has no ID, and an update cannot take the one away that is there.
    let string = with(&json!({
        "mode": "existing", "connection_string_wo": "s", "connection_string_wo_version": 1,
    }));
    core.run(&string).await;
    assert_eq!(settings(&memory)["servicebus.resourceID"], "");
    core.read().await;
    assert!(core.plans_nothing(&string).await);

    let off = with(&json!({ "mode": "none" }));
    memory.writes();
    core.run(&off).await;
    assert_eq!(
        memory.sent()["properties"],
        json!({ "configurationSettings": { "servicebus.enabled": "false" } })
    );
    core.read().await;
    assert!(core.plans_nothing(&off).await);
    memory.writes();
    let told = core.destroy_diagnostics().await;
    assert_eq!(memory.writes(), ["DELETE aml", "DELETE csrgservicebus"]);
    assert!(told.len() == 1 && any_contains(&told, "namespace my-own-bus is kept"), "{told:#?}");
}

#[tokio::test]
async fn an_import_knows_which_bus_is_connected() {
    let memory = healthy_azure();
    create_object(&memory, &with(&json!({ "mode": "managed" }))).await;
    let core = imported(&memory).await;
    assert_eq!(core.state()["service_bus"]["mode"], "managed");
    assert_eq!(kinds(&core), created(false));
    assert!(core.plans_nothing(&with(&json!({ "mode": "managed" }))).await);
    memory.remove(&extension("aml"));

    let own = "Microsoft.ServiceBus/namespaces/my-own-bus";
    memory.set(&id(own), json!({ "name": "my-own-bus" }));
    memory.set(&id(&format!("{own}/AuthorizationRules/first")), json!({ "name": "first" }));
    let existing = with(&json!({ "mode": "existing", "namespace_id": id(own) }));
    create_object(&memory, &existing).await;
    let core = imported(&memory).await;
    assert!(core.plans_nothing(&existing).await, "{:#}", core.state());
    memory.remove(&extension("aml"));

    let passing = with(&json!({
        "mode": "existing", "connection_string_wo": "s", "connection_string_wo_version": 1,
    }));
    create_object(&memory, &passing).await;
    let mut core = imported(&memory).await;
    assert!(core.plans_nothing(&alone(json!({}))).await, "nothing can be said of it");
    core.apply(&passing).await;
    assert_eq!(memory.writes(), [""; 0]);
    assert!(core.plans_nothing(&passing).await);
}

#[tokio::test]
async fn a_bus_is_kept_on_request() {
    let memory = healthy_azure();
    let kept = with(&json!({ "mode": "managed", "delete_on_destroy": false }));
    let mut core = create_object(&memory, &kept).await;
    memory.writes();
    let told = core.destroy_diagnostics().await;
    assert!(any_contains(&told, "`delete_on_destroy` is false"), "{told:#?}");
    assert_eq!(memory.writes(), ["DELETE aml"]);
}

/// The CLI of 2021 connected a bus and wrote no switch for it.
#[tokio::test]
async fn the_bus_of_an_extension_of_2021_is_not_forgotten() {
    let memory = healthy_azure();
    create_object(&memory, &with(&json!({ "mode": "managed" }))).await;
    drift(&memory, &extension("aml"), |object| {
        let settings = object["properties"]["configurationSettings"].as_object_mut();
        settings.expect("settings").remove("servicebus.enabled");
    });
    let mut core = imported(&memory).await;
    let keys = |version: i64| {
        alone(json!({
            "configuration_protected_settings": { "a": version.to_string() },
        }))
    };
    core.run(&keys(1)).await;
    assert_eq!(memory.writes(), [""; 0]);
    core.run(&keys(2)).await;
    let sent = memory.sent()["properties"].clone();
    let strings = json!({
        "a": "2", "serviceBusConnectionString": ROOT, "servicebus.connectionString": ROOT,
    });
    assert_eq!(sent, json!({ PROTECTED: strings }));
    core.read().await;
    assert!(core.plans_nothing(&keys(2)).await);
}

/// What was made before a call was cut short is in the state, and the next apply goes on with it.
#[tokio::test(start_paused = true)]
async fn an_update_that_is_interrupted_beside_the_extension_is_taken_up() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &alone(json!({}))).await;
    memory.leaves(Some("Created"));
    core.stop_after(Duration::from_mins(1));
    let managed = with(&json!({ "mode": "managed" }));
    let told = core.apply(&managed).await;
    assert!(told[0].starts_with("error ") && !core.tainted, "{told:#?}");
    assert_eq!(kinds(&core), created(true));
    assert!(core.state()["service_bus"].is_null());
    memory.finish(&id(BUS), "Succeeded");
    memory.leaves(None);
    core.read().await;
    memory.writes();
    core.run(&managed).await;
    let writes = memory.writes();
    assert_eq!(
        writes.first().map(String::as_str),
        Some("PUT computestate-updatedby-computeprovider")
    );
    assert_eq!(writes.last().map(String::as_str), Some("PATCH aml"));
    assert_eq!(kinds(&core), created(true));
    core.read().await;
    assert!(core.plans_nothing(&managed).await);
}
