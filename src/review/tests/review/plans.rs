//! Plans made in tests.

use serde_json::{Value, json};

use crate::support::SCHEMAS;

/// A plan of these changes, as JSON.
pub(crate) fn plan(changes: Vec<Value>) -> Value {
    let mut plan = json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": { "root_module": {} },
        "applyable": true,
        "complete": true,
        "errored": false,
    });
    plan["resource_changes"] = Value::Array(changes);
    plan
}

/// A change of one compute.
pub(crate) fn compute(actions: &[&str], before: &Value, after: &Value) -> Value {
    let name = |side: &Value| side["name"].as_str().map(str::to_owned);
    let name = name(after).or(name(before)).unwrap_or_default();
    change("azureml_kubernetes_compute", &name, actions, before, after)
}

/// A change of one extension.
pub(crate) fn extension(actions: &[&str], before: &Value, after: &Value) -> Value {
    change("azureml_arc_extension", "this", actions, before, after)
}

/// A change of any resource.
pub(crate) fn change(
    kind: &str, name: &str, actions: &[&str], before: &Value, after: &Value,
) -> Value {
    json!({
        "address": format!("{kind}.{name}"),
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_name": if kind.starts_with("azureml") {
            "registry.terraform.io/azureml/azureml"
        } else {
            "registry.terraform.io/hashicorp/random"
        },
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": {},
            "before_sensitive": {},
            "after_sensitive": {},
        },
    })
}

/// An instance type with these limits.
pub(crate) fn limits(limits: Value) -> Value {
    let mut one = json!({ "node_selector": null, "resources": { "requests": null } });
    one["resources"]["limits"] = limits;
    one
}

/// The review of a plan of one change.
pub(crate) fn one(change: Value) -> review::Review {
    of(&plan(vec![change]))
}

/// The review of a plan.
pub(crate) fn of(plan: &Value) -> review::Review {
    review::review(plan.to_string().as_bytes(), &SCHEMAS).unwrap()
}
