//! What a plan shows, and what a later plan must not take back.

use framework::{Path, Value};

use crate::format_path;

/// A place where a plan and the state differ.
pub(crate) struct Difference {
    pub(crate) at: String,
    /// Whether the plan says what it will be.
    pub(crate) is_known: bool,
}

pub(crate) fn differences(state: &Value, planned: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(state, planned, &Path::root(), &mut found);
    found
}

fn compare(before: &Value, after: &Value, at: &Path, found: &mut Vec<Difference>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Value::Map(old), Value::Map(new)) => {
            let names = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key)));
            for name in names {
                let of = |value: &Value| value.get(name).cloned().unwrap_or_default();
                compare(&of(before), &of(after), &at.clone().attribute(name), found);
            }
        }
        _ => found.push(Difference { at: format_path(at), is_known: !after.is_unknown() }),
    }
}

/// Core's rule for a plan that is made again: what was unknown may become anything.
pub(crate) fn broken_promises(first: &Value, later: &Value) -> Vec<String> {
    let mut found = Vec::new();
    find_broken(first, later, &Path::root(), &mut found);
    found
}

fn find_broken(before: &Value, after: &Value, at: &Path, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Unknown(_), _) => {}
        (Value::Map(before), Value::Map(after)) if before.keys().eq(after.keys()) => {
            for (name, before) in before {
                find_broken(before, &after[name], &at.clone().attribute(name), found);
            }
        }
        (Value::List(before), Value::List(after)) if before.len() == after.len() => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                find_broken(before, after, &at.clone().index(index), found);
            }
        }
        (before, after) if before == after => {}
        _ => found.push(format_path(at)),
    }
}
