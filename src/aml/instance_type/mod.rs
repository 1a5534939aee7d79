//! Instance types: what a job may ask for, by name.
//!
//! [`InstanceType`] and its parts are the finished values, [`Draft`] is one as far as it is known
//! while planning. Equality is of meaning: `1000m` is `1`, null is absent, and an extended resource
//! of `0` is absent too. The spelling of whoever wrote the value stays inside.

mod changes;
mod check;
pub mod custom_resource;
mod ownership;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use changes::{changes, default_change, impacts, renames};
pub use check::{check, check_default, null_type};
pub use ownership::{
    BUILT_IN, default_override, lost_impact, of_others, service_notice, set_types, with_existing,
};

use vocabulary::{Attr, AttrMap};

use crate::Quantity;

/// Instance types by name.
pub type Types = BTreeMap<String, InstanceType>;

/// Instance types while planning. A type that is null is [`Attr::Null`].
pub type Drafts = BTreeMap<String, Attr<Draft>>;

/// What a job may ask for: where it runs and how much it gets.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InstanceType {
    /// Labels that a node must have. `None`: not written.
    pub node_selector: Option<Labels>,
    /// `None`: not written, so that the service's default applies.
    pub resources: Option<Resources>,
}

impl InstanceType {
    /// Whether requests and limits are both written, so that the service has nothing to fill in.
    pub fn is_complete(&self) -> bool {
        let resources = self.resources.as_ref();
        resources.is_some_and(|amounts| amounts.requests.is_some() && amounts.limits.is_some())
    }
}

/// How much a job's pod asks for and how much it may use at most.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Resources {
    /// What the pod is given. `None`: not written.
    pub requests: Option<Amounts>,
    /// What the pod may use at most. `None`: not written.
    pub limits: Option<Amounts>,
}

/// Kubernetes quantities by resource name. A null amount is absent, and so is `0` of an extended
/// resource such as `nvidia.com/gpu`; of cpu and memory `0` is a value.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amounts(BTreeMap<String, Option<String>>);

/// Node labels. A null value is absent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Labels(BTreeMap<String, Option<String>>);

/// An instance type as far as it is known while planning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Labels that a node must have.
    pub node_selector: AttrMap<String>,
    /// Quantities as written; unknown too where the object around them is.
    pub requests: AttrMap<String>,
    /// Quantities as written; unknown too where the object around them is.
    pub limits: AttrMap<String>,
}

/// True for a resource beyond Kubernetes' own, such as `nvidia.com/gpu`: it is counted in whole
/// numbers, and request equals limit.
pub fn is_extended(resource: &str) -> bool {
    let native = !resource.contains('/') || resource.contains("kubernetes.io/");
    !native && !resource.starts_with("requests.")
}

impl Amounts {
    /// The amounts that are there, in the order of their names, as written.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        non_null(&self.0)
    }

    /// The amount of one resource as written.
    pub fn get(&self, resource: &str) -> Option<&str> {
        self.0.get(resource)?.as_deref()
    }

    /// What the amounts mean: those that are absent in effect are left out.
    fn meaning(&self) -> BTreeMap<&str, Result<Quantity, &str>> {
        let read = |text: &'_ str| text.parse::<Quantity>().ok();
        let meant = self.iter().map(|(name, text)| (name, read(text).ok_or(text)));
        meant.filter(|(name, amount)| !is_absent(name, amount.as_ref().ok())).collect()
    }
}

/// True if this much of a resource is the same as not naming it.
fn is_absent(resource: &str, amount: Option<&Quantity>) -> bool {
    is_extended(resource) && amount.is_some_and(Quantity::is_zero)
}

impl Labels {
    /// The labels that are there, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        non_null(&self.0)
    }

    /// The value of one label.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_deref()
    }
}

fn non_null(map: &BTreeMap<String, Option<String>>) -> impl Iterator<Item = (&str, &str)> {
    map.iter().filter_map(|(key, value)| Some((key.as_str(), value.as_deref()?)))
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Amounts {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Amounts(entries.into_iter().map(|(key, value)| (key.into(), Some(value.into()))).collect())
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Labels(entries.into_iter().map(|(key, value)| (key.into(), Some(value.into()))).collect())
    }
}

impl PartialEq for Amounts {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl PartialEq for Resources {
    fn eq(&self, other: &Self) -> bool {
        is_same_or_empty(self.requests.as_ref(), other.requests.as_ref())
            && is_same_or_empty(self.limits.as_ref(), other.limits.as_ref())
    }
}

impl PartialEq for InstanceType {
    fn eq(&self, other: &Self) -> bool {
        is_same_or_empty(self.node_selector.as_ref(), other.node_selector.as_ref())
            && is_same_or_empty(self.resources.as_ref(), other.resources.as_ref())
    }
}

impl Eq for Amounts {}
impl Eq for Labels {}
impl Eq for Resources {}
impl Eq for InstanceType {}

/// Null is the same as empty.
fn is_same_or_empty<T: PartialEq + Default>(a: Option<&T>, b: Option<&T>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b,
        (None, None) => true,
        (Some(one), None) | (None, Some(one)) => *one == T::default(),
    }
}

