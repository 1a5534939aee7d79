//! What surrounds an apply: the secrets that go in, and what was promised of what comes out.

pub(crate) mod verify;

use crate::schema::{Attribute, Body, Kind, Nesting, Presence, Schema};
use crate::value::Value;

/// Puts back what was planned of values that only the provider sets.
///
/// A plan that says such a value stays binds the result, though the object may have changed since.
/// The next refresh shows what it is by then.
pub(crate) fn hold(schema: &Schema, planned: &Value, settled: &mut Value) {
    let Value::Map(settled) = settled else { return };
    for each in schema.attributes().iter().filter(|each| each.presence == Presence::Computed) {
        if let Some(planned) = planned.get(each.name).filter(|planned| planned.is_wholly_known()) {
            settled.insert(each.name.to_owned(), planned.clone());
        }
    }
}

/// `planned` with the write-only values of `config`.
pub(crate) fn with_secrets(body: &Body, config: &Value, planned: &Value) -> Value {
    let of = |name: &str| (config.get(name), planned.get(name).unwrap_or(&Value::Null));
    let attributes = body.attributes.iter().map(|each| {
        let (config, planned) = of(each.name);
        (each.name, attribute(each, config, planned))
    });
    let blocks = body.blocks.iter().map(|each| {
        let (config, planned) = of(each.name);
        let element = |config: &Value, planned: &Value| with_secrets(&each.body, config, planned);
        (each.name, arranged(each.nesting, config, planned, &element))
    });
    Value::map(attributes.chain(blocks))
}

fn attribute(attribute: &Attribute, config: Option<&Value>, planned: &Value) -> Value {
    match &attribute.kind {
        _ if attribute.write_only => config.cloned().unwrap_or_default(),
        Kind::Leaf(_) => planned.clone(),
        Kind::Nested(nesting, attributes) => {
            let element = |config: &Value, planned: &Value| object(attributes, config, planned);
            arranged(*nesting, config, planned, &element)
        }
    }
}

fn object(attributes: &[Attribute], config: &Value, planned: &Value) -> Value {
    Value::map(attributes.iter().map(|each| {
        let planned = planned.get(each.name).unwrap_or(&Value::Null);
        (each.name, attribute(each, config.get(each.name), planned))
    }))
}

/// The objects of `planned`, each beside the one of `config`.
fn arranged(
    nesting: Nesting, config: Option<&Value>, planned: &Value,
    element: &dyn Fn(&Value, &Value) -> Value,
) -> Value {
    let one = |config: Option<&Value>, planned: &Value| match planned {
        Value::Map(_) => element(config.unwrap_or(&Value::Null), planned),
        other => other.clone(),
    };
    match (nesting, planned) {
        (Nesting::List, Value::List(elements)) => {
            let config = config.and_then(Value::as_list).unwrap_or_default();
            let pairs = elements.iter().enumerate();
            Value::List(pairs.map(|(index, planned)| one(config.get(index), planned)).collect())
        }
        (Nesting::Map, Value::Map(elements)) => {
            Value::map(elements.iter().map(|(key, planned)| {
                (key, one(config.and_then(|config| config.get(key)), planned))
            }))
        }
        (_, planned) => one(config, planned),
    }
}
