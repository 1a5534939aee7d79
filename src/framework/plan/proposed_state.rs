//! The first step of a plan: what the configuration says, defaults, and what the state remembers.

use crate::schema::walk::{Member, Object};
use crate::schema::{Body, Node, Presence};
use crate::value::Value;

const CONFIG: usize = 0;

/// The configuration with defaults filled in. Computed values are those of the state, or null.
pub(crate) fn proposed_state(body: &Body, config: &Value, prior: Option<&Value>) -> Value {
    Object::root(body, [Some(config), prior]).rebuild(propose_member)
}

fn propose_member(member: &Member<'_, 2>) -> Value {
    let Node::Attribute(attribute) = member.node else {
        return member.rebuild(CONFIG, propose_member);
    };
    let [config, prior] = member.or_null();
    if attribute.write_only {
        return Value::Null;
    }
    if attribute.presence == Presence::Computed {
        return prior.clone();
    }
    if !config.is_null() {
        return member.rebuild(CONFIG, propose_member);
    }
    match &attribute.default {
        Some(default) => default.clone(),
        None if attribute.is_computed() => prior.clone(),
        None => Value::Null,
    }
}
