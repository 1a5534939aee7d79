//! The settings that a change changes, leaf by leaf.

use serde::Serialize;

use crate::plan::Value;

/// A setting before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setting {
    /// Where it stands, as Terraform writes a path: `node_selector["disk"]`.
    pub path: String,
    /// What it was.
    pub before: Value,
    /// What it becomes.
    pub after: Value,
    /// What follows for those who use the cluster, where something does.
    pub impact: Option<String>,
}

/// Every leaf that differs between two objects, in the order of their paths. Attributes for which
/// `told` is false are passed over.
pub(super) fn differences(
    before: &Value, after: &Value, told: impl Fn(&str) -> bool,
) -> Vec<Setting> {
    let mut found = Vec::new();
    for name in keys(before, after).into_iter().filter(|name| told(name)) {
        walk(name.to_owned(), 1, before.get(name), after.get(name), &mut found);
    }
    found
}

/// Deeper than this, a value is shown as a whole.
const DEEPEST: usize = 6;

fn walk(path: String, depth: usize, before: &Value, after: &Value, found: &mut Vec<Setting>) {
    if before == after {
        return;
    }
    let both = (before.entries().is_some() || before.is_absent())
        && (after.entries().is_some() || after.is_absent());
    let keys = keys(before, after);
    if !both || depth >= DEEPEST || keys.is_empty() {
        let (before, after) = (before.clone(), after.clone());
        found.push(Setting { path, before, after, impact: None });
        return;
    }
    for key in keys {
        walk(step(&path, key), depth + 1, before.get(key), after.get(key), found);
    }
}

/// The path of an entry. Attributes of objects and keys of maps look alike in a plan, so what can be
/// an attribute is written as one, save below an attribute that is known to be a map.
fn step(path: &str, key: &str) -> String {
    const MAPS: [&str; 7] = [
        "node_selector",
        "configuration_settings",
        "configuration_protected_settings",
        "effective_configuration_settings",
        "instance_types",
        "effective_instance_types",
        "tags",
    ];
    let last = path.rsplit('.').next().unwrap_or(path);
    let plain = key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain && !MAPS.contains(&last) {
        format!("{path}.{key}")
    } else {
        format!("{path}[{key:?}]")
    }
}

/// The keys of both sides in their order.
fn keys<'a>(before: &'a Value, after: &'a Value) -> std::collections::BTreeSet<&'a str> {
    let sides = [before, after].into_iter().filter_map(Value::entries);
    sides.flat_map(|entries| entries.keys().map(String::as_str)).collect()
}
