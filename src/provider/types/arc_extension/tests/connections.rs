//! What the arguments `relay`, `service_bus` and `log_analytics` share.

use serde_json::{Value as Json, json};

use super::{
    CONNECTION, alone, any_contains, config, create_object, extension, healthy_azure, id, kinds,
};
use crate::tests::{Core, unknown};

const PROTECTED: &str = "configurationProtectedSettings";

fn all(keys_version: i64) -> Json {
    config(json!({
        "configuration_protected_settings": { "a": "1" },
        "relay": { "keys_version": keys_version },
        "service_bus": { "mode": "managed", "keys_version": keys_version },
        "log_analytics": { "mode": "managed", "keys_version": keys_version },
    }))
}

#[tokio::test]
async fn rotated_keys_are_sent_again_with_everything_that_is_secret() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &all(1)).await;
    let made = kinds(&core);
    assert!(made.len() == 4 && made.iter().all(|(_, created)| *created), "{made:?}");
    memory.rotate();
    memory.writes();
    core.run(&all(2)).await;
    let (relay, bus) = ("new-key-of-azureml_rw", "new-key-of-rootmanagesharedaccesskey");
    let secrets = json!({
        "a": "1",
        "relayServerConnectionString": relay,
        "relayserver.relayConnectionString": relay,
        "serviceBusConnectionString": bus,
        "servicebus.connectionString": bus,
        "azure_log_analytics.connection_string": "new-shared-key",
    });
    assert_eq!(memory.sent(), json!({ "properties": { PROTECTED: secrets } }));
    let writes = ["POST sharedKeys", "POST listKeys", "POST listKeys", "PATCH aml"];
    assert_eq!(memory.writes(), writes);
    assert_eq!(kinds(&core), made);
    core.read().await;
    assert!(core.plans_nothing(&all(2)).await);
    core.destroy().await;
    let gone =
        ["DELETE aml", "DELETE c", "DELETE csrgrelay", "DELETE csrgservicebus", "DELETE csrg"];
    assert_eq!(memory.writes(), gone);
}

#[tokio::test]
async fn one_new_version_sends_all_of_them() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &all(1)).await;
    memory.rotate();
    let mut one = all(1);
    one["service_bus"]["keys_version"] = json!(2);
    core.run(&one).await;
    let sent = memory.sent()["properties"][PROTECTED].as_object().map_or(0, serde_json::Map::len);
    assert_eq!(sent, 6);
}

#[tokio::test]
async fn what_is_deleted_on_destroy_is_for_terraform_alone() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &all(1)).await;
    let mut kept = all(1);
    for argument in ["relay", "service_bus", "log_analytics"] {
        kept[argument]["delete_on_destroy"] = json!(false);
    }
    memory.writes();
    core.run(&kept).await;
    assert_eq!(memory.calls(), 0);
    let told = core.destroy_diagnostics().await;
    assert!(told.len() == 4 && any_contains(&told, "`delete_on_destroy` is false"), "{told:#?}");
    assert_eq!(memory.writes(), ["DELETE aml"]);
}

#[tokio::test]
async fn all_of_it_is_kept_where_the_cluster_has_another_extension() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &all(1)).await;
    let azureml = json!({ "extensionType": "Microsoft.AzureML.Kubernetes" });
    memory.set(&extension("second"), json!({ "name": "second", "properties": azureml }));
    memory.writes();
    let told = core.destroy_diagnostics().await;
    assert!(told.len() == 4 && any_contains(&told, "of the same cluster uses it"), "{told:#?}");
    assert_eq!(memory.writes(), ["DELETE aml"]);
}

