//! What a change of instance types means for those who submit jobs.
//!
//! Places count from the map of types. A change that is not certain yet is not reported.

use std::collections::{BTreeMap, BTreeSet};

use vocabulary::{Attr, AttrMap, Path};

use super::custom_resource::{check_name, suggest_name};
use super::ownership::{unmanaged_impact, with_existing};
use super::{Draft, Drafts, Types, is_extended, is_known, known, names};
use crate::{Impact, Quantity};

/// Reports everything that a change of the instance types of a compute means. `held` are the types
/// that the service has beside those that were declared `before`. A compute that `is_replaced` has
/// what is written and nothing else.
pub fn impacts(
    before: &Drafts, held: &Drafts, after: Attr<Drafts>, is_replaced: bool,
) -> Vec<Impact> {
    match after {
        Attr::Null if is_replaced => changes(before, &Drafts::new()),
        Attr::Null => unmanaged_impact(before).into_iter().collect(),
        Attr::Unknown => Vec::new(),
        Attr::Known(after) => {
            let before = with_existing(before, held, &after);
            let after = if is_replaced { empty_unwritten_parts(after) } else { after };
            [changes(&before, &after), foreign_names(&before, &after)].concat()
        }
    }
}

/// In a compute that is attached again nothing stays of a part that is not written.
fn empty_unwritten_parts(mut types: Drafts) -> Drafts {
    for draft in types.values_mut() {
        let Attr::Known(draft) = draft else { continue };
        for part in [&mut draft.node_selector, &mut draft.requests, &mut draft.limits] {
            if part.is_null() {
                *part = Attr::Known(BTreeMap::new());
            }
        }
    }
    types
}

/// Reports types that go or get another name, selectors that change, and limits that sink.
pub fn changes(before: &Drafts, after: &Drafts) -> Vec<Impact> {
    let mut found = removals(before, after);
    for (name, draft) in after {
        let before = before.get(name).and_then(Attr::known);
        if let (Some(before), Some(after)) = (before, draft.known()) {
            let one = Change { name, at: Path::root().key(name), before, after };
            found.extend(one.selector());
            found.extend(one.limits());
            found.extend(one.unmanaged_parts());
        }
    }
    found
}

/// Reports another default type. The place is the attribute of the default type.
pub fn default_change(before: Option<&str>, after: Attr<&str>) -> Option<Impact> {
    let (before, after) = (before?, after.known()?);
    if before == *after {
        return None;
    }
    let what = format!("is no longer the default: {after} is");
    let means = "jobs that name only the compute and no instance type \
                 run on the new default from now on";
    Some(Impact::new(Path::root(), before, what, means))
}

const FOREIGN: &str = "the compute takes it, and Kubernetes refuses it for an `InstanceType` in the \
                       cluster; use lower-case letters, digits, hyphens and dots";

/// Reports new types whose name the compute takes and the cluster refuses. A name with `_` or capitals
/// was the rule in 2021, and nobody can declare it as an `InstanceType` of the cluster.
fn foreign_names(before: &Drafts, after: &Drafts) -> Vec<Impact> {
    let (old, new) = (names(before), names(after));
    let foreign = new.difference(&old).filter(|name| check_name(name).is_some());
    let impact = |name: &&str| {
        let instead =
            suggest_name(name).map(|name| format!(", such as {name:?}")).unwrap_or_default();
        let means = format!("{FOREIGN}{instead}");
        let entry = match suggest_name(name) {
            Some(instead) => format!("{name} (such as {instead})"),
            None => (*name).to_owned(),
        };
        let at = Path::root().key(*name);
        Impact::new(at, *name, "is not a valid name in the cluster", means).among(
            entry,
            "are not valid names in the cluster",
            FOREIGN,
        )
    };
    foreign.map(impact).collect()
}

/// Types that get another name: the old name with the new one, each type with the same content.
pub fn renames(before: &Drafts, after: &Drafts) -> BTreeMap<String, String> {
    let (old, new) = (names(before), names(after));
    let mut gone = old.difference(&new).copied().peekable();
    // Most changes rename nothing, and to compare contents they all have to be read.
    if gone.peek().is_none() {
        return BTreeMap::new();
    }
    let added: Drafts =
        after.iter().filter(|(name, _)| !old.contains(name.as_str())).map(clone_entry).collect();
    let mut added = known(&added).unwrap_or_default();
    gone.filter_map(|name| {
        Some((name.to_owned(), take_same_content(before.get(name)?.known()?, &mut added)?))
    })
    .collect()
}

fn clone_entry((name, draft): (&String, &Attr<Draft>)) -> (String, Attr<Draft>) {
    (name.clone(), draft.clone())
}

/// Takes the type with the same content out of those that were `added`.
fn take_same_content(draft: &Draft, added: &mut Types) -> Option<String> {
    let content = draft.known()?;
    let twin = added.iter().find(|(_, other)| **other == content)?.0.clone();
    added.remove(&twin);
    Some(twin)
}

