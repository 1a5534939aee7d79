//! Made, read, changed, imported, removed.

use serde_json::json;

use super::{
    ARC, alone, any_contains, config, create_object, drift, extension, healthy_azure, id, imported,
    memory, settings,
};
use crate::tests::{Case, lifecycle};

#[tokio::test]
async fn a_respelling_shows_nothing_and_a_change_shows_one_line() {
    let case = |flag: bool, train: &str| {
        alone(json!({
            "install_prom_op": flag, "release_train": train, "node_selector": { "pool": "ml" },
            "configuration_settings": { "enable_https": "false" },
        }))
    };
    let mut same = case(false, "Stable");
    same["cluster_id"] = json!(id(ARC).to_uppercase().replace("/C", "/c"));
    lifecycle(Case {
        resource: "arc_extension",
        memory: healthy_azure(),
        config: case(false, "stable"),
        same: case(false, "Stable"),
        changed: case(true, "stable"),
        planned_changes: &["install_prom_op"],
        import: extension("aml").replace("Microsoft.Kubernetes/", "microsoft.kubernetes/"),
        import_ignores: &[],
    })
    .await;
}

#[tokio::test]
async fn an_aks_cluster_gets_neither_identity_nor_relay() {
    let memory = healthy_azure();
    let mut written = config(json!({}));
    written["cluster_id"] = json!(id(super::AKS));
    let core = create_object(&memory, &written).await;
    let sent = memory.sent();
    assert_eq!(sent.get("identity"), None);
    assert_eq!(sent["properties"]["configurationSettings"]["relayserver.enabled"], "false");
    assert_eq!(memory.writes(), ["PUT aml"]);
    assert_eq!(core.state()["identity"], json!(null));
    assert!(core.plans_nothing(&written).await);
}

#[tokio::test]
async fn what_the_service_adds_shows_in_the_effective_settings_only() {
    let memory = healthy_azure();
    let written = alone(json!({ "configuration_settings": { "a.b": "1" } }));
    let mut core = create_object(&memory, &written).await;
    drift(&memory, &extension("aml"), |object| {
        let properties = &mut object["properties"];
        properties["configurationSettings"]["added"] = json!("x");
        properties["configurationSettings"]["installPromOp"] = json!("True");
        properties["currentVersion"] = json!("1.1.60");
        properties["version"] = json!("1.1.60");
    });
    core.read().await;
    assert!(core.plans_nothing(&written).await);
    let state = core.state();
    assert_eq!(state["effective_configuration_settings"]["added"], "x");
    assert_eq!(state["configuration_settings"], json!({ "a.b": "1" }));
    assert_eq!((&state["current_version"], &state["version"]), (&json!("1.1.60"), &json!(null)));
}

#[tokio::test]
async fn drift_of_one_attribute_shows_as_that_attribute() {
    let written = alone(json!({
        "install_prom_op": false, "enable_inference": false, "node_selector": { "pool": "ml" },
        "configuration_settings": { "a.b": "1" }, "version": "1.1.50",
        "release_train": "stable",
    }));
    let cases = [
        ("/properties/configurationSettings/installPromOp", json!("True"), "install_prom_op"),
        ("/properties/configurationSettings/enableInference", json!("True"), "enable_inference"),
        ("/properties/configurationSettings/nodeSelector.pool", json!("x"), "node_selector.pool"),
        ("/properties/configurationSettings/a.b", json!("2"), "configuration_settings.a.b"),
        ("/properties/version", json!("1.1.49"), "version"),
        ("/properties/releaseTrain", json!("preview"), "release_train"),
    ];
    for (pointer, drifted, shows) in cases {
        let memory = healthy_azure();
        let mut core = create_object(&memory, &written).await;
        drift(&memory, &extension("aml"), |object| {
            *object.pointer_mut(pointer).expect(pointer) = drifted;
        });
        core.read().await;
        assert_eq!(core.planned_changes(&written).await, [shows], "{pointer}");
        assert!(core.plan(&written).await.replaces.is_empty(), "{pointer}");
    }
}

