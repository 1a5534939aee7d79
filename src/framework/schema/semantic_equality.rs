//! When two spellings of a value mean the same.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;

use super::walk::{Member, Object, Pairing};
use super::{Attribute, Node};
use crate::value::{Value, model};

/// Compares two values by what they read as.
#[derive(Clone, Copy)]
pub struct SemanticEquality {
    equal: fn(&Value, &Value) -> bool,
}

impl SemanticEquality {
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

impl fmt::Debug for SemanticEquality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SemanticEquality")
    }
}

/// Whether both mean the same to the attribute; of unknown values, never.
///
/// Null is an empty map, list or object only where the attribute's own equality says so.
pub(crate) fn semantically_equal(attribute: &Attribute, a: &Value, b: &Value) -> bool {
    if a == b {
        return a.is_wholly_known();
    }
    if a.is_unknown() || b.is_unknown() {
        return false;
    }
    match attribute.semantic_equality {
        Some(equality) => equal_or_empty(equality, attribute, a, b),
        None if attribute.nested().is_some() => nested_equal(&Member::alone(attribute, [a, b])),
        None => false,
    }
}

/// Null counts as the empty value of a collection or an object.
fn equal_or_empty(equality: SemanticEquality, attribute: &Attribute, a: &Value, b: &Value) -> bool {
    match (a.is_null(), b.is_null()) {
        (false, false) => (equality.equal)(a, b),
        (true, true) => false,
        (true, false) => attribute.empty_value().is_some_and(|empty| (equality.equal)(&empty, b)),
        (false, true) => attribute.empty_value().is_some_and(|empty| (equality.equal)(a, &empty)),
    }
}

fn nested_equal(member: &Member<'_, 2>) -> bool {
    member.has_same_elements(0, 1)
        && member.objects(Pairing::Of(0)).all(|object| objects_equal(&object))
}

fn objects_equal(object: &Object<'_, 2>) -> bool {
    let both_null = object.or_null().iter().all(|value| value.is_null());
    let is_equal = |member: Member<'_, 2>| match (member.node, member.values) {
        (Node::Attribute(attribute), [Some(a), Some(b)]) => semantically_equal(attribute, a, b),
        _ => false,
    };
    both_null || object.members().all(is_equal)
}

/// Whether an element of a map of leaves means the same under both values; null is absence.
pub(crate) fn elements_semantically_equal(
    attribute: &Attribute, key: &str, a: &Value, b: &Value,
) -> bool {
    let Some(equality) = attribute.semantic_equality else { return a == b && a.is_wholly_known() };
    let as_map = |value: &Value| match value {
        Value::Null => Value::Map(BTreeMap::new()),
        value => Value::map([(key, value.clone())]),
    };
    !a.is_unknown() && !b.is_unknown() && (equality.equal)(&as_map(a), &as_map(b))
}

/// Whether there is nothing in it: services do not tell null, `{}` and `[]` apart.
pub(crate) fn is_effectively_empty(attribute: &Attribute, value: &Value) -> bool {
    match (attribute.single_object(), value) {
        (_, Value::Null) => true,
        (Some(body), Value::Map(fields)) => body.attributes.iter().all(|each| {
            fields.get(each.name).is_none_or(|value| is_effectively_empty(each, value))
        }),
        (_, Value::List(elements)) => elements.is_empty(),
        (_, Value::Map(elements)) => elements.is_empty(),
        _ => false,
    }
}
