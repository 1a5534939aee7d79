//! The settings that a change changes, leaf by leaf.

use std::collections::BTreeSet;

use serde::Serialize;

use super::ResourceSchema;
use crate::plan::Value;

/// A setting before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setting {
    /// As Terraform writes a path: `node_selector["disk"]`.
    pub path: String,
    /// Before the change.
    pub before: Value,
    /// After it.
    pub after: Value,
    /// What follows for those who use the cluster, where something does.
    pub impact: Option<String>,
}

/// Every leaf that differs between two objects, in the order of their paths, below the attributes
/// for which `is_shown` holds.
pub(super) fn differences(
    before: &Value, after: &Value, schema: &ResourceSchema, is_shown: impl Fn(&str) -> bool,
) -> Vec<Setting> {
    let mut differences = Differences { schema, found: Vec::new() };
    for name in keys(before, after).into_iter().filter(|name| is_shown(name)) {
        let place = Place::root(name);
        differences.add(place, before.get(name), after.get(name));
    }
    differences.found
}

struct Differences<'a> {
    schema: &'a ResourceSchema,
    found: Vec<Setting>,
}

struct Place {
    path: String,
    /// Without keys of maps.
    in_schema: String,
    /// Of a map that the schema has at this place.
    is_element: bool,
    depth: usize,
}

impl Place {
    fn root(name: &str) -> Place {
        Place { path: name.to_owned(), in_schema: name.to_owned(), is_element: false, depth: 1 }
    }
}

/// Deeper than this, a value is shown as a whole.
const DEEPEST: usize = 6;

impl Differences<'_> {
    fn add(&mut self, place: Place, before: &Value, after: &Value) {
        if before == after {
            return;
        }
        let is_object = |side: &Value| side.entries().is_some() || side.is_absent();
        let keys = keys(before, after);
        if !is_object(before) || !is_object(after) || place.depth >= DEEPEST || keys.is_empty() {
            let (before, after) = (before.clone(), after.clone());
            self.found.push(Setting { path: place.path, before, after, impact: None });
            return;
        }
        for key in keys {
            self.add(self.below(&place, key), before.get(key), after.get(key));
        }
    }

    fn below(&self, place: &Place, key: &str) -> Place {
        let Place { path, in_schema, is_element, depth } = place;
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let is_element = !is_element && self.schema.maps.contains(in_schema);
        let (path, in_schema) = if is_element || !key.chars().all(is_name) {
            (format!("{path}[{key:?}]"), in_schema.clone())
        } else {
            (format!("{path}.{key}"), format!("{in_schema}.{key}"))
        };
        Place { path, in_schema, is_element, depth: depth + 1 }
    }
}

/// The keys of both sides in their order.
fn keys<'a>(before: &'a Value, after: &'a Value) -> BTreeSet<&'a str> {
    let sides = [before, after].into_iter().filter_map(Value::entries);
    sides.flat_map(|entries| entries.keys().map(String::as_str)).collect()
}
