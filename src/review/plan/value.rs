//! One side of a change, `before` or `after`, with its unknown and sensitive parts marked.

use std::collections::BTreeMap;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::Value as Json;

/// A value of a plan, as far as it may be shown.
///
/// Serialised it is `{"state": …, "value": …}` with the states `absent`, `unknown`, `sensitive`,
/// `known`, `list` and `map`; the first three have no value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Null, or not there at all.
    #[default]
    Absent,
    /// Known only after the apply.
    Unknown,
    /// Never shown.
    Sensitive(SensitiveValue),
    /// A string, a number or a bool.
    Known(Json),
    /// A list, a set or a tuple.
    List(Vec<Value>),
    /// A map or an object.
    Map(BTreeMap<String, Value>),
}

/// A sensitive value. It can be compared, and is never printed or serialised.
#[derive(Clone, PartialEq)]
pub struct SensitiveValue(Box<Value>);

impl Value {
    /// Marks the parts of a value that are `true` in Terraform's `…_unknown` and `…_sensitive`.
    ///
    /// A sensitive null is absent, so that a reviewer sees that nothing is set.
    pub(crate) fn from_change(value: Json, unknown: &Json, sensitive: &Json) -> Value {
        if *sensitive == Json::Bool(true) {
            return match Value::from_change(value, unknown, &Json::Null) {
                Value::Absent => Value::Absent,
                hidden => Value::Sensitive(SensitiveValue(Box::new(hidden))),
            };
        }
        if *unknown == Json::Bool(true) {
            return Value::Unknown;
        }
        match value {
            Json::Null => expand_unknown(unknown),
            Json::Array(items) => {
                let items = items.into_iter().enumerate();
                Value::List(
                    items
                        .map(|(n, item)| Value::from_change(item, &unknown[n], &sensitive[n]))
                        .collect(),
                )
            }
            Json::Object(entries) => Value::Map(mark_entries(entries, unknown, sensitive)),
            known => Value::Known(known),
        }
    }

    /// An attribute of an object; absent where there is none.
    pub fn get(&self, key: &str) -> &Value {
        const ABSENT: &Value = &Value::Absent;
        self.entries().and_then(|entries| entries.get(key)).unwrap_or(ABSENT)
    }

    /// The entries of a map or an object.
    pub fn entries(&self) -> Option<&BTreeMap<String, Value>> {
        match self {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn items(&self) -> &[Value] {
        match self {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a known scalar: a string as it is, anything else as JSON.
    pub fn text(&self) -> Option<String> {
        match self {
            Value::Known(Json::String(text)) => Some(text.clone()),
            Value::Known(known) => Some(known.to_string()),
            _ => None,
        }
    }

    /// The truth value, where it is one.
    pub fn flag(&self) -> Option<bool> {
        match self {
            Value::Known(known) => known.as_bool(),
            _ => None,
        }
    }

    /// Null, or not there at all.
    pub fn is_absent(&self) -> bool {
        *self == Value::Absent
    }

    /// It is there, and never shown.
    pub fn is_sensitive(&self) -> bool {
        matches!(self, Value::Sensitive(_))
    }

    /// Nothing in it: absent, an empty map or an empty list.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Absent => true,
            Value::List(items) => items.is_empty(),
            Value::Map(entries) => entries.is_empty(),
            _ => false,
        }
    }

    /// The value without its mark of being sensitive. For comparison only.
    pub(crate) fn expose(&self) -> &Value {
        match self {
            Value::Sensitive(hidden) => &hidden.0,
            other => other,
        }
    }
}

/// A null of which parts are unknown: an object of those parts.
fn expand_unknown(unknown: &Json) -> Value {
    match unknown {
        Json::Object(parts) if !parts.is_empty() => {
            let parts = parts.iter();
            let parts = parts
                .map(|(k, part)| (k.clone(), Value::from_change(Json::Null, part, &Json::Null)));
            Value::Map(parts.collect())
        }
        _ => Value::Absent,
    }
}

/// Terraform leaves an unknown entry out of the value: it is added from `unknown`.
fn mark_entries(
    entries: serde_json::Map<String, Json>, unknown: &Json, sensitive: &Json,
) -> BTreeMap<String, Value> {
    let mut marked: BTreeMap<String, Value> = entries
        .into_iter()
        .map(|(key, value)| {
            let value = Value::from_change(value, &unknown[&key], &sensitive[&key]);
            (key, value)
        })
        .collect();
    for (key, part) in unknown.as_object().into_iter().flatten() {
        if !marked.contains_key(key) {
            marked.insert(key.clone(), Value::from_change(Json::Null, part, &sensitive[key]));
        }
    }
    marked
}

impl std::fmt::Debug for SensitiveValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SensitiveValue")
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (state, has_value) = match self {
            Value::Absent => ("absent", false),
            Value::Unknown => ("unknown", false),
            Value::Sensitive(_) => ("sensitive", false),
            Value::Known(_) => ("known", true),
            Value::List(_) => ("list", true),
            Value::Map(_) => ("map", true),
        };
        let mut shown = serializer.serialize_struct("Value", 1 + usize::from(has_value))?;
        shown.serialize_field("state", state)?;
        match self {
            Value::Known(known) => shown.serialize_field("value", known)?,
            Value::List(items) => shown.serialize_field("value", items)?,
            Value::Map(entries) => shown.serialize_field("value", entries)?,
            Value::Absent | Value::Unknown | Value::Sensitive(_) => {}
        }
        shown.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::Value;

    #[test]
    fn unknown_and_sensitive_parts_are_folded_in() {
        let folded = Value::from_change(
            json!({ "a": "1", "b": { "c": null }, "d": ["x", null], "s": "hunter2", "n": null }),
            &json!({ "b": { "c": true, "new": true }, "d": [false, true], "whole": true }),
            &json!({ "s": true, "n": true }),
        );
        let shown = serde_json::to_value(&folded).unwrap();
        let unknown = json!({ "state": "unknown" });
        let known = |value: Json| json!({ "state": "known", "value": value });
        let expected = json!({ "state": "map", "value": {
            "a": known(json!("1")),
            "b": { "state": "map", "value": { "c": unknown, "new": unknown } },
            "d": { "state": "list", "value": [known(json!("x")), unknown] },
            "s": { "state": "sensitive" },
            "n": { "state": "absent" },
            "whole": unknown,
        } });
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_sensitive_value_is_compared_and_never_printed() {
        let hide = |text: &str| Value::from_change(json!(text), &Json::Null, &json!(true));
        assert_eq!(hide("hunter2"), hide("hunter2"));
        assert_ne!(hide("hunter2"), hide("other"));
        assert_eq!(format!("{:?}", hide("hunter2")), "Sensitive(SensitiveValue)");
        assert_eq!(hide("hunter2").text(), None);
    }
}
