//! The law of answers: what of a service's answer enters the state, and in whose spelling.
//!
//! Every leaf, down to one element of a map, keeps the user's spelling where it means the same.
//! What the user did not write is not the user's: it stays null, and stays out of maps whose
//! declared keys alone are ours.

use std::collections::BTreeSet;

use crate::meaning::{hollow, same, same_element};
use crate::schema::{Attribute, Block, Body, Kind, Nesting};
use crate::timeouts::BLOCK;
use crate::value::{Type, Value};

/// Settles an answer. `told` holds what the user or the state said, the latest first; with nothing
/// told, as after an import, everything in the answer is taken. Nothing in the result is unknown.
pub(crate) fn settle(body: &Body, told: &[&Value], answer: &Value) -> Value {
    object(body, told, answer, Place::Argument)
}

/// Whether null, where something is told, means that the user does not manage the attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the root, or in an object that stands alone.
    Argument,
    /// In an element of a list or map, which is written as a whole.
    Element,
}

fn object(body: &Body, told: &[&Value], answer: &Value, place: Place) -> Value {
    let nothing = Value::Null;
    let of = |name: &str| (inside(told, name), answer.get(name).unwrap_or(&nothing));
    let attributes = body.attributes.iter().map(|each| {
        let (told, answer) = of(each.name);
        (each.name, attribute(each, &told, answer, place))
    });
    let blocks = body.blocks.iter().map(|each| {
        let (told, answer) = of(each.name);
        (each.name, block(each, &told, answer, place))
    });
    Value::map(attributes.chain(blocks))
}

fn block(block: &Block, told: &[&Value], answer: &Value, place: Place) -> Value {
    if block.name == BLOCK {
        // The block is the framework's: no answer has it.
        return told.first().map_or(Value::Null, |told| known(told));
    }
    let unmanaged = !told.is_empty() && told.iter().all(|told| told.is_null());
    match (block.nesting, answer) {
        (Nesting::List, Value::List(elements)) => {
            Value::List(list(told, elements, |told, element| {
                object(&block.body, told, element, Place::Element)
            }))
        }
        (Nesting::List, _) => Value::List(Vec::new()),
        (_, Value::Map(_)) if !(unmanaged && place == Place::Argument) => {
            object(&block.body, told, answer, place)
        }
        _ => Value::Null,
    }
}

fn attribute(attribute: &Attribute, told: &[&Value], answer: &Value, place: Place) -> Value {
    let unmanaged = !told.is_empty() && told.iter().all(|told| told.is_null());
    let theirs = unmanaged && !attribute.is_computed() && place == Place::Argument;
    // Whether nothing was written as `{}` nobody knows after an import: most write nothing.
    let nothing = told.is_empty() && hollow(attribute, answer) && attribute.may_be_null();
    if attribute.write_only || answer.is_unknown() || theirs || nothing {
        return Value::Null;
    }
    let alike = |told: &&&Value| {
        same(attribute, told, answer) || (hollow(attribute, told) && hollow(attribute, answer))
    };
    if let Some(kept) = told.iter().find(alike) {
        return (*kept).clone();
    }
    match (&attribute.kind, answer) {
        (Kind::Leaf(Type::Map(_)), Value::Map(_)) => map_of_leaves(attribute, told, answer),
        (Kind::Leaf(_), answer) => known(answer),
        (Kind::Nested(nesting, attributes), answer) => {
            nested(attribute, *nesting, attributes, told, answer, place)
        }
    }
}

fn nested(
    attribute: &Attribute, nesting: Nesting, attributes: &[Attribute], told: &[&Value],
    answer: &Value, place: Place,
) -> Value {
    match (nesting, answer) {
        (Nesting::Single, Value::Map(_)) => fields(attributes, told, answer, place),
        (Nesting::List, Value::List(elements)) => Value::List(list(told, elements, |told, it| {
            fields(attributes, told, it, Place::Element)
        })),
        (Nesting::Map, Value::Map(elements)) => {
            let ours = elements.iter().filter(|(key, _)| declared(attribute, told, key));
            Value::map(ours.map(|(key, element)| {
                (key, fields(attributes, &inside(told, key), element, Place::Element))
            }))
        }
        (_, answer) => known(answer),
    }
}

fn fields(attributes: &[Attribute], told: &[&Value], answer: &Value, place: Place) -> Value {
    if !matches!(answer, Value::Map(_)) {
        return Value::Null;
    }
    Value::map(attributes.iter().map(|each| {
        let answer = answer.get(each.name).unwrap_or(&Value::Null);
        (each.name, attribute(each, &inside(told, each.name), answer, place))
    }))
}

/// A map that as a whole means something else: its elements keep their spelling one by one.
fn map_of_leaves(attribute: &Attribute, told: &[&Value], answer: &Value) -> Value {
    let absent = Value::Null;
    let written = told.iter().filter_map(|told| told.as_map()).flat_map(|told| told.keys());
    let answered = answer.as_map().into_iter().flat_map(|answer| answer.keys());
    let keys: BTreeSet<&String> = written.chain(answered).collect();
    let elements = keys.into_iter().filter_map(|key| {
        let found = answer.get(key);
        let spelled = inside(told, key);
        let kept = spelled
            .iter()
            .find(|told| same_element(attribute, key, told, found.unwrap_or(&absent)));
        let taken = found.filter(|_| declared(attribute, told, key));
        Some((key, kept.map_or_else(|| taken.map(known), |kept| Some((*kept).clone()))?))
    });
    Value::map(elements)
}

/// Whether the key is one that the user wrote, where only those are ours.
fn declared(attribute: &Attribute, told: &[&Value], key: &str) -> bool {
    !attribute.ignore_undeclared_keys
        || told.is_empty()
        || told.iter().any(|told| told.get(key).is_some())
}

fn list(
    told: &[&Value], elements: &[Value], element: impl Fn(&[&Value], &Value) -> Value,
) -> Vec<Value> {
    let lists: Vec<&[Value]> = told.iter().filter_map(|told| told.as_list()).collect();
    let pairs = elements.iter().enumerate().map(|(index, it)| {
        let told: Vec<&Value> = lists.iter().filter_map(|list| list.get(index)).collect();
        element(&told, it)
    });
    pairs.collect()
}

fn inside<'a>(told: &[&'a Value], name: &str) -> Vec<&'a Value> {
    told.iter().filter_map(|told| told.get(name)).collect()
}

/// The same with null for what is unknown.
fn known(value: &Value) -> Value {
    match value {
        Value::Unknown(_) => Value::Null,
        Value::List(elements) => Value::List(elements.iter().map(known).collect()),
        Value::Map(elements) => Value::map(elements.iter().map(|(key, it)| (key, known(it)))),
        other => other.clone(),
    }
}
