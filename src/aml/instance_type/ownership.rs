//! Whose instance types are: those of a resource, those of others, and those that change hands.
//!
//! Places count from the map of types.

use std::collections::BTreeSet;

use vocabulary::{Attr, Path};

use super::{Draft, Drafts, names, renames};
use crate::{Impact, list};

/// The instance type that a cluster has by itself; where the service tells of the types of the
/// cluster, it tells of this one too. The documents of 2021 have it with capitals.
pub const BUILT_IN: &str = "defaultinstancetype";

/// Of the types that the service has, those that are declared elsewhere. What a cluster has by
/// itself is nobody's.
pub fn of_others<'a>(
    held: impl IntoIterator<Item = &'a str>, declared: impl Fn(&str) -> bool,
) -> Vec<&'a str> {
    let others = held.into_iter().filter(|name| !name.eq_ignore_ascii_case(BUILT_IN));
    others.filter(|name| !declared(name)).collect()
}

/// Reports that types of others are not in a compute that is attached again.
pub fn lost_impact(of_others: &[&str]) -> Option<Impact> {
    if of_others.is_empty() {
        return None;
    }
    let means = "others declared them, and a compute that is attached again has only what is \
                 written here; write them too, or have them declared again";
    let name = format!("instance types {}", list(of_others.iter().copied()));
    Some(Impact::new(Path::root(), name, "are lost", means))
}

/// Reports that the map of types is no longer written: they stay, and nobody looks after them.
pub(super) fn unmanaged_impact(before: &Drafts) -> Option<Impact> {
    let names = names(before);
    if names.is_empty() {
        return None;
    }
    let what = "are no longer managed";
    let means = "they stay in the service as they are; write `instance_types = {}` to remove them";
    let name = format!("instance types {}", list(names));
    Some(Impact::new(Path::root(), name, what, means))
}

/// The types that were declared `before`, and with them those of `after` that the service has already:
/// to write them is no change. Of those only what is written is looked at, since nobody wrote the rest.
pub fn with_existing(before: &Drafts, held: &Drafts, after: &Drafts) -> Drafts {
    let mut types = before.clone();
    for (name, written) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        if let (Some(held), Some(written)) = (held.get(name).and_then(Attr::known), written.known())
        {
            types.insert(name.clone(), Attr::Known(only(held, written)));
        }
    }
    types
}

/// The parts of `held` that `written` has too.
fn only(held: &Draft, written: &Draft) -> Draft {
    let part = |held: &Attr<_>, written: &Attr<_>| {
        if written.is_null() { Attr::Null } else { held.clone() }
    };
    Draft {
        node_selector: part(&held.node_selector, &written.node_selector),
        requests: part(&held.requests, &written.requests),
        limits: part(&held.limits, &written.limits),
    }
}

/// The types that a change adds, or of which it changes the meaning: for these [`service_notice`] is due.
/// A type that goes or gets another name is no news to who wrote it.
pub fn set_types<'a>(before: &Drafts, held: &Drafts, after: &'a Drafts) -> Vec<&'a str> {
    let before = with_existing(before, held, after);
    let renamed: BTreeSet<String> = renames(&before, after).into_values().collect();
    let is_same = |name: &String, draft: &Attr<Draft>| {
        let meaning = |draft: &Attr<Draft>| draft.known().and_then(Draft::known);
        let was = before.get(name);
        was == Some(draft) || was.and_then(meaning).is_some_and(|was| Some(was) == meaning(draft))
    };
    let there = after.iter().filter(|(_, draft)| !draft.is_null());
    let there = there.filter(|(name, _)| !renamed.contains(*name));
    let set = there.filter(|(name, draft)| !is_same(name, draft));
    set.map(|(name, _)| name.as_str()).collect()
}

/// Reports that the default type of the cluster is declared. The place is the type.
pub fn default_override(name: &str) -> Option<Impact> {
    let means = "every job and deployment on this cluster that names no instance type, and so every \
                 job of the designer, gets these nodes and resources";
    let is_default = name.eq_ignore_ascii_case(BUILT_IN);
    is_default.then(|| Impact::new(Path::root(), name, "is the default of the cluster", means))
}

