//! Names and values that try to be more than names and values.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::plans::{compute, of, plan};
use crate::support::{Document, SCHEMAS, fixture, rendered};

/// Pieces that mean something to Markdown, to HTML, to a host or to a screen.
const PIECES: [&str; 26] = [
    "|",
    "`",
    "```",
    "\\",
    "\n",
    "\n\n",
    "\r\n",
    "# h",
    "- i",
    "<b>",
    "</details>",
    "<!--",
    "-->",
    "<script>",
    "@team",
    "#1",
    "![a](b)",
    "[a](http://b)",
    "https://e.com",
    "www.e.com",
    "\u{202e}",
    "\u{200b}",
    "**",
    "_",
    "&amp;",
    " ",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned), 1 => ".{0,3}"];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// A plan in which every text of others is one of these.
fn written(a: &str, b: &str, c: &str) -> Value {
    let side = |name: &str, amount: &str| {
        json!({
            "name": name,
            "description": a,
            "default_instance_type": b,
            "tags": { c: b },
            "instance_types": {
                name: { "node_selector": { c: amount }, "resources": { "limits": { b: amount } } },
                "same": { "node_selector": { a: b }, "resources": null },
            },
        })
    };
    let mut change = compute(&["update"], &side(a, b), &side(b, c));
    change["address"] = json!(format!("azureml_kubernetes_compute.x[{a:?}]"));
    change["previous_address"] = json!(c);
    change["change"]["importing"] = json!({ "id": b });
    change["change"]["replace_paths"] = json!([["instance_types", a]]);
    let mut plan = plan(vec![change]);
    plan["checks"] = json!([{ "address": { "to_display": a }, "status": "fail", "instances": [
        { "status": "fail", "problems": [{ "message": b }, { "message": c }] } ] }]);
    plan
}

fn is_ours(html: &str) -> bool {
    let ours = ["<br>", "<code>", "</code>", "</details>", review::MARKER];
    ours.contains(&html) || html.starts_with("<details><summary>")
}

/// Nothing of the document is made by what is in it.
fn holds(markdown: &str) -> Result<(), TestCaseError> {
    let document = Document::read(markdown);
    prop_assert!(document.strange.is_empty(), "{:?}\n{markdown}", document.strange);
    let html = document.html.iter().find(|html| !is_ours(html));
    prop_assert!(html.is_none(), "{html:?}\n{markdown}");
    for table in &document.tables {
        let wrong = table.rows.iter().find(|row| row.len() != table.head.len());
        prop_assert!(wrong.is_none(), "{wrong:?}\n{markdown}");
        prop_assert!(["Instance type", "Setting"].contains(&&*table.head[0]), "{markdown}");
    }
    let sections = ["Azure ML:", "Checks that fail", "Update ", "Notes"];
    let heading = document.headings.iter().find(|it| !sections.iter().any(|of| it.starts_with(of)));
    prop_assert!(heading.is_none(), "{heading:?}\n{markdown}");
    for active in ["@team", "#1", "://", "www.e"] {
        prop_assert!(!document.plain.contains(active), "{active}\n{markdown}");
    }
    let turned = markdown.find(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
    prop_assert!(turned.is_none(), "{markdown:?}");
    Ok(())
}

#[test]
fn the_written_one_holds() {
    holds(&rendered(&fixture("written/hostile"))).unwrap();
}

/// The cells hold the very values: nothing was lost in making them harmless.
#[test]
fn values_survive() {
    let values =
        ["a|b", "`", "``x`", "a\\", "<b>", "[a](b)", "@team", "*x*", "a\\|b", "&lt;", "''"];
    for value in values {
        let side = |text: &str| json!({ "name": "c", "description": text });
        let plan = plan(vec![compute(&["update"], &side("old"), &side(value))]);
        let document = Document::read(&review::markdown(&of(&plan)));
        assert_eq!(document.rows("Setting"), [["description", "old", value]], "{value}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nothing_breaks_out(a in text(), b in text(), c in text()) {
        holds(&review::markdown(&of(&written(&a, &b, &c))))?;
    }

    /// A plan in which some value is replaced by any other is reviewed or refused.
    #[test]
    fn no_plan_makes_it_panic(
        name in prop::sample::select(vec![
            "written/update", "written/unclear", "written/errored", "terraform-1.11.4/replace",
        ]),
        at in any::<prop::sample::Index>(),
        with in prop::sample::select(vec![
            json!(null), json!(true), json!(1e300), json!("x"), json!([]), json!([[1]]), json!({}),
            json!({ "a": { "b": null } }),
        ]),
    ) {
        let mut plan: Value = serde_json::from_slice(&fixture(name)).unwrap();
        let count = nodes(&mut plan, &mut None);
        let mut target = Some((at.index(count), with));
        nodes(&mut plan, &mut target);
        if let Ok(review) = review::review(plan.to_string().as_bytes(), &SCHEMAS) {
            let document = review::markdown(&review);
            prop_assert!(document.starts_with(review::MARKER));
            prop_assert!(serde_json::to_string(&review).is_ok());
        }
    }
}

/// Counts the values below one, in a fixed order, and puts another in the place that is asked for.
fn nodes(value: &mut Value, target: &mut Option<(usize, Value)>) -> usize {
    let mut count = 0;
    let children: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(entries) => entries.values_mut().collect(),
        _ => Vec::new(),
    };
    for child in children {
        match target.take() {
            Some((0, with)) => {
                *child = with;
                return count;
            }
            Some((left, with)) => *target = Some((left - 1, with)),
            None => {}
        }
        let below = nodes(child, target);
        count += 1 + below;
    }
    count
}
