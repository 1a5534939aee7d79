//! The values of a plan as `aml` calls them, as far as they are known and may be told.

use aml::{Draft, Drafts, Entries, Given};

use super::instance_types;
use crate::plan::Value;

/// The types as far as they may be told. What is sensitive counts as not known.
pub(super) fn drafts(types: &Value) -> Given<Drafts> {
    match types {
        Value::Absent => Given::Unset,
        Value::Map(types) => {
            let each = types.iter();
            Given::Set(each.map(|(name, one)| (name.clone(), draft(one, |it| it))).collect())
        }
        _ => Given::Unknown,
    }
}

/// The types of one compute that are declared before, with those that its service has already and that
/// are written now: to write them is no change. Of those only what is written is looked at.
pub(super) fn adopted(before: &Value, after: &Value) -> Value {
    let (declared, held) =
        (before.get("instance_types"), before.get("effective_instance_types").entries());
    let (Some(held), Some(written)) = (held, after.get("instance_types").entries()) else {
        return declared.clone();
    };
    let fresh = written.iter().filter(|(name, _)| declared.get(name).is_absent());
    let taken: Vec<_> = fresh
        .filter_map(|(name, written)| Some((name.clone(), only(held.get(name)?, written))))
        .collect();
    match declared {
        Value::Absent if taken.is_empty() => Value::Absent,
        Value::Absent => Value::Map(taken.into_iter().collect()),
        Value::Map(types) => Value::Map(types.clone().into_iter().chain(taken).collect()),
        other => other.clone(),
    }
}

/// The parts of `held` that are in `written` too.
fn only(held: &Value, written: &Value) -> Value {
    match (held, written) {
        (_, Value::Absent) => Value::Absent,
        (Value::Map(parts), Value::Map(written)) => {
            let part = |(name, part): (&String, &Value)| {
                let written = written.get(name)?;
                let inner = if name == "resources" { only(part, written) } else { part.clone() };
                (!written.is_absent()).then(|| (name.clone(), inner))
            };
            Value::Map(parts.iter().filter_map(part).collect())
        }
        (held, _) => held.clone(),
    }
}

/// An instance type that is a resource of its own.
pub(super) fn object_drafts(resource: &Value) -> Drafts {
    drafts(&instance_types::as_map(resource)).known().cloned().unwrap_or_default()
}

/// The types with what is sensitive in them, to compare them.
pub(super) fn exact(types: &Value) -> Drafts {
    let types = types.exposed().entries().into_iter().flatten();
    types.map(|(name, one)| (name.clone(), draft(one, Value::exposed))).collect()
}

/// One type. `see` says what is seen of a value.
pub(super) fn draft(of: &Value, see: fn(&Value) -> &Value) -> Given<Draft> {
    let of = see(of);
    match of {
        Value::Absent => Given::Unset,
        Value::Map(_) => {
            let resources = see(of.get("resources"));
            let amounts = |key: &str| match resources {
                Value::Absent => Given::Unset,
                Value::Map(_) => entries(resources.get(key), see),
                _ => Given::Unknown,
            };
            Given::Set(Draft {
                node_selector: entries(of.get("node_selector"), see),
                requests: amounts("requests"),
                limits: amounts("limits"),
            })
        }
        _ => Given::Unknown,
    }
}

/// A map of texts. `see` says what is seen of a value.
pub(super) fn entries(of: &Value, see: fn(&Value) -> &Value) -> Given<Entries> {
    let one = |value: &Value| match see(value) {
        Value::Absent => Given::Unset,
        other => other.text().map_or(Given::Unknown, Given::Set),
    };
    match see(of) {
        Value::Absent => Given::Unset,
        Value::Map(map) => {
            Given::Set(map.iter().map(|(key, value)| (key.clone(), one(value))).collect())
        }
        _ => Given::Unknown,
    }
}
