//! One field of an instance type: in Terraform's words, and as the cluster names it.

use std::collections::BTreeMap;
use std::fmt;

use aml::instance_type::custom_resource::cluster_form;
use aml::{Amounts, InstanceType};
use vocabulary::Path;

/// A field of an instance type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// A label that nodes must have.
    Label(String),
    /// How much of a resource is requested.
    Request(String),
    /// How much of a resource may be used at most.
    Limit(String),
}

impl Field {
    /// The attribute, counted from the instance type.
    pub fn path(&self) -> Path {
        let resources = || Path::from("resources");
        match self {
            Field::Label(key) => Path::from("node_selector").key(key),
            Field::Request(resource) => resources().attribute("requests").key(resource),
            Field::Limit(resource) => resources().attribute("limits").key(resource),
        }
    }

    /// The names of the object's fields that lead to it, outermost first.
    pub fn segments(&self) -> Vec<&str> {
        match self {
            Field::Label(key) => vec!["spec", "nodeSelector", key],
            Field::Request(resource) => vec!["spec", "resources", "requests", resource],
            Field::Limit(resource) => vec!["spec", "resources", "limits", resource],
        }
    }

    /// As a conflict of server-side apply names it: joined by dots that are not escaped, so that it can
    /// be compared and never split.
    pub(super) fn to_dotted(&self) -> String {
        format!(".{}", self.segments().join("."))
    }
}

impl Field {
    /// Whether the part of the type that it belongs to is declared, be it as empty.
    pub(super) fn is_of_declared_part(&self, declared: &InstanceType) -> bool {
        let resources = declared.resources.as_ref();
        match self {
            Field::Label(_) => declared.node_selector.is_some(),
            Field::Request(_) => resources.is_some_and(|it| it.requests.is_some()),
            Field::Limit(_) => resources.is_some_and(|it| it.limits.is_some()),
        }
    }

    /// Whether two of its values mean the same.
    pub(super) fn means_the_same(&self, one: &str, other: &str) -> bool {
        match self {
            Field::Label(_) => one == other,
            Field::Request(resource) | Field::Limit(resource) => {
                let amounts = |text: &str| Amounts::from_iter([(resource, text)]);
                amounts(one) == amounts(other)
            }
        }
    }
}

/// The fields of a type as an object has them, with their texts.
pub(super) fn fields(of: &InstanceType) -> BTreeMap<Field, String> {
    let InstanceType { node_selector, resources } = cluster_form(of);
    let resources = resources.unwrap_or_default();
    let mut fields = BTreeMap::new();
    let mut add = |field: fn(String) -> Field, (key, text): (&str, &str)| {
        fields.insert(field(key.to_owned()), text.to_owned());
    };
    let labels = node_selector.iter().flat_map(aml::Labels::iter);
    labels.for_each(|label| add(Field::Label, label));
    let requests = resources.requests.iter().flat_map(Amounts::iter);
    requests.for_each(|request| add(Field::Request, request));
    let limits = resources.limits.iter().flat_map(Amounts::iter);
    limits.for_each(|limit| add(Field::Limit, limit));
    fields
}

/// As a configuration refers to it.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path().to_reference())
    }
}

#[cfg(test)]
mod tests {
    use super::Field;

    #[test]
    fn a_field_has_a_name_for_users_and_one_for_the_cluster() {
        for (field, reference, dotted) in [
            (
                Field::Label("kubernetes.io/os".to_owned()),
                r#"node_selector["kubernetes.io/os"]"#,
                ".spec.nodeSelector.kubernetes.io/os",
            ),
            (
                Field::Request("cpu".to_owned()),
                r#"resources.requests["cpu"]"#,
                ".spec.resources.requests.cpu",
            ),
            (
                Field::Limit("nvidia.com/gpu".to_owned()),
                r#"resources.limits["nvidia.com/gpu"]"#,
                ".spec.resources.limits.nvidia.com/gpu",
            ),
        ] {
            assert_eq!(field.to_string(), reference);
            assert_eq!(field.to_dotted(), dotted);
        }
    }
}
