//! What fails, is interrupted, or stands in the way.

use std::time::Duration;

use azure::Method;
use serde_json::json;

use super::{ARC, alone, any_contains, config, create_object, drift, extension, healthy_azure, id};
use crate::tests::{Core, Rule};

#[tokio::test(start_paused = true)]
async fn a_read_that_lags_behind_a_change_is_repeated() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &config(json!({ "install_prom_op": false }))).await;
    let old = memory.get(&extension("aml")).expect("it was made");
    memory.leaves(Some("Updating"));
    memory.writes();
    let later = memory.clone();
    tokio::spawn(async move {
        while later.sent().is_null() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        later.finish(&extension("aml"), "Succeeded");
        later.rule(Rule { method: Method::GET, path: "/aml", status: 200, body: old, times: 4 });
    });
    core.run(&config(json!({ "install_prom_op": true }))).await;
    assert_eq!(core.state()["install_prom_op"], true);
}

#[tokio::test(start_paused = true)]
async fn a_failed_installation_is_an_error_with_state() {
    let memory = healthy_azure();
    memory.leaves(Some("Failed"));
    let mut core = Core::new("arc_extension", &memory);
    let told = core.apply(&alone(json!({}))).await;
    assert!(told[0].starts_with("error : Extension was not created"), "{told:#?}");
    assert!(core.tainted);
    assert_eq!(core.state()["provisioning_state"], "Failed");
    assert_eq!(core.state()["id"], extension("aml"));
}

#[tokio::test(start_paused = true)]
async fn a_deletion_without_agents_names_the_way_out() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &alone(json!({}))).await;
    memory.stays();
    let told = core.destroy_diagnostics().await;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].starts_with("error : Extension was not deleted"), "{told:#?}");
    assert!(any_contains(&told, "set `force_delete = true`"), "{told:#?}");
    assert!(!core.state().is_null());
    core.run(&alone(json!({ "force_delete": true }))).await;
    memory.writes();
    core.destroy().await;
    assert_eq!(memory.writes(), ["DELETE aml", "DELETE aml?forceDelete=true"]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_update_leaves_the_state_as_it_was() {
    let memory = healthy_azure();
    let with = |value: &str, version: i64| {
        alone(json!({
            "configuration_protected_settings_wo": { "a": value },
            "configuration_protected_settings_wo_version": version,
        }))
    };
    let mut core = create_object(&memory, &with("one", 1)).await;
    let body = json!({ "error": { "code": "BadRequest", "message": "not today" } });
    let path = "/extensions/aml";
    memory.rule(Rule { method: Method::PATCH, path, status: 400, body, times: 1 });
    let told = core.apply(&with("two", 2)).await;
    assert!(any_contains(&told, "not today"), "{told:#?}");
    assert_eq!(core.state()["configuration_protected_settings_wo_version"], 1);
}

#[tokio::test]
async fn failed_is_drift_and_is_put_again_with_what_it_holds() {
    let memory = healthy_azure();
    let written = config(json!({ "install_prom_op": false }));
    let mut core = create_object(&memory, &written).await;
    drift(&memory, &extension("aml"), |object| {
        let properties = &mut object["properties"];
        properties["provisioningState"] = json!("Failed");
        properties["configurationSettings"]["theirs"] = json!("1");
        properties["errorInfo"] = json!({ "code": "Helm", "message": "timed out" });
    });
    core.read().await;
    let told = core.plan_diagnostics(&written).await;
    assert!(
        any_contains(&told, "Extension aml is Failed") && any_contains(&told, "timed out"),
        "{told:#?}"
    );
    memory.writes();
    core.run(&written).await;
    let sent = memory.sent()["properties"].clone();
    assert_eq!(sent["configurationSettings"]["theirs"], "1");
    assert_eq!(sent["configurationSettings"]["installPromOp"], "False");
    assert!(sent["configurationProtectedSettings"]["relayServerConnectionString"].is_string());
    assert_eq!(memory.writes(), ["POST listKeys", "PUT aml"]);
    core.read().await;
    assert!(core.plans_nothing(&written).await);
}

#[tokio::test(start_paused = true)]
async fn changes_of_one_cluster_wait_for_each_other() {
    let memory = healthy_azure();
    memory.leaves(Some("Creating"));
    let mut first = Core::new("arc_extension", &memory);
    let mut second = first.beside();
    first.stop_after(Duration::from_mins(2));
    let (written, mut other) = (alone(json!({})), alone(json!({})));
    other["name"] = json!("second");
    other["cluster_id"] = json!(id(ARC).to_lowercase());
    let (_, told) = tokio::join!(first.apply(&written), second.apply(&other));
    assert!(any_contains(&told, "Cluster is busy"), "{told:?}");
    assert_eq!(memory.writes(), ["PUT aml"]);
}

#[tokio::test]
async fn a_replacement_says_what_it_costs() {
    let memory = healthy_azure();
    let core = create_object(&memory, &alone(json!({}))).await;
    let mut renamed = alone(json!({}));
    renamed["name"] = json!("other");
    let plan = core.plan(&renamed).await;
    assert_eq!(plan.replaces, ["name"]);
    let told = core.plan_diagnostics(&renamed).await;
    assert!(any_contains(&told, "every compute attached through it breaks"), "{told:#?}");
}

/// Without its cluster, or with one whose agents do not answer, it is not asked for in vain.
#[tokio::test(start_paused = true)]
async fn an_extension_of_a_cluster_that_is_lost_is_deleted_by_force_at_once() {
    for lost in ["Offline", "Expired", "gone"] {
        let memory = healthy_azure();
        let forced = alone(json!({ "force_delete": true }));
        let mut core = create_object(&memory, &forced).await;
        if lost == "gone" {
            memory.remove(&id(ARC));
        } else {
            drift(&memory, &id(ARC), |object| {
                object["properties"]["connectivityStatus"] = json!(lost);
            });
        }
        memory.stays();
        memory.writes();
        core.destroy().await;
        assert_eq!(memory.writes(), ["DELETE aml?forceDelete=true"], "{lost}");
    }
}

#[tokio::test(start_paused = true)]
async fn force_is_not_used_while_the_agents_answer() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &alone(json!({ "force_delete": true }))).await;
    memory.writes();
    core.destroy().await;
    assert_eq!(memory.writes(), ["DELETE aml"]);
}

