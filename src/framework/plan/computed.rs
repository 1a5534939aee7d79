//! Which computed values a plan cannot know yet.

use std::collections::BTreeSet;

use crate::schema::semantic_equality::semantically_equal;
use crate::schema::timeouts::BLOCK;
use crate::schema::walk::{Member, Object};
use crate::schema::{Attribute, Node, Presence, Schema};
use crate::value::Value;

/// Names of attributes at the root whose values the author planned: they are not marked again.
pub(crate) type Modified<'a> = &'a [&'static str];

/// The attributes and blocks of the root whose meaning changes, save those that only the state
/// knows.
pub(crate) fn changed_names(
    schema: &Schema, prior: &Value, planned: &Value,
) -> BTreeSet<&'static str> {
    let values = |name: &str| (prior.get(name), planned.get(name));
    let attributes = schema.attributes().iter().filter(|each| !each.state_only).filter(|each| {
        !matches!(values(each.name), (Some(prior), Some(planned)) if is_unchanged(each, prior, planned))
    });
    let blocks = schema.blocks().iter().filter(|each| each.name != BLOCK).filter(|each| {
        let (prior, planned) = values(each.name);
        prior != planned || planned.is_some_and(|planned| !planned.is_wholly_known())
    });
    attributes.map(|each| each.name).chain(blocks.map(|each| each.name)).collect()
}

/// Whether both mean the same, save for what only the state knows inside an object.
fn is_unchanged(attribute: &Attribute, prior: &Value, planned: &Value) -> bool {
    let is_state_only = |each: &Attribute| each.state_only;
    let nested = attribute.single_object().map(|body| &body.attributes);
    let nested = nested.filter(|nested| nested.iter().any(is_state_only));
    let (Some(nested), Value::Map(_), Value::Map(_)) = (nested, prior, planned) else {
        return semantically_equal(attribute, prior, planned);
    };
    nested.iter().filter(|each| !each.state_only).all(|each| {
        let values = (prior.get(each.name), planned.get(each.name));
        matches!(values, (Some(prior), Some(planned)) if semantically_equal(each, prior, planned))
    })
}

/// Marks the computed values that a create (`prior` is none) or this update may change.
pub(crate) fn mark_computed_unknown(
    schema: &Schema, config: &Value, prior: Option<&Value>, planned: &mut Value,
    modified: Modified<'_>,
) {
    let changed = prior.map(|prior| changed_names(schema, prior, planned));
    if changed.as_ref().is_some_and(BTreeSet::is_empty) {
        return;
    }
    let root = Object::root(schema.body(), [Some(config), prior]);
    ComputedMarker { changed }.mark_object(&root, planned, modified);
}

struct ComputedMarker {
    /// What changes at the root; `None` in a create.
    changed: Option<BTreeSet<&'static str>>,
}

impl ComputedMarker {
    fn mark_object(&self, object: &Object<'_, 2>, planned: &mut Value, modified: Modified<'_>) {
        object.members_mut(planned, |member, planned| match member.node {
            Node::Attribute(attribute) if modified.contains(&attribute.name) => {}
            _ => self.mark_member(member, planned),
        });
    }

    fn mark_member(&self, member: &Member<'_, 2>, planned: &mut Value) {
        let [config, _] = member.or_null();
        let [_, prior] = member.values;
        match member.node {
            Node::Attribute(attribute) if is_set_by_provider(attribute, config) => {
                if self.may_change(attribute, prior) {
                    *planned = Value::UNKNOWN;
                }
            }
            _ => member
                .objects_mut(planned, |object, planned| self.mark_object(object, planned, &[])),
        }
    }

    fn may_change(&self, attribute: &Attribute, prior: Option<&Value>) -> bool {
        let (Some(changed), Some(prior)) = (&self.changed, prior) else { return true };
        if !attribute.depends_on.is_empty() {
            return attribute.depends_on.iter().any(|name| changed.contains(name));
        }
        // A stable value that an interrupted create did not learn is still to come.
        !attribute.stable || prior.is_null()
    }
}

fn is_set_by_provider(attribute: &Attribute, config: &Value) -> bool {
    match attribute.presence {
        Presence::Computed => true,
        Presence::OptionalComputed => config.is_null() && attribute.default.is_none(),
        _ => false,
    }
}
