//! Instance types before and after, one by one.

use std::collections::{BTreeMap, BTreeSet};

use aml::instance_type::renames;
use aml::{Amounts, Draft, Labels, Quantity};
use serde::Serialize;

use super::plan_input::{draft, drafts, with_adopted_types};
use super::schema;
use crate::plan::Value;

/// The instance types of a resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InstanceTypes {
    /// How much of them can be told.
    pub knowledge: Knowledge,
    /// True if they were written and are not any more: they stay, and nobody looks after them.
    pub unmanaged: bool,
    /// The default type before.
    pub default_before: Value,
    /// The default type after.
    pub default_after: Value,
    /// Each of them, in the order of their names.
    pub types: Vec<TypeChange>,
    /// Names of types that are declared elsewhere and stay as they are.
    pub left_alone: Vec<String>,
}

/// How much of something can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Knowledge {
    /// What is there is told.
    Known,
    /// It shows only during the apply.
    Unknown,
    /// It is never shown.
    Sensitive,
    /// It has a shape that this version does not know.
    Unreadable,
}

/// One instance type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TypeChange {
    /// Its name; after a renaming the new one.
    pub name: String,
    /// The name that it had, if it gets another one.
    pub previous_name: Option<String>,
    /// What becomes of it.
    #[serde(rename = "fate")]
    pub outcome: TypeOutcome,
    /// Labels that a node must have.
    pub node_selector: Part,
    /// What a job asks for.
    pub requests: Part,
    /// What a job may use at most.
    pub limits: Part,
}

/// What becomes of an instance type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TypeOutcome {
    /// It comes.
    Added,
    /// It goes.
    Removed,
    /// The same under another name.
    Renamed,
    /// It means something else.
    Changed,
    /// Not all of it is known yet.
    MayChange,
    /// It is written another way and means the same.
    Respelled,
    /// It is no longer written and stays as it is.
    Unmanaged,
    /// It stays as it is.
    Unchanged,
}

/// A map of an instance type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// How much of it can be told.
    pub knowledge: Knowledge,
    /// Its entries, in the order of their names.
    pub entries: Vec<Entry>,
}

/// A label, or the amount of one resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// The label's key, or the resource.
    pub name: String,
    /// As it was written.
    pub before: Value,
    /// As it is written.
    pub after: Value,
    /// True if its meaning changes, or may change.
    pub changed: bool,
    /// The quantity before as Kubernetes writes it, where that differs from the text.
    pub normalised_before: Option<String>,
    /// The quantity after as Kubernetes writes it, where that differs from the text.
    pub normalised_after: Option<String>,
}

impl InstanceTypes {
    /// The instance types of a resource; `None` for one that has none.
    pub(super) fn of(kind: &str, before: &Value, after: &Value) -> Option<InstanceTypes> {
        match kind {
            schema::COMPUTE => InstanceTypes::of_compute(before, after),
            schema::INSTANCE_TYPE => {
                let side = |side: &Value| {
                    Value::Map(
                        side.get("name")
                            .text()
                            .map(|name| (name, declared(side)))
                            .into_iter()
                            .collect(),
                    )
                };
                Some(InstanceTypes::compare(&side(before), &side(after)))
            }
            _ => None,
        }
    }

    fn of_compute(before: &Value, after: &Value) -> Option<InstanceTypes> {
        let (old, new) = (with_adopted_types(before, after), after.get("instance_types"));
        let default = |side: &Value| side.get("default_instance_type").clone();
        let (default_before, default_after) = (default(before), default(after));
        if [&old, new, &default_before, &default_after].into_iter().all(Value::is_absent) {
            return None;
        }
        let mut types =
            InstanceTypes { default_before, default_after, ..InstanceTypes::compare(&old, new) };
        // What goes with its compute is removed; without the argument it stays.
        if types.unmanaged && !after.is_absent() {
            types.types.iter_mut().for_each(|each| each.outcome = TypeOutcome::Unmanaged);
        }
        Some(types)
    }

