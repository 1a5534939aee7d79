//! The calls around a plan and an apply: validation, upgrades, imports, data sources, the provider.

use std::time::{Duration, Instant};

use framework::calls::{
    Capabilities, import_resource_state, move_resource_state, read_resource,
    validate_resource_config,
};
use framework::{DynamicValue, Server};
use serde_json::{Value as Json, json};
use testing::toy::{self, Mood, Toy};
use testing::{configure_provider, describe, read_data_source, unknown, validate_data_source};

use crate::summaries;

#[tokio::test]
async fn validation_refuses_what_cannot_be_and_nothing_unknown() {
    let (core, _) = toy::start("validate").await;
    let all = json!({
        "name": unknown(), "namespace": unknown(), "note": unknown(), "mode": unknown(),
        "secret_wo": unknown(), "secret_wo_version": unknown(), "force": unknown(),
        "types": unknown(), "labels": unknown(), "relay": unknown(),
        "identity": { "kind": unknown() }, "rule": unknown(), "timeouts": { "create": unknown() },
    });
    assert_eq!(core.validate(&all).await, [""; 0]);
    let inside = json!({
        "name": "a", "types": { "s": { "requests": { "cpu": unknown() } }, "b": unknown() },
        "rule": [{ "key": unknown() }], "labels": { "l": null },
    });
    assert_eq!(core.validate(&inside).await, [""; 0]);
    let told = core.validate(&json!({ "name": "", "types": { "s": null } })).await;
    assert_eq!(
        summaries(&told),
        ["error types[\"s\"]: Element is null", "error name: Name is empty"]
    );
}

#[tokio::test]
async fn a_timeout_that_is_none_is_refused_on_its_attribute() {
    let (core, _) = toy::start("validate").await;
    for text in ["soon", "-1m", "0s", ""] {
        let config = json!({ "name": "a", "timeouts": { "create": "1h30m", "delete": text } });
        let told = core.validate(&config).await;
        assert_eq!(summaries(&told), ["error timeouts.delete: Invalid timeout"], "{text:?}");
    }
}

#[tokio::test]
async fn a_client_that_would_store_a_secret_is_refused_only_if_there_is_one() {
    let (mut core, _) = toy::start("validate").await;
    let config = json!({ "name": "a", "secret_wo": "s", "relay": { "mode": "m", "key_wo": "k" } });
    assert_eq!(core.validate(&config).await, [""; 0]);
    core.capabilities.write_only_attributes_allowed = false;
    assert_eq!(core.validate(&json!({ "name": "a" })).await, [""; 0]);
    let expected = ["secret_wo", "relay.key_wo"]
        .map(|at| format!("error {at}: Write-only attributes need a newer Terraform"));
    assert_eq!(summaries(&core.validate(&config).await), expected);
}

