//! Which computed values a plan cannot know yet.

use std::collections::BTreeSet;

use crate::meaning::same;
use crate::schema::{Attribute, Body, Kind, Nesting, Schema};
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
    let inside = attribute.nested();
    let objects = matches!((prior, planned), (Value::Map(_), Value::Map(_)));
    let single = matches!(attribute.kind, Kind::Nested(Nesting::Single, _));
    if !(objects && single && inside.iter().any(|each| each.state_only)) {
        return same(attribute, prior, planned);
    }
    inside.iter().filter(|each| !each.state_only).all(|each| {
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
    let marking = Marking { changed };
    if marking.changed.as_ref().is_some_and(BTreeSet::is_empty) {
        return;
    }
    marking.body(schema.body(), config, prior, planned, decided);
}

struct Marking {
    /// What changes at the root; `None` in a create.
    changed: Option<BTreeSet<&'static str>>,
}

impl Marking {
    fn body(
        &self, body: &Body, config: &Value, prior: Option<&Value>, planned: &mut Value,
        decided: Decided<'_>,
    ) {
        self.attributes(&body.attributes, config, prior, planned, decided);
        let Value::Map(fields) = planned else { return };
        for block in &body.blocks {
            let config = config.get(block.name).unwrap_or(&Value::Null);
            let prior = prior.and_then(|prior| prior.get(block.name));
            let Some(planned) = fields.get_mut(block.name) else { continue };
            each(block.nesting, config, prior, planned, &|config, prior, planned| {
                self.body(&block.body, config, prior, planned, &[]);
            });
        }
    }

    fn attributes(
        &self, attributes: &[Attribute], config: &Value, prior: Option<&Value>,
        planned: &mut Value, decided: Decided<'_>,
    ) {
        let Value::Map(fields) = planned else { return };
        for attribute in attributes.iter().filter(|each| !decided.contains(&each.name)) {
            let config = config.get(attribute.name).unwrap_or(&Value::Null);
            let prior = prior.and_then(|prior| prior.get(attribute.name));
            let Some(planned) = fields.get_mut(attribute.name) else { continue };
            if ours(attribute, config) {
                if self.moves(attribute, prior) {
                    *planned = Value::UNKNOWN;
                }
            } else if let Kind::Nested(nesting, attributes) = &attribute.kind {
                each(*nesting, config, prior, planned, &|config, prior, planned| {
                    self.attributes(attributes, config, prior, planned, &[]);
                });
            }
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

/// Whether the provider is the one who sets the value.
fn ours(attribute: &Attribute, config: &Value) -> bool {
    use crate::schema::Presence::{Computed, OptionalComputed};
    match attribute.presence {
        Computed => true,
        OptionalComputed => config.is_null() && attribute.default.is_none(),
        _ => false,
    }
}

/// Visits the objects of `planned`, each beside its configuration and its state.
fn each(
    nesting: Nesting, config: &Value, prior: Option<&Value>, planned: &mut Value,
    visit: &dyn Fn(&Value, Option<&Value>, &mut Value),
) {
    match (nesting, config, planned) {
        (Nesting::Single, config, planned) => visit(config, there(prior), planned),
        (Nesting::List, Value::List(config), Value::List(planned)) => {
            let prior = prior.and_then(Value::as_list).unwrap_or_default();
            for (index, (config, planned)) in config.iter().zip(planned).enumerate() {
                visit(config, there(prior.get(index)), planned);
            }
        }
        (Nesting::Map, Value::Map(config), Value::Map(planned)) => {
            for (key, planned) in planned {
                let config = config.get(key).unwrap_or(&Value::Null);
                visit(config, there(prior.and_then(|prior| prior.get(key))), planned);
            }
        }
        _ => {}
    }
}

fn there(prior: Option<&Value>) -> Option<&Value> {
    prior.filter(|prior| !prior.is_null())
}
