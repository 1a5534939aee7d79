//! What of a service's answer enters the state.

use serde_json::{Value as Json, json};

use testing::toy::Amounts;

use super::reconcile;
use crate::Schema;
use crate::schema::{block, blocks, object, object_map, text, text_map};
use crate::value::tests::value_from_json;

fn schema() -> Schema {
    let types = || [text_map("requests").optional().semantic_equality::<Amounts>()];
    let relay = [text("mode").required(), text("key_wo").optional().write_only()];
    Schema::new("An attribute of every habit.")
        .with([
            text("note").optional(),
            text("mode").optional().computed(),
            text("secret_wo").optional().write_only(),
            object_map("types", types()).optional().ignore_undeclared_keys(),
            text_map("labels").optional(),
            object("relay", relay).optional(),
            text("id").computed(),
            object_map("effective", types()).computed(),
        ])
        .with_blocks([
            block("identity", [text("kind").required()]),
            blocks("rule", [text("key").required(), text("hash").computed()]),
        ])
        .minutes(60, 5, 60, 30)
}

/// Settles `answer` with `told` (the latest first), and expects exactly that state.
fn check(told: &[&Json], answer: &Json, expected: &Json) {
    let schema = schema();
    let value = |json: &Json| {
        let mut json = json.clone();
        json["rule"] = json.get("rule").cloned().unwrap_or_else(|| json!([]));
        value_from_json(&json, schema.shape())
    };
    let told: Vec<_> = told.iter().map(|told| value(told)).collect();
    let state = reconcile(schema.body(), [told.first(), told.get(1)], &value(answer));
    assert_eq!(state, value(expected), "{told:?} {answer}");
}

fn requests(amounts: &Json) -> Json {
    json!({ "types": { "s": { "requests": amounts } } })
}

#[test]
fn each_element_keeps_its_spelling() {
    let told = requests(&json!({ "cpu": "1000m", "memory": "16Gi", "gpu": "0" }));
    check(&[&told], &requests(&json!({ "cpu": "1", "memory": "16384Mi" })), &told);
    let half = requests(&json!({ "cpu": "1000m", "memory": "8Gi", "gpu": "0" }));
    check(&[&told], &requests(&json!({ "cpu": "1", "memory": "8Gi" })), &half);
    let more = requests(&json!({ "cpu": "1000m", "memory": "16Gi", "gpu": "1" }));
    check(&[&told], &requests(&json!({ "cpu": "1", "memory": "16Gi", "gpu": "1" })), &more);
}

#[test]
fn nothing_is_nothing_however_it_is_spelt() {
    let nothing = json!({ "types": { "s": {} }, "labels": {} });
    check(&[&nothing], &requests(&json!({})), &nothing);
    let empty = json!({ "types": { "s": { "requests": {} } }, "labels": {} });
    check(&[&empty], &json!({ "types": { "s": {} } }), &empty);
    let gone = json!({ "types": {} });
    check(&[&gone], &json!({}), &gone);
}

#[test]
fn what_is_not_declared_is_not_ours() {
    let answer = json!({
        "note": "theirs", "mode": "plain", "identity": { "kind": "k" }, "relay": { "mode": "m" },
        "types": { "s": {}, "theirs": {} }, "effective": { "theirs": {} },
    });
    let ours = json!({ "mode": "plain", "effective": { "theirs": {} } });
    check(&[&json!({ "mode": { "$": "unknown" } })], &answer, &ours);
    let types = json!({ "types": { "s": {} }, "mode": "plain", "effective": { "theirs": {} } });
    check(&[&json!({ "types": { "s": {}, "gone": {} } })], &answer, &types);
    // In an update that failed, what was there before is still the user's.
    check(&[&json!({}), &json!({ "note": "n" })], &answer, &{
        let mut with_note = ours.clone();
        with_note["note"] = json!("theirs");
        with_note
    });
}

#[test]
fn with_nothing_told_everything_is_taken() {
    let answer = json!({
        "note": "n", "relay": { "mode": "m" }, "types": { "s": { "requests": { "cpu": "1" } } },
        "labels": {}, "identity": { "kind": "k" }, "rule": [{ "key": "k", "hash": "h" }],
    });
    let mut taken = answer.clone();
    taken["labels"] = Json::Null;
    check(&[], &answer, &taken);
}

#[test]
fn nothing_unknown_and_nothing_secret_is_kept() {
    let unknown = json!({ "$": "unknown" });
    let answer = json!({
        "note": unknown, "secret_wo": "s", "relay": { "mode": unknown, "key_wo": "k" },
        "types": { "s": { "requests": { "cpu": unknown } } }, "id": unknown, "effective": unknown,
        "labels": { "l": unknown },
    });
    let told = json!({ "note": "n", "relay": { "mode": "m" }, "types": { "s": {} }, "labels": {} });
    let expected = json!({
        "relay": {}, "types": { "s": { "requests": { "cpu": null } } }, "labels": { "l": null },
    });
    check(&[&told], &answer, &expected);
}

#[test]
fn the_timeouts_are_what_was_told() {
    let told = json!({ "timeouts": { "create": "1h" } });
    check(&[&told], &json!({}), &told);
    check(&[&json!({}), &told], &json!({ "timeouts": { "read": "1h" } }), &json!({}));
}
