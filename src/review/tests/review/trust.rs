//! What a reader may rely on: no plan reads better than it is, and nothing hidden shows.

use serde_json::{Value, json};

use crate::plans::{change, compute, extension, limits, of, one, plan};
use crate::support::{Document, SCHEMAS, fixture, rendered, reviewed};

/// Every fixture.
pub(crate) const PLANS: [&str; 17] = [
    "terraform-1.11.4/create",
    "terraform-1.11.4/empty",
    "terraform-1.11.4/one-quantity",
    "terraform-1.11.4/replace",
    "terraform-1.11.4/move-and-recreate",
    "tofu-1.12.6/empty",
    "tofu-1.12.6/one-quantity",
    "tofu-1.12.6/replace",
    "written/create",
    "written/update",
    "written/replace",
    "written/unclear",
    "written/errored",
    "written/nothing",
    "written/others",
    "written/older-schema",
    "written/cluster",
];

/// Every sensitive value of the fixtures holds this word.
#[test]
fn nothing_sensitive_shows() {
    let mut held = 0;
    for name in PLANS {
        let plan = fixture(name);
        held += usize::from(String::from_utf8_lossy(&plan).contains("hunter"));
        let facts = serde_json::to_string(&review::review(&plan, &SCHEMAS).unwrap()).unwrap();
        assert!(!facts.contains("hunter"), "{name}");
        assert!(!rendered(&plan).contains("hunter"), "{name}");
    }
    assert!(held >= 3, "only {held} fixtures hold a secret");
}

/// A type whose parts are all sensitive is told to change, and how is not.
#[test]
fn a_sensitive_change_is_a_change() {
    let side = |cpu: &str| json!({ "name": "c", "instance_types": { "a": limits(json!({ "cpu": cpu })) } });
    let mut secret = compute(&["update"], &side("61"), &side("47"));
    let mark = json!({ "instance_types": { "a": { "resources": true } } });
    secret["change"]["before_sensitive"] = mark.clone();
    secret["change"]["after_sensitive"] = mark;
    let document = review::markdown(&one(secret));
    let rows = Document::read(&document);
    assert_eq!(rows.rows("Instance type")[0][0], "a changed");
    assert!(!document.contains("61") && !document.contains("47"), "{document}");
}

#[test]
fn what_is_not_the_whole_plan_never_reads_as_no_changes() {
    let mut bad = Vec::new();
    for (key, value) in [("errored", json!(true)), ("complete", json!(false))] {
        let mut empty = plan(vec![]);
        empty[key] = value;
        bad.push(empty);
    }
    let mut waiting = plan(vec![]);
    let create = compute(&["create"], &json!(null), &json!({ "name": "c" }));
    waiting["deferred_changes"] = json!([{ "reason": "absent_prereq", "resource_change": create }]);
    bad.push(waiting);
    for plan in bad {
        let document = Document::read(&review::markdown(&of(&plan)));
        assert!(!document.headings[0].contains("no changes"), "{:?}", document.headings);
        assert!(!document.paragraphs.is_empty(), "{plan}");
    }
    assert!(reviewed("written/errored").headings[0].starts_with("Azure ML: the plan failed"));
    assert!(reviewed("written/unclear").headings[0].starts_with("Azure ML: only a part"));
}

#[test]
fn every_kind_of_change_is_counted() {
    let there = json!({ "name": "c" });
    let none = Value::Null;
    let cases: [(&[&str], &Value, &Value, &str); 6] = [
        (&["create"], &none, &there, "1 to create"),
        (&["update"], &there, &there, "1 to update"),
        (&["delete", "create"], &there, &there, "1 to replace"),
        (&["create", "delete"], &there, &there, "1 to replace (the new one first)"),
        (&["delete"], &there, &none, "1 to delete"),
        (&["forget"], &there, &none, "1 to forget"),
    ];
    for (actions, before, after, told) in cases {
        let review = one(compute(actions, before, after));
        let document = Document::read(&review::markdown(&review));
        assert!(document.headings[0].contains(told), "{:?}", document.headings);
        let other = one(change("random_id", "a", actions, before, after));
        let document = Document::read(&review::markdown(&other));
        assert_eq!(document.headings, ["Azure ML: no changes"]);
        let line = format!("Other providers (random): {told}.");
        assert_eq!(document.paragraphs[1..], [line]);
    }
}

/// Other providers, and data sources, are nobody's loss here.
#[test]
fn a_resource_of_another_provider_is_not_ours() {
    let mut same_name = compute(&["delete"], &json!({ "name": "c" }), &Value::Null);
    same_name["provider_name"] = json!("registry.terraform.io/somebody/else");
    assert_eq!(one(same_name).managed, 0);
    let mut mirrored = compute(&["delete"], &json!({ "name": "c" }), &Value::Null);
    mirrored["provider_name"] = json!("mirror.example/azureml/azureml");
    assert_eq!(one(mirrored).managed, 1);
}

#[test]
fn drift_stands_apart_and_says_what_becomes_of_it() {
    let document = reviewed("written/errored");
    let told = |start: &str| document.paragraphs.iter().any(|text| text.starts_with(start));
    assert!(told("azureml_kubernetes_compute.training changed; the plan updates it."));
    assert!(told("azureml_arc_extension.this is gone; the plan leaves it so."));
    let rows = document.rows("Instance type");
    assert_eq!(rows.last().unwrap()[..3], ["same changed", "–", "cpu: 3 → 2"]);
}

#[test]
fn a_compute_that_failed_is_told_to_be_mended() {
    let before = json!({ "name": "c", "provisioning_state": "Failed" });
    let mut repair = compute(&["update"], &before, &json!({ "name": "c" }));
    repair["change"]["after_unknown"] = json!({ "provisioning_state": true });
    let items = Document::read(&review::markdown(&one(repair))).items;
    assert!(items[0].contains("is Failed: the apply sends it again"), "{items:?}");
}

#[test]
fn a_change_of_terraforms_alone_says_so() {
    let side = |force: bool| json!({ "name": "e", "force_delete": force, "timeouts": null });
    let review = one(extension(&["update"], &side(false), &side(true)));
    assert!(review.resources[0].state_only);
    let review = one(extension(&["update"], &side(false), &json!({ "name": "e", "version": "1" })));
    assert!(!review.resources[0].state_only);
}

/// A plan of a provider with another schema: settings as texts, types as a list of objects.
#[test]
fn an_older_schema_is_told_without_a_guess() {
    let document = reviewed("written/older-schema");
    assert_eq!(document.headings[0], "Azure ML: 2 to update, 2 warnings");
    let settings = document.rows("Setting");
    assert!(settings.iter().any(|row| row[0] == "instance_types"), "{settings:?}");
    assert!(settings.iter().any(|row| row[..3] == ["enable_training", "True", "False"]));
    assert!(
        document
            .items
            .iter()
            .any(|item| item.starts_with("Warning: instance types cannot be read"))
    );
}
