//! A custom role: what whoever signed in may do, wherever it is.

use serde_json::Value;

/// The actions of a role definition. Names are compared without case; `*` stands for any part of one.
#[derive(Clone, Debug)]
pub struct Role {
    actions: Vec<String>,
    not_actions: Vec<String>,
}

impl Role {
    /// Of a definition as `az role definition create` takes it, with `Actions` and `NotActions`.
    pub fn from_definition(definition: &Value) -> Result<Self, String> {
        let list = |name: &str| {
            let camel_case = name[..1].to_ascii_lowercase() + &name[1..];
            let given = definition.get(name).or_else(|| definition.get(&camel_case));
            let list = given.map_or(Some(Vec::new()), |it| serde_json::from_value(it.clone()).ok());
            list.ok_or_else(|| format!("`{name}` is not a list of actions"))
        };
        let role = Self { actions: list("Actions")?, not_actions: list("NotActions")? };
        if role.actions.is_empty() {
            return Err("it is not a role definition with `Actions`".to_owned());
        }
        Ok(role)
    }

    pub(crate) fn actions(&self) -> &[String] {
        &self.actions
    }

    pub(crate) fn not_actions(&self) -> &[String] {
        &self.not_actions
    }

    pub(crate) fn allows(&self, action: &str) -> bool {
        let has = |list: &[String]| list.iter().any(|pattern| matches(pattern, action));
        has(&self.actions) && !has(&self.not_actions)
    }
}

fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == action };
    let Some(mut left) = action.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_star_stands_for_any_part() {
        for (pattern, action, expected) in [
            ("Microsoft.Relay/namespaces/read", "microsoft.relay/Namespaces/read", true),
            ("Microsoft.Relay/namespaces/read", "Microsoft.Relay/namespaces/write", false),
            ("Microsoft.Relay/namespaces/read", "Microsoft.Relay/namespaces/x/read", false),
            ("*", "Microsoft.Relay/namespaces/read", true),
            ("*/read", "Microsoft.Relay/namespaces/read", true),
            ("*/read", "Microsoft.Relay/namespaces/write", false),
            ("Microsoft.Relay/*", "Microsoft.Relay/namespaces/write", true),
            ("Microsoft.Relay/*/read", "Microsoft.Relay/namespaces/x/read", true),
            ("Microsoft.Relay/*/x/*", "Microsoft.Relay/namespaces/x/read", true),
            ("Microsoft.Relay/*/y/*", "Microsoft.Relay/namespaces/x/read", false),
        ] {
            assert_eq!(matches(pattern, action), expected, "{pattern} {action}");
        }
    }

    #[test]
    fn what_is_excluded_is_not_allowed() {
        let definition = json!({ "Actions": ["*"], "NotActions": ["*/delete"] });
        let role = Role::from_definition(&definition).unwrap();
        assert!(role.allows("N/a/read") && !role.allows("N/a/delete"));
        let camel_case = Role::from_definition(&json!({ "actions": ["N/a/read"] })).unwrap();
        assert!(camel_case.allows("N/a/read") && !camel_case.allows("N/a/write"));
    }

    #[test]
    fn what_is_no_definition_is_refused() {
        for (definition, why) in [
            (json!({}), "it is not a role definition"),
            (json!([]), "it is not a role definition"),
            (json!({ "Actions": [] }), "it is not a role definition"),
            (json!({ "Actions": "*" }), "`Actions` is not a list"),
            (json!({ "Actions": ["*"], "NotActions": [1] }), "`NotActions` is not a list"),
        ] {
            let refused = Role::from_definition(&definition).unwrap_err();
            assert!(refused.starts_with(why), "{refused}");
        }
    }
}
