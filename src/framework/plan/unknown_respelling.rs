//! The one thing that a plan cannot promise: a new spelling beside something unknown.
//!
//! Core keeps the state's spelling of an attribute whole or not at all. With an unknown value in it
//! the plan shows the configuration's; if that value turns out to be the old one, the plan at apply
//! would keep the state's, and core refuses a plan that changed its mind.

use crate::schema::semantic_equality::semantically_equal;
use crate::schema::walk::{Member, Object, Pairing};
use crate::schema::{Attribute, Node, Schema};
use crate::value::Value;
use vocabulary::{Diagnostic, Path};

/// A warning for each attribute in which something is unknown and something else newly spelt.
pub(super) fn unknown_respellings(
    schema: &Schema, prior: &Value, planned: &Value,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    check_object(&Object::root(schema.body(), [Some(prior), Some(planned)]), &mut diagnostics);
    diagnostics
}

/// Looks at the objects that both the state and the plan have.
fn check_object(object: &Object<'_, 2>, diagnostics: &mut Vec<Diagnostic>) {
    for member in object.members() {
        match member.node {
            Node::Attribute(each) => check_attribute(each, &member, diagnostics),
            Node::Block(_) => check_nested(&member, diagnostics),
        }
    }
}

/// What is nested in the attribute comes first: it says best where the spelling is.
fn check_attribute(
    attribute: &Attribute, member: &Member<'_, 2>, diagnostics: &mut Vec<Diagnostic>,
) {
    let [prior, planned] = member.or_null();
    if prior.is_null() || planned.is_null() || planned.is_wholly_known() {
        return;
    }
    let before = diagnostics.len();
    check_nested(member, diagnostics);
    let unchanged = with_unknowns_unchanged(prior, planned);
    if diagnostics.len() == before
        && unchanged != *prior
        && semantically_equal(attribute, prior, &unchanged)
    {
        diagnostics.push(respelling_warning(
            &member.path(),
            &first_difference(prior, &unchanged, &Path::root()),
        ));
    }
}

fn check_nested(member: &Member<'_, 2>, diagnostics: &mut Vec<Diagnostic>) {
    for each in member.objects(Pairing::Common) {
        check_object(&each, diagnostics);
    }
}

/// The plan if everything that is not known turns out to be what it was. What was not there before
/// stays unknown.
fn with_unknowns_unchanged(prior: &Value, planned: &Value) -> Value {
    match (prior, planned) {
        (prior, Value::Unknown(_)) => prior.clone(),
        (Value::Map(prior), Value::Map(planned)) => {
            Value::map(planned.iter().map(|(key, planned)| {
                (
                    key,
                    prior
                        .get(key)
                        .map_or_else(|| planned.clone(), |it| with_unknowns_unchanged(it, planned)),
                )
            }))
        }
        (Value::List(prior), Value::List(planned)) if prior.len() == planned.len() => Value::List(
            prior
                .iter()
                .zip(planned)
                .map(|(it, planned)| with_unknowns_unchanged(it, planned))
                .collect(),
        ),
        (_, planned) => planned.clone(),
    }
}

/// The first place at which two values are not the same text.
fn first_difference(one: &Value, other: &Value, at: &Path) -> Path {
    let (Value::Map(one), Value::Map(other)) = (one, other) else { return at.clone() };
    let key = one.keys().chain(other.keys()).find(|key| one.get(*key) != other.get(*key));
    match key {
        Some(key) => {
            let of = |map: &std::collections::BTreeMap<String, Value>| {
                map.get(key).cloned().unwrap_or_default()
            };
            first_difference(&of(one), &of(other), &at.clone().key(key))
        }
        None => at.clone(),
    }
}

fn respelling_warning(at: &Path, respelling: &Path) -> Diagnostic {
    let name = at.to_string();
    let name = name.trim_start_matches('.');
    let detail = format!(
        "`{name}{respelling}` is spelled differently, and something else in `{name}` is not known \
         yet. Should that turn out unchanged, the apply ends with \"inconsistent final plan\" and \
         the next one succeeds. Keep the spelling of the state until then.",
    );
    Diagnostic::warning(format!("New spelling in {name}")).detail(detail).at(at.clone())
}