impl Draft {
    /// The instance type, if all of it is known.
    pub fn known(&self) -> Option<InstanceType> {
        let parts = [&self.node_selector, &self.requests, &self.limits];
        if !parts.into_iter().all(is_known) {
            return None;
        }
        let [node_selector, requests, limits] = parts.map(|part| part.known().map(known_entries));
        let resources = (requests.is_some() || limits.is_some())
            .then(|| Resources { requests: requests.map(Amounts), limits: limits.map(Amounts) });
        Some(InstanceType { node_selector: node_selector.map(Labels), resources })
    }
}

/// True if nothing in a part of a type is left to be known.
fn is_known(part: &AttrMap<String>) -> bool {
    let mut entries = part.known().into_iter().flatten();
    !part.is_unknown() && entries.all(|(_, value)| !value.is_unknown())
}

fn known_entries(entries: &BTreeMap<String, Attr<String>>) -> BTreeMap<String, Option<String>> {
    entries.iter().map(|(key, value)| (key.clone(), value.known().cloned())).collect()
}

impl From<&InstanceType> for Draft {
    fn from(whole: &InstanceType) -> Self {
        let resources = whole.resources.as_ref();
        let amounts = |part: Option<&Amounts>| entries(part.map(|amounts| &amounts.0));
        Draft {
            node_selector: entries(whole.node_selector.as_ref().map(|labels| &labels.0)),
            requests: amounts(resources.and_then(|resources| resources.requests.as_ref())),
            limits: amounts(resources.and_then(|resources| resources.limits.as_ref())),
        }
    }
}

fn entries(part: Option<&BTreeMap<String, Option<String>>>) -> AttrMap<String> {
    let given = |(key, value): (&String, &Option<String>)| (key.clone(), value.clone().into());
    part.map(|part| part.iter().map(given).collect()).into()
}

/// Finished types as drafts.
pub fn drafts(types: &Types) -> Drafts {
    types.iter().map(|(name, whole)| (name.clone(), Attr::Known(whole.into()))).collect()
}

/// The types if every one is known in full; null ones are left out.
pub fn known(drafts: &Drafts) -> Option<Types> {
    let there = drafts.iter().filter(|(_, draft)| !draft.is_null());
    there.map(|(name, draft)| Some((name.clone(), draft.known()?.known()?))).collect()
}

/// The names that are there, known in full or not.
fn names(drafts: &Drafts) -> BTreeSet<&str> {
    let there = drafts.iter().filter(|(_, draft)| !draft.is_null());
    there.map(|(name, _)| name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vocabulary::Attr;

    use super::{Amounts, Draft, InstanceType, Labels, is_extended};

    #[test]
    fn amounts_are_equal_by_meaning() {
        let same = [
            (
                json!({ "cpu": "1000m", "memory": "16Gi" }),
                json!({ "cpu": "1", "memory": "16384Mi" }),
            ),
            (json!({ "cpu": "1", "nvidia.com/gpu": "0" }), json!({ "cpu": "1" })),
            (json!({ "nvidia.com/gpu": null }), json!({})),
            (json!({ "cpu": "odd" }), json!({ "cpu": "odd" })),
        ];
        for (a, b) in same {
            assert_eq!(amounts(&a), amounts(&b), "{a} {b}");
        }
        let unlike = [
            (json!({ "cpu": "0" }), json!({})),
            (json!({ "memory": "0" }), json!({ "memory": null })),
            (json!({ "nvidia.com/gpu": "1" }), json!({})),
            (json!({ "cpu": "odd" }), json!({ "cpu": "other" })),
        ];
        for (a, b) in unlike {
            assert_ne!(amounts(&a), amounts(&b), "{a} {b}");
        }
    }

    #[test]
    fn the_spelling_survives() {
        let written = json!({ "cpu": "1000m", "memory": null, "nvidia.com/gpu": "0" });
        assert_eq!(serde_json::to_value(amounts(&written)).unwrap(), written);
    }

    #[test]
    fn null_absent_and_empty_are_one() {
        let spellings = [
            json!({}),
            json!({ "node_selector": null, "resources": null }),
            json!({ "node_selector": {}, "resources": {} }),
            json!({ "node_selector": { "a": null }, "resources": { "requests": null } }),
            json!({ "resources": { "limits": { "nvidia.com/gpu": "0" } } }),
        ];
        for spelling in spellings {
            let read: InstanceType = serde_json::from_value(spelling.clone()).unwrap();
            assert_eq!(read, InstanceType::default(), "{spelling}");
        }
        let labelled = json!({ "node_selector": { "a": "" } });
        let labelled: InstanceType = serde_json::from_value(labelled).unwrap();
        assert_ne!(labelled, InstanceType::default());
    }

    #[test]
    fn extended_resources() {
        assert!(is_extended("nvidia.com/gpu") && is_extended("amd.com/gpu"));
        assert!(!is_extended("cpu") && !is_extended("kubernetes.io/x"));
        assert!(!is_extended("requests.nvidia.com/gpu"));
    }

    #[test]
    fn a_draft_is_known_when_all_of_it_is() {
        let whole =
            InstanceType { node_selector: Some(Labels::from_iter([("a", "b")])), resources: None };
        let mut draft = Draft::from(&whole);
        assert_eq!(draft.known(), Some(whole));
        draft.limits = Attr::Known([("cpu".to_owned(), Attr::Unknown)].into());
        assert_eq!(draft.known(), None);
    }

    fn amounts(json: &serde_json::Value) -> Amounts {
        serde_json::from_value(json.clone()).unwrap()
    }
}
