//! The one thing that a plan cannot promise: a new spelling beside something unknown.
//!
//! Core keeps the state's spelling of a map whole or not at all. With an unknown element in it the
//! plan shows the configuration's; if that element turns out to be the old one, the plan at apply
//! would keep the state's, and core refuses a plan that changed its mind.

use crate::diagnostic::Diagnostic;
use crate::meaning::same_element;
use crate::path::Path;
use crate::schema::{Attribute, Kind, Nesting, Schema};
use crate::value::Value;

/// A warning for each map that has an unknown element and another one in a new spelling.
pub(super) fn respelt(schema: &Schema, config: &Value, prior: &Value) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    attributes(schema.attributes(), config, prior, &Path::root(), &mut found);
    found
}

fn attributes(
    attributes: &[Attribute], config: &Value, prior: &Value, at: &Path, found: &mut Vec<Diagnostic>,
) {
    for each in attributes {
        let (Some(config), Some(prior)) = (config.get(each.name), prior.get(each.name)) else {
            continue;
        };
        let at = at.clone().attribute(each.name);
        match (&each.kind, config, prior) {
            (Kind::Leaf(_), ..) => found.extend(map(each, config, prior, &at)),
            (Kind::Nested(Nesting::Map, nested), Value::Map(config), Value::Map(prior)) => {
                for (key, config) in config {
                    let Some(prior) = prior.get(key) else { continue };
                    self::attributes(nested, config, prior, &at.clone().key(key), found);
                }
            }
            (Kind::Nested(Nesting::List, nested), Value::List(config), Value::List(prior)) => {
                for (index, (config, prior)) in config.iter().zip(prior).enumerate() {
                    self::attributes(nested, config, prior, &at.clone().index(index), found);
                }
            }
            (Kind::Nested(_, nested), config, prior) => {
                self::attributes(nested, config, prior, &at, found);
            }
        }
    }
}

fn map(attribute: &Attribute, config: &Value, prior: &Value, at: &Path) -> Option<Diagnostic> {
    let (config, prior) = (config.as_map()?, prior.as_map()?);
    if !config.values().any(Value::is_unknown) {
        return None;
    }
    let moved = config.iter().find_map(|(key, new)| {
        let old = prior.get(key).filter(|old| *old != new)?;
        same_element(attribute, key, old, new).then_some(key)
    })?;
    let name = at.to_string();
    let name = name.trim_start_matches('.');
    let detail = format!(
        "`{moved}` is spelt anew, and another element of the map is not known yet. Should that one \
         turn out unchanged, the apply ends with \"inconsistent final plan\" and the next one \
         succeeds. Keep the spelling of the state until then.",
    );
    Some(Diagnostic::warning(format!("New spelling in {name}")).detail(detail).at(at.clone()))
}
