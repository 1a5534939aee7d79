//! The values of a plan as input of `aml`'s rules.
//!
//! `see` says what is seen of a value: the value itself, so that what is sensitive counts as not
//! known, or [`Value::expose`] to compare what is never shown.

use aml::compute::Compute;
use aml::{Draft, Drafts};
use vocabulary::{Attr, AttrMap};

use crate::plan::Value;

pub(super) fn compute(of: &Value, see: fn(&Value) -> &Value) -> Compute {
    let types = |name: &str| drafts(of.get(name), see);
    let presence = |name: &str| match of.get(name) {
        Value::Absent => Attr::Null,
        // A block that is not written.
        Value::List(blocks) if blocks.is_empty() => Attr::Null,
        _ => Attr::Known(()),
    };
    Compute {
        extension_id: text(of.get("extension_id").expose()),
        instance_types: types("instance_types"),
        effective_instance_types: types("effective_instance_types")
            .known()
            .cloned()
            .unwrap_or_default(),
        default_instance_type: text(see(of.get("default_instance_type"))),
        description: presence("description"),
        tags: presence("tags"),
        identity: presence("identity"),
    }
}

pub(super) fn drafts(types: &Value, see: fn(&Value) -> &Value) -> Attr<Drafts> {
    match see(types) {
        Value::Absent => Attr::Null,
        Value::Map(types) => {
            let each = types.iter();
            Attr::Known(each.map(|(name, one)| (name.clone(), draft(one, see))).collect())
        }
        _ => Attr::Unknown,
    }
}

/// The types of one compute that are declared before, with those that its service has already and that
/// are written now: to write them is no change. Of those only what is written is looked at.
pub(super) fn with_adopted_types(before: &Value, after: &Value) -> Value {
    let declared = before.get("instance_types");
    let held = before.get("effective_instance_types").entries();
    let (Some(held), Some(written)) = (held, after.get("instance_types").entries()) else {
        return declared.clone();
    };
    let fresh = written.iter().filter(|(name, _)| declared.get(name).is_absent());
    let taken: Vec<_> = fresh
        .filter_map(|(name, written)| Some((name.clone(), written_parts(held.get(name)?, written))))
        .collect();
    match declared {
        Value::Absent if taken.is_empty() => Value::Absent,
        Value::Absent => Value::Map(taken.into_iter().collect()),
        Value::Map(types) => Value::Map(types.clone().into_iter().chain(taken).collect()),
        other => other.clone(),
    }
}

/// The parts of `held` that are in `written` too.
fn written_parts(held: &Value, written: &Value) -> Value {
    match (held, written) {
        (_, Value::Absent) => Value::Absent,
        (Value::Map(parts), Value::Map(written)) => {
            let part = |(name, part): (&String, &Value)| {
                let written = written.get(name)?;
                let inner =
                    if name == "resources" { written_parts(part, written) } else { part.clone() };
                (!written.is_absent()).then(|| (name.clone(), inner))
            };
            Value::Map(parts.iter().filter_map(part).collect())
        }
        (held, _) => held.clone(),
    }
}

pub(super) fn draft(of: &Value, see: fn(&Value) -> &Value) -> Attr<Draft> {
    let of = see(of);
    match of {
        Value::Absent => Attr::Null,
        Value::Map(_) => {
            let resources = see(of.get("resources"));
            let amounts = |key: &str| match resources {
                Value::Absent => Attr::Null,
                Value::Map(_) => entries(resources.get(key), see),
                _ => Attr::Unknown,
            };
            Attr::Known(Draft {
                node_selector: entries(of.get("node_selector"), see),
                requests: amounts("requests"),
                limits: amounts("limits"),
            })
        }
        _ => Attr::Unknown,
    }
}

pub(super) fn entries(of: &Value, see: fn(&Value) -> &Value) -> AttrMap<String> {
    match see(of) {
        Value::Absent => Attr::Null,
        Value::Map(map) => {
            let each = map.iter();
            Attr::Known(each.map(|(key, value)| (key.clone(), text(see(value)))).collect())
        }
        _ => Attr::Unknown,
    }
}

fn text(of: &Value) -> Attr<String> {
    match of {
        Value::Absent => Attr::Null,
        other => other.text().map_or(Attr::Unknown, Attr::Known),
    }
}
