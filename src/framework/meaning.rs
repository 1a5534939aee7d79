//! When two spellings mean the same.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;

use crate::schema::{Attribute, Kind, Nesting};
use crate::value::{Type, Value, model};

/// Reads two values as one type and compares them there. Nobody implements it.
#[derive(Clone, Copy)]
pub struct Meaning {
    equal: fn(&Value, &Value) -> bool,
}

impl Meaning {
    /// Two values mean the same when both read as equal `T`s.
    pub(crate) fn of<T: DeserializeOwned + PartialEq>() -> Self {
        Self {
            equal: |a, b| match (model::from_value::<T>(a), model::from_value::<T>(b)) {
                (Ok(a), Ok(b)) => a == b,
                _ => false,
            },
        }
    }
}

impl fmt::Debug for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meaning")
    }
}

/// Whether both mean the same to the attribute; of unknown values, never.
///
/// Null is an empty map, list or object only where the attribute's meaning says so.
pub(crate) fn same(attribute: &Attribute, a: &Value, b: &Value) -> bool {
    if a == b {
        return a.is_wholly_known();
    }
    if a.is_unknown() || b.is_unknown() {
        return false;
    }
    match (attribute.meaning, &attribute.kind) {
        (Some(meaning), _) => means(meaning, attribute, a, b),
        (None, Kind::Leaf(_)) => false,
        (None, Kind::Nested(nesting, attributes)) => nested(*nesting, attributes, a, b),
    }
}

fn means(meaning: Meaning, attribute: &Attribute, a: &Value, b: &Value) -> bool {
    match (a.is_null(), b.is_null(), empty(attribute)) {
        (false, false, _) => (meaning.equal)(a, b),
        (true, false, Some(empty)) => (meaning.equal)(&empty, b),
        (false, true, Some(empty)) => (meaning.equal)(a, &empty),
        _ => false,
    }
}

/// What null is the same as, for a collection whose meaning says so.
fn empty(attribute: &Attribute) -> Option<Value> {
    match &attribute.kind {
        Kind::Leaf(Type::Map(_)) | Kind::Nested(Nesting::Map, _) => {
            Some(Value::Map(BTreeMap::new()))
        }
        Kind::Leaf(Type::List(_) | Type::Set(_)) | Kind::Nested(Nesting::List, _) => {
            Some(Value::List(Vec::new()))
        }
        Kind::Nested(Nesting::Single, attributes) => {
            Some(Value::map(attributes.iter().map(|each| (each.name, Value::Null))))
        }
        Kind::Leaf(_) => None,
    }
}

fn nested(nesting: Nesting, attributes: &[Attribute], a: &Value, b: &Value) -> bool {
    match (nesting, a, b) {
        (Nesting::Single, Value::Map(_), Value::Map(_)) => fields(attributes, a, b),
        (Nesting::List, Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| element(attributes, a, b))
        }
        (Nesting::Map, Value::Map(a), Value::Map(b)) => {
            let keys_equal = a.len() == b.len() && a.keys().eq(b.keys());
            keys_equal && a.values().zip(b.values()).all(|(a, b)| element(attributes, a, b))
        }
        _ => false,
    }
}

fn element(attributes: &[Attribute], a: &Value, b: &Value) -> bool {
    (a.is_null() && b.is_null()) || fields(attributes, a, b)
}

fn fields(attributes: &[Attribute], a: &Value, b: &Value) -> bool {
    attributes.iter().all(|attribute| {
        let sides = (a.get(attribute.name), b.get(attribute.name));
        matches!(sides, (Some(a), Some(b)) if same(attribute, a, b))
    })
}

/// Whether an element of a map of leaves means the same under both values; null is absence.
pub(crate) fn same_element(attribute: &Attribute, key: &str, a: &Value, b: &Value) -> bool {
    let Some(meaning) = attribute.meaning else { return a == b && a.is_wholly_known() };
    let alone = |value: &Value| match value {
        Value::Null => Value::Map(BTreeMap::new()),
        value => Value::map([(key, value.clone())]),
    };
    !a.is_unknown() && !b.is_unknown() && (meaning.equal)(&alone(a), &alone(b))
}

/// Whether there is nothing in it: services do not tell null, `{}` and `[]` apart.
pub(crate) fn hollow(attribute: &Attribute, value: &Value) -> bool {
    match (&attribute.kind, value) {
        (_, Value::Null) => true,
        (Kind::Nested(Nesting::Single, attributes), Value::Map(fields)) => attributes
            .iter()
            .all(|each| fields.get(each.name).is_none_or(|value| hollow(each, value))),
        (_, Value::List(elements)) => elements.is_empty(),
        (_, Value::Map(elements)) => elements.is_empty(),
        _ => false,
    }
}
