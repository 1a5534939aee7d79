//! The law of answers: what of a service's answer enters the state, and in whose spelling.
//!
//! Every leaf, down to one element of a map, keeps the user's spelling where it means the same.
//! What the user did not write is not the user's: it stays null, and stays out of maps whose
//! declared keys alone are ours.

use std::collections::BTreeSet;

use crate::meaning::{hollow, same, same_element};
use crate::schema::walk::{Member, Object};
use crate::schema::{Attribute, Block, Body, Kind, Node};
use crate::timeouts::BLOCK;
use crate::value::{Type, Value};

const ANSWER: usize = 0;

/// What the user or the state said before, the latest first.
pub(crate) type Told<'a> = [Option<&'a Value>; 2];

/// Nothing is told, as after an import: everything in the answer is taken.
pub(crate) const NOTHING: Told<'static> = [None; 2];

/// Settles an answer. Nothing in the result is unknown.
pub(crate) fn settle(body: &Body, told: Told<'_>, answer: &Value) -> Value {
    let [latest, earlier] = told;
    let root = Object::root(body, [Some(answer), latest, earlier]);
    root.rebuild(|each| member(each, Place::Argument))
}

/// Whether null, where something is told, means that the user does not manage the attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the root, or in an object that stands alone.
    Argument,
    /// In an element of a list or map, which is written as a whole.
    Element,
}

fn member(member: &Member<'_, 3>, place: Place) -> Value {
    match member.node {
        Node::Attribute(each) => attribute(each, member, place),
        Node::Block(each) => block(each, member, place),
    }
}

fn object(object: &Object<'_, 3>, place: Place) -> Value {
    let place = if object.is_element() { Place::Element } else { place };
    match object.or_null()[ANSWER] {
        Value::Map(_) => object.rebuild(|each| member(each, place)),
        _ => Value::Null,
    }
}

fn block(block: &Block, member: &Member<'_, 3>, place: Place) -> Value {
    if block.name == BLOCK {
        // The block is the framework's: no answer has it.
        return told(member).next().map_or(Value::Null, Value::with_nulls_for_unknowns);
    }
    match member.or_null()[ANSWER] {
        Value::Map(_) if place == Place::Argument && is_unmanaged(member) => Value::Null,
        Value::Map(_) | Value::List(_) => {
            member.rebuild_objects(ANSWER, |each| Some(object(each, place)))
        }
        _ => block.absent(),
    }
}

fn attribute(attribute: &Attribute, member: &Member<'_, 3>, place: Place) -> Value {
    let answer = member.or_null()[ANSWER];
    let is_others = place == Place::Argument && !attribute.is_computed() && is_unmanaged(member);
    if attribute.write_only || answer.is_unknown() || is_others {
        return Value::Null;
    }
    let is_empty = hollow(attribute, answer);
    // Whether nothing was written as `{}` nobody knows after an import: most write nothing.
    if is_empty && attribute.may_be_null() && told(member).next().is_none() {
        return Value::Null;
    }
    let alike =
        |told: &&Value| same(attribute, told, answer) || (is_empty && hollow(attribute, told));
    if let Some(told) = told(member).find(alike) {
        return told.clone();
    }
    match (&attribute.kind, answer) {
        (Kind::Leaf(Type::Map(_)), Value::Map(_)) => map_of_leaves(attribute, member),
        (Kind::Leaf(_), answer) => answer.with_nulls_for_unknowns(),
        (Kind::Nested(..), _) => member.rebuild_objects(ANSWER, |each| {
            let is_ours = each.key().is_none_or(|key| is_declared(attribute, member, key));
            is_ours.then(|| object(each, place))
        }),
    }
}

/// A map that as a whole means something else: its elements keep their spelling one by one.
fn map_of_leaves(attribute: &Attribute, member: &Member<'_, 3>) -> Value {
    let keys = member.values.iter().flatten().filter_map(|value| value.as_map());
    let keys: BTreeSet<&String> = keys.flat_map(|elements| elements.keys()).collect();
    let elements = keys.into_iter().filter_map(|key| {
        let answer = member.or_null()[ANSWER].get(key);
        let alike =
            |told: &&Value| same_element(attribute, key, told, answer.unwrap_or(&Value::Null));
        let told = told(member).filter_map(|told| told.get(key)).find(alike).cloned();
        let ours = answer.filter(|_| is_declared(attribute, member, key));
        Some((key, told.or_else(|| ours.map(Value::with_nulls_for_unknowns))?))
    });
    Value::map(elements)
}

/// Whether the key is one that the user wrote, where only those are ours.
fn is_declared(attribute: &Attribute, member: &Member<'_, 3>, key: &str) -> bool {
    let mut told = told(member).peekable();
    !attribute.ignore_undeclared_keys
        || told.peek().is_none()
        || told.any(|it| it.get(key).is_some())
}

/// Whether something is told, and all of it is null.
fn is_unmanaged(member: &Member<'_, 3>) -> bool {
    let mut told = told(member).peekable();
    told.peek().is_some() && told.all(Value::is_null)
}

fn told<'a>(member: &'a Member<'_, 3>) -> impl Iterator<Item = &'a Value> {
    let [_, latest, earlier] = member.values;
    latest.into_iter().chain(earlier)
}
