//! What a list answers.

use framework::Value;
use framework::calls::list_resource::Event;
use serde_json::json;
use testing::toy::{self, Mood};
use testing::{Core, describe};

use crate::identities::identity;
use crate::summaries;

async fn listed(core: &Core, include_resource_object: bool, limit: i64) -> Vec<Event> {
    core.list(&json!({ "prefix": "a" }), include_resource_object, limit).await
}

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.display_name.as_str()).collect()
}

/// A host of a service that has three things.
async fn three(service: &str) -> Core {
    let (core, _) = toy::start(service).await;
    for name in ["a1", "a2", "b"] {
        core.beside().run(&json!({ "name": name, "note": "n" })).await;
    }
    core
}

#[tokio::test(start_paused = true)]
async fn objects_have_an_identity_and_a_name_and_are_whole_on_request() {
    let core = three("list").await;
    let events = listed(&core, false, 0).await;
    assert_eq!(names(&events), ["thing a1", "thing a2"]);
    assert_eq!(events[1].identity, Some(identity(&json!("a2"))));
    assert!(events.iter().all(|event| event.resource_object.is_none()));
    assert_eq!(events[0].diagnostics.len(), 1, "what the list says, it says once");
    assert!(events[1].diagnostics.is_empty());
    let whole = listed(&core, true, 0).await;
    let object = core.open(whole[0].resource_object.as_ref().expect("it was asked for"));
    assert_eq!(object.get("note"), Some(&Value::from("n")));
    assert_eq!(names(&listed(&core, false, 1).await), ["thing a1"]);
}

/// A client refuses an event without an identity, unless it holds warnings.
#[tokio::test(start_paused = true)]
async fn what_a_list_says_is_said_where_it_finds_nothing_too() {
    let core = three("list-empty").await;
    let [event] = &core.list(&json!({ "prefix": "z" }), false, 0).await[..] else {
        panic!("one event")
    };
    assert_eq!((&event.identity, event.display_name.as_str()), (&None, ""));
    assert_eq!(summaries(&describe(&event.diagnostics)), ["warning : Some are hidden"]);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_fails_says_why_and_has_no_object() {
    let core = three("list-refused").await;
    toy::Service::named("list-refused").feel(Mood::Refuses);
    let [event] = &listed(&core, true, 0).await[..] else { panic!("one event") };
    assert_eq!(event.identity, None);
    assert!(event.diagnostics.has_errors());
    let told = core.validate_list(&json!({ "prefix": "" })).await;
    assert_eq!(summaries(&told), ["error prefix: Prefix is empty"]);
}
