//! How a live instance type differs from a declared one.

use std::collections::BTreeSet;

use aml::instance_type::custom_resource::cluster_form;
use aml::{Amounts, InstanceType};

use super::field::Field;

/// One field that is not as declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which field.
    pub field: Field,
    /// What is declared. `None`: the field is not declared.
    pub declared: Option<String>,
    /// What the cluster has. `None`: it has no such field.
    pub live: Option<String>,
}

/// The fields in which the live type means something else than the declared one. Parts that are not
/// declared at all are not compared: what is not written is not ours.
pub fn differences(declared: &InstanceType, live: &InstanceType) -> Vec<Difference> {
    let (declared, live) = (cluster_form(declared), cluster_form(live));
    let labels = |of: &InstanceType| -> Vec<(String, String)> {
        let labels = of.node_selector.iter().flat_map(|labels| labels.iter());
        labels.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    };
    let mut found = Vec::new();
    if declared.node_selector.is_some() {
        let is_same = |_: &str, one: &str, other: &str| one == other;
        compare(&labels(&declared), &labels(&live), Field::Label, is_same, &mut found);
    }
    for (field, side) in SIDES {
        let amounts = |of: &InstanceType| -> Option<Vec<(String, String)>> {
            let amounts = side(of.resources.as_ref()?)?;
            Some(amounts.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect())
        };
        if let Some(declared) = amounts(&declared) {
            let live = amounts(&live).unwrap_or_default();
            compare(&declared, &live, field, is_same_amount, &mut found);
        }
    }
    found
}

type Side = fn(&aml::Resources) -> Option<&Amounts>;

const SIDES: [(fn(String) -> Field, Side); 2] = [
    (Field::Request, |resources| resources.requests.as_ref()),
    (Field::Limit, |resources| resources.limits.as_ref()),
];

fn is_same_amount(resource: &str, one: &str, other: &str) -> bool {
    let amounts = |text: &str| Amounts::from_iter([(resource, text)]);
    amounts(one) == amounts(other)
}

fn compare(
    declared: &[(String, String)], live: &[(String, String)], field: fn(String) -> Field,
    is_same: fn(&str, &str, &str) -> bool, found: &mut Vec<Difference>,
) {
    let of = |entries: &[(String, String)], key: &str| {
        entries.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
    };
    let keys: BTreeSet<&String> = declared.iter().chain(live).map(|(key, _)| key).collect();
    for key in keys {
        let (declared, live) = (of(declared, key), of(live, key));
        match (&declared, &live) {
            (Some(one), Some(other)) if is_same(key, one, other) => {}
            _ => found.push(Difference { field: field(key.clone()), declared, live }),
        }
    }
}

#[cfg(test)]
mod tests {
    use aml::InstanceType;
    use serde_json::{Value, json};

    use super::differences;

    #[test]
    fn only_what_is_declared_is_compared_and_by_its_meaning() {
        for (declared, live, expected) in [
            (json!({}), json!({ "node_selector": { "a": "b" } }), vec![]),
            (
                json!({ "resources": { "limits": { "cpu": "1000m", "memory": "16Gi" } } }),
                json!({ "resources": {
                    "requests": { "cpu": "1" }, "limits": { "cpu": "1", "memory": "16384Mi" } } }),
                vec![],
            ),
            (
                json!({ "resources": {
                    "requests": { "nvidia.com/gpu": "1" }, "limits": { "nvidia.com/gpu": "1" } } }),
                json!({ "resources": { "limits": { "nvidia.com/gpu": "1" } } }),
                vec![],
            ),
            (
                json!({ "node_selector": { "a": "b", "mine": "x" } }),
                json!({ "node_selector": { "a": "c", "theirs": "y" } }),
                vec![
                    (r#"node_selector["a"]"#, Some("b"), Some("c")),
                    (r#"node_selector["mine"]"#, Some("x"), None),
                    (r#"node_selector["theirs"]"#, None, Some("y")),
                ],
            ),
            (
                json!({ "resources": { "limits": { "cpu": "2" } } }),
                json!({}),
                vec![(r#"resources.limits["cpu"]"#, Some("2"), None)],
            ),
            (
                json!({ "resources": { "requests": {}, "limits": { "cpu": "odd" } } }),
                json!({ "resources": { "requests": { "cpu": "1" }, "limits": { "cpu": "odd" } } }),
                vec![(r#"resources.requests["cpu"]"#, None, Some("1"))],
            ),
        ] {
            let found = differences(&instance_type(&declared), &instance_type(&live));
            let found: Vec<_> = found
                .iter()
                .map(|one| (one.field.to_string(), one.declared.as_deref(), one.live.as_deref()))
                .collect();
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(field, declared, live)| (field.to_owned(), declared, live))
                .collect();
            assert_eq!(found, expected, "{declared} {live}");
        }
    }

    fn instance_type(json: &Value) -> InstanceType {
        serde_json::from_value(json.clone()).unwrap()
    }
}