#[tokio::test]
async fn an_update_sends_what_changed_and_no_secret() {
    let memory = healthy_azure();
    let mut core =
        create_object(&memory, &config(json!({ "node_selector": { "pool": "a" } }))).await;
    memory.writes();
    let changed = config(json!({
        "node_selector": { "pool": "b" }, "configuration_settings": { "c.d": "1" },
    }));
    let told = core.plan_diagnostics(&changed).await;
    assert!(any_contains(&told, "node_selector[\"pool\"] changes to b"), "{told:#?}");
    core.run(&changed).await;
    let sent = json!({ "nodeSelector.pool": "b", "c.d": "1" });
    assert_eq!(memory.sent(), json!({ "properties": { "configurationSettings": sent } }));
    assert_eq!(memory.writes(), ["PATCH aml"]);
}

#[tokio::test]
async fn what_is_no_longer_written_stays_and_is_warned_of() {
    let memory = healthy_azure();
    let written =
        alone(json!({ "install_prom_op": false, "configuration_settings": { "a.b": "1" } }));
    let mut core = create_object(&memory, &written).await;
    memory.writes();
    let told = core.plan_diagnostics(&alone(json!({}))).await;
    assert!(any_contains(&told, "install_prom_op stays False in the service"), "{told:#?}");
    assert!(
        any_contains(&told, "configuration_settings[\"a.b\"] stays 1 in the service"),
        "{told:#?}"
    );
    core.run(&alone(json!({}))).await;
    assert_eq!(memory.writes(), [""; 0]);
    assert!(core.plans_nothing(&alone(json!({}))).await);
}

#[tokio::test]
async fn what_is_terraforms_alone_calls_nothing() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &alone(json!({}))).await;
    memory.writes();
    core.run(&alone(json!({ "force_delete": true }))).await;
    let mut kept = alone(json!({ "force_delete": true }));
    kept["relay"]["delete_on_destroy"] = json!(false);
    core.run(&kept).await;
    assert_eq!(memory.calls(), 0);
    assert_eq!(core.state()["force_delete"], true);
    assert_eq!(core.state()["relay"]["delete_on_destroy"], false);
}

