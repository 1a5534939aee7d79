//! The identity of an object, through its life.

use serde_json::{Value as Json, json};

use super::client::{THING, now};
use super::{Core, Mood};
use crate::calls::{
    Capabilities, apply_resource_change, import_resource_state, plan_resource_change,
    read_resource, upgrade_resource_identity,
};
use crate::value::Value;
use crate::{DynamicValue, Type};

fn shape() -> Type {
    Type::Object([("name".to_owned(), Type::String)].into())
}

fn identity(name: impl Into<Value>) -> DynamicValue {
    DynamicValue::encode_as(&Value::map([("name", name.into())]), &shape()).expect("it fits")
}

fn plan_of(
    core: &Core, config: &Json, prior_identity: Option<DynamicValue>,
) -> plan_resource_change::Request {
    let config = core.close(&core.value(config));
    plan_resource_change::Request {
        type_name: THING.to_owned(),
        prior_state: core.close(&core.state),
        proposed_new_state: config.clone(),
        config,
        prior_private: core.private.clone(),
        prior_identity,
        capabilities: Capabilities::default(),
        began: now(),
    }
}

async fn planned(core: &Core, config: &Json, stored: Option<DynamicValue>) -> Option<DynamicValue> {
    core.server.plan_resource_change(plan_of(core, config, stored)).await.planned_identity
}

async fn applied(core: &Core, config: &Json) -> apply_resource_change::Response {
    let plan = core.server.plan_resource_change(plan_of(core, config, None)).await;
    let request = apply_resource_change::Request {
        type_name: THING.to_owned(),
        prior_state: core.close(&core.state),
        planned_state: plan.planned_state,
        config: core.close(&core.value(config)),
        planned_private: plan.planned_private,
        planned_identity: plan.planned_identity,
        began: now(),
    };
    core.server.apply_resource_change(request).await
}

async fn read(core: &Core, current_identity: Option<DynamicValue>) -> read_resource::Response {
    let request = read_resource::Request {
        type_name: THING.to_owned(),
        current_state: core.close(&core.state),
        private: Vec::new(),
        current_identity,
        capabilities: Capabilities::default(),
        began: now(),
    };
    core.server.read_resource(request).await
}

async fn import(core: &Core, identity: DynamicValue) -> import_resource_state::Response {
    let request = import_resource_state::Request {
        type_name: THING.to_owned(),
        identity: Some(identity),
        ..Default::default()
    };
    core.server.import_resource_state(request).await
}

#[tokio::test(start_paused = true)]
async fn a_plan_knows_it_once_its_keys_are_known() {
    let mut core = Core::of("identity-plan").await;
    let open = json!({ "name": { "$": "unknown" } });
    assert_eq!(planned(&core, &open, None).await, None);
    assert_eq!(planned(&core, &json!({ "name": "a" }), None).await, Some(identity("a")));
    core.run(&json!({ "name": "a" })).await;
    let changed = json!({ "name": "a", "note": "n" });
    assert_eq!(planned(&core, &changed, Some(identity("a"))).await, Some(identity("a")));
    let replaced = planned(&core, &json!({ "name": "b" }), Some(identity("a"))).await;
    assert_eq!(replaced, Some(identity("b")));
}

#[tokio::test(start_paused = true)]
async fn it_is_stored_with_the_state_even_with_an_error() {
    let core = Core::of("identity-apply").await;
    let config = json!({ "name": "a" });
    assert_eq!(applied(&core, &config).await.new_identity, Some(identity("a")));
    core.service.feel(Mood::Fails);
    let response = applied(&core, &config).await;
    assert!(response.diagnostics.has_errors());
    assert_eq!(response.new_identity, Some(identity("a")));
    core.service.feel(Mood::Refuses);
    let response = applied(&core, &config).await;
    assert_eq!((response.new_state.is_null(), response.new_identity), (true, None));
}

#[tokio::test(start_paused = true)]
async fn it_goes_with_the_object_and_comes_to_a_state_without_one() {
    let mut core = Core::of("identity-read").await;
    core.run(&json!({ "name": "a" })).await;
    assert_eq!(read(&core, None).await.new_identity, Some(identity("a")));
    core.service.delete("a");
    let gone = read(&core, Some(identity("a"))).await;
    assert_eq!((gone.new_state.is_null(), gone.new_identity), (true, None));
}

#[tokio::test(start_paused = true)]
async fn an_import_by_it_finds_the_object() {
    let mut core = Core::of("identity-import").await;
    core.run(&json!({ "name": "a", "note": "n" })).await;
    let response = import(&core, identity("a")).await;
    assert!(response.diagnostics.is_empty(), "{:?}", response.diagnostics);
    let [imported] = &response.imported_resources[..] else { panic!("one object is imported") };
    assert_eq!(imported.identity, Some(identity("a")));
    core.state = core.open(&imported.state);
    assert_eq!(core.state.get("note"), Some(&Value::Null));
    core.private.clone_from(&imported.private);
    core.read().await;
    assert_eq!(core.state.get("note"), Some(&Value::from("n")));
}

#[tokio::test]
async fn an_import_by_half_of_it_or_by_nonsense_says_what_is_wrong() {
    let core = Core::of("identity-refused").await;
    for (given, summary) in [
        (identity(Value::Null), "Identity is not complete"),
        (identity(Value::UNKNOWN), "Identity is not complete"),
        // What the type itself says of its keys.
        (identity(""), "Name is empty"),
        (DynamicValue { msgpack: vec![0xc1], json: Vec::new() }, "Identity cannot be read"),
    ] {
        let response = import(&core, given).await;
        let found: Vec<_> = response.diagnostics.iter().map(|it| it.summary.as_str()).collect();
        assert_eq!(found, [summary]);
        assert!(response.imported_resources.is_empty());
    }
}

#[tokio::test]
async fn a_stored_one_is_read_and_junk_is_refused() {
    let core = Core::of("identity-stored").await;
    let stored = |raw: &[u8]| upgrade_resource_identity::Request {
        type_name: THING.to_owned(),
        version: 0,
        raw_identity: raw.to_vec(),
    };
    let response = core.server.upgrade_resource_identity(stored(b"{\"name\":\"a\"}")).await;
    assert_eq!(response.upgraded_identity, Some(identity("a")));
    let response = core.server.upgrade_resource_identity(stored(b"{\"name\":")).await;
    assert_eq!(response.upgraded_identity, None);
    assert!(response.diagnostics.has_errors());
}