#[tokio::test]
async fn stored_state_comes_into_todays_shape() {
    let (mut core, _) = toy::start("upgrade").await;
    let stored = r#"{ "name": "a", "secret_wo_version": 9007199254740993, "gone": [1] }"#;
    assert_eq!(core.upgrade(1, stored).await, [""; 0]);
    assert_eq!(core.state()["secret_wo_version"], json!(9_007_199_254_740_993_i64));
    assert_eq!(core.state()["note"], Json::Null);
    assert_eq!(core.upgrade(0, r#"{ "title": "a", "rule": [] }"#).await, [""; 0]);
    assert_eq!(core.state()["name"], "a");
    for (broken, at) in
        [("", ""), ("[]", ""), ("{\"name\": 1", ""), ("{\"types\": \"x\"}", "types")]
    {
        let expected = format!("error {at}: Stored state cannot be read");
        assert_eq!(summaries(&core.upgrade(1, broken).await), [expected], "{broken}");
        assert_eq!(core.state(), Json::Null);
    }
}

/// Whoever edits a state is told where, and not that the provider has a bug.
#[tokio::test]
async fn a_state_that_was_edited_by_hand_is_named_with_its_attribute() {
    let (mut core, _) = toy::start("upgrade").await;
    for (state, at) in [
        ("{}", "name"),
        (r#"{ "name": null }"#, "name"),
        (r#"{ "name": ["a"] }"#, "name"),
        (r#"{ "name": "a", "rule": [{ "key": "k" }, { "key": null }] }"#, "rule[1].key"),
        (r#"{ "name": "a", "secret_wo_version": "many" }"#, "secret_wo_version"),
    ] {
        let told = core.upgrade(1, state).await;
        let expected = format!("error {at}: Stored state cannot be read");
        assert_eq!(summaries(&told), [expected], "{state}");
        assert!(told[0].contains(&format!("`{at}`")), "{told:#?}");
        assert!(told[0].contains("edited by hand") && !told[0].contains("bug"), "{told:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_data_source_answers_what_it_is_asked() {
    let (mut core, _) = toy::start("count").await;
    core.run(&json!({ "name": "a", "types": { "s": {}, "b": {} } })).await;
    let config = json!({ "name": "a" });
    assert_eq!(validate_data_source(&core.server, "count", &config).await, [""; 0]);
    let state = read_data_source(&core.server, "count", &config).await.expect("it is there");
    assert_eq!(state["types"], 2);
    let told = read_data_source(&core.server, "count", &json!({ "name": "other" })).await;
    assert_eq!(summaries(&told.expect_err("it is gone")), ["error name: Thing is gone"]);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_a_data_source_finds_empty_is_empty_and_not_null() {
    let (mut core, _) = toy::start("empty").await;
    for (types, expected) in [(json!({}), json!([])), (json!({ "s": {} }), json!(["s"]))] {
        core.run(&json!({ "name": "a", "types": types })).await;
        let state = read_data_source(&core.server, "count", &json!({ "name": "a" })).await;
        assert_eq!(state.expect("it is there")["type_names"], expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_not_known_yet_plans_and_says_what_it_cannot_do() {
    let (mut core, _) = toy::start("later").await;
    let config = json!({ "name": "a", "note": "n" });
    core.run(&config).await;
    core.private = b"{\"kept\":1}".to_vec();
    let later = json!({ "service": unknown() });
    assert_eq!(configure_provider(&core.server, "1.11.4", &later).await, [""; 0]);
    let before = core.state();
    let told = core.read().await;
    assert!(told[0].starts_with("warning ") && told[0].contains("`service`"), "{told:#?}");
    assert_eq!((core.state(), core.private.as_slice()), (before.clone(), &b"{\"kept\":1}"[..]));
    assert_eq!(core.changes(&config).await, [""; 0]);
    let refused = ["error : Provider is not configured"];
    assert_eq!(summaries(&core.import("/things/a").await), refused);
    let told = read_data_source(&core.server, "count", &json!({ "name": "a" })).await;
    assert_eq!(summaries(&told.expect_err("it is refused")), refused);
    assert_eq!(summaries(&core.apply(&json!({ "name": "a", "note": "o" })).await), refused);
    assert_eq!(core.state(), before);
    let told = configure_provider(&core.server, "1.11.4", &json!({ "service": "closed" })).await;
    assert_eq!(summaries(&told), ["error service: Service is closed"]);
}

#[tokio::test(start_paused = true)]
async fn a_block_that_is_only_needed_later_may_be_unknown() {
    let (mut core, _) = toy::start("early").await;
    let config = json!({ "name": "a" });
    core.run(&config).await;
    let in_part = json!({ "service": "early", "extras": { "hint": unknown() } });
    let in_whole = json!({ "service": "early", "extras": unknown() });
    for late in [in_part, in_whole] {
        assert_eq!(configure_provider(&core.server, "1.11.4", &late).await, [""; 0]);
        assert_eq!(core.read().await, [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_the_next_call_works() {
    let (mut core, service) = toy::start("stopped").await;
    core.server.stop();
    core.server.stop();
    core.run(&json!({ "name": "a" })).await;
    service.feel(Mood::Hangs);
    core.stop_after(Duration::from_mins(1));
    // In an update an interruption is an error: that taints nothing.
    let told = core.apply(&json!({ "name": "a", "note": "n" })).await;
    assert_eq!(summaries(&told), ["error : Interrupted"]);
    service.feel(Mood::Fine);
    core.run(&json!({ "name": "a", "note": "n" })).await;
}

#[tokio::test]
async fn what_is_not_known_or_not_possible_is_an_error() {
    let server = Server::new::<Toy>();
    let type_name = "toy_other".to_owned();
    let request =
        validate_resource_config::Request { type_name: type_name.clone(), ..Default::default() };
    let validated = server.validate_resource_config(request).await.diagnostics;
    let request = import_resource_state::Request { type_name, ..Default::default() };
    let imported = server.import_resource_state(request).await.diagnostics;
    let request = move_resource_state::Request::default();
    let moved = server.move_resource_state(request).await.diagnostics;
    for diagnostics in [validated, imported, moved] {
        assert_eq!(summaries(&describe(&diagnostics)), ["error : Type is not known"]);
    }
}

#[tokio::test]
async fn bytes_that_are_no_value_are_an_error_and_lose_nothing() {
    let (core, _) = toy::start("junk").await;
    let junk = DynamicValue { msgpack: vec![0xc1, 0xff], json: Vec::new() };
    let request = read_resource::Request {
        type_name: "toy_thing".to_owned(),
        current_state: junk.clone(),
        private: b"junk".to_vec(),
        current_identity: Some(junk.clone()),
        capabilities: Capabilities::default(),
        began: Instant::now(),
    };
    let response = core.server.read_resource(request).await;
    let told = describe(&response.diagnostics);
    assert_eq!(summaries(&told), ["error : Value does not fit its schema"]);
    assert_eq!((response.new_state, response.private), (junk.clone(), b"junk".to_vec()));
    assert_eq!(response.new_identity, Some(junk));
}
