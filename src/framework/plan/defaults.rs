//! The first step of a plan: what the configuration says, defaults, and what the state remembers.

use crate::schema::{Attribute, Body, Kind, Nesting, Presence};
use crate::value::Value;

/// The configuration with defaults filled in. Computed values are those of the state, or null.
pub(crate) fn propose(body: &Body, config: &Value, prior: Option<&Value>) -> Value {
    let of = |name: &str| (config.get(name).unwrap_or(&Value::Null), inside(prior, name));
    let attributes = body.attributes.iter().map(|each| {
        let (config, prior) = of(each.name);
        (each.name, attribute(each, config, prior))
    });
    let blocks = body.blocks.iter().map(|each| {
        let (config, prior) = of(each.name);
        let element = |config: &Value, prior: Option<&Value>| propose(&each.body, config, prior);
        (each.name, arranged(each.nesting, config, prior, &element))
    });
    Value::map(attributes.chain(blocks))
}

fn attribute(attribute: &Attribute, config: &Value, prior: Option<&Value>) -> Value {
    let remembered = || prior.cloned().unwrap_or_default();
    if attribute.write_only {
        return Value::Null;
    }
    if attribute.presence == Presence::Computed {
        return remembered();
    }
    if config.is_null() {
        return match &attribute.default {
            Some(default) => default.clone(),
            None if attribute.is_computed() => remembered(),
            None => Value::Null,
        };
    }
    match &attribute.kind {
        Kind::Leaf(_) => config.clone(),
        Kind::Nested(nesting, attributes) => {
            let element = |config: &Value, prior: Option<&Value>| object(attributes, config, prior);
            arranged(*nesting, config, prior, &element)
        }
    }
}

fn object(attributes: &[Attribute], config: &Value, prior: Option<&Value>) -> Value {
    Value::map(attributes.iter().map(|each| {
        let config = config.get(each.name).unwrap_or(&Value::Null);
        (each.name, attribute(each, config, inside(prior, each.name)))
    }))
}

/// The elements of `config`, each beside its counterpart in `prior`.
fn arranged(
    nesting: Nesting, config: &Value, prior: Option<&Value>,
    element: &dyn Fn(&Value, Option<&Value>) -> Value,
) -> Value {
    let one = |config: &Value, prior: Option<&Value>| match config {
        Value::Map(_) => element(config, prior.filter(|prior| !prior.is_null())),
        other => other.clone(),
    };
    match (nesting, config) {
        (Nesting::Single, config) => one(config, prior),
        (Nesting::List, Value::List(elements)) => {
            let prior = prior.and_then(Value::as_list).unwrap_or_default();
            let pairs = elements.iter().enumerate();
            Value::List(pairs.map(|(index, config)| one(config, prior.get(index))).collect())
        }
        (Nesting::Map, Value::Map(elements)) => {
            Value::map(elements.iter().map(|(key, config)| (key, one(config, inside(prior, key)))))
        }
        (_, other) => other.clone(),
    }
}

fn inside<'a>(prior: Option<&'a Value>, name: &str) -> Option<&'a Value> {
    prior.and_then(|prior| prior.get(name))
}
