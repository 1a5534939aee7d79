//! What surrounds an apply: the write-only values that go in, and the state that comes out.

pub(crate) mod reconcile;
mod verify_result;

pub(crate) use verify_result::verify_result;

use crate::schema::walk::{Member, Object};
use crate::schema::{Body, Node, Presence, Schema};
use crate::value::Value;

/// Puts back what was planned of values that only the provider sets.
///
/// A plan that says such a value stays binds the result, though the object may have changed since.
/// The next refresh shows what it is by then.
pub(crate) fn pin_planned_computed(schema: &Schema, planned: &Value, state: &mut Value) {
    let Value::Map(state) = state else { return };
    for each in schema.attributes().iter().filter(|each| each.presence == Presence::Computed) {
        if let Some(planned) = planned.get(each.name).filter(|planned| planned.is_wholly_known()) {
            state.insert(each.name.to_owned(), planned.clone());
        }
    }
}

const PLANNED: usize = 0;

/// `planned` with the write-only values of `config`.
pub(crate) fn with_write_only_values(body: &Body, config: &Value, planned: &Value) -> Value {
    Object::root(body, [Some(planned), Some(config)]).rebuild(insert_write_only)
}

fn insert_write_only(member: &Member<'_, 2>) -> Value {
    let [_, config] = member.or_null();
    match member.node {
        Node::Attribute(attribute) if attribute.write_only => config.clone(),
        _ => member.rebuild(PLANNED, insert_write_only),
    }
}
