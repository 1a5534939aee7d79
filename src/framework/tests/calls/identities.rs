//! The identity of an object, through its life.

use framework::{DynamicValue, Type};
use serde_json::{Value as Json, json};
use testing::toy::{self, Mood};
use testing::{encode, unknown};

use crate::summaries;

pub(crate) fn identity(name: &Json) -> DynamicValue {
    encode(&json!({ "name": name }), &Type::object([("name", Type::String)]))
}

fn a() -> DynamicValue {
    identity(&json!("a"))
}

#[tokio::test(start_paused = true)]
async fn a_plan_knows_it_once_its_keys_are_known() {
    let (mut core, _) = toy::start("identity-plan").await;
    assert_eq!(core.plan(&json!({ "name": unknown() })).await.identity, None);
    assert_eq!(core.plan(&json!({ "name": "a" })).await.identity, Some(a()));
    core.run(&json!({ "name": "a" })).await;
    assert_eq!(core.plan(&json!({ "name": "a", "note": "n" })).await.identity, Some(a()));
    let replaced = core.plan(&json!({ "name": "b" })).await.identity;
    assert_eq!(replaced, Some(identity(&json!("b"))));
}

#[tokio::test(start_paused = true)]
async fn it_is_stored_with_the_state_even_with_an_error() {
    let (core, service) = toy::start("identity-apply").await;
    let config = json!({ "name": "a" });
    let mut made = core.beside();
    made.run(&config).await;
    assert_eq!(made.identity, Some(a()));
    service.feel(Mood::Fails);
    let mut failed = core.beside();
    assert_eq!(summaries(&failed.apply(&config).await), ["error : Work failed"]);
    assert_eq!(failed.identity, Some(a()));
    service.feel(Mood::Refuses);
    let mut refused = core.beside();
    assert_eq!(summaries(&refused.apply(&config).await), ["error name: Put refused"]);
    assert_eq!((refused.state(), refused.identity), (Json::Null, None));
}

#[tokio::test(start_paused = true)]
async fn it_goes_with_the_object_and_comes_to_a_state_without_one() {
    let (mut core, service) = toy::start("identity-read").await;
    core.run(&json!({ "name": "a" })).await;
    core.identity = None;
    core.read().await;
    assert_eq!(core.identity, Some(a()));
    service.delete("a");
    core.read().await;
    assert_eq!((core.state(), core.identity), (Json::Null, None));
}

#[tokio::test(start_paused = true)]
async fn an_import_by_it_finds_the_object() {
    let (mut core, _) = toy::start("identity-import").await;
    core.run(&json!({ "name": "a", "note": "n" })).await;
    let mut core = core.beside();
    assert_eq!(core.import_by_identity(a()).await, [""; 0]);
    assert_eq!(core.identity, Some(a()));
    assert_eq!(core.state()["note"], Json::Null);
    core.read().await;
    assert_eq!(core.state()["note"], "n");
}

#[tokio::test]
async fn an_import_by_half_of_it_or_by_nonsense_says_what_is_wrong() {
    let (mut core, _) = toy::start("identity-refused").await;
    for (given, summary) in [
        (identity(&Json::Null), "error : Identity is not complete"),
        (identity(&unknown()), "error : Identity is not complete"),
        // What the type itself says of its keys.
        (identity(&json!("")), "error : Name is empty"),
        (DynamicValue { msgpack: vec![0xc1], json: Vec::new() }, "error : Identity cannot be read"),
    ] {
        assert_eq!(summaries(&core.import_by_identity(given).await), [summary]);
        assert_eq!((core.state(), &core.identity), (Json::Null, &None));
    }
}

#[tokio::test]
async fn a_stored_one_is_read_and_junk_is_refused() {
    let (mut core, _) = toy::start("identity-stored").await;
    assert_eq!(core.upgrade_identity(r#"{"name":"a"}"#).await, [""; 0]);
    assert_eq!(core.identity, Some(a()));
    assert_eq!(core.upgrade_identity(r#"{"name":"#).await.len(), 1);
    assert_eq!(core.identity, None);
}
