//! Conflicts of server-side apply, a line for each field.

use std::fmt;

use aml::InstanceType;
use aml::instance_type::custom_resource::cluster_form;
use serde_json::Value;

use super::field::Field;
use super::spec::{live_value, text_of};

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

/// One reason of a failed apply, as the API server tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusCause<'a> {
    /// `FieldManagerConflict` for a conflict.
    pub reason: &'a str,
    /// What is wrong, with the name of the manager in quotes.
    pub message: &'a str,
    /// The field, whose names are joined by dots that are not escaped.
    pub field: &'a str,
}

/// The conflicts among the causes of a failed apply.
pub(super) fn conflicts<'a>(
    causes: impl IntoIterator<Item = StatusCause<'a>>, declared: &InstanceType, live: &Value,
) -> Vec<Conflict> {
    let fields = fields(declared);
    let is_conflict = |cause: &StatusCause<'_>| cause.reason == "FieldManagerConflict";
    let conflict = |cause: StatusCause<'_>| {
        let found = fields.iter().find(|(field, _)| field.dotted() == cause.field);
        let field = found.map(|(field, _)| field.clone());
        let live = field.as_ref().and_then(|field| live_value(live, field)).and_then(text_of);
        Conflict {
            field,
            wire_field: cause.field.trim_start_matches('.').to_owned(),
            manager: manager(cause.message),
            live,
            declared: found.map(|(_, text)| text.clone()),
        }
    };
    causes.into_iter().filter(is_conflict).map(conflict).collect()
}

/// The fields that are declared, with their texts.
fn fields(declared: &InstanceType) -> Vec<(Field, String)> {
    let declared = cluster_form(declared);
    let mut fields = Vec::new();
    let mut add = |field: fn(String) -> Field, key: &str, text: &str| {
        fields.push((field(key.to_owned()), text.to_owned()));
    };
    for (key, value) in declared.node_selector.iter().flat_map(|labels| labels.iter()) {
        add(Field::Label, key, value);
    }
    let resources = declared.resources.unwrap_or_default();
    for (name, text) in resources.requests.iter().flat_map(|amounts| amounts.iter()) {
        add(Field::Request, name, text);
    }
    for (name, text) in resources.limits.iter().flat_map(|amounts| amounts.iter()) {
        add(Field::Limit, name, text);
    }
    fields
}

/// The manager in `conflict with "NAME" using …`; Go's quotes are those of JSON for any usual name.
fn manager(message: &str) -> String {
    let quoted = message.strip_prefix("conflict with ").unwrap_or(message);
    let mut values = serde_json::Deserializer::from_str(quoted).into_iter::<String>();
    match values.next() {
        Some(Ok(name)) => name,
        _ => quoted.to_owned(),
    }
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

    use super::{StatusCause, conflicts};

    #[test]
    fn a_conflict_is_one_line_with_both_values() {
        let declared = serde_json::from_value(json!({
            "node_selector": { "kubernetes.io/os": "linux" },
            "resources": { "requests": { "nvidia.com/gpu": "1" }, "limits": { "cpu": "4" } },
        }));
        let live = json!({ "spec": {
            "nodeSelector": { "kubernetes.io/os": "windows" },
            "resources": { "limits": { "cpu": 2 } } } });
        let using = r#"using amlarc.azureml.com/v1alpha1"#;
        let causes = [
            (
                "FieldManagerConflict",
                format!(r#"conflict with "kubectl" {using}"#),
                ".spec.nodeSelector.kubernetes.io/os",
            ),
            (
                "FieldManagerConflict",
                format!(r#"conflict with "a \"b\"" {using} at 2026-01-02T03:04:05Z"#),
                ".spec.resources.limits.cpu",
            ),
            ("FieldManagerConflict", "conflict with x".to_owned(), ".spec.resources"),
            ("FieldValueInvalid", "is odd".to_owned(), ".spec.resources.limits.cpu"),
        ];
        let causes =
            causes.iter().map(|(reason, message, field)| StatusCause { reason, message, field });
        let lines: Vec<_> =
            conflicts(causes, &declared.unwrap(), &live).iter().map(ToString::to_string).collect();
        let expected = [
            r#"node_selector["kubernetes.io/os"]: kubectl has "windows", declared is "linux""#,
            r#"resources.limits["cpu"]: a "b" has "2", declared is "4""#,
            "spec.resources: x manages it",
        ];
        assert_eq!(lines, expected);
    }
}