/// The codes of the health check and Helm's texts are told with what to do, and what happens next.
#[tokio::test(start_paused = true)]
async fn a_failed_installation_is_decoded() {
    let memory = healthy_azure();
    memory.leaves(Some("Creating"));
    let mut core = Core::new("arc_extension", &memory);
    let later = memory.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_mins(1)).await;
        drift(&later, &extension("aml"), |object| {
            let properties = &mut object["properties"];
            properties["provisioningState"] = json!("Failed");
            let message = "failed pre-install: pod healthcheck failed: Status: Failed Name: x \
                           ErrorCode: E45002 ErrorMessage: PROMETHEUS_CONFLICT";
            properties["errorInfo"] =
                json!({ "code": "ExtensionOperationFailed", "message": message });
        });
    });
    let told = core.apply(&alone(json!({}))).await;
    assert!(any_contains(&told, "ErrorMessage: PROMETHEUS_CONFLICT"), "{told:#?}");
    assert!(any_contains(&told, "E45002: The cluster has a Prometheus operator"), "{told:#?}");
    assert!(any_contains(&told, "Set `install_prom_op = false`."), "{told:#?}");
    assert!(any_contains(&told, "marked for replacement"), "{told:#?}");
    assert!(any_contains(&told, "client request ID"), "{told:#?}");
    core.tainted = false;
    let told = core.plan_diagnostics(&alone(json!({}))).await;
    assert!(any_contains(&told, "Set `install_prom_op = false`."), "{told:#?}");
}

#[tokio::test]
async fn canceled_is_drift_too() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &alone(json!({}))).await;
    memory.finish(&extension("aml"), "Canceled");
    core.read().await;
    let told = core.plan_diagnostics(&alone(json!({}))).await;
    assert!(any_contains(&told, "Extension aml is Canceled"), "{told:#?}");
    memory.writes();
    core.run(&alone(json!({}))).await;
    assert_eq!(memory.writes(), ["PUT aml"]);
}

/// Core prints a state as it is.
#[tokio::test]
async fn what_a_terminal_obeys_or_hides_is_not_in_the_state() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &alone(json!({}))).await;
    let hidden = "\u{1b}[31mred\u{7}\u{200b} \u{feff}text\u{2028}next\r\nline";
    drift(&memory, &extension("aml"), |object| {
        let properties = &mut object["properties"];
        properties["statuses"] =
            json!([{ "code": "Helm", "displayStatus": hidden, "message": hidden }]);
        properties["errorInfo"] = json!({ "code": "Own", "message": format!("own {hidden}") });
    });
    core.read().await;
    let statuses = &core.state()["statuses"];
    let visible = "[31mred text next\nline";
    assert_eq!(statuses[0]["message"], visible);
    assert_eq!(statuses[0]["display_status"], visible);
    assert_eq!(statuses[1]["message"], format!("own {visible}"));
}
