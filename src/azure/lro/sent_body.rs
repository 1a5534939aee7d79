//! What a write sent, and whether an object holds it.

use std::fmt;

use serde_json::{Map, Value};

use crate::transport::Method;

/// Names of members that no service ever answers.
const SECRET_NAMES: [&str; 5] =
    ["protected", "secret", "password", "connectionstring", "sharedkey"];
/// Words of ARM's own, which services spell as they like.
const LOOSELY_SPELT: [&str; 6] =
    ["location", "computeLocation", "type", "extensionType", "computeType", "releaseTrain"];
/// Maps whose keys are the user's: a PUT takes a key away by leaving it out.
const USER_MAPS: [&str; 5] = ["tags", "instanceTypes", "nodeSelector", "requests", "limits"];

/// The body of a write as far as an answer may show it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SentBody {
    shown: Value,
    /// Whether something was sent that no answer shows.
    has_secrets: bool,
    /// Whether what was left out is to go.
    is_whole: bool,
}

impl SentBody {
    pub(crate) fn new(method: &Method, body: &Value) -> Self {
        let (mut shown, mut has_secrets) = (body.clone(), false);
        remove_secrets(&mut shown, &mut has_secrets);
        Self { shown, has_secrets, is_whole: *method == Method::PUT }
    }

    /// Whether an object that rests shows that the write was carried out. What it does not show can
    /// only be believed of an object that was seen at work since.
    pub(crate) fn is_reflected_in(&self, object: &Map<String, Value>, was_running: bool) -> bool {
        let object = Value::Object(object.clone());
        (was_running || !self.has_secrets) && self.is_contained("", &self.shown, &object)
    }

    fn is_contained(&self, name: &str, sent: &Value, found: &Value) -> bool {
        match (sent, found) {
            (Value::Null, _) => true,
            (Value::Object(sent), found) => {
                let none = Map::new();
                let found = found.as_object().unwrap_or(&none);
                let has = |key: &str, sent: &Value| {
                    self.is_contained(key, sent, find_member(found, key).unwrap_or(&Value::Null))
                };
                sent.iter().all(|(key, value)| has(key, value))
                    && !(self.is_whole && USER_MAPS.contains(&name) && has_extra_keys(found, sent))
            }
            (Value::Array(sent), Value::Array(found)) => {
                let mut pairs = sent.iter().zip(found);
                sent.len() == found.len()
                    && pairs.all(|(sent, found)| self.is_contained("", sent, found))
            }
            (Value::String(sent), Value::String(found)) => is_same_text(name, sent, found),
            _ => sent == found,
        }
    }
}

impl fmt::Debug for SentBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").finish_non_exhaustive()
    }
}

fn remove_secrets(value: &mut Value, has_secrets: &mut bool) {
    match value {
        Value::Object(members) => {
            let is_secret = |name: &str| {
                let name = name.to_ascii_lowercase();
                SECRET_NAMES.iter().any(|word| name.contains(word))
            };
            members.retain(|name, value| {
                let taken = is_secret(name);
                *has_secrets |= taken && !is_empty(value);
                !taken
            });
            members.values_mut().for_each(|value| remove_secrets(value, has_secrets));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| remove_secrets(item, has_secrets)),
        _ => {}
    }
}

/// Of two members that differ in casing only, the exact one counts.
fn find_member<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let alike = || members.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
    members.get(name).or_else(|| alike().map(|(_, value)| value))
}

fn has_extra_keys(found: &Map<String, Value>, sent: &Map<String, Value>) -> bool {
    found.iter().any(|(name, value)| !is_empty(value) && find_member(sent, name).is_none())
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(Map::is_empty) || value == ""
}

fn is_same_text(name: &str, sent: &str, found: &str) -> bool {
    let plain = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    let is_loose = LOOSELY_SPELT.contains(&name) || sent.starts_with("/subscriptions/");
    sent == found || (is_loose && plain(sent) == plain(found))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn is_shown(method: &Method, sent: &Value, found: &Value, was_running: bool) -> bool {
        SentBody::new(method, sent).is_reflected_in(found.as_object().unwrap(), was_running)
    }

    #[test]
    fn an_object_holds_what_was_sent_or_not() {
        let types = |types: Value| json!({"properties": {"properties": {"instanceTypes": types}}});
        let small = || json!({"resources": {"limits": {"cpu": "1", "nvidia.com/gpu": null}}});
        let big = || json!({"resources": {"limits": {"cpu": "2"}}});
        let filled = || json!({"nodeSelector": null, "resources": {"limits": {"cpu": "1"}}});
        for (sent, found, expected) in [
            (json!({"a": {"b": "x"}}), json!({"a": {"b": "x", "c": 1}, "d": 2}), true),
            (json!({"a": {"b": "x"}}), json!({"a": {"b": "X"}}), false),
            (json!({"a": {"b": "x"}}), json!({"a": null}), false),
            (json!({"a": {"b": null}}), json!({}), true),
            (json!({"location": "East US"}), json!({"location": "eastus"}), true),
            (
                json!({"id": "/subscriptions/s/resourceGroups/g"}),
                json!({"id": "/subscriptions/s/resourcegroups/g"}),
                true,
            ),
            (json!({"n": [1, 2]}), json!({"n": [1, 2]}), true),
            (json!({"n": [1, 2]}), json!({"n": [1]}), false),
            (json!({"tags": {"a": "1"}}), json!({"tags": {"a": "1", "b": "2"}}), false),
            (json!({"tags": {}}), json!({"tags": null}), true),
            (json!({"tags": {}}), json!({"tags": {"b": "2"}}), false),
            (types(json!({"s": small()})), types(json!({"s": filled()})), true),
            (types(json!({"s": small()})), types(json!({"s": big()})), false),
            (types(json!({"s": small()})), types(json!({"s": small(), "t": big()})), false),
        ] {
            assert_eq!(is_shown(&Method::PUT, &sent, &found, false), expected, "{sent} in {found}");
        }
        let (sent, found) = (json!({"tags": {"a": "1"}}), json!({"tags": {"a": "1", "b": "2"}}));
        assert!(is_shown(&Method::PATCH, &sent, &found, false), "a PATCH takes nothing away");
    }

    #[test]
    fn a_secret_is_believed_only_of_an_object_that_was_at_work() {
        for name in ["configurationProtectedSettings", "relayConnectionString", "password"] {
            let sent = json!({"properties": {"plain": "1", name: {"key": "canary"}}});
            let found = json!({"properties": {"plain": "1", name: {}}});
            assert!(!is_shown(&Method::PATCH, &sent, &found, false), "{name}");
            assert!(is_shown(&Method::PATCH, &sent, &found, true), "{name}");
            assert!(!format!("{:?}", SentBody::new(&Method::PUT, &sent)).contains("canary"));
            let empty = json!({"properties": {"plain": "1", name: {}}});
            assert!(is_shown(&Method::PATCH, &empty, &found, false), "{name}");
        }
    }
}
