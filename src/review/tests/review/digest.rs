//! The digest: equal for what is told equally, another one for each other fact.

use serde_json::{Value, json};

use crate::command::run;
use crate::support::fixture;

fn digest(plan: &Value) -> String {
    let ran = run(&["--digest"], plan.to_string().as_bytes());
    let digest = ran.out.strip_suffix('\n').unwrap().to_owned();
    let hex = digest.strip_prefix("sha256:").unwrap();
    assert!(hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit()), "{digest}");
    digest
}

fn read(name: &str) -> Value {
    serde_json::from_slice(&fixture(name)).unwrap()
}

#[test]
fn terraform_and_opentofu_agree() {
    for name in ["empty", "one-quantity"] {
        let pair =
            ["terraform-1.11.4", "tofu-1.12.6"].map(|program| read(&format!("{program}/{name}")));
        assert_ne!(pair[0], pair[1]);
        assert_eq!(digest(&pair[0]), digest(&pair[1]), "{name}");
    }
    assert_ne!(digest(&read("tofu-1.12.6/empty")), digest(&read("tofu-1.12.6/one-quantity")));
}

#[test]
fn noise_makes_no_other_digest() {
    let plan = read("written/update");
    let expected = digest(&plan);
    let reversed = with_keys_reversed(&plan);
    assert_ne!(reversed, plan.to_string());
    let ran = run(&["--digest"], reversed.as_bytes());
    assert_eq!(ran.out.trim(), expected, "the order of keys");
    for (key, value) in [
        ("terraform_version", json!("9.9.9")),
        ("format_version", json!("1.9")),
        ("timestamp", json!("2030-01-01T00:00:00Z")),
        ("applyable", json!(null)),
        ("prior_state", json!({ "format_version": "1.0" })),
        ("relevant_attributes", json!([])),
        ("of_a_later_version", json!(1)),
    ] {
        let mut noisy = plan.clone();
        noisy[key] = value;
        assert_eq!(digest(&noisy), expected, "{key}");
    }
}

/// The same JSON with the entries of each object the other way around.
fn with_keys_reversed(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let entries = entries.iter().rev();
            let entries: Vec<String> = entries
                .map(|(key, value)| format!("{key:?}:{}", with_keys_reversed(value)))
                .collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(with_keys_reversed).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

#[test]
fn each_fact_makes_another_digest() {
    let plan = read("written/update");
    let change = |n: usize| format!("/resource_changes/{n}");
    let mut digests = vec![digest(&plan)];
    let (mut count, mut addresses) = (0, Vec::new());
    for n in 0..plan["resource_changes"].as_array().unwrap().len() {
        let ours = plan.pointer(&format!("{}/type", change(n))).unwrap().as_str().unwrap();
        if ours.starts_with("azureml_") {
            addresses.push(change(n));
        }
    }
    assert!(addresses.len() >= 2);
    for at in addresses {
        for (below, value) in [
            ("/address", json!("azureml_kubernetes_compute.other")),
            ("/change/actions", json!(["delete", "create"])),
            ("/change/after/name", json!("another")),
            ("/change/after/tags", json!({ "cost": "43" })),
            ("/action_reason", json!("replace_by_request")),
            ("/previous_address", json!("azureml_kubernetes_compute.before")),
        ] {
            let (parent, key) = below.rsplit_once('/').unwrap();
            let mut other = plan.clone();
            other.pointer_mut(&format!("{at}{parent}")).unwrap()[key] = value;
            digests.push(digest(&other));
            count += 1;
        }
    }
    for (key, value) in [
        ("errored", json!(true)),
        ("complete", json!(false)),
        (
            "output_changes",
            json!({ "a": { "actions": ["update"] } , "b": { "actions": ["create"] } }),
        ),
        ("checks", json!([{ "address": { "to_display": "check.a" }, "status": "fail" }])),
        ("resource_drift", plan["resource_changes"].clone()),
        (
            "deferred_changes",
            json!([{ "reason": "absent_prereq",
            "resource_change": plan["resource_changes"][0] }]),
        ),
        ("resource_changes", json!([])),
    ] {
        let mut other = plan.clone();
        other[key] = value;
        digests.push(digest(&other));
        count += 1;
    }
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), count + 1);
}

/// One quantity of one type, and a limit in place of a request.
#[test]
fn a_quantity_makes_another_digest() {
    let plan = read("terraform-1.11.4/one-quantity");
    let text = plan.to_string();
    let other = text.replace("\"cpu\":\"8\"", "\"cpu\":\"9\"");
    assert_ne!(text, other);
    assert_ne!(digest(&serde_json::from_str(&other).unwrap()), digest(&plan));
}

/// A value that is never shown cannot be found by trying.
#[test]
fn a_secret_is_not_in_the_digest() {
    let text = read("terraform-1.11.4/replace").to_string();
    let other = text.replace("hunter2", "hunter3");
    assert_ne!(text, other);
    let [one, two] = [text, other].map(|text| digest(&serde_json::from_str(&text).unwrap()));
    assert_eq!(one, two);
}

#[test]
fn several_root_modules_have_one_digest() {
    let files = ["written/update", "written/replace"].map(|name| {
        crate::support::path("fixtures", &format!("{name}.json")).to_str().unwrap().to_owned()
    });
    let of = |arguments: &[String]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run(&[&["--digest"], &arguments[..]].concat(), b"").out
    };
    let named = |a: &str, b: &str| [format!("{a}={}", files[0]), format!("{b}={}", files[1])];
    let [first, second] = named("a", "b");
    let expected = of(&[first.clone(), second.clone()]);
    assert_eq!(of(&[second, first.clone()]), expected, "their order is no fact");
    assert_ne!(of(&named("b", "a")), expected);
    assert_ne!(of(&[first]), expected);
}