#[tokio::test]
async fn contradictions_are_refused_on_their_attribute() {
    let bus = id("Microsoft.ServiceBus/namespaces/b");
    let workspace = id("Microsoft.OperationalInsights/workspaces/w");
    let guid = "a5e5e5e5-0000-4000-8000-000000000001";
    let string = json!({ "serviceBusConnectionString": "s" });
    let logs_string = json!({ "azure_log_analytics.connection_string": "s" });
    let (connection, relay) = (id(CONNECTION), id("Microsoft.Relay/namespaces/r"));
    let rule = format!("{connection}/authorizationRules/azureml_rw");
    let not_connections =
        [bus.as_str(), &relay, &rule, &id(super::ARC), "the-edge", ""].map(|of| {
            let relay = json!({ "mode": "existing", "hybrid_connection_id": of });
            (json!({ "relay": relay }), "relay.hybrid_connection_id")
        });
    let cases: [(Json, &str); 25] = [
        (json!({ "relay": { "mode": "some" } }), "relay.mode"),
        (json!({ "relay": { "mode": "existing" } }), "relay.mode"),
        (
            json!({ "relay": { "mode": "none", "hybrid_connection_id": connection } }),
            "relay.hybrid_connection_id",
        ),
        (json!({ "relay": { "connection_string_wo": "s" } }), "relay.connection_string_wo"),
        (json!({ "service_bus": { "mode": "on" } }), "service_bus.mode"),
        (json!({ "service_bus": { "mode": "existing" } }), "service_bus.mode"),
        (
            json!({ "service_bus": { "mode": "existing", "namespace_id": workspace } }),
            "service_bus.namespace_id",
        ),
        (
            json!({ "service_bus": { "mode": "managed", "namespace_id": bus } }),
            "service_bus.namespace_id",
        ),
        (
            json!({ "service_bus": { "mode": "none", "connection_string_wo": "s" } }),
            "service_bus.connection_string_wo",
        ),
        (json!({ "service_bus": { "namespace_id": bus } }), "service_bus.namespace_id"),
        (
            json!({ "service_bus": { "mode": "existing", "namespace_id": bus, "connection_string_wo": "s" } }),
            "service_bus.connection_string_wo",
        ),
        (
            json!({ "service_bus": { "mode": "existing", "namespace_id": bus }, "configuration_protected_settings": string }),
            "service_bus.namespace_id",
        ),
        (
            json!({ "service_bus": { "mode": "existing", "connection_string_wo": "s" }, "configuration_protected_settings": string }),
            "service_bus.connection_string_wo",
        ),
        (
            json!({ "service_bus": { "mode": "managed" }, "configuration_protected_settings": string }),
            "service_bus.mode",
        ),
        (json!({ "log_analytics": { "mode": "existing" } }), "log_analytics.mode"),
        (
            json!({ "log_analytics": { "mode": "existing", "workspace_id": bus } }),
            "log_analytics.workspace_id",
        ),
        (
            json!({ "log_analytics": { "mode": "existing", "shared_key_wo": "s" } }),
            "log_analytics.customer_id",
        ),
        (
            json!({ "log_analytics": { "mode": "existing" }, "configuration_protected_settings": logs_string }),
            "log_analytics.customer_id",
        ),
        (
            json!({ "log_analytics": { "mode": "existing", "customer_id": workspace, "shared_key_wo": "s" } }),
            "log_analytics.customer_id",
        ),
        (
            json!({ "log_analytics": { "mode": "existing", "workspace_id": workspace, "customer_id": guid } }),
            "log_analytics.customer_id",
        ),
        (
            json!({ "log_analytics": { "mode": "managed", "customer_id": guid } }),
            "log_analytics.customer_id",
        ),
        (
            json!({ "log_analytics": { "mode": "none" }, "log_analytics_ws": true }),
            "log_analytics.mode",
        ),
        (
            json!({ "log_analytics": { "mode": "managed" }, "log_analytics_ws": false }),
            "log_analytics.mode",
        ),
        (
            json!({ "configuration_settings": { "azure_log_analytics.enabled": "True" } }),
            "configuration_settings[\"azure_log_analytics.enabled\"]",
        ),
        (
            json!({ "configuration_settings": { "relayserver.enabled": "false" } }),
            "configuration_settings[\"relayserver.enabled\"]",
        ),
    ];
    let core = Core::new("arc_extension", &healthy_azure());
    for (written, at) in not_connections.into_iter().chain(cases) {
        let told = core.validate(&config(written.clone())).await;
        let errors: Vec<_> = told.iter().filter(|text| text.starts_with("error ")).collect();
        assert_eq!(errors.len(), 1, "{written}: {told:#?}");
        assert!(errors[0].starts_with(&format!("error {at}: ")), "{written}: {told:#?}");
    }
}

#[tokio::test]
async fn a_secret_in_the_open_is_sent_elsewhere_by_name() {
    let core = Core::new("arc_extension", &healthy_azure());
    let written = json!({ "configuration_settings": { "serviceBusConnectionString": "s" } });
    let told = core.validate(&config(written)).await;
    let fix = "service_bus.connection_string_wo, or move it to configuration_protected_settings";
    assert!(told.len() == 1 && any_contains(&told, fix), "{told:#?}");
}

#[tokio::test]
async fn what_is_not_known_yet_contradicts_nothing() {
    let core = Core::new("arc_extension", &healthy_azure());
    let written = [
        json!({ "service_bus": { "mode": "existing", "namespace_id": unknown() } }),
        json!({ "service_bus": { "mode": unknown(), "namespace_id": id("Microsoft.ServiceBus/namespaces/b") } }),
        json!({ "service_bus": { "mode": "existing" }, "configuration_protected_settings": unknown() }),
        json!({ "log_analytics": { "mode": "existing", "shared_key_wo": "s", "customer_id": unknown() } }),
        json!({ "log_analytics": { "mode": unknown() }, "log_analytics_ws": true }),
    ];
    for written in written {
        assert_eq!(core.validate(&config(written.clone())).await, [""; 0], "{written}");
        assert!(!core.plan(&alone(written)).await.found.has_errors());
    }
}

#[tokio::test]
async fn a_string_of_the_relay_is_stored_where_the_host_is_too_old_to_pass_it() {
    let memory = healthy_azure();
    let mut written = config(json!({ "relay": { "mode": "existing" } }));
    written["configuration_protected_settings"] = json!({ "relayServerConnectionString": "mine" });
    let mut core = create_object(&memory, &written).await;
    let sent = memory.sent()["properties"][PROTECTED].clone();
    assert_eq!(sent["relayserver.relayConnectionString"], "mine");
    assert_eq!(memory.writes(), ["PUT aml"]);
    core.read().await;
    assert!(core.plans_nothing(&written).await);
    let told =
        core.plan_diagnostics(&config(json!({ "configuration_protected_settings": {} }))).await;
    assert!(
        any_contains(&told, "error relay: Secrets of the extension are not known"),
        "{told:#?}"
    );
}
