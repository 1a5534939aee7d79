//! One field of an instance type: in Terraform's words, and as the cluster names it.

use std::fmt;

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
    pub(super) fn dotted(&self) -> String {
        self.segments().iter().map(|segment| format!(".{segment}")).collect()
    }
}

/// As a configuration refers to it.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path().reference())
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
            assert_eq!(field.dotted(), dotted);
        }
    }
}
