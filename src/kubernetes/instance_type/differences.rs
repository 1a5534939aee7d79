//! How a live instance type differs from a declared one.

use std::collections::BTreeSet;

use aml::InstanceType;

use super::field::{Field, fields};

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
    let (ours, theirs) = (fields(declared), fields(live));
    let all: BTreeSet<&Field> = ours.keys().chain(theirs.keys()).collect();
    let compared = all.into_iter().filter(|field| field.is_of_declared_part(declared));
    let difference = |field: &Field| {
        let (declared, live) = (ours.get(field).cloned(), theirs.get(field).cloned());
        let is_same = match (&declared, &live) {
            (Some(declared), Some(live)) => field.means_the_same(declared, live),
            _ => false,
        };
        (!is_same).then(|| Difference { field: field.clone(), declared, live })
    };
    compared.filter_map(difference).collect()
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
