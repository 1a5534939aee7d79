//! One object from its create to its end, and what becomes of it when things go wrong.

use std::time::Duration;

use framework::Value;
use serde_json::{Value as Json, json};
use testing::describe;
use testing::toy::{self, Mood};

use crate::summaries;

fn config() -> Json {
    json!({
        "name": "a", "note": "n", "secret_wo": "s3cret", "secret_wo_version": 1,
        "types": { "small": { "requests": { "cpu": "1000m", "memory": "16Gi", "gpu": "0" } } },
    })
}

fn with(config: Json, name: &str, value: Json) -> Json {
    let mut config = config;
    config[name] = value;
    config
}

#[tokio::test(start_paused = true)]
async fn made_read_and_planned_again_it_shows_nothing() {
    let (mut core, service) = toy::start("made").await;
    let plan = core.plan(&config()).await;
    for name in ["id", "status", "effective", "mode"] {
        assert_eq!(plan.state.get(name), Some(&Value::UNKNOWN), "{name}");
    }
    assert_eq!(plan.state.get("namespace"), Some(&Value::from("default")));
    assert_eq!(plan.state.get("secret_wo"), Some(&Value::Null));
    assert_eq!(core.apply_plan(plan).await, [""; 0]);
    assert_eq!(service.calls(), ["put"]);
    assert_eq!(service.get("a").and_then(|object| object.secret).as_deref(), Some("s3cret"));
    assert_eq!(core.state()["types"]["small"]["requests"], config()["types"]["small"]["requests"]);
    assert_eq!(core.state()["status"], "ready");
    assert!(core.private.is_empty());
    assert_eq!(core.changes(&config()).await, [""; 0]);
    let before = core.state();
    assert_eq!(core.read().await, [""; 0]);
    assert_eq!(core.state(), before);
    assert_eq!(core.changes(&config()).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_change_shows_itself_and_what_may_move_with_it() {
    let (mut core, _) = toy::start("changed").await;
    core.run(&config()).await;
    let changed = with(config(), "note", json!("other"));
    assert_eq!(core.changes(&changed).await, ["note", "status"]);
    core.run(&changed).await;
    assert_eq!(core.state()["note"], "other");
    let amount = json!({ "small": { "requests": { "cpu": "2", "memory": "16Gi", "gpu": "0" } } });
    let changed = with(changed, "types", amount);
    assert_eq!(core.changes(&changed).await, ["effective", "status", "types.small.requests.cpu"]);
    core.run(&changed).await;
    assert_eq!(core.changes(&changed).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_is_terraforms_alone_calls_nothing() {
    let (mut core, service) = toy::start("local").await;
    core.run(&config()).await;
    service.calls();
    let longer = with(config(), "timeouts", json!({ "create": "2h" }));
    assert_eq!(core.changes(&longer).await, ["timeouts"]);
    core.run(&longer).await;
    let forced = with(longer, "force", json!(true));
    assert_eq!(core.changes(&forced).await, ["force"]);
    core.run(&forced).await;
    assert_eq!(service.calls(), [""; 0]);
    core.read().await;
    assert_eq!(core.changes(&forced).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_replacement_says_why_and_starts_with_no_memory() {
    let (mut core, service) = toy::start("replaced").await;
    core.run(&config()).await;
    core.private = br#"{"pending":"old"}"#.to_vec();
    let moved = with(config(), "namespace", json!("other"));
    let plan = core.plan(&moved).await;
    assert_eq!(plan.replaces, ["namespace"]);
    let warning = &describe(&plan.found)[0];
    assert!(warning.starts_with("warning namespace: "), "{warning}");
    assert!(warning.contains("jobs run there"), "{warning}");
    service.calls();
    core.run(&moved).await;
    assert_eq!(service.calls(), ["delete for another", "put"]);
    assert!(core.private.is_empty());
    assert_eq!(core.changes(&moved).await, [""; 0]);
    let heavy = with(moved, "note", json!("heavy"));
    assert_eq!(core.plan(&heavy).await.replaces, ["note"]);
}

/// Core plans a tainted object as a create, and gives the plan's memory to the delete before it.
#[tokio::test(start_paused = true)]
async fn a_tainted_object_is_deleted_for_another() {
    let (mut core, service) = toy::start("tainted").await;
    core.run(&config()).await;
    assert!(core.private.is_empty(), "the mark of the plan is not the object's");
    service.calls();
    assert_eq!(core.replace(&config()).await, [""; 0]);
    assert_eq!(service.calls(), ["delete for another", "put"]);
    assert!(core.private.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_create_is_a_warning_and_is_taken_up_again() {
    let (mut core, service) = toy::start("interrupted").await;
    service.feel(Mood::Hangs);
    core.stop_after(Duration::from_mins(1));
    assert_eq!(summaries(&core.apply(&config()).await), ["warning : Interrupted"]);
    assert!(!core.tainted);
    let state = core.state();
    assert_eq!((&state["id"], &state["status"]), (&json!("/things/a"), &json!("working")));
    assert_eq!(core.private, br#"{"pending":"a"}"#);
    assert_eq!(state["mode"], Json::Null);
    core.read().await;
    assert!(!core.private.is_empty());
    let shown = core.changes(&config()).await;
    assert!(shown.contains(&"status".to_owned()), "{shown:?}");
    service.feel(Mood::Fine);
    core.run(&config()).await;
    assert_eq!(core.state()["status"], "ready");
    assert!(core.private.is_empty());
    assert_eq!(core.changes(&config()).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_create_keeps_what_was_made() {
    for (mood, told) in
        [(Mood::Fails, "error : Work failed"), (Mood::Hangs, "error : Deadline passed")]
    {
        let (mut core, service) = toy::start("failed").await;
        service.feel(mood);
        assert_eq!(summaries(&core.apply(&config()).await), [told]);
        assert!(core.tainted);
        // There is no JSON of a state of which something is unknown.
        let state = core.state();
        assert_eq!((&state["id"], &state["secret_wo"]), (&json!("/things/a"), &Json::Null));
    }
    let (mut core, service) = toy::start("refused").await;
    service.feel(Mood::Refuses);
    assert_eq!(summaries(&core.apply(&config()).await), ["error name: Put refused"]);
    assert_eq!(core.state(), Json::Null);
}

#[tokio::test(start_paused = true)]
async fn a_failed_update_says_what_is_true() {
    let (mut core, service) = toy::start("update").await;
    core.run(&config()).await;
    let before = core.state();
    service.feel(Mood::Refuses);
    let changed = with(with(config(), "note", json!(null)), "secret_wo_version", json!(2));
    assert_eq!(summaries(&core.apply(&changed).await), ["error name: Put refused"]);
    assert_eq!(core.state(), before);
    service.feel(Mood::Fails);
    assert_eq!(summaries(&core.apply(&changed).await), ["error : Work failed"]);
    assert_eq!(core.state()["status"], "working");
    assert!(!core.tainted);
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_an_error_that_loses_nothing() {
    let (mut core, service) = toy::start("panics").await;
    service.feel(Mood::Panics);
    let told = core.apply(&config()).await;
    assert_eq!(summaries(&told), ["error : Provider panicked"]);
    assert!(told[0].contains("this toy\nis broken"), "{told:#?}");
    assert_eq!(core.state()["id"], "/things/a");
    let plan = core.plan(&with(config(), "note", json!("panic"))).await;
    assert_eq!(summaries(&describe(&plan.found)), ["error : Provider panicked"]);
    assert_eq!(plan.state, Value::Null);
}

#[tokio::test(start_paused = true)]
async fn drift_shows_and_what_is_not_ours_does_not() {
    let (mut core, service) = toy::start("drift").await;
    core.run(&config()).await;
    service.change("a", |object| {
        object.types.insert("theirs".to_owned(), [("cpu".to_owned(), "7".to_owned())].into());
        object.labels.insert("theirs".to_owned(), "x".to_owned());
    });
    core.read().await;
    assert_eq!(core.changes(&config()).await, [""; 0]);
    assert!(core.state()["effective"]["theirs"].is_object());
    service.change("a", |object| {
        let small = object.types.get_mut("small").expect("ours");
        small.insert("memory".to_owned(), "8Gi".to_owned());
    });
    core.read().await;
    assert_eq!(
        core.changes(&config()).await,
        ["effective", "status", "types.small.requests.memory"]
    );
    service.delete("a");
    core.read().await;
    assert_eq!(core.state(), Json::Null);
}

#[tokio::test(start_paused = true)]
async fn what_moves_between_plan_and_apply_shows_later() {
    let (mut core, service) = toy::start("between").await;
    core.run(&config()).await;
    let changed = with(config(), "note", json!("other"));
    let plan = core.plan(&changed).await;
    service.feel(Mood::Adds);
    assert_eq!(core.apply_plan(plan).await, [""; 0]);
    assert_eq!(core.state()["effective"]["theirs"], Json::Null);
    core.read().await;
    assert!(core.state()["effective"]["theirs"].is_object());
    assert_eq!(core.changes(&changed).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_import_takes_everything_and_plans_nothing() {
    let (mut core, service) = toy::start("import").await;
    core.run(&config()).await;
    service.change("a", |object| drop(object.labels.insert("l".into(), "x".into())));
    let mut other = core.beside();
    assert_eq!(summaries(&other.import("things/a").await), ["error : ID is not valid"]);
    assert_eq!(other.import("/things/a").await, [""; 0]);
    assert_eq!(other.state()["note"], Json::Null);
    assert_eq!(other.read().await, [""; 0]);
    assert!(other.private.is_empty());
    let same =
        with(with(config(), "labels", json!({ "l": "x" })), "secret_wo_version", json!(null));
    assert_eq!(other.changes(&same).await, [""; 0]);
    other.read().await;
    assert_eq!(other.changes(&same).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_destroy_ends_with_nothing_or_keeps_the_state() {
    let (mut core, service) = toy::start("destroy").await;
    core.run(&config()).await;
    assert_eq!(core.plan(&Json::Null).await.state, Value::Null);
    let before = core.state();
    service.feel(Mood::Refuses);
    assert_eq!(summaries(&core.destroy_diagnostics().await), ["error : Delete refused"]);
    assert_eq!(core.state(), before);
    service.feel(Mood::Fine);
    core.destroy().await;
    assert_eq!(core.state(), Json::Null);
    assert_eq!(service.get("a"), None);
}