    /// Compares two maps of instance types.
    pub(super) fn compare(old: &Value, new: &Value) -> InstanceTypes {
        let names: BTreeSet<&String> =
            [old, new].into_iter().filter_map(Value::entries).flat_map(BTreeMap::keys).collect();
        let exposed =
            |types: &Value| drafts(types, Value::expose).known().cloned().unwrap_or_default();
        let renamed = renames(&exposed(old), &exposed(new));
        let change = |name: &String| {
            let from = renamed.iter().find(|(_, to)| *to == name).map(|(from, _)| from);
            TypeChange::of(name, from, old, new)
        };
        let knowledge = less_known([old, new].map(types_knowledge));
        // Beside what cannot be told, every type would look as if it came or went.
        let names = names.into_iter().filter(|_| knowledge == Knowledge::Known);
        InstanceTypes {
            knowledge,
            unmanaged: new.is_absent() && !old.is_empty(),
            default_before: Value::Absent,
            default_after: Value::Absent,
            types: names.filter(|name| !renamed.contains_key(*name)).map(change).collect(),
            left_alone: Vec::new(),
        }
    }

    /// True if anything about them changes, or may change.
    pub fn any_change(&self) -> bool {
        self.knowledge != Knowledge::Known
            || self.unmanaged
            || self.default_before != self.default_after
            || self.changed_types().next().is_some()
    }

    /// Those that change, or may change.
    pub fn changed_types(&self) -> impl Iterator<Item = &TypeChange> {
        self.types.iter().filter(|each| each.changes())
    }

    /// Whether a type was the default, and whether it is.
    pub fn default_of(&self, each: &TypeChange) -> (bool, bool) {
        let previous = each.previous_name.as_ref().unwrap_or(&each.name);
        let is = |side: &Value, name: &String| side.text().is_some_and(|default| default == *name);
        (is(&self.default_before, previous), is(&self.default_after, &each.name))
    }

    /// True if a type becomes the default, or no longer is it.
    pub fn moves_default(&self, each: &TypeChange) -> bool {
        let (was, is) = self.default_of(each);
        was != is
    }
}

/// The attributes of an instance type.
const ATTRIBUTES: [&str; 2] = ["node_selector", "resources"];

/// What a resource of an instance type says of the type.
pub(super) fn declared(of: &Value) -> Value {
    let parts = ATTRIBUTES.iter().map(|name| ((*name).to_owned(), of.get(name).clone()));
    Value::Map(parts.collect())
}

/// How much can be told of two sides together.
fn less_known(sides: [Knowledge; 2]) -> Knowledge {
    let limited = sides.into_iter().find(|side| *side != Knowledge::Known);
    limited.unwrap_or(Knowledge::Known)
}

/// The same of a map of types, each of which has to be an instance type.
fn types_knowledge(of: &Value) -> Knowledge {
    match of {
        Value::Map(types) if types.values().any(has_more) => Knowledge::Unreadable,
        other => knowledge(other),
    }
}

/// True for an instance type that says more than this version knows of one.
fn has_more(one: &Value) -> bool {
    let more =
        |(name, value): (&String, &Value)| !ATTRIBUTES.contains(&&**name) && !value.is_empty();
    match one {
        Value::Map(parts) => parts.iter().any(more),
        Value::Known(_) | Value::List(_) => true,
        Value::Absent | Value::Unknown | Value::Sensitive(_) => false,
    }
}

fn knowledge(of: &Value) -> Knowledge {
    match of {
        Value::Absent | Value::Map(_) => Knowledge::Known,
        Value::Unknown => Knowledge::Unknown,
        Value::Sensitive(_) => Knowledge::Sensitive,
        Value::Known(_) | Value::List(_) => Knowledge::Unreadable,
    }
}

impl TypeChange {
    /// True if it changes, or may change.
    pub fn changes(&self) -> bool {
        !matches!(
            self.outcome,
            TypeOutcome::Unmanaged | TypeOutcome::Unchanged | TypeOutcome::Respelled
        )
    }

