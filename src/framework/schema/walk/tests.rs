//! The walk on one schema of every kind of node.

use serde_json::{Value as Json, json};

use super::*;
use crate::schema::{Schema, block, blocks, object, object_map, objects, text, text_map};
use crate::value::tests::value_from_json;

fn schema() -> Schema {
    Schema::new("One node of each kind.")
        .with([
            text("leaf"),
            text_map("leaves"),
            object("one", [text("a"), object_map("inner", [text("b")])]),
            objects("list", [text("a")]),
            object_map("map", [text("a")]),
        ])
        .with_blocks([
            block("block", [text("a")]),
            blocks("blocks", [text("a")]).with_blocks([block("inner", [text("b")])]),
        ])
}

fn values<const N: usize>(schema: &Schema, jsons: [&Json; N]) -> [Value; N] {
    jsons.map(|json| value_from_json(json, schema.shape()))
}

/// Walks all and writes each place down: its path and, for members, what the values have there
/// (`-`: no such place).
fn places<const N: usize>(object: &Object<'_, N>, pairing: Pairing, found: &mut Vec<String>) {
    for member in object.members() {
        let is_leaf = member.node.nested().is_none();
        let show = |value: Option<&Value>| match value {
            None => "-".to_owned(),
            Some(Value::Null) => "null".to_owned(),
            Some(Value::Unknown(_)) => "?".to_owned(),
            Some(value) => value.as_str().unwrap_or("…").to_owned(),
        };
        if is_leaf && member.values.iter().any(|it| it.is_some_and(|it| !it.is_null())) {
            let shown = member.values.map(show).join(" ");
            found.push(format!("{} {shown}", member.path()));
        }
        for object in member.objects(pairing) {
            if object.is_element() {
                let shown = object.values.map(show).join(" ");
                found.push(format!("{} {shown}", object.path()));
            }
            places(&object, pairing, found);
        }
    }
}

fn check(name: &str, pairing: Pairing, jsons: [&Json; 2], expected: &[&str]) {
    let schema = schema();
    let [one, other] = &values(&schema, jsons);
    let mut found = Vec::new();
    places(&Object::root(schema.body(), [Some(one), Some(other)]), pairing, &mut found);
    assert_eq!(found, expected, "{name}");
}

#[test]
fn values_stand_side_by_side_at_their_paths() {
    let unknown = json!({ "$": "unknown" });
    let table: &[(&str, Json, Json, &[&str])] = &[
        ("leaves", json!({ "leaf": "x" }), json!({ "leaf": unknown }), &[".leaf x ?"]),
        (
            "a map of texts is a leaf",
            json!({ "leaves": { "k": "x" } }),
            json!({}),
            &[".leaves … null"],
        ),
        (
            "an object alone",
            json!({ "one": { "a": "x" } }),
            json!({ "one": { "a": "y" } }),
            &[".one.a x y"],
        ),
        (
            "an object that the other lacks",
            json!({ "one": { "a": "x" } }),
            json!({}),
            &[".one.a x -"],
        ),
        (
            "an object in an object",
            json!({ "one": { "inner": { "k": { "b": "x" } } } }),
            json!({ "one": { "inner": { "k": { "b": "y" } } } }),
            &[".one.inner[\"k\"] … …", ".one.inner[\"k\"].b x y"],
        ),
        ("a block", json!({ "block": { "a": "x" } }), json!({}), &[".block.a x -"]),
        (
            "a block in a block",
            json!({ "blocks": [{ "inner": { "b": "x" } }] }),
            json!({ "blocks": [{ "inner": { "b": "y" } }] }),
            &[".blocks[0] … …", ".blocks[0].inner.b x y"],
        ),
        ("nothing in what is unknown", json!({ "map": unknown, "list": unknown }), json!({}), &[]),
    ];
    for (name, one, other, expected) in table {
        check(name, Pairing::Of(0), [one, other], expected);
    }
}

#[test]
fn elements_are_paired_by_index_and_by_key() {
    let unknown = json!({ "$": "unknown" });
    let long =
        json!({ "list": [{ "a": "x" }, { "a": "y" }], "map": { "k": { "a": "x" }, "l": null } });
    let short = json!({ "list": [{ "a": "z" }], "map": { "k": { "a": "z" }, "m": unknown } });
    let both = [".list[0] … …", ".list[0].a x z", ".map[\"k\"] … …", ".map[\"k\"].a x z"];
    let [first, first_a, k, k_a] = both;
    check("common", Pairing::Common, [&long, &short], &both);
    let led_by_long =
        [first, first_a, ".list[1] … -", ".list[1].a y -", k, k_a, ".map[\"l\"] null -"];
    check("of the long one", Pairing::Of(0), [&long, &short], &led_by_long);
    check(
        "of the short one",
        Pairing::Of(1),
        [&long, &short],
        &[first, first_a, k, k_a, ".map[\"m\"] - ?"],
    );
    check("common with none", Pairing::Common, [&long, &json!({})], &[]);
    check("of an unknown one", Pairing::Of(1), [&long, &json!({ "list": unknown })], &[]);
}

