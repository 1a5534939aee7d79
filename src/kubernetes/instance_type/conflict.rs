//! Conflicts of server-side apply, a line for each field.

use std::fmt;

use aml::InstanceType;
use serde_json::Value;

use super::field::{Field, fields};
use super::spec::{live_value, text_of};
use crate::error::FieldConflict;

/// A field that another manager of the object has set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Which field. `None`: it is none of those that were declared.
    pub field: Option<Field>,
    /// The field as the cluster names it.
    pub wire_field: String,
    /// Who manages it, such as `kubectl-client-side-apply`.
    pub manager: String,
    /// What it is in the cluster now.
    pub live: Option<String>,
    /// What it is declared to be.
    pub declared: Option<String>,
}

/// The conflicts of a failed apply, with the values of both sides.
pub(super) fn conflicts(
    found: Vec<FieldConflict>, declared: &InstanceType, live: &Value,
) -> Vec<Conflict> {
    let declared = fields(declared);
    let conflict = |FieldConflict { manager, field: wire_field }: FieldConflict| {
        // Dots in keys are not escaped, so that the text can be compared and never split.
        let found = declared.iter().find(|(field, _)| field.to_dotted() == wire_field);
        let live = found.and_then(|(field, _)| live_value(live, field)).and_then(text_of);
        let wire_field = wire_field.trim_start_matches('.').to_owned();
        let (field, declared) = found.map(|(field, text)| (field.clone(), text.clone())).unzip();
        Conflict { field, wire_field, manager, live, declared }
    };
    found.into_iter().map(conflict).collect()
}

/// One line: `resources.limits["cpu"]: kubectl has "2", declared is "4"`.
impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}")?,
            None => f.write_str(&self.wire_field)?,
        }
        match &self.live {
            Some(live) => write!(f, ": {} has {live:?}", self.manager)?,
            None => write!(f, ": {} manages it", self.manager)?,
        }
        match &self.declared {
            Some(declared) => write!(f, ", declared is {declared:?}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::conflicts;
    use crate::error::FieldConflict;

    #[test]
    fn a_conflict_is_one_line_with_both_values() {
        let declared = serde_json::from_value(json!({
            "node_selector": { "kubernetes.io/os": "linux" },
            "resources": { "requests": { "nvidia.com/gpu": "1" }, "limits": { "cpu": "4" } },
        }));
        let live = json!({ "spec": {
            "nodeSelector": { "kubernetes.io/os": "windows" },
            "resources": { "limits": { "cpu": 2 } } } });
        let found = [
            ("kubectl", ".spec.nodeSelector.kubernetes.io/os"),
            ("helm", ".spec.resources.limits.cpu"),
            ("x", ".spec.resources"),
        ];
        let found = found.map(|(manager, field)| FieldConflict {
            manager: manager.to_owned(),
            field: field.to_owned(),
        });
        let found = conflicts(found.into(), &declared.unwrap(), &live);
        let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
        let expected = [
            r#"node_selector["kubernetes.io/os"]: kubectl has "windows", declared is "linux""#,
            r#"resources.limits["cpu"]: helm has "2", declared is "4""#,
            "spec.resources: x manages it",
        ];
        assert_eq!(lines, expected);
    }
}
