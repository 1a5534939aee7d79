//! Work that a call leaves behind: interrupted, late, cut off, refused; and the apply that takes it up.

use std::time::Duration;

use azure::Method;
use serde_json::json;

use super::{alone, any_contains, config, create_object, drift, extension, healthy_azure, id};
use crate::tests::{Core, Memory, Rule};

#[tokio::test(start_paused = true)]
async fn an_interrupted_create_is_resumed() {
    let memory = healthy_azure();
    memory.leaves(Some("Creating"));
    let mut core = Core::new("arc_extension", &memory);
    core.stop_after(Duration::from_secs(30));
    let told = core.apply(&alone(json!({}))).await;
    assert!(told[0].starts_with("warning ") && any_contains(&told, "interrupted"), "{told:#?}");
    assert!(!core.tainted);
    assert_eq!(core.state()["provisioning_state"], "Creating");
    memory.finish(&extension("aml"), "Succeeded");
    memory.leaves(None);
    core.read().await;
    memory.writes();
    core.run(&alone(json!({}))).await;
    assert_eq!(memory.writes(), [""; 0]);
    assert!(core.plans_nothing(&alone(json!({}))).await);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_takes_too_long_can_be_kept() {
    let memory = healthy_azure();
    memory.leaves(Some("Creating"));
    let mut core = Core::new("arc_extension", &memory);
    let told = core.apply(&alone(json!({}))).await;
    assert!(told[0].starts_with("error ") && any_contains(&told, "terraform untaint"), "{told:#?}");
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
async fn an_interrupted_update_is_an_error_with_the_truth() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &alone(json!({ "install_prom_op": false }))).await;
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

/// Nothing but the object says what goes on: the memory of the first apply is lost.
#[tokio::test(start_paused = true)]
async fn without_memory_the_object_alone_is_waited_for() {
    let memory = healthy_azure();
    memory.leaves(Some("Creating"));
    let mut core = Core::new("arc_extension", &memory);
    core.stop_after(Duration::from_secs(30));
    core.apply(&alone(json!({}))).await;
    core.private.clear();
    core.read().await;
    let told = core.plan_diagnostics(&alone(json!({}))).await;
    assert!(any_contains(&told, "Extension aml is Creating"), "{told:#?}");
    memory.writes();
    ends_later(&memory, "Succeeded");
    core.run(&alone(json!({}))).await;
    assert_eq!(memory.writes(), [""; 0]);
    assert!(core.plans_nothing(&alone(json!({}))).await);
}

#[tokio::test(start_paused = true)]
async fn work_that_was_left_behind_and_failed_is_sent_again() {
    for ended in ["Failed", "Canceled"] {
        let memory = healthy_azure();
        memory.leaves(Some("Creating"));
        let mut core = Core::new("arc_extension", &memory);
        core.stop_after(Duration::from_secs(30));
        core.apply(&alone(json!({}))).await;
        memory.writes();
        memory.leaves(None);
        ends_later(&memory, ended);
        core.run(&alone(json!({}))).await;
        assert_eq!(memory.writes(), ["PUT aml"], "{ended}");
        assert_eq!(core.state()["provisioning_state"], "Succeeded");
    }
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_is_being_deleted_is_waited_for() {
    let memory = healthy_azure();
    create_object(&memory, &alone(json!({}))).await;
    memory.finish(&extension("aml"), "Deleting");
    memory.writes();
    let later = memory.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_mins(5)).await;
        later.remove(&extension("aml"));
    });
    let mut core = Core::new("arc_extension", &memory);
    core.run(&alone(json!({}))).await;
    assert_eq!(memory.writes(), ["PUT aml"]);
    assert!(core.plans_nothing(&alone(json!({}))).await);
}

/// What the service says when the time is over is asked once more, and is in the state.
#[tokio::test(start_paused = true)]
async fn after_the_deadline_the_state_is_what_the_service_says() {
    let memory = healthy_azure();
    memory.leaves(Some("Creating"));
    let mut core = Core::new("arc_extension", &memory);
    let late = memory.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_mins(1)).await;
        drift(&late, &extension("aml"), |object| {
            object["properties"]["statuses"] =
                json!([{ "code": "Helm", "level": "Information", "message": "pulling" }]);
        });
    });
    let timed = alone(json!({ "timeouts": { "create": "5m" } }));
    let told = core.apply(&timed).await;
    assert!(any_contains(&told, "the last state was \"Creating\""), "{told:#?}");
    assert_eq!(core.state()["statuses"][0]["message"], "pulling");
}

