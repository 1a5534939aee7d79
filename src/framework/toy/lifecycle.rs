//! One object from its create to its end, and what becomes of it when things go wrong.

use serde_json::{Value as Json, json};

use super::client::Planned;
use super::{Core, Mood};
use crate::value::Value;
use crate::{Diagnostics, Private};

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

fn text<'a>(state: &'a Value, name: &str) -> &'a str {
    state.get(name).and_then(Value::as_str).unwrap_or("")
}

#[track_caller]
fn summaries(found: &Diagnostics) -> Vec<(&str, bool)> {
    found.iter().map(|found| (found.summary.as_str(), found.is_error())).collect()
}

#[tokio::test(start_paused = true)]
async fn made_read_and_planned_again_it_shows_nothing() {
    let mut core = Core::of("made").await;
    let plan = core.plan(&config()).await;
    for name in ["id", "status", "effective", "mode"] {
        assert_eq!(plan.state.get(name), Some(&Value::UNKNOWN), "{name}");
    }
    assert_eq!(text(&plan.state, "namespace"), "default");
    assert_eq!(plan.state.get("secret_wo"), Some(&Value::Null));
    assert_eq!(summaries(&core.apply(plan).await), []);
    assert_eq!(core.service.calls(), ["put"]);
    assert_eq!(core.service.get("a").and_then(|object| object.secret).as_deref(), Some("s3cret"));
    let requests = core.state.at(&crate::Path::from("types").key("small").attribute("requests"));
    let written = json!({ "cpu": "1000m", "memory": "16Gi", "gpu": "0" });
    assert_eq!(requests, Some(&Value::map(as_texts(&written))));
    assert_eq!(text(&core.state, "status"), "ready");
    assert!(core.private.is_empty());
    assert_eq!(core.shows(&config()).await, [""; 0]);
    let before = core.state.clone();
    assert_eq!(summaries(&core.read().await), []);
    assert_eq!(core.state, before);
    assert_eq!(core.shows(&config()).await, [""; 0]);
}

