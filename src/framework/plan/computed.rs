//! Which computed values a plan cannot know yet.

use std::collections::BTreeSet;

use crate::meaning::same;
use crate::schema::walk::{Member, Object};
use crate::schema::{Attribute, Node, Presence, Schema};
use crate::timeouts::BLOCK;
use crate::value::Value;

/// Names of attributes at the root that the author decided: they are not marked again.
pub(crate) type Decided<'a> = &'a [&'static str];

/// The attributes and blocks of the root whose meaning changes, save those that are Terraform's
/// alone.
pub(crate) fn changes(schema: &Schema, prior: &Value, planned: &Value) -> BTreeSet<&'static str> {
    let sides = |name: &str| (prior.get(name), planned.get(name));
    let attributes = schema.attributes().iter().filter(|each| !each.state_only).filter(|each| {
        !matches!(sides(each.name), (Some(prior), Some(planned)) if stays(each, prior, planned))
    });
    let blocks = schema.blocks().iter().filter(|each| each.name != BLOCK).filter(|each| {
        let (prior, planned) = sides(each.name);
        prior != planned || planned.is_some_and(|planned| !planned.is_wholly_known())
    });
    attributes.map(|each| each.name).chain(blocks.map(|each| each.name)).collect()
}

/// Whether both mean the same, but for what is Terraform's alone inside an object.
fn stays(attribute: &Attribute, prior: &Value, planned: &Value) -> bool {
    let is_state_only = |each: &Attribute| each.state_only;
    let nested = attribute.single_object().map(|body| &body.attributes);
    let nested = nested.filter(|nested| nested.iter().any(is_state_only));
    let (Some(nested), Value::Map(_), Value::Map(_)) = (nested, prior, planned) else {
        return same(attribute, prior, planned);
    };
    nested.iter().filter(|each| !each.state_only).all(|each| {
        let sides = (prior.get(each.name), planned.get(each.name));
        matches!(sides, (Some(prior), Some(planned)) if same(each, prior, planned))
    })
}

/// Marks the computed values that a create (`prior` is none) or this update may move.
pub(crate) fn mark(
    schema: &Schema, config: &Value, prior: Option<&Value>, planned: &mut Value,
    decided: Decided<'_>,
) {
    let changed = prior.map(|prior| changes(schema, prior, planned));
    if changed.as_ref().is_some_and(BTreeSet::is_empty) {
        return;
    }
    let root = Object::root(schema.body(), [Some(config), prior]);
    Marking { changed }.object(&root, planned, decided);
}

struct Marking {
    /// What changes at the root; `None` in a create.
    changed: Option<BTreeSet<&'static str>>,
}

impl Marking {
    fn object(&self, object: &Object<'_, 2>, planned: &mut Value, decided: Decided<'_>) {
        object.members_mut(planned, |member, planned| match member.node {
            Node::Attribute(attribute) if decided.contains(&attribute.name) => {}
            _ => self.member(member, planned),
        });
    }

    fn member(&self, member: &Member<'_, 2>, planned: &mut Value) {
        let [config, _] = member.or_null();
        let [_, prior] = member.values;
        match member.node {
            Node::Attribute(attribute) if is_set_by_provider(attribute, config) => {
                if self.moves(attribute, prior) {
                    *planned = Value::UNKNOWN;
                }
            }
            _ => member.objects_mut(planned, |object, planned| self.object(object, planned, &[])),
        }
    }

    fn moves(&self, attribute: &Attribute, prior: Option<&Value>) -> bool {
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
