//! The calls around a plan and an apply: validation, upgrades, imports, data sources, the provider.

use serde_json::{Value as Json, json};

use super::client::{THING, now};
use super::{Core, Mood, Toy, value_from_json};
use crate::calls::{
    Capabilities, configure_provider, import_resource_state, move_resource_state, read_data_source,
    read_resource, upgrade_resource_state, validate_data_resource_config, validate_provider_config,
    validate_resource_config,
};
use crate::value::{Number, Value};
use crate::{Diagnostics, DynamicValue, Path, Server};

fn summaries(found: &Diagnostics) -> Vec<(String, String, bool)> {
    let at = |path: &Option<Path>| path.as_ref().map(Path::to_string).unwrap_or_default();
    found.iter().map(|it| (it.summary.clone(), at(&it.path), it.is_error())).collect()
}

fn error(summary: &str, at: &str) -> (String, String, bool) {
    (summary.to_owned(), at.to_owned(), true)
}

async fn validated(config: &Json, write_only: bool) -> Vec<(String, String, bool)> {
    summaries(&Core::of("validate").await.validate(config, write_only).await)
}

#[tokio::test]
async fn validation_refuses_what_cannot_be_and_nothing_unknown() {
    let unknown = json!({ "$": "unknown" });
    let all = json!({
        "name": unknown, "namespace": unknown, "note": unknown, "mode": unknown,
        "secret_wo": unknown, "secret_wo_version": unknown, "force": unknown, "types": unknown,
        "labels": unknown, "relay": unknown, "identity": { "kind": unknown }, "rule": unknown,
        "timeouts": { "create": unknown },
    });
    assert_eq!(validated(&all, true).await, []);
    let inside = json!({
        "name": "a", "types": { "s": { "requests": { "cpu": unknown } }, "b": unknown },
        "rule": [{ "key": unknown }], "labels": { "l": null },
    });
    assert_eq!(validated(&inside, true).await, []);
    let found = validated(&json!({ "name": "", "types": { "s": null } }), true).await;
    assert_eq!(found, [error("Element is null", ".types[\"s\"]"), error("Name is empty", ".name")]);
}

#[tokio::test]
async fn a_timeout_that_is_none_is_refused_on_its_attribute() {
    for text in ["soon", "-1m", "0s", ""] {
        let config = json!({ "name": "a", "timeouts": { "create": "1h30m", "delete": text } });
        let expected = [error("Invalid timeout", ".timeouts.delete")];
        assert_eq!(validated(&config, true).await, expected, "{text:?}");
    }
}

#[tokio::test]
async fn a_client_that_would_store_a_secret_is_refused_only_if_there_is_one() {
    assert_eq!(validated(&json!({ "name": "a" }), false).await, []);
    let config = json!({ "name": "a", "secret_wo": "s", "relay": { "mode": "m", "key_wo": "k" } });
    let summary = "Write-only attributes need a newer Terraform";
    let expected = [error(summary, ".secret_wo"), error(summary, ".relay.key_wo")];
    assert_eq!(validated(&config, false).await, expected);
    assert_eq!(validated(&config, true).await, []);
}

async fn upgraded(version: i64, state: &str) -> (Core, upgrade_resource_state::Response) {
    let core = Core::of("upgrade").await;
    let request = upgrade_resource_state::Request {
        type_name: THING.to_owned(),
        version,
        raw_state: state.as_bytes().to_vec(),
    };
    let response = core.server.upgrade_resource_state(request).await;
    (core, response)
}

