//! A list of things, and what it answers.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::client::{THING, now};
use super::thing::{Thing, ThingType};
use super::{Core, Mood, Toy};
use crate::calls::list_resource::{Event, Request};
use crate::calls::validate_list_resource_config;
use crate::value::Value;
use crate::{
    Attr, Diagnostic, Diagnostics, DynamicValue, Failure, List, Listed, Schema, Type, text,
};

/// Things whose names begin alike.
pub(crate) struct Things;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Config {
    prefix: Attr<String>,
}

impl List for Things {
    type Resource = ThingType;
    type Config = Config;

    fn schema() -> Schema {
        Schema::new("Lists things.").with([text("prefix").required().help("How names begin.")])
    }

    fn validate(config: &Config, found: &mut Diagnostics) {
        if config.prefix.known().is_some_and(String::is_empty) {
            found.push(Diagnostic::error("Prefix is empty").at("prefix"));
        }
    }

    async fn list(
        context: &mut crate::Context<'_, Toy>, config: Config,
    ) -> Result<Vec<Listed<Thing>>, Failure> {
        let prefix = config.prefix.require()?.as_str();
        if context.provider.service.mood() == Mood::Refuses {
            return Err(Diagnostic::error("List refused").into());
        }
        context.diagnostics.push(Diagnostic::warning("Some are hidden"));
        let names = context.provider.service.names().into_iter();
        let listed = names
            .filter(|name| name.starts_with(prefix))
            .map(|name| Listed { display_name: format!("thing {name}"), keys: Thing::named(name) });
        Ok(listed.collect())
    }
}

fn config(core: &Core, prefix: &str) -> DynamicValue {
    let schema = &core.server.schemas().lists[THING];
    DynamicValue::encode(&Value::map([("prefix", prefix.into())]), schema).expect("it fits")
}

async fn listed(core: &Core, include_resource_object: bool, limit: i64) -> Vec<Event> {
    beginning_with(core, "a", include_resource_object, limit).await
}

async fn beginning_with(
    core: &Core, prefix: &str, include_resource_object: bool, limit: i64,
) -> Vec<Event> {
    let request = Request {
        type_name: THING.to_owned(),
        config: config(core, prefix),
        include_resource_object,
        limit,
        began: now(),
    };
    core.server.list_resource(request).await
}

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.display_name.as_str()).collect()
}

async fn three(service: &str) -> Core {
    let mut core = Core::of(service).await;
    for name in ["a1", "a2", "b"] {
        core.state = Value::Null;
        core.run(&json!({ "name": name, "note": "n" })).await;
    }
    core
}

#[tokio::test(start_paused = true)]
async fn objects_have_an_identity_and_a_name_and_are_whole_on_request() {
    let core = three("list").await;
    let events = listed(&core, false, 0).await;
    assert_eq!(names(&events), ["thing a1", "thing a2"]);
    let shape = Type::Object([("name".to_owned(), Type::String)].into());
    let identity =
        DynamicValue::encode_as(&Value::map([("name", "a2".into())]), &shape).expect("it fits");
    assert_eq!(events[1].identity, Some(identity));
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
    let [event] = &beginning_with(&core, "z", false, 0).await[..] else { panic!("one event") };
    assert_eq!((&event.identity, event.display_name.as_str()), (&None, ""));
    let told: Vec<_> = event.diagnostics.iter().map(|it| (it.is_error(), &*it.summary)).collect();
    assert_eq!(told, [(false, "Some are hidden")]);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_fails_says_why_and_has_no_object() {
    let core = three("list-refused").await;
    core.service.feel(Mood::Refuses);
    let [event] = &listed(&core, true, 0).await[..] else { panic!("one event") };
    assert_eq!(event.identity, None);
    assert!(event.diagnostics.has_errors());
    let request = validate_list_resource_config::Request {
        type_name: THING.to_owned(),
        config: config(&core, ""),
    };
    let found = core.server.validate_list_resource_config(request).await.diagnostics;
    let found: Vec<_> = found.iter().map(|it| it.summary.as_str()).collect();
    assert_eq!(found, ["Prefix is empty"]);
}
