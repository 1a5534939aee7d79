//! Which policy refused a request, and by which of its expressions.

use serde_json::Value;

use super::service_error::items;
use super::{ServiceError, clean_text};

/// The code of such an entry.
const CODE: &str = "PolicyViolation";
/// Most expressions shown of one policy.
const MAX_EXPRESSIONS: usize = 5;

/// The policies that an error's `additionalInfo` names, each as an error behind it. Azure Resource
/// Manager describes them in `info` by the names of the policy and of its assignment, and by
/// `evaluationDetails`.
pub(super) fn find_violations(error: &Value) -> impl Iterator<Item = ServiceError> + '_ {
    let is_violation =
        |entry: &&Value| entry["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case(CODE));
    let infos = items(&error["additionalInfo"]).iter().filter(is_violation);
    infos.filter_map(|entry| parse_violation(&entry["info"]))
}

fn parse_violation(info: &Value) -> Option<ServiceError> {
    let text = |names: [&str; 2]| names.into_iter().find_map(|name| info[name].as_str());
    let policy = text(["policyDefinitionDisplayName", "policyDefinitionName"])?;
    let assignment = text(["policyAssignmentDisplayName", "policyAssignmentName"]);
    let assignment = assignment.map(|name| format!(" (assignment {name:?})")).unwrap_or_default();
    let details = &info["evaluationDetails"]["evaluatedExpressions"];
    // A rule that denies is met by expressions that are true, and begins with the type of the
    // object.
    let counts = |it: &&Value| {
        it["result"].as_str() != Some("False") && it["expression"].as_str() != Some("type")
    };
    let expressions = items(details).iter().filter(counts).filter_map(format_expression);
    let expressions: Vec<_> = expressions.take(MAX_EXPRESSIONS).collect();
    let message = if expressions.is_empty() {
        format!("policy {policy:?}{assignment}")
    } else {
        format!("policy {policy:?}{assignment}: {}", expressions.join(", "))
    };
    Some(ServiceError {
        code: Some(CODE.to_owned()),
        message: clean_text(&message),
        ..ServiceError::default()
    })
}

/// Such as `tags['team'] Exists "false"`.
fn format_expression(of: &Value) -> Option<String> {
    let subject = of["expression"].as_str().or_else(|| of["path"].as_str())?;
    let operator = of["operator"].as_str().unwrap_or("is");
    let found = match &of["expressionValue"] {
        Value::Null => String::new(),
        value => format!(" (found {value})"),
    };
    Some(format!("{subject} {operator} {}{found}", of["targetValue"]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The shape is that of Azure Resource Manager's answers; names are made up.
    #[test]
    fn policy_and_failing_expressions_are_shown() {
        let expression = |result, subject, operator, target: Value, found: Value| {
            json!({"result": result, "expressionKind": "Field", "expression": subject, "path": subject,
                   "operator": operator, "targetValue": target, "expressionValue": found})
        };
        let expressions = [
            expression("True", "type", "Equals", json!("Microsoft.Relay/namespaces"), Value::Null),
            expression("True", "tags['team']", "Exists", json!("false"), Value::Null),
            expression("False", "location", "Equals", json!("global"), json!("westus")),
            expression("True", "location", "NotIn", json!(["eastus"]), json!("westus")),
        ];
        let body = json!({"error": {
            "code": "RequestDisallowedByPolicy", "message": "Resource 'r' was disallowed by policy.",
            "additionalInfo": [
                {"type": "PolicyViolation", "info": {
                    "policyDefinitionDisplayName": "Require a tag", "policyDefinitionName": "d1",
                    "policyAssignmentDisplayName": "corp", "policyDefinitionEffect": "deny",
                    "evaluationDetails": {"evaluatedExpressions": expressions}}},
                {"type": "policyviolation", "info": {"policyDefinitionName": "d2"}},
                {"type": "Other", "info": {"policyDefinitionName": "d3"}},
                {"type": "PolicyViolation"}]}});
        let error = ServiceError::find(&body).expect("an error");
        assert_eq!(
            error.to_string(),
            "RequestDisallowedByPolicy: Resource 'r' was disallowed by policy.; PolicyViolation: policy \"Require a tag\" \
             (assignment \"corp\"): tags['team'] Exists \"false\", location NotIn [\"eastus\"] (found \"westus\"); \
             PolicyViolation: policy \"d2\""
        );
    }
}
