//! Which of a service's values enter the state, and in whose spelling.
//!
//! Every leaf, down to one element of a map, keeps the user's spelling where it means the same.
//! What the user does not manage stays null, and keys that the user did not declare stay out of maps
//! that ignore them.

use std::collections::BTreeSet;

use crate::schema::semantic_equality::{
    elements_semantically_equal, is_effectively_empty, semantically_equal,
};
use crate::schema::timeouts::BLOCK;
use crate::schema::walk::{Member, Object};
use crate::schema::{Attribute, Block, Body, Kind, Node};
use crate::value::{Type, Value};

const RESPONSE: usize = 0;

/// What the plan or the state says, the latest first.
pub(crate) type Known<'a> = [Option<&'a Value>; 2];

/// As after an import: everything in the response is taken.
pub(crate) const NOTHING_KNOWN: Known<'static> = [None; 2];

/// The state after a response. Nothing in it is unknown.
pub(crate) fn reconcile(body: &Body, known: Known<'_>, response: &Value) -> Value {
    let [latest, earlier] = known;
    let root = Object::root(body, [Some(response), latest, earlier]);
    root.rebuild(|each| reconcile_member(each, Position::Standalone))
}

/// Where an object stands, which decides what a known null means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    /// At the root, or in an object that is no element: the user does not manage what is null.
    Standalone,
    /// In an element of a list or map, which is written as a whole: null is a value.
    Element,
}

fn reconcile_member(member: &Member<'_, 3>, position: Position) -> Value {
    match member.node {
        Node::Attribute(each) => reconcile_attribute(each, member, position),
        Node::Block(each) => reconcile_block(each, member, position),
    }
}

fn reconcile_object(object: &Object<'_, 3>, position: Position) -> Value {
    let position = if object.is_element() { Position::Element } else { position };
    match object.or_null()[RESPONSE] {
        Value::Map(_) => object.rebuild(|each| reconcile_member(each, position)),
        _ => Value::Null,
    }
}

fn reconcile_block(block: &Block, member: &Member<'_, 3>, position: Position) -> Value {
    if block.name == BLOCK {
        // `timeouts` is the framework's own block: no response has it.
        return known_values(member).next().map_or(Value::Null, Value::with_nulls_for_unknowns);
    }
    match member.or_null()[RESPONSE] {
        Value::Map(_) if position == Position::Standalone && is_unmanaged(member) => Value::Null,
        Value::Map(_) | Value::List(_) => {
            member.rebuild_objects(RESPONSE, |each| Some(reconcile_object(each, position)))
        }
        _ => block.absent_value(),
    }
}

fn reconcile_attribute(attribute: &Attribute, member: &Member<'_, 3>, position: Position) -> Value {
    let response = member.or_null()[RESPONSE];
    let stays_null =
        position == Position::Standalone && !attribute.is_computed() && is_unmanaged(member);
    if attribute.write_only || response.is_unknown() || stays_null {
        return Value::Null;
    }
    let is_empty = is_effectively_empty(attribute, response);
    // After an import nobody knows whether the user wrote `{}` or nothing; most write nothing.
    if is_empty && attribute.may_be_null() && known_values(member).next().is_none() {
        return Value::Null;
    }
    let is_equal = |known: &&Value| {
        semantically_equal(attribute, known, response)
            || (is_empty && is_effectively_empty(attribute, known))
    };
    if let Some(known) = known_values(member).find(is_equal) {
        return known.clone();
    }
    if attribute.nested().is_some() {
        return member.rebuild_objects(RESPONSE, |each| {
            let is_declared = each.key().is_none_or(|key| takes_key(attribute, member, key));
            is_declared.then(|| reconcile_object(each, position))
        });
    }
    match (&attribute.kind, response) {
        (Kind::Leaf(Type::Map(_)), Value::Map(_)) => reconcile_map(attribute, member),
        _ => response.with_nulls_for_unknowns(),
    }
}

/// For a map that differs as a whole: each element that means the same keeps the user's spelling.
fn reconcile_map(attribute: &Attribute, member: &Member<'_, 3>) -> Value {
    let keys = member.values.iter().flatten().filter_map(|value| value.as_map());
    let keys: BTreeSet<&String> = keys.flat_map(|elements| elements.keys()).collect();
    let elements = keys.into_iter().filter_map(|key| {
        let response = member.or_null()[RESPONSE].get(key);
        let is_equal = |known: &&Value| {
            elements_semantically_equal(attribute, key, known, response.unwrap_or(&Value::Null))
        };
        let known = known_values(member).filter_map(|known| known.get(key)).find(is_equal).cloned();
        let taken = response.filter(|_| takes_key(attribute, member, key));
        Some((key, known.or_else(|| taken.map(Value::with_nulls_for_unknowns))?))
    });
    Value::map(elements)
}

/// Whether the attribute takes this key: one that the user declared, where it ignores others.
fn takes_key(attribute: &Attribute, member: &Member<'_, 3>, key: &str) -> bool {
    let mut known = known_values(member).peekable();
    !attribute.ignore_undeclared_keys
        || known.peek().is_none()
        || known.any(|it| it.get(key).is_some())
}

/// Whether the plan or the state has the member, and only as null.
fn is_unmanaged(member: &Member<'_, 3>) -> bool {
    let mut known = known_values(member).peekable();
    known.peek().is_some() && known.all(Value::is_null)
}

fn known_values<'a>(member: &'a Member<'_, 3>) -> impl Iterator<Item = &'a Value> {
    let [_, latest, earlier] = member.values;
    latest.into_iter().chain(earlier)
}

#[cfg(test)]
mod tests;
