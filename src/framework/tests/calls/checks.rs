//! The look at what a plan would meet, where a user asks for it.

use std::time::Duration;

use serde_json::{Value as Json, json};
use testing::toy::{self, Mood};
use testing::{Core, configure_provider, describe, unknown};
use tokio::time::Instant;

use crate::summaries;

const LOOKED: &str = "warning labels: Looked";

/// A thing that asks for a look at its plans.
fn checked(note: &str) -> Json {
    json!({ "name": "a", "note": note, "labels": { "checked": "yes" } })
}

async fn plan(core: &Core, config: &Json) -> Vec<String> {
    let told = core.plan_diagnostics(config).await;
    summaries(&told).into_iter().map(str::to_owned).collect()
}

/// What was called, where a call and its repetition count as one: the host plans everything twice.
fn calls(service: &toy::Service) -> Vec<String> {
    let mut calls = service.calls();
    calls.dedup();
    calls
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_looked_at_where_it_asks_for_that_and_changes_something() {
    let (mut core, service) = toy::start("checked").await;
    assert_eq!(plan(&core, &json!({ "name": "a" })).await, [""; 0]);
    assert_eq!(calls(&service), [""; 0]);

    assert_eq!(plan(&core, &checked("n")).await, [LOOKED]);
    assert_eq!(calls(&service), ["check of a new one"]);
    core.run(&checked("n")).await;
    // What a look keeps in the memory is not kept.
    assert!(core.private.is_empty(), "{:?}", core.private);
    service.calls();
    assert_eq!(plan(&core, &checked("n")).await, [""; 0]);
    assert_eq!(calls(&service), [""; 0]);

    assert_eq!(plan(&core, &checked("o")).await, [LOOKED]);
    assert_eq!(calls(&service), ["check of a change"]);
    // What is Terraform's alone is a change too: it may be that the look is asked for now.
    let forced = json!({ "name": "a", "note": "n", "labels": { "checked": "yes" }, "force": true });
    assert_eq!(plan(&core, &forced).await, [LOOKED]);
    assert_eq!(plan(&core, &Json::Null).await, [""; 0]);
    assert_eq!(calls(&service), ["check of a change"]);
}

#[tokio::test(start_paused = true)]
async fn a_replacement_is_looked_at_once_as_a_new_object() {
    let (mut core, service) = toy::start("replaced and checked").await;
    core.run(&checked("n")).await;
    service.calls();
    let heavy = checked("heavy");
    let told = plan(&core, &heavy).await;
    assert_eq!(told.len(), 2, "{told:#?}");
    assert_eq!(told[1], LOOKED);
    assert_eq!(calls(&service), ["check of a new one"]);
    let told = core.apply(&heavy).await;
    assert_eq!(told, [""; 0]);
    assert_eq!(calls(&service), ["check of a new one", "delete for another", "put"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_look_finds_joins_the_plan_and_an_error_refuses_it() {
    let (core, service) = toy::start("found").await;
    for (mood, expected) in [
        (Mood::Fine, None),
        (Mood::Refuses, Some("error name: Put would be refused")),
        (Mood::Panics, Some("error : Provider panicked")),
    ] {
        service.feel(mood);
        let found = core.plan(&checked("n")).await;
        let told = describe(&found.found);
        let expected: Vec<_> = [LOOKED].into_iter().chain(expected).collect();
        assert_eq!(summaries(&told), expected);
        assert_eq!(found.state.is_null(), mood != Mood::Fine, "{mood:?}");
    }
    // A plan that is refused anyway is not looked at.
    service.calls();
    assert_eq!(plan(&core, &checked("panic")).await, ["error : Provider panicked"]);
    assert_eq!(calls(&service), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_look_ends_with_the_time_of_a_read_or_an_interruption() {
    let (core, service) = toy::start("slow").await;
    service.feel(Mood::Hangs);
    let began = Instant::now();
    assert_eq!(plan(&core, &checked("n")).await, [LOOKED, "error : Deadline passed"]);
    assert_eq!(began.elapsed(), Duration::from_mins(5));
    let mut short = checked("n");
    short["timeouts"] = json!({ "read": "10s" });
    let began = Instant::now();
    assert_eq!(plan(&core, &short).await, [LOOKED, "error : Deadline passed"]);
    assert_eq!(began.elapsed(), Duration::from_secs(10));
    // The host asks twice, and each time it is interrupted.
    core.stop_after(Duration::from_secs(1));
    core.stop_after(Duration::from_secs(2));
    let began = Instant::now();
    assert_eq!(plan(&core, &checked("n")).await, [LOOKED, "error : Interrupted"]);
    assert_eq!(began.elapsed(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_not_known_yet_is_told_only_where_a_look_was_asked_for() {
    let (core, service) = toy::start("unknown and checked").await;
    let later = json!({ "service": unknown() });
    assert_eq!(configure_provider(&core.server, "1.11.4", &later).await, [""; 0]);
    assert_eq!(plan(&core, &json!({ "name": "a" })).await, [""; 0]);
    let told = core.plan_diagnostics(&checked("n")).await;
    assert_eq!(summaries(&told), ["warning : Plan is not checked"]);
    assert!(told[0].contains("`service`"), "{told:?}");
    assert_eq!(calls(&service), [""; 0]);
}