#[tokio::test]
async fn an_import_fills_what_is_there_and_not_what_is_derived() {
    let memory = healthy_azure();
    let written = config(json!({
        "install_volcano": false, "node_selector": { "pool": "ml" }, "version": "1.1.50",
        "configuration_settings": { "enable_https": "false" },
    }));
    create_object(&memory, &written).await;
    let core = imported(&memory).await;
    let state = core.state();
    assert_eq!(state["configuration_settings"], json!({ "enable_https": "false" }));
    assert_eq!(
        (&state["enable_training"], &state["install_volcano"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(state["enable_inference"], json!(null));
    assert_eq!(
        (&state["version"], &state["auto_upgrade_minor_version"]),
        (&json!("1.1.50"), &json!(false))
    );
    assert_eq!(state["side_resources"][1]["kind"], "hybrid_connection");
    assert_eq!(state["side_resources"][1]["created"], false);
    assert!(core.plans_nothing(&written).await);
}

#[tokio::test]
async fn an_import_of_another_relay_is_a_plan_without_changes() {
    let own = id("Microsoft.Relay/namespaces/own/hybridConnections/edge");
    let memory = healthy_azure();
    memory.set(&own, json!({ "name": "edge" }));
    memory.set(&format!("{own}/authorizationRules/azureml_rw"), json!({}));
    let relay = json!({ "relay": { "mode": "existing", "hybrid_connection_id": own } });
    create_object(&memory, &config(relay.clone())).await;
    super::return_protected_names(&memory, &[]);
    let mut core = imported(&memory).await;
    assert!(core.plans_nothing(&config(relay)).await);
    let managed = config(json!({ "relay": { "mode": "managed" } }));
    let told = core.plan_diagnostics(&managed).await;
    assert!(any_contains(&told, "Secrets of the extension are not known"), "{told:#?}");
    let known = config(json!({
        "relay": { "mode": "managed" }, "configuration_protected_settings": {},
    }));
    let told = core.apply(&known).await;
    assert_eq!(told, [""; 0]);
    let connection = settings(&memory)["relayserver.hybridConnectionResourceID"].clone();
    assert_eq!(connection, id(super::CONNECTION));
}

// === versions ===

#[tokio::test]
async fn upgrades_follow_from_the_version() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &alone(json!({}))).await;
    assert_eq!(memory.sent()["properties"]["autoUpgradeMinorVersion"], true);
    let pinned = alone(json!({ "version": "1.1.50" }));
    assert_eq!(core.planned_changes(&pinned).await, ["auto_upgrade_minor_version", "version"]);
    drift(&memory, &extension("aml"), |it| it["properties"]["currentVersion"] = json!("1.1.50"));
    core.run(&pinned).await;
    let sent = json!({ "autoUpgradeMinorVersion": false, "version": "1.1.50" });
    assert_eq!(memory.sent(), json!({ "properties": sent }));
    core.run(&alone(json!({}))).await;
    assert_eq!(memory.sent(), json!({ "properties": { "autoUpgradeMinorVersion": true } }));
    assert_eq!(core.state()["version"], json!(null));
}

#[tokio::test(start_paused = true)]
async fn a_version_that_does_not_come_is_a_warning() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &alone(json!({}))).await;
    let pinned = alone(json!({ "version": "1.1.50" }));
    let began = tokio::time::Instant::now();
    let told = core.apply(&pinned).await;
    assert!(told[0].starts_with("warning version: Version 1.1.50 does not run yet"), "{told:?}");
    assert_eq!((began.elapsed().as_secs() + 30) / 60, 10);
    assert!(core.plans_nothing(&pinned).await);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_comes_late_is_waited_for() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &alone(json!({}))).await;
    let later = memory.clone();
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_mins(4)).await;
        drift(&later, &extension("aml"), |it| it["properties"]["currentVersion"] = json!("1.1.50"));
    });
    core.run(&alone(json!({ "version": "1.1.50" }))).await;
    assert_eq!(core.state()["current_version"], "1.1.50");
}

/// The service took it, so the state says so, and nothing is left to do.
#[tokio::test(start_paused = true)]
async fn an_interruption_while_a_version_is_waited_for_keeps_what_is_true() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &alone(json!({}))).await;
    let pinned = alone(json!({ "version": "1.1.50" }));
    let began = tokio::time::Instant::now();
    core.stop_after(std::time::Duration::from_mins(2));
    let told = core.apply(&pinned).await;
    assert!(told[0].starts_with("error version: Extension is still being updated"), "{told:?}");
    assert_eq!(began.elapsed().as_secs(), 120);
    assert_eq!(core.state()["version"], "1.1.50");
    assert!(core.plans_nothing(&pinned).await);
}

// === removal ===

#[tokio::test(start_paused = true)]
async fn force_is_used_only_without_the_agents_and_only_on_request() {
    for (force, query) in [(false, "DELETE aml"), (true, "DELETE aml?forceDelete=true")] {
        let memory = healthy_azure();
        let mut core = create_object(&memory, &alone(json!({ "force_delete": force }))).await;
        drift(&memory, &id(ARC), |it| it["properties"]["connectivityStatus"] = json!("Offline"));
        memory.writes();
        core.destroy().await;
        assert_eq!(memory.writes(), [query]);
    }
    let memory = memory("Connected");
    let mut core = create_object(&memory, &alone(json!({ "force_delete": true }))).await;
    memory.writes();
    core.destroy().await;
    assert_eq!(memory.writes(), ["DELETE aml"]);
}
