//! What is worst, that it comes first, and that every warning shows.

use serde_json::{Value, json};

use crate::plans::{change, compute, extension, limits, of, one, plan};
use crate::support::{Document, SCHEMAS, fixture, rendered, reviewed};
use crate::trust::PLANS;

/// The headline counts what a reader finds.
#[test]
fn every_warning_that_is_counted_shows() {
    let mut most = 0;
    for name in PLANS {
        let review = review::review(&fixture(name), &SCHEMAS).unwrap();
        let counted = review.count_warnings();
        let text = rendered(&fixture(name));
        assert_eq!(text.matches("**Warning:**").count(), counted, "{name}\n{text}");
        let heading = &reviewed(name).headings[0];
        let told =
            if counted == 1 { "1 warning".to_owned() } else { format!("{counted} warnings") };
        assert_eq!(heading.contains(&told), counted > 0, "{name}: {heading}");
        most = most.max(counted);
    }
    assert!(most >= 5, "the fixtures have few warnings: {most}");
}

#[test]
fn the_worst_thing_of_a_plan() {
    let side = |cpu: &str| json!({ "name": "c", "instance_types": { "a": limits(json!({ "cpu": cpu })) } });
    let other = json!({ "name": "c", "instance_types": { "b": limits(json!({ "cpu": "2" })) } });
    let none = Value::Null;
    let ours = |plan| serde_json::to_value(one(plan)).unwrap()["worst"].clone();
    let cases = [
        (compute(&["delete"], &side("1"), &none), "destroys"),
        (
            extension(&["delete", "create"], &json!({ "name": "e" }), &json!({ "name": "f" })),
            "destroys",
        ),
        (compute(&["update"], &side("1"), &other), "loses_instance_types"),
        (instance_type(&["delete"], &json!("small"), &none), "loses_instance_types"),
        (
            instance_type(&["delete", "create"], &json!("small"), &json!("tiny")),
            "loses_instance_types",
        ),
        (compute(&["update"], &side("2"), &side("1")), "warns"),
        (compute(&["update"], &side("1"), &side("2")), "changes"),
        (compute(&["create"], &none, &json!({ "name": "c" })), "changes"),
        (compute(&["no-op"], &side("1"), &side("1")), "nothing"),
        (change("random_id", "a", &["delete"], &json!({}), &none), "nothing"),
    ];
    for (change, worst) in cases {
        assert_eq!(ours(change.clone()), worst, "{change}");
    }
    let mut failing = plan(vec![]);
    failing["checks"] = json!([{ "address": { "to_display": "check.a" }, "status": "fail" }]);
    assert_eq!(of(&failing).worst, review::Severity::Warns);
    let mut failed = plan(vec![]);
    failed["errored"] = json!(true);
    assert_eq!(of(&failed).worst, review::Severity::Changes);
}

fn instance_type(actions: &[&str], before: &Value, after: &Value) -> Value {
    let side = |name: &Value| match name {
        Value::Null => Value::Null,
        name => json!({ "name": name, "cluster_id": "/clusters/edge", "node_selector": null,
            "resources": { "requests": null, "limits": { "cpu": "1" } } }),
    };
    change("azureml_instance_type", "this", actions, &side(before), &side(after))
}

/// A type that goes by one address and comes by another is not lost.
#[test]
fn a_type_that_another_resource_takes_over_is_not_lost() {
    let gone = instance_type(&["delete"], &json!("small"), &Value::Null);
    let mut come = instance_type(&["create"], &Value::Null, &json!("small"));
    come["address"] = json!("azureml_instance_type.other");
    assert_eq!(of(&plan(vec![gone, come])).worst, review::Severity::Changes);
}

#[test]
fn lost_types_come_after_what_is_destroyed_and_before_what_changes() {
    let side = |name: &str, kept: &str| json!({ "name": name, "instance_types": { kept: limits(json!({ "cpu": "1" })) } });
    let two = json!({ "name": "lost", "instance_types": {
        "a": limits(json!({ "cpu": "1" })), "b": limits(json!({ "cpu": "2" })) } });
    let changes = vec![
        compute(&["create"], &Value::Null, &side("new", "a")),
        compute(
            &["update"],
            &side("quiet", "a"),
            &json!({ "name": "quiet", "tags": { "a": "b" },
            "instance_types": { "a": limits(json!({ "cpu": "1" })) } }),
        ),
        compute(&["update"], &two, &side("lost", "a")),
        compute(&["delete"], &side("gone", "a"), &Value::Null),
    ];
    let headings = Document::read(&review::markdown(&of(&plan(changes)))).headings;
    let order = ["Delete", "Update azureml_kubernetes_compute.lost", "Update", "Create"];
    assert!(
        headings[1..].iter().zip(order).all(|(found, start)| found.starts_with(start)),
        "{headings:?}"
    );
}

#[test]
fn a_downgrade_is_named_as_one() {
    let side = |version: Value, train: &str| json!({ "name": "e", "version": version, "current_version": "1.1.39", "release_train": train });
    let stable = side(json!("1.1.39"), "stable");
    let cases = [
        (side(json!("1.1.9"), "stable"), "Version: 1.1.39 → 1.1.9, a downgrade.", true),
        (side(json!("1.1.100"), "stable"), "Version: 1.1.39 → 1.1.100.", false),
        (side(json!("latest"), "stable"), "Version: 1.1.39 → latest.", false),
        (
            side(json!("1.1.39"), "preview"),
            "Version: 1.1.39 → 1.1.39; release train: stable → preview, a downgrade.",
            true,
        ),
    ];
    for (after, line, is_downgrade) in cases {
        let review = one(extension(&["update"], &stable, &after));
        let items = Document::read(&review::markdown(&review)).items;
        assert_eq!(items[0], line);
        assert_eq!(review.count_warnings(), usize::from(is_downgrade), "{items:?}");
        assert_eq!(
            items.iter().any(|item| item.contains(": a downgrade")),
            is_downgrade,
            "{items:?}"
        );
    }
    let preview = side(json!("1.1.39"), "preview");
    let forward = one(extension(&["update"], &preview, &stable));
    assert_eq!(forward.count_warnings(), 0);
}
