//! When two spellings mean the same.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;

use crate::schema::walk::{Member, Object, Pairing};
use crate::schema::{Attribute, Node};
use crate::value::{Value, model};

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
    match attribute.meaning {
        Some(meaning) => means(meaning, attribute, a, b),
        None if attribute.nested().is_some() => same_nested(&Member::alone(attribute, [a, b])),
        None => false,
    }
}

fn means(meaning: Meaning, attribute: &Attribute, a: &Value, b: &Value) -> bool {
    match (a.is_null(), b.is_null(), attribute.empty_value()) {
        (false, false, _) => (meaning.equal)(a, b),
        (true, false, Some(empty)) => (meaning.equal)(&empty, b),
        (false, true, Some(empty)) => (meaning.equal)(a, &empty),
        _ => false,
    }
}

fn same_nested(member: &Member<'_, 2>) -> bool {
    member.has_same_elements(0, 1)
        && member.objects(Pairing::Of(0)).all(|object| same_object(&object))
}

fn same_object(object: &Object<'_, 2>) -> bool {
    let both_null = object.or_null().iter().all(|value| value.is_null());
    let same = |member: Member<'_, 2>| match (member.node, member.values) {
        (Node::Attribute(attribute), [Some(a), Some(b)]) => same(attribute, a, b),
        _ => false,
    };
    both_null || object.members().all(same)
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
    match (attribute.single_object(), value) {
        (_, Value::Null) => true,
        (Some(body), Value::Map(fields)) => body
            .attributes
            .iter()
            .all(|each| fields.get(each.name).is_none_or(|value| hollow(each, value))),
        (_, Value::List(elements)) => elements.is_empty(),
        (_, Value::Map(elements)) => elements.is_empty(),
        _ => false,
    }
}
