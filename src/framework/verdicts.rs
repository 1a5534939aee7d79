//! The verdicts of the host's own checks, on generated cases of one schema.
//!
//! `tests/fixtures/plan-vectors.json` was computed by running `AssertPlanValid` and
//! `AssertObjectCompatible` of Terraform 1.13.3 and `OpenTofu` 1.12.6, which agree on every case.

use serde_json::{Value as Json, from_str};

use crate::schema::{Body, block, blocks, number, object, object_map, text, text_map, texts};
use crate::value::Value;
use crate::value::tests::value_from_json;
use crate::{Attribute, Schema, apply, plan};

fn schema() -> Schema {
    Schema::new("The schema of the cases.")
        .with([
            text("name").required(),
            text("note").optional(),
            text("mode").optional().computed(),
            text("id").computed(),
            text("secret").optional().sensitive(),
            text("secret_wo").optional().write_only(),
            number("size").optional(),
            texts("zones").optional(),
            object_map("instance_types", instance_type()).optional(),
            object_map("effective_types", instance_type()).computed(),
            object("relay", [text("mode"), text("connection_string_wo").write_only()]).optional(),
        ])
        .with_blocks([
            block("timeouts", [text("create"), text("read")]),
            blocks("rule", [text("key").required(), text("hash").computed()]),
        ])
}

fn instance_type() -> [Attribute; 2] {
    let amounts = [text_map("requests"), text_map("limits")];
    [text_map("node_selector"), object("resources", amounts)]
}

#[test]
fn the_hosts_verdicts_are_ours() {
    let vectors: Json =
        from_str(include_str!("../../tests/fixtures/plan-vectors.json")).expect("JSON");
    let schema = schema();
    assert_eq!(names(&vectors["schema"]["attributes"]), declared(schema.body()));
    let cases = vectors["cases"].as_array().expect("a list");
    let (mut plans, mut results) = (0, 0);
    for (number, case) in cases.iter().enumerate() {
        let value = |name: &str| value_from_json(&case[name], schema.shape());
        let found = match case["check"].as_str() {
            Some("plan_valid") => {
                plans += 1;
                let prior = Some(value("prior")).filter(|prior| *prior != Value::Null);
                plan::verify_plan(&schema, prior.as_ref(), &value("config"), &value("planned"))
            }
            Some("apply_compatible") => {
                results += 1;
                apply::verify_result(&schema, &value("planned"), &value("actual"))
            }
            other => panic!("no check is called {other:?}"),
        };
        let expected = case["errors"].as_array().expect("a list");
        assert_eq!(case["valid"], expected.is_empty(), "case {number}");
        assert_eq!(found.len(), expected.len(), "case {number}: {case}\n{found:?}");
        assert!(found.iter().all(crate::Diagnostic::is_error), "case {number}");
    }
    assert_eq!((plans, results), (220, 150));
}

fn names(attributes: &Json) -> Vec<String> {
    let mut names: Vec<String> =
        attributes.as_object().into_iter().flatten().map(|(k, _)| k.clone()).collect();
    names.sort();
    names
}

fn declared(body: &Body) -> Vec<String> {
    let mut names: Vec<String> = body.attributes.iter().map(|it| it.name.to_owned()).collect();
    names.sort();
    names
}