fn as_texts(json: &Json) -> Vec<(String, Value)> {
    let fields = json.as_object().into_iter().flatten();
    fields.map(|(key, text)| (key.clone(), text.as_str().unwrap_or("").into())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_change_shows_itself_and_what_may_move_with_it() {
    let mut core = Core::of("changed").await;
    core.run(&config()).await;
    let changed = with(config(), "note", json!("other"));
    assert_eq!(core.shows(&changed).await, ["note", "status"]);
    assert_eq!(summaries(&core.run(&changed).await), []);
    assert_eq!(text(&core.state, "note"), "other");
    let amount = json!({ "small": { "requests": { "cpu": "2", "memory": "16Gi", "gpu": "0" } } });
    let changed = with(changed, "types", amount);
    assert_eq!(core.shows(&changed).await, ["effective", "status", "types.small.requests.cpu"]);
    assert_eq!(summaries(&core.run(&changed).await), []);
    assert_eq!(core.shows(&changed).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_is_terraforms_alone_calls_nothing() {
    let mut core = Core::of("local").await;
    core.run(&config()).await;
    core.service.calls();
    let longer = with(config(), "timeouts", json!({ "create": "2h" }));
    assert_eq!(core.shows(&longer).await, ["timeouts"]);
    assert_eq!(summaries(&core.run(&longer).await), []);
    let forced = with(longer, "force", json!(true));
    assert_eq!(core.shows(&forced).await, ["force"]);
    assert_eq!(summaries(&core.run(&forced).await), []);
    assert_eq!(core.service.calls(), [""; 0]);
    core.read().await;
    assert_eq!(core.shows(&forced).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_replacement_says_why_and_starts_with_no_memory() {
    let mut core = Core::of("replaced").await;
    core.run(&config()).await;
    core.private = Private::from_bytes(b"{\"pending\":\"old\"}".to_vec()).into_bytes();
    let moved = with(config(), "namespace", json!("other"));
    let plan = core.plan(&moved).await;
    assert_eq!(plan.replaces, [crate::Path::from("namespace")]);
    let warning = plan.diagnostics.iter().next().expect("a warning");
    assert_eq!(warning.path, Some(crate::Path::from("namespace")));
    assert!(warning.detail.contains("jobs run there") && !warning.is_error(), "{warning:?}");
    core.service.calls();
    assert_eq!(summaries(&core.run(&moved).await), []);
    assert_eq!(core.service.calls(), ["delete for another", "put"]);
    assert!(core.private.is_empty());
    assert_eq!(core.shows(&moved).await, [""; 0]);
    let heavy = with(moved, "note", json!("heavy"));
    assert_eq!(core.plan(&heavy).await.replaces, [crate::Path::from("note")]);
}

/// Core plans a tainted object as a create, and gives the plan's memory to the delete before it.
#[tokio::test(start_paused = true)]
async fn a_tainted_object_is_deleted_for_another() {
    let mut core = Core::of("tainted").await;
    core.run(&config()).await;
    assert!(core.private.is_empty(), "the mark of the plan is not the object's");
    core.tainted = true;
    let create = core.plan(&config()).await;
    core.tainted = false;
    let gone = Planned { state: Value::Null, config: Value::Null, ..create.clone() };
    core.service.calls();
    assert_eq!(summaries(&core.apply(gone).await), []);
    assert_eq!(summaries(&core.apply(create).await), []);
    assert_eq!(core.service.calls(), ["delete for another", "put"]);
    assert!(core.private.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_create_is_a_warning_and_is_taken_up_again() {
    let mut core = Core::of("interrupted").await;
    core.service.feel(Mood::Hangs);
    let plan = core.plan(&config()).await;
    let server = core.server.clone();
    let (found, ()) = tokio::join!(core.apply(plan), async {
        tokio::time::sleep(std::time::Duration::from_mins(1)).await;
        server.stop();
    });
    assert_eq!(summaries(&found), [("Interrupted", false)]);
    assert!(!core.tainted);
    assert_eq!((text(&core.state, "id"), text(&core.state, "status")), ("/things/a", "working"));
    assert_eq!(
        Private::from_bytes(core.private.clone()).get::<String>("pending").as_deref(),
        Some("a")
    );
    assert_eq!(core.state.get("mode"), Some(&Value::Null));
    core.read().await;
    assert!(!core.private.is_empty());
    let shown = core.shows(&config()).await;
    assert!(shown.contains(&"status".to_owned()), "{shown:?}");
    core.service.feel(Mood::Fine);
    assert_eq!(summaries(&core.run(&config()).await), []);
    assert_eq!(text(&core.state, "status"), "ready");
    assert!(core.private.is_empty());
    assert_eq!(core.shows(&config()).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_create_keeps_what_was_made() {
    for (mood, summary) in [(Mood::Fails, "Work failed"), (Mood::Hangs, "Deadline passed")] {
        let mut core = Core::of("failed").await;
        core.service.feel(mood);
        let plan = core.plan(&config()).await;
        assert_eq!(summaries(&core.apply(plan).await), [(summary, true)]);
        assert!(core.tainted);
        assert_eq!(text(&core.state, "id"), "/things/a");
        assert_eq!(core.state.get("secret_wo"), Some(&Value::Null));
        assert!(core.state.is_wholly_known());
    }
    let mut core = Core::of("refused").await;
    core.service.feel(Mood::Refuses);
    let plan = core.plan(&config()).await;
    assert_eq!(summaries(&core.apply(plan).await), [("Put refused", true)]);
    assert_eq!(core.state, Value::Null);
}

#[tokio::test(start_paused = true)]
async fn a_failed_update_says_what_is_true() {
    let mut core = Core::of("update").await;
    core.run(&config()).await;
    let before = core.state.clone();
    core.service.feel(Mood::Refuses);
    let changed = with(with(config(), "note", json!(null)), "secret_wo_version", json!(2));
    let plan = core.plan(&changed).await;
    assert_eq!(summaries(&core.apply(plan).await), [("Put refused", true)]);
    assert_eq!(core.state, before);
    core.service.feel(Mood::Fails);
    let plan = core.plan(&changed).await;
    assert_eq!(summaries(&core.apply(plan).await), [("Work failed", true)]);
    assert_eq!(text(&core.state, "status"), "working");
    assert!(!core.tainted);
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_an_error_that_loses_nothing() {
    let mut core = Core::of("panics").await;
    core.service.feel(Mood::Panics);
    let plan = core.plan(&config()).await;
    let found = core.apply(plan).await;
    assert_eq!(summaries(&found), [("Provider panicked", true)]);
    assert!(found.iter().any(|found| found.detail.contains("gave up at work")));
    assert_eq!(text(&core.state, "id"), "/things/a");
    let plan = core.plan(&with(config(), "note", json!("panic"))).await;
    assert_eq!(summaries(&plan.diagnostics), [("Provider panicked", true)]);
    assert_eq!(plan.state, Value::Null);
}

#[tokio::test(start_paused = true)]
async fn drift_shows_and_what_is_not_ours_does_not() {
    let mut core = Core::of("drift").await;
    core.run(&config()).await;
    core.service.change("a", |object| {
        object.types.insert("theirs".to_owned(), [("cpu".to_owned(), "7".to_owned())].into());
        object.labels.insert("theirs".to_owned(), "x".to_owned());
    });
    core.read().await;
    assert_eq!(core.shows(&config()).await, [""; 0]);
    assert!(core.state.at(&crate::Path::from("effective").key("theirs")).is_some());
    core.service.change("a", |object| {
        let small = object.types.get_mut("small").expect("ours");
        small.insert("memory".to_owned(), "8Gi".to_owned());
    });
    core.read().await;
    assert_eq!(core.shows(&config()).await, ["effective", "status", "types.small.requests.memory"]);
    core.service.delete("a");
    core.read().await;
    assert_eq!(core.state, Value::Null);
}

#[tokio::test(start_paused = true)]
async fn what_moves_between_plan_and_apply_shows_later() {
    let mut core = Core::of("between").await;
    core.run(&config()).await;
    let changed = with(config(), "note", json!("other"));
    let plan = core.plan(&changed).await;
    core.service.feel(Mood::Adds);
    assert_eq!(summaries(&core.apply(plan).await), []);
    let theirs = crate::Path::from("effective").key("theirs");
    assert_eq!(core.state.at(&theirs), None);
    core.read().await;
    assert!(core.state.at(&theirs).is_some());
    assert_eq!(core.shows(&changed).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_import_takes_everything_and_plans_nothing() {
    let mut core = Core::of("import").await;
    core.run(&config()).await;
    core.service.change("a", |object| drop(object.labels.insert("l".into(), "x".into())));
    let mut other = Core::of("import").await;
    assert_eq!(summaries(&other.import("things/a").await), [("ID is not valid", true)]);
    assert_eq!(summaries(&other.import("/things/a").await), []);
    assert_eq!(other.state.get("note"), Some(&Value::Null));
    assert_eq!(summaries(&other.read().await), []);
    assert!(other.private.is_empty());
    let same =
        with(with(config(), "labels", json!({ "l": "x" })), "secret_wo_version", json!(null));
    assert_eq!(other.shows(&same).await, [""; 0]);
    other.read().await;
    assert_eq!(other.shows(&same).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_destroy_ends_with_nothing_or_keeps_the_state() {
    let mut core = Core::of("destroy").await;
    core.run(&config()).await;
    let plan = core.plan_from(&core.state, core.private.clone(), Value::Null).await;
    assert_eq!(plan.state, Value::Null);
    let before = core.state.clone();
    core.service.feel(Mood::Refuses);
    assert_eq!(summaries(&core.apply(plan.clone()).await), [("Delete refused", true)]);
    assert_eq!(core.state, before);
    core.service.feel(Mood::Fine);
    assert_eq!(summaries(&core.apply(plan).await), []);
    assert_eq!(core.state, Value::Null);
    assert_eq!(core.service.get("a"), None);
}
