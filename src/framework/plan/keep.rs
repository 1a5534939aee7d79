//! Whose spelling a plan shows: the state's, where it means what the configuration says.
//!
//! Core accepts the prior value of a schema attribute only if it and the configured one are both
//! non-null, and never element by element of a map of strings (author's law of planning). So the
//! largest attribute comes first, then those nested in it.

use crate::meaning::same;
use crate::schema::{Attribute, Body, Kind, Nesting};
use crate::value::Value;

/// How much of a map of objects may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Units {
    /// Each attribute of each object.
    Every,
    /// Only the whole map: Terraform before 1.1 cannot bear one that is partly prior.
    WholeMaps,
}

impl Units {
    /// What the client of that version can bear. `tofu` goes on from Terraform 1.5.
    pub(crate) fn of(terraform_version: &str) -> Self {
        let mut parts = terraform_version.split('.').map(str::parse::<u32>);
        match (parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor))) if (major, minor) < (1, 1) => Self::WholeMaps,
            _ => Self::Every,
        }
    }
}

/// Puts the text of `prior` into `planned` wherever `config` is set and means the same.
pub(crate) fn keep(body: &Body, config: &Value, prior: &Value, planned: &mut Value, units: Units) {
    let Value::Map(fields) = planned else { return };
    for each in &body.attributes {
        let sides = (config.get(each.name), prior.get(each.name), fields.get_mut(each.name));
        if let (Some(config), Some(prior), Some(planned)) = sides {
            attribute(each, config, prior, planned, units);
        }
    }
    for each in &body.blocks {
        let sides = (config.get(each.name), prior.get(each.name), fields.get_mut(each.name));
        if let (Some(config), Some(prior), Some(planned)) = sides {
            elements(each.nesting, config, prior, planned, &|config, prior, planned| {
                keep(&each.body, config, prior, planned, units);
            });
        }
    }
}

fn attribute(
    attribute: &Attribute, config: &Value, prior: &Value, planned: &mut Value, units: Units,
) {
    if prior.is_null() || planned.is_null() || attribute.write_only {
        return;
    }
    if (!config.is_null() || attribute.is_computed()) && same(attribute, prior, planned) {
        planned.clone_from(prior);
        return;
    }
    let Kind::Nested(nesting, attributes) = &attribute.kind else { return };
    if units == Units::WholeMaps && *nesting == Nesting::Map {
        return;
    }
    elements(*nesting, config, prior, planned, &|config, prior, planned| {
        let Value::Map(fields) = planned else { return };
        for each in attributes {
            let sides = (config.get(each.name), prior.get(each.name), fields.get_mut(each.name));
            if let (Some(config), Some(prior), Some(planned)) = sides {
                self::attribute(each, config, prior, planned, units);
            }
        }
    });
}

/// Visits the objects that all three have.
fn elements(
    nesting: Nesting, config: &Value, prior: &Value, planned: &mut Value,
    visit: &dyn Fn(&Value, &Value, &mut Value),
) {
    match (nesting, config, prior, planned) {
        (Nesting::Single, config, prior, planned) => visit(config, prior, planned),
        (Nesting::List, Value::List(config), Value::List(prior), Value::List(planned)) => {
            for ((config, prior), planned) in config.iter().zip(prior).zip(planned) {
                visit(config, prior, planned);
            }
        }
        (Nesting::Map, Value::Map(config), Value::Map(prior), Value::Map(planned)) => {
            for (key, planned) in planned {
                if let (Some(config), Some(prior)) = (config.get(key), prior.get(key)) {
                    visit(config, prior, planned);
                }
            }
        }
        _ => {}
    }
}