/// A removal, or a new name.
fn removals(before: &Drafts, after: &Drafts) -> Vec<Impact> {
    let renamed = renames(before, after);
    let (old, new) = (names(before), names(after));
    let removal = |name: &str| {
        let Some(twin) = renamed.get(name) else {
            let means = "jobs that name this instance type will fail";
            let one = Impact::new(Path::root(), name, "is removed", means);
            return one.among(name, "are removed", "jobs that name these instance types will fail");
        };
        let means = "jobs that name the old instance type will fail";
        let one = Impact::new(Path::root(), name, format!("is renamed to {twin}"), means);
        let means = "jobs that name the old instance types will fail";
        one.among(format!("{name} to {twin}"), "are renamed", means)
    };
    old.difference(&new).copied().map(removal).collect()
}

struct Change<'a> {
    name: &'a str,
    at: Path,
    before: &'a Draft,
    after: &'a Draft,
}

impl Change<'_> {
    fn selector(&self) -> Option<Impact> {
        let before = labels(&self.before.node_selector)?;
        let after = labels(&self.after.node_selector)?;
        // A selector that is no longer written stays as it is, which `unmanaged_parts` reports.
        if before == after || self.after.node_selector.is_null() {
            return None;
        }
        let means = if after.is_empty() {
            "its jobs may then run on any node"
        } else {
            "its jobs then run on other nodes, and wait if no node has these labels"
        };
        let at = self.at.clone().attribute("node_selector");
        let one = Impact::new(at, self.name, "selects other nodes", means);
        Some(one.among(
            self.name,
            "select other nodes",
            means.replacen("its jobs", "their jobs", 1),
        ))
    }

    fn limits(&self) -> Option<Impact> {
        let before = amounts(&self.before.limits)?;
        let after = amounts(&self.after.limits)?;
        let names: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
        let lower =
            names.into_iter().filter_map(|name| match (before.get(name), after.get(name)) {
                (Some(was), Some(now)) if now < was => Some(format!("{name} from {was} to {now}")),
                // Without a limit cpu and memory are unlimited, but a device is not there at all.
                (None, Some(now)) if !is_extended(name) => Some(format!("{name} to {now}")),
                (Some(was), None) if is_extended(name) && !was.is_zero() => {
                    Some(format!("{name} from {was} to none"))
                }
                _ => None,
            });
        let lower: Vec<String> = lower.collect();
        if lower.is_empty() || self.before.limits.is_null() {
            return None;
        }
        let lower = lower.join(", ");
        let at = self.at.clone().attribute("resources").attribute("limits");
        let means = "jobs that need more are stopped or cannot start";
        let one = Impact::new(at, self.name, format!("gets lower limits: {lower}"), means);
        Some(one.among(format!("{} ({lower})", self.name), "get lower limits", means))
    }

    /// Parts that were written and are not any more: they stay in the service.
    fn unmanaged_parts(&self) -> Vec<Impact> {
        let resources = self.at.clone().attribute("resources");
        let parts = [
            (
                self.at.clone(),
                "node_selector",
                &self.before.node_selector,
                &self.after.node_selector,
            ),
            (resources.clone(), "requests", &self.before.requests, &self.after.requests),
            (resources, "limits", &self.before.limits, &self.after.limits),
        ];
        let gone = parts.into_iter().filter(|(_, _, before, after)| {
            after.is_null() && before.known_elements().next().is_some()
        });
        let impact = |(at, part, _, _): (Path, &str, _, _)| {
            let what = format!("no longer sets its {part}");
            let means = format!("the service keeps what it has; write `{part} = {{}}` to empty it");
            let one = Impact::new(at.attribute(part), self.name, what, means.clone());
            one.among(self.name, format!("no longer set their {part}"), means)
        };
        gone.map(impact).collect()
    }
}

/// The labels, if all are known.
fn labels(part: &AttrMap<String>) -> Option<BTreeMap<&str, &str>> {
    let labels = part.known_elements().map(|(key, value)| (key.as_str(), value.as_str()));
    is_known(part).then(|| labels.collect())
}