#[test]
fn same_elements_are_as_many_or_of_the_same_keys() {
    let same = |one: Json, other: Json| {
        let schema = schema();
        let [one, other] = &values(&schema, [&one, &other]);
        let object = Object::root(schema.body(), [Some(one), Some(other)]);
        let differ = object.members().filter(|it| !it.has_same_elements(0, 1));
        differ.map(|it| it.node.name()).filter(|name| !name.starts_with("lea")).collect::<Vec<_>>()
    };
    let none = || json!({ "list": [], "map": {}, "blocks": [] });
    let nothing: Vec<&str> = Vec::new();
    assert_eq!(same(none(), none()), nothing);
    assert_eq!(same(json!({}), none()), ["list", "map", "blocks"]);
    let one = json!({ "list": [null], "map": { "k": null }, "blocks": [{}], "one": {} });
    assert_eq!(same(one.clone(), none()), ["list", "map", "blocks"]);
    assert_eq!(same(one.clone(), one.clone()), nothing);
    let renamed = json!({ "list": [{}], "map": { "l": null }, "blocks": [{}] });
    assert_eq!(same(one, renamed), ["map"]);
}

/// A copy of `value` with `!` behind every text and without elements whose key is `drop`.
fn marked(value: &Json) -> Value {
    fn object(of: &Object<'_, 1>) -> Option<Value> {
        let [value] = of.or_null();
        let is_object = matches!(value, Value::Map(_));
        let rebuilt = || if is_object { of.rebuild(member) } else { value.clone() };
        (of.key() != Some("drop")).then(rebuilt)
    }
    fn member(of: &Member<'_, 1>) -> Value {
        let [value] = of.or_null();
        match value.as_str() {
            Some(text) => Value::String(format!("{text}!")),
            None => of.rebuild_objects(0, object),
        }
    }
    let schema = schema();
    let [value] = &values(&schema, [value]);
    Object::root(schema.body(), [Some(value)]).rebuild(member)
}

#[test]
fn a_rebuilt_value_is_arranged_as_it_was() {
    let unknown = json!({ "$": "unknown" });
    for (value, expected) in [
        (
            json!({ "leaf": "x", "leaves": { "k": "x" } }),
            json!({ "leaf": "x!", "leaves": { "k": "x" } }),
        ),
        (json!({ "one": { "a": "x" } }), json!({ "one": { "a": "x!" } })),
        (json!({ "list": [{ "a": "x" }, null] }), json!({ "list": [{ "a": "x!" }, null] })),
        (json!({ "list": [], "map": unknown }), json!({ "list": [], "map": unknown })),
        (
            json!({ "map": { "k": { "a": "x" }, "drop": {} } }),
            json!({ "map": { "k": { "a": "x!" } } }),
        ),
        (
            json!({ "blocks": [{ "inner": { "b": "x" } }] }),
            json!({ "blocks": [{ "inner": { "b": "x!" } }] }),
        ),
    ] {
        let [expected] = values(&schema(), [&expected]);
        assert_eq!(marked(&value), expected, "{value}");
    }
}

#[test]
fn a_value_is_changed_in_place_beside_the_others() {
    fn copy(object: &Object<'_, 1>, target: &mut Value) {
        object.members_mut(target, |member, target| match member.node.nested() {
            None if member.values[0].is_some() => target.clone_from(member.or_null()[0]),
            None => *target = Value::UNKNOWN,
            Some(_) => member.objects_mut(target, copy),
        });
    }
    let schema = schema();
    let source = json!({ "leaf": "x", "list": [{ "a": "x" }], "one": { "a": "x" } });
    let target = json!({ "list": [{ "a": "y" }, { "a": "z" }], "map": { "k": {} }, "one": {} });
    let unknown = json!({ "$": "unknown" });
    let expected = json!({
        "leaf": "x", "list": [{ "a": "x" }, { "a": unknown }], "map": { "k": { "a": unknown } },
        "one": { "a": "x" },
    });
    let [source, mut target, expected] = values(&schema, [&source, &target, &expected]);
    copy(&Object::root(schema.body(), [Some(&source)]), &mut target);
    assert_eq!(target, expected);
}
