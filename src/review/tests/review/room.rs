//! Plans that are too large for one comment.

use serde_json::{Value, json};

use crate::plans::{compute, extension, limits, of, plan};
use crate::support::{Document, check_golden};

/// What GitHub takes.
const LIMIT: usize = 65_536;

/// Ten types in each of `computes`, of which every fifth changes.
fn many(computes: usize, types: usize) -> Value {
    let side = |compute: usize, cpu: usize| {
        let one = |n: usize| {
            let cpu = if n.is_multiple_of(5) { cpu } else { 4 };
            let amounts =
                json!({ "cpu": cpu.to_string(), "memory": "16Gi", "nvidia.com/gpu": "1" });
            (format!("type_{n:03}"), limits(amounts))
        };
        let types: serde_json::Map<String, Value> = (0..types).map(one).collect();
        json!({ "name": format!("compute{compute:04}"), "default_instance_type": "type_000",
                "instance_types": types })
    };
    let change = |n| compute(&["update"], &side(n, 4), &side(n, 8));
    plan((0..computes).map(change).collect())
}

#[test]
fn two_hundred_types_in_twenty_computes_are_told_in_full() {
    let document = review::markdown(&of(&many(20, 10)));
    check_golden("two-hundred-types", &document);
    let read = Document::read(&document);
    assert_eq!(read.rows("Instance type").len(), 40);
    assert_eq!(read.folded_rows().len(), 160);
    assert!(!document.contains("Left out"));
}

#[test]
fn what_does_not_fit_is_left_out_and_said_so() {
    for (computes, types) in [(200, 10), (5000, 2), (1, 5000), (40, 400)] {
        let document = review::markdown(&of(&many(computes, types)));
        assert!(document.chars().count() <= LIMIT, "{computes}, {types}: {}", document.len());
        let read = Document::read(&document);
        let heading = format!("Azure ML: {computes} to update");
        assert_eq!(read.headings[0], heading);
        let last = read.paragraphs.last().unwrap();
        assert!(last.starts_with("Left out to fit"), "{last}");
    }
}

/// What is lost is told before what gives room.
#[test]
fn losses_outlast_the_rest() {
    let mut changes = many(3000, 2);
    let there = json!({ "name": "e", "side_resources": [] });
    let gone = extension(&["delete"], &there, &Value::Null);
    changes["resource_changes"].as_array_mut().unwrap().push(gone);
    let read = Document::read(&review::markdown(&of(&changes)));
    assert_eq!(read.headings[1], "Delete azureml_arc_extension.this");
    assert!(read.items[0].starts_with("Warning: e is uninstalled: running jobs stop"));
}

/// One value, one cell, one list: none of them can take all the room.
#[test]
fn nothing_that_is_large_breaks_the_limit() {
    let labels: serde_json::Map<String, Value> =
        (0..20_000).map(|n| (format!("label{n}"), json!("x".repeat(100)))).collect();
    let large = json!({
        "name": "c",
        "description": "é".repeat(500_000),
        "tags": labels,
        "instance_types": { "a": { "node_selector": labels, "resources": null } },
    });
    let change = compute(&["create"], &Value::Null, &large);
    let mut plan = plan(vec![change]);
    let check = json!({ "address": { "to_display": "a.b" }, "status": "fail", "instances": [
        { "status": "fail", "problems": [{ "message": "long ".repeat(50_000) }] } ] });
    plan["checks"] = Value::Array(vec![check; 100]);
    let document = review::markdown(&of(&plan));
    assert!(document.chars().count() <= LIMIT, "{}", document.chars().count());
    assert!(document.contains("Left out"));
}