    fn of(name: &str, previous: Option<&String>, old: &Value, new: &Value) -> TypeChange {
        let before = old.get(previous.map_or(name, String::as_str));
        let after = new.get(name);
        let amounts = |key: &str| {
            let side = |value: &Value| match value.get("resources") {
                Value::Map(entries) => entries.get(key).cloned().unwrap_or_default(),
                Value::Absent => inside_other(value),
                other => other.clone(),
            };
            Part::of(&side(before), &side(after), amount_entry)
        };
        let side = |value: &Value| match value {
            Value::Map(entries) => entries.get("node_selector").cloned().unwrap_or_default(),
            other => inside_other(other),
        };
        TypeChange {
            name: name.to_owned(),
            previous_name: previous.cloned(),
            outcome: if previous.is_some() { TypeOutcome::Renamed } else { outcome(before, after) },
            node_selector: Part::of(&side(before), &side(after), label_entry),
            requests: amounts("requests"),
            limits: amounts("limits"),
        }
    }
}

/// What is below a value that is no object: nothing, or as little as is known of the value.
fn inside_other(value: &Value) -> Value {
    match value {
        Value::Unknown | Value::Sensitive(_) => value.clone(),
        _ => Value::Absent,
    }
}

fn outcome(before: &Value, after: &Value) -> TypeOutcome {
    let known = |value: &Value| draft(value, Value::expose).known().and_then(Draft::known);
    match (before.is_absent(), after.is_absent()) {
        (true, _) => TypeOutcome::Added,
        (_, true) => TypeOutcome::Removed,
        _ if before == after => TypeOutcome::Unchanged,
        _ => match (known(before), known(after)) {
            (Some(before), Some(after)) if before == after => TypeOutcome::Respelled,
            (Some(_), Some(_)) => TypeOutcome::Changed,
            _ => TypeOutcome::MayChange,
        },
    }
}

impl Part {
    fn of(before: &Value, after: &Value, entry: fn(&str, &Value, &Value) -> Entry) -> Part {
        let names: BTreeSet<&String> = [before, after]
            .into_iter()
            .filter_map(Value::entries)
            .flat_map(BTreeMap::keys)
            .collect();
        let side = |value: &Value, name: &str| match value {
            Value::Map(entries) => entries.get(name).cloned().unwrap_or_default(),
            other => inside_other(other),
        };
        let pairs = names.into_iter().map(|name| (name, side(before, name), side(after, name)));
        let there = pairs.filter(|(_, before, after)| !before.is_absent() || !after.is_absent());
        Part {
            knowledge: less_known([before, after].map(knowledge)),
            entries: there.map(|(name, before, after)| entry(name, &before, &after)).collect(),
        }
    }

    /// True if nothing is written on either side.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.knowledge == Knowledge::Known
    }
}

fn label_entry(name: &str, before: &Value, after: &Value) -> Entry {
    let labels = |value: &Value| Labels::from_iter(value.text().map(|text| (name, text)));
    Entry {
        name: name.to_owned(),
        changed: differ(before, after)
            && !(are_comparable(before, after) && labels(before) == labels(after)),
        before: before.clone(),
        after: after.clone(),
        normalised_before: None,
        normalised_after: None,
    }
}

fn amount_entry(name: &str, before: &Value, after: &Value) -> Entry {
    let amounts = |value: &Value| Amounts::from_iter(value.text().map(|text| (name, text)));
    let same = || amounts(before.expose()) == amounts(after.expose());
    Entry {
        name: name.to_owned(),
        changed: differ(before, after)
            && !(are_comparable(before.expose(), after.expose()) && same()),
        normalised_before: canonical_form(before),
        normalised_after: canonical_form(after),
        before: before.clone(),
        after: after.clone(),
    }
}

fn differ(before: &Value, after: &Value) -> bool {
    before.expose() != after.expose() || *after == Value::Unknown
}

/// True if both sides are texts or absent, so that their meaning can be compared.
fn are_comparable(before: &Value, after: &Value) -> bool {
    [before, after].into_iter().all(|side| side.is_absent() || side.text().is_some())
}

/// A quantity in its canonical form, where that differs from its text.
fn canonical_form(value: &Value) -> Option<String> {
    let text = value.text()?;
    let canonical = text.parse::<Quantity>().ok()?.canonical();
    (canonical != text).then_some(canonical)
}