#[tokio::test]
async fn stored_state_comes_into_todays_shape() {
    let stored = r#"{ "name": "a", "secret_wo_version": 9007199254740993, "gone": [1] }"#;
    let (core, response) = upgraded(1, stored).await;
    assert!(response.diagnostics.is_empty() && response.upgraded_state.json.is_empty());
    let state = core.open(&response.upgraded_state);
    let number = state.get("secret_wo_version").and_then(Value::as_number);
    assert_eq!(number.and_then(Number::as_i64), Some(9_007_199_254_740_993));
    assert_eq!(state.get("note"), Some(&Value::Null));
    let (core, response) = upgraded(0, r#"{ "title": "a", "rule": [] }"#).await;
    let state = core.open(&response.upgraded_state);
    assert_eq!(state.get("name"), Some(&Value::from("a")));
    for (broken, at) in
        [("", ""), ("[]", ""), ("{\"name\": 1", ""), ("{\"types\": \"x\"}", ".types")]
    {
        let (_, response) = upgraded(1, broken).await;
        let expected = [error("Stored state cannot be read", at)];
        assert_eq!(summaries(&response.diagnostics), expected, "{broken}");
        assert_eq!(response.upgraded_state, DynamicValue::default());
    }
}

/// Whoever edits a state is told where, and not that the provider has a bug.
#[tokio::test]
async fn a_state_that_was_edited_by_hand_is_named_with_its_attribute() {
    for (state, at) in [
        ("{}", ".name"),
        (r#"{ "name": null }"#, ".name"),
        (r#"{ "name": ["a"] }"#, ".name"),
        (r#"{ "name": "a", "rule": [{ "key": "k" }, { "key": null }] }"#, ".rule[1].key"),
        (r#"{ "name": "a", "secret_wo_version": "many" }"#, ".secret_wo_version"),
    ] {
        let (_, response) = upgraded(1, state).await;
        assert_eq!(
            summaries(&response.diagnostics),
            [error("Stored state cannot be read", at)],
            "{state}"
        );
        let detail = &response.diagnostics.iter().next().expect("an error").detail;
        assert!(detail.contains(&format!("`{}`", &at[1..])), "{detail}");
        assert!(detail.contains("edited by hand") && !detail.contains("bug"), "{detail}");
    }
}

async fn count(core: &Core, name: &Json) -> (Value, Diagnostics) {
    let schema = &core.server.schemas().data_sources["toy_count"];
    let config =
        DynamicValue::encode(&value_from_json(&json!({ "name": name }), schema.shape()), schema);
    let config = config.expect("the configuration fits");
    let type_name = "toy_count".to_owned();
    let request = validate_data_resource_config::Request {
        type_name: type_name.clone(),
        config: config.clone(),
    };
    assert!(core.server.validate_data_resource_config(request).await.diagnostics.is_empty());
    let capabilities = Capabilities::default();
    let request = read_data_source::Request { type_name, config, capabilities, began: now() };
    let response = core.server.read_data_source(request).await;
    (response.state.decode(schema).expect("the state fits"), response.diagnostics)
}

#[tokio::test(start_paused = true)]
async fn a_data_source_answers_what_it_is_asked() {
    let mut core = Core::of("count").await;
    core.run(&json!({ "name": "a", "types": { "s": {}, "b": {} } })).await;
    let (state, found) = count(&core, &json!("a")).await;
    assert!(found.is_empty());
    assert_eq!(state.get("types"), Some(&Value::from(2)));
    let (state, found) = count(&core, &json!("other")).await;
    assert_eq!(summaries(&found), [error("Thing is gone", ".name")]);
    assert_eq!(state, Value::Null);
}

async fn configured(server: &Server, service: &Json) -> Diagnostics {
    let schema = &server.schemas().provider;
    let config = DynamicValue::encode(
        &value_from_json(&json!({ "service": service }), schema.shape()),
        schema,
    );
    let config = config.expect("the block fits");
    let request = validate_provider_config::Request { config: config.clone() };
    assert!(server.validate_provider_config(request).await.diagnostics.is_empty());
    let terraform_version = "1.11.4".to_owned();
    let capabilities = Capabilities::default();
    let request = configure_provider::Request { terraform_version, config, capabilities };
    server.configure_provider(request).await.diagnostics
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_not_known_yet_plans_and_says_what_it_cannot_do() {
    let mut core = Core::of("later").await;
    let config = json!({ "name": "a", "note": "n" });
    core.run(&config).await;
    core.private = b"{\"kept\":1}".to_vec();
    assert!(configured(&core.server, &json!({ "$": "unknown" })).await.is_empty());
    let before = core.state.clone();
    let found = core.read().await;
    let text = found.iter().next().expect("a warning").detail.clone();
    assert!(!found.has_errors() && text.contains("`service`"), "{text}");
    assert_eq!((&core.state, core.private.as_slice()), (&before, &b"{\"kept\":1}"[..]));
    assert_eq!(core.shows(&config).await, [""; 0]);
    let refused = [error("Provider is not configured", "")];
    assert_eq!(summaries(&core.import("/things/a").await), refused);
    assert_eq!(summaries(&count(&core, &json!("a")).await.1), refused);
    let plan = core.plan(&json!({ "name": "a", "note": "o" })).await;
    assert_eq!(summaries(&core.apply(plan).await), refused);
    assert_eq!(core.state, before);
    assert_eq!(
        summaries(&configured(&core.server, &json!("closed")).await),
        [error("Service is closed", ".service")]
    );
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_the_next_call_works() {
    let mut core = Core::of("stopped").await;
    core.server.stop();
    core.server.stop();
    assert!(core.run(&json!({ "name": "a" })).await.is_empty());
    core.service.feel(Mood::Hangs);
    let plan = core.plan(&json!({ "name": "a", "note": "n" })).await;
    let server = core.server.clone();
    let (found, ()) = tokio::join!(core.apply(plan), async { server.stop() });
    // In an update an interruption is an error: that taints nothing.
    assert_eq!(summaries(&found), [error("Interrupted", "")]);
    core.service.feel(Mood::Fine);
    assert!(core.run(&json!({ "name": "a", "note": "n" })).await.is_empty());
}

#[tokio::test]
async fn what_is_not_known_or_not_possible_is_an_error() {
    let server = Server::new::<Toy>();
    let type_name = "toy_other".to_owned();
    let request =
        validate_resource_config::Request { type_name: type_name.clone(), ..Default::default() };
    let unknown = [error("Type is not known", "")];
    assert_eq!(summaries(&server.validate_resource_config(request).await.diagnostics), unknown);
    let request = import_resource_state::Request { type_name, ..Default::default() };
    assert_eq!(summaries(&server.import_resource_state(request).await.diagnostics), unknown);
    let response = server.move_resource_state(move_resource_state::Request::default()).await;
    assert_eq!(summaries(&response.diagnostics), unknown);
}

#[tokio::test]
async fn bytes_that_are_no_value_are_an_error_and_lose_nothing() {
    let core = Core::of("junk").await;
    let junk = DynamicValue { msgpack: vec![0xc1, 0xff], json: Vec::new() };
    let request = read_resource::Request {
        type_name: THING.to_owned(),
        current_state: junk.clone(),
        private: b"junk".to_vec(),
        current_identity: Some(junk.clone()),
        capabilities: Capabilities::default(),
        began: now(),
    };
    let response = core.server.read_resource(request).await;
    assert_eq!(summaries(&response.diagnostics), [error("Value does not fit its schema", "")]);
    assert_eq!((response.new_state, response.private), (junk.clone(), b"junk".to_vec()));
    assert_eq!(response.new_identity, Some(junk));
}