/// The service has taken the request, and then nothing of it is heard any more.
#[tokio::test(start_paused = true)]
async fn a_lost_connection_leaves_what_was_begun_in_the_state() {
    let memory = healthy_azure();
    memory.leaves(Some("Creating"));
    let mut core = Core::new("arc_extension", &memory);
    let lost = memory.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        unavailable(&lost, Method::GET, usize::MAX);
    });
    let timed = alone(json!({ "timeouts": { "create": "10m" } }));
    let told = core.apply(&timed).await;
    assert!(
        any_contains(&told, "not today") && any_contains(&told, "terraform untaint"),
        "{told:#?}"
    );
    assert!(core.tainted);
    assert_eq!(core.state()["provisioning_state"], "Creating");
    assert_eq!(core.state()["id"], extension("aml"));
}

#[tokio::test(start_paused = true)]
async fn an_update_that_takes_too_long_is_an_error_with_the_truth() {
    let memory = healthy_azure();
    let with = |value: &str, version: i64| {
        alone(json!({
            "timeouts": { "update": "5m" },
            "configuration_protected_settings_wo": { "a": value },
            "configuration_protected_settings_wo_version": version,
        }))
    };
    let mut core = create_object(&memory, &with("one", 1)).await;
    memory.leaves(Some("Updating"));
    let told = core.apply(&with("two", 2)).await;
    assert!(any_contains(&told, "timeouts { update"), "{told:#?}");
    assert!(!core.tainted);
    // The service has taken the secret, so the state says so.
    assert_eq!(core.state()["configuration_protected_settings_wo_version"], 2);
    assert_eq!(core.state()["provisioning_state"], "Updating");
    memory.writes();
    memory.leaves(None);
    ends_later(&memory, "Succeeded");
    core.run(&with("two", 2)).await;
    assert_eq!(memory.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn another_operation_is_waited_for_and_named() {
    let memory = healthy_azure();
    busy(&memory, Method::PUT, 3);
    let mut core = Core::new("arc_extension", &memory);
    core.run(&alone(json!({}))).await;
    assert_eq!(memory.writes(), ["PUT aml"; 4]);
    busy(&memory, Method::PATCH, usize::MAX);
    let changed = json!({ "install_prom_op": false, "timeouts": { "update": "5m" } });
    let told = core.apply(&alone(changed)).await;
    assert!(any_contains(&told, "an upgrade is in progress"), "{told:#?}");
    assert!(any_contains(&told, "The service has not taken the request"), "{told:#?}");
    assert_eq!(core.state()["provisioning_state"], "Succeeded");
}

/// Before the service has taken anything there is nothing to resume, and nothing is said to be.
#[tokio::test(start_paused = true)]
async fn an_interruption_before_the_service_took_the_request_leaves_nothing() {
    let memory = healthy_azure();
    busy(&memory, Method::PUT, usize::MAX);
    let mut core = Core::new("arc_extension", &memory);
    core.stop_after(Duration::from_secs(30));
    let told = core.apply(&alone(json!({}))).await;
    assert!(told[0].starts_with("error : Extension was not created"), "{told:#?}");
    assert!(any_contains(&told, "before the service had answered"), "{told:#?}");
    assert!(core.state().is_null());
    let timed = alone(json!({ "timeouts": { "create": "5m" } }));
    let told = core.apply(&timed).await;
    assert!(any_contains(&told, "The service has not taken the request"), "{told:#?}");
    assert!(!any_contains(&told, "untaint") && core.state().is_null(), "{told:#?}");
}

/// A relay that was made first is in the state, whatever becomes of the extension.
#[tokio::test(start_paused = true)]
async fn an_interruption_before_the_extension_keeps_what_stands_beside_it() {
    let memory = healthy_azure();
    busy(&memory, Method::PUT, usize::MAX);
    let mut core = Core::new("arc_extension", &memory);
    core.stop_after(Duration::from_secs(30));
    let told = core.apply(&config(json!({}))).await;
    assert!(told[0].starts_with("warning "), "{told:#?}");
    assert!(!core.tainted);
    assert!(memory.get(&id(super::NAMESPACE)).is_some());
    core.read().await;
    assert_eq!(core.state()["side_resources"][0]["created"], true);
}

/// The service refuses every write of the extension because of another operation.
fn busy(memory: &Memory, method: Method, times: usize) {
    let body = json!({ "error": {
        "code": "AnotherOperationInProgress", "message": "an upgrade is in progress",
    } });
    memory.rule(Rule { method, path: "/extensions/aml", status: 409, body, times });
}

fn unavailable(memory: &Memory, method: Method, times: usize) {
    let body = json!({ "error": { "code": "ServerBusy", "message": "not today" } });
    memory.rule(Rule { method, path: "/extensions/aml", status: 503, body, times });
}

/// What goes on with the extension ends so, some minutes from now.
fn ends_later(memory: &Memory, state: &'static str) {
    let later = memory.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_mins(2)).await;
        later.finish(&extension("aml"), state);
    });
}