/// The amounts, if all are known and can be read.
fn amounts(part: &AttrMap<String>) -> Option<BTreeMap<&str, Quantity>> {
    if !is_known(part) {
        return None;
    }
    part.known_elements().map(|(name, text)| Some((name.as_str(), text.parse().ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use vocabulary::Attr;

    use super::{changes, default_change, foreign_names, impacts};
    use crate::instance_type::{Draft, Drafts, drafts};

    #[test]
    fn a_removal_and_a_new_name() {
        let before = read(&json!({
            "a": { "resources": { "limits": { "cpu": "1" } } },
            "b": { "resources": { "limits": { "cpu": "2" } } },
            "c": {},
        }));
        let after = read(&json!({
            "big": { "resources": { "limits": { "cpu": "2000m" } } },
            "c": { "node_selector": {} },
        }));
        assert_eq!(describe_changes(&before, &after), ["a is removed", "b is renamed to big"]);
    }

    #[test]
    fn another_selector_and_lower_limits() {
        let before = read(&json!({ "a": {
            "node_selector": { "pool": "gpu" },
            "resources": { "limits": { "cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "0" } } } }));
        let after = read(&json!({ "a": {
            "node_selector": { "pool": "cpu" },
            "resources": { "limits": { "cpu": "2000m", "memory": "16384Mi" } } } }));
        let expected = ["a selects other nodes", "a gets lower limits: cpu from 4 to 2000m"];
        assert_eq!(describe_changes(&before, &after), expected);
        assert_eq!(describe_changes(&before, &before), Vec::<String>::new());
        let higher = ["a selects other nodes"];
        assert_eq!(describe_changes(&after, &before), higher);
    }

    #[test]
    fn a_device_that_goes_is_less_and_one_that_comes_is_more() {
        let limits = |limits: Value| read(&json!({ "a": { "resources": { "limits": limits } } }));
        let (with, without) = (limits(json!({ "nvidia.com/gpu": "1" })), limits(json!({})));
        assert_eq!(
            describe_changes(&with, &without),
            ["a gets lower limits: nvidia.com/gpu from 1 to none"]
        );
        assert_eq!(describe_changes(&without, &with), Vec::<String>::new());
        let cpu = limits(json!({ "cpu": "1" }));
        assert_eq!(describe_changes(&without, &cpu), ["a gets lower limits: cpu to 1"]);
        assert_eq!(describe_changes(&cpu, &without), Vec::<String>::new());
    }

    #[test]
    fn new_names_that_the_cluster_refuses() {
        let before = read(&json!({ "old_one": {} }));
        let after = read(&json!({ "old_one": {}, "big_CPU": {}, "small": {}, "_": {} }));
        let found = foreign_names(&before, &after);
        let places: Vec<_> = found.iter().map(|found| found.path.to_reference()).collect();
        assert_eq!(places, [r#"["_"]"#, r#"["big_CPU"]"#]);
        assert!(found[1].means.ends_with(r#"such as "big-cpu""#), "{}", found[1].means);
        assert!(found[0].means.ends_with("hyphens and dots"), "{}", found[0].means);
    }

    #[test]
    fn parts_that_are_no_longer_written_stay() {
        let before = read(&json!({ "a": {
            "node_selector": { "pool": "gpu" }, "resources": { "requests": { "cpu": "1" } } } }));
        let after = read(&json!({ "a": {} }));
        let expected = ["a no longer sets its node_selector", "a no longer sets its requests"];
        assert_eq!(describe_changes(&before, &after), expected);
    }

    #[test]
    fn what_is_not_known_is_not_told() {
        let before = read(&json!({ "a": { "node_selector": { "pool": "gpu" } } }));
        let unknown = Draft { node_selector: Attr::Unknown, ..Draft::default() };
        for after in [Attr::Unknown, Attr::Known(unknown)] {
            assert_eq!(
                describe_changes(&before, &[("a".to_owned(), after)].into()),
                Vec::<String>::new()
            );
        }
    }

    #[test]
    fn another_default() {
        let told = default_change(Some("a"), Attr::Known("b")).map(|impact| impact.to_string());
        assert_eq!(told.as_deref(), Some("a is no longer the default: b is"));
        assert_eq!(default_change(Some("a"), Attr::Known("a")), None);
        assert_eq!(default_change(Some("a"), Attr::Unknown), None);
        assert_eq!(default_change(None, Attr::Known("a")), None);
    }

    #[test]
    fn what_a_compute_keeps_and_what_it_has_anew() {
        let before = read(&json!({ "a": { "node_selector": { "pool": "gpu" } } }));
        let told = |after: Attr<Drafts>, is_replaced| -> Vec<String> {
            impacts(&before, &Drafts::new(), after, is_replaced)
                .iter()
                .map(ToString::to_string)
                .collect()
        };
        let bare = || Attr::Known(read(&json!({ "a": {} })));
        assert_eq!(told(bare(), false), ["a no longer sets its node_selector"]);
        assert_eq!(told(bare(), true), ["a selects other nodes"]);
        assert_eq!(told(Attr::Null, false), ["instance types a are no longer managed"]);
        assert_eq!(told(Attr::Null, true), ["a is removed"]);
        assert_eq!(told(Attr::Unknown, true), [""; 0]);
    }

    fn describe_changes(before: &Drafts, after: &Drafts) -> Vec<String> {
        changes(before, after).iter().map(ToString::to_string).collect()
    }

    fn read(types: &Value) -> Drafts {
        drafts(&serde_json::from_value(types.clone()).unwrap())
    }
}