/// What has to be said whenever instance types are set or changed.
pub fn service_notice() -> Impact {
    let means = "since October 2021 the product reads `InstanceType` resources of the cluster \
                 (amlarc.azureml.com/v1alpha1), and whether it still reads those of the attached \
                 compute is not documented. If jobs do not see them, declare them in the cluster \
                 too: as `azureml_instance_type`, to which the same map can be handed with \
                 `for_each`, or by the manifests that the function `instance_type_manifest` writes \
                 for `kubectl apply`";
    Impact::new(Path::root(), "instance types", "may not be what jobs see", means)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use vocabulary::Attr;

    use super::{
        default_override, lost_impact, of_others, set_types, unmanaged_impact, with_existing,
    };
    use crate::instance_type::{Drafts, changes, drafts, impacts};

    #[test]
    fn types_of_others() {
        let held = ["a", "defaultInstanceType", "theirs", "more"];
        let others = of_others(held, |name| name == "a");
        assert_eq!(others, ["theirs", "more"]);
        let told = lost_impact(&others).map(|impact| impact.to_string());
        assert_eq!(told.as_deref(), Some("instance types theirs, more are lost"));
        assert_eq!(lost_impact(&[]), None);
    }

    #[test]
    fn only_the_default_of_the_cluster_is_one() {
        let told = default_override("defaultInstanceType").map(|impact| impact.to_string());
        assert_eq!(told.as_deref(), Some("defaultInstanceType is the default of the cluster"));
        assert_eq!(default_override("default"), None);
    }

    #[test]
    fn types_without_a_manager() {
        let told =
            unmanaged_impact(&read(&json!({ "a": {}, "b": {} }))).map(|impact| impact.to_string());
        assert_eq!(told.as_deref(), Some("instance types a, b are no longer managed"));
        assert_eq!(unmanaged_impact(&Drafts::new()), None);
    }

    #[test]
    fn a_type_that_the_service_has_is_taken_over_and_no_news() {
        let held = read(&json!({ "gpu": {
            "node_selector": { "pool": "gpu" }, "resources": { "limits": { "cpu": "4" } } } }));
        let none = Drafts::new();
        let limits = |cpu: &str| json!({ "resources": { "limits": { "cpu": cpu } } });
        for (written, is_news, expected) in [
            (limits("4000m"), false, vec![]),
            (limits("2"), true, vec!["gpu gets lower limits: cpu from 4 to 2"]),
            (json!({ "node_selector": { "pool": "x" } }), true, vec!["gpu selects other nodes"]),
            (json!({}), false, vec![]),
        ] {
            let after = read(&json!({ "gpu": written }));
            assert_eq!(!set_types(&none, &held, &after).is_empty(), is_news, "{written}");
            let found = impacts(&none, &held, Attr::Known(after), false);
            let told: Vec<_> = found.iter().map(ToString::to_string).collect();
            assert_eq!(told, expected, "{written}");
        }
        let other = read(&json!({ "cpu": {} }));
        assert_eq!(set_types(&none, &held, &other), ["cpu"]);
        assert!(with_existing(&none, &held, &other).is_empty());
    }

    #[test]
    fn what_goes_or_is_renamed_is_no_news() {
        let before = read(&json!({ "a": { "resources": { "limits": { "cpu": "1" } } }, "b": {} }));
        let renamed =
            read(&json!({ "big": { "resources": { "limits": { "cpu": "1" } } }, "b": {} }));
        let none = Drafts::new();
        for (after, is_news) in [
            (before.clone(), false),
            (read(&json!({ "b": {} })), false),
            (renamed, false),
            (read(&json!({ "a": {}, "b": {} })), true),
            (none.clone(), false),
        ] {
            assert_eq!(
                !set_types(&before, &none, &after).is_empty(),
                is_news,
                "{:?}",
                changes(&before, &after)
            );
        }
    }

    fn read(types: &Value) -> Drafts {
        drafts(&serde_json::from_value(types.clone()).unwrap())
    }
}
