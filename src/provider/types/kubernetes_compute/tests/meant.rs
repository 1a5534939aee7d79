//! Generated configurations: what they mean, and the many ways to write the same.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use proptest::collection::btree_map;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value as Json, json};

use super::{ARC, config, id};

/// What a configuration means. `None`: not written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Meant {
    pub(super) types: BTreeMap<&'static str, TypeMeant>,
    pub(super) default: &'static str,
    pub(super) description: &'static str,
    pub(super) tags: BTreeMap<&'static str, &'static str>,
    pub(super) identity: &'static str,
    pub(super) namespace: &'static str,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct TypeMeant {
    selector: Option<BTreeMap<&'static str, &'static str>>,
    resources: Option<[Option<BTreeMap<&'static str, u64>>; 2]>,
}

/// The seed of each map's spelling, by the map's path.
pub(super) type Hand<'a> = &'a dyn Fn(&str) -> u64;

const LABELS: [&str; 2] = ["pool", "zone"];
/// With the unit that an amount counts in: half cores, gigabytes of 1024, devices.
const AMOUNTS: [&str; 3] = ["cpu", "memory", "nvidia.com/gpu"];
const SIDES: [&str; 2] = ["requests", "limits"];

pub(super) fn any_meant() -> impl Strategy<Value = Meant> {
    let rest = (
        select(vec!["one", "two"]),
        btree_map(select(vec!["team", "cost"]), select(vec!["a", "b"]), 0..3),
        select(vec!["None", "SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned"]),
        select(vec!["default", "jobs"]),
    );
    (btree_map(select(vec!["a", "b", "c"]), any_type(), 1..4), rest).prop_map(|(types, rest)| {
        let default = types.keys().next().copied().unwrap_or_default();
        let (description, tags, identity, namespace) = rest;
        Meant { types, default, description, tags, identity, namespace }
    })
}

fn any_type() -> impl Strategy<Value = TypeMeant> {
    let labels = btree_map(select(LABELS.to_vec()), select(vec!["x", "y"]), 0..3);
    let resources = (proptest::option::of(amounts(1)), proptest::option::of(amounts(4)));
    (proptest::option::of(labels), proptest::option::of(resources)).prop_map(
        |(selector, resources)| TypeMeant {
            selector,
            resources: resources.map(|(requests, limits)| {
                // A device is limited, which implies its request.
                let requests = requests.map(|mut requests| {
                    requests.remove("nvidia.com/gpu");
                    requests
                });
                [requests, limits]
            }),
        },
    )
}

/// Amounts from `least` to three more, so that requests fit their limits.
fn amounts(least: u64) -> impl Strategy<Value = BTreeMap<&'static str, u64>> {
    btree_map(select(AMOUNTS.to_vec()), least..least + 3, 0..4)
}

// === spelling ===

impl Meant {
    /// The configuration in one of its spellings. What is written and what is not is always the
    /// same: null and set are no spellings of each other.
    pub(super) fn spelled(&self, hand: Hand<'_>) -> Json {
        let types = self.types.iter().map(|(name, each)| {
            let at = format!("instance_types.{name}");
            ((*name).to_owned(), each.spelled(&at, hand))
        });
        let pick = |at: &str, of: &[&str]| of[choice(hand(at), at, of.len())].to_owned();
        let arc = id(ARC);
        let mut identity =
            json!({ "type": pick("identity.type", &spellings_of_kind(self.identity)) });
        if self.identity.contains("User") {
            let (one, other) =
                ("/subscriptions/s/resourceGroups/rg", "/SUBSCRIPTIONS/S/resourcegroups/RG");
            identity["identity_ids"] = json!([pick("identity.identity_ids", &[one, other])]);
        }
        config(json!({
            "cluster_id": pick("cluster_id", &[&arc, &arc.to_uppercase()]),
            "namespace": self.namespace,
            "default_instance_type": self.default,
            "instance_types": types.collect::<Map<_, _>>(),
            "description": self.description,
            "tags": self.tags,
            "identity": identity,
        }))
    }

    /// Every change of one leaf, with the path at which a plan shows it.
    pub(super) fn changes(&self) -> Vec<(Meant, String)> {
        let mut found = Vec::new();
        let mut change = |path: String, make: &dyn Fn(&mut Meant)| {
            let mut other = self.clone();
            make(&mut other);
            found.push((other, path));
        };
        change("description".into(), &|it| it.description = "three");
        change("namespace".into(), &|it| it.namespace = "elsewhere");
        for key in ["team", "cost"] {
            change(format!("tags.{key}"), &|it| _ = it.tags.insert(key, "other"));
        }
        if self.identity == "None" {
            change("identity.type".into(), &|it| it.identity = "SystemAssigned");
        }
        for (&name, each) in &self.types {
            let at = format!("instance_types.{name}");
            if name == self.default {
                let last = self.types.keys().next_back().copied().unwrap_or_default();
                if last != name {
                    change("default_instance_type".into(), &|it| it.default = last);
                }
            } else {
                change(at.clone(), &|it| _ = it.types.remove(name));
            }
            for (path, other) in each.changes() {
                let one = |it: &mut Meant| _ = it.types.insert(name, other.clone());
                change(format!("{at}.{path}"), &one);
            }
        }
        let empty = TypeMeant { selector: None, resources: None };
        let new = |it: &mut Meant| _ = it.types.insert("new", empty.clone());
        change("instance_types.new".into(), &new);
        found
    }
}

impl TypeMeant {
    fn spelled(&self, at: &str, hand: Hand<'_>) -> Json {
        let labels = self.selector.as_ref().map(|labels| {
            let at = format!("{at}.node_selector");
            let text = |label: &&'static str, _: &str| json!(label);
            map(&LABELS, labels, &at, hand(&at), &["", "null"], &text)
        });
        let resources = self.resources.as_ref().map(|sides| {
            let side = |(name, amounts): (&&str, &Option<BTreeMap<_, _>>)| {
                let at = format!("{at}.resources.{name}");
                let amounts =
                    amounts.as_ref().map(|amounts| self::amounts_spelled(amounts, &at, hand(&at)));
                ((*name).to_owned(), json!(amounts))
            };
            SIDES.iter().zip(sides).map(side).collect::<Map<_, _>>()
        });
        json!({ "node_selector": labels, "resources": resources })
    }

    /// Every change of one label or one amount in the maps that are written.
    fn changes(&self) -> Vec<(String, TypeMeant)> {
        let mut found = Vec::new();
        for label in LABELS.into_iter().filter(|_| self.selector.is_some()) {
            let mut other = self.clone();
            other.selector.get_or_insert_default().insert(label, "z");
            found.push((format!("node_selector.{label}"), other.clone()));
            if self.selector.as_ref().is_some_and(|labels| labels.contains_key(label)) {
                other.selector.get_or_insert_default().remove(label);
                found.push((format!("node_selector.{label}"), other));
            }
        }
        for (side, name) in SIDES.into_iter().enumerate() {
            let Some(Some(amounts)) = self.resources.as_ref().map(|sides| &sides[side]) else {
                continue;
            };
            for amount in AMOUNTS.into_iter().filter(|it| side == 1 || *it != "nvidia.com/gpu") {
                let path = format!("resources.{name}.{amount}");
                let with = |change: &dyn Fn(&mut BTreeMap<&'static str, u64>)| {
                    let mut other = self.clone();
                    let sides = other.resources.as_mut().map(|sides| &mut sides[side]);
                    sides.into_iter().flatten().for_each(change);
                    (path.clone(), other)
                };
                found.push(with(&|amounts| _ = amounts.insert(amount, 40)));
                if amounts.contains_key(amount) {
                    found.push(with(&|amounts| _ = amounts.remove(amount)));
                }
            }
        }
        found
    }
}

fn amounts_spelled(amounts: &BTreeMap<&'static str, u64>, at: &str, seed: u64) -> Json {
    let devices: &[&str] = &["", "null", "0", "0Ki"];
    let text = |amount: &u64, key: &str| {
        let n = *amount;
        let ways = match key {
            "cpu" => vec![
                format!("{}m", n * 500),
                format!("{}e-1", n * 5),
                format!("{}.{}", n / 2, n % 2 * 5),
            ],
            "memory" => vec![format!("{n}Gi"), format!("{}Mi", n << 10), format!("{}", n << 30)],
            _ => vec![format!("{n}"), format!("{}m", n * 1000), format!("+{n}.0")],
        };
        json!(ways[choice(seed, &format!("{at}.{key}"), ways.len())])
    };
    let (native, device) = (&AMOUNTS[..2], &AMOUNTS[2..]);
    let mut all = map(native, amounts, at, seed, &["", "null"], &text);
    if let (Some(all), Json::Object(devices)) =
        (all.as_object_mut(), map(device, amounts, at, seed, devices, &text))
    {
        all.extend(devices);
    }
    all
}

/// A map with these entries; of the other keys, some are written in a way that means absence.
fn map<T>(
    keys: &[&'static str], entries: &BTreeMap<&'static str, T>, at: &str, seed: u64,
    absent: &[&str], text: &dyn Fn(&T, &str) -> Json,
) -> Json {
    let entry = |key: &&'static str| match entries.get(key) {
        Some(value) => Some(((*key).to_owned(), text(value, key))),
        None => match absent[choice(seed, &format!("{at}.{key}"), absent.len())] {
            "" => None,
            "null" => Some(((*key).to_owned(), Json::Null)),
            zero => Some(((*key).to_owned(), json!(zero))),
        },
    };
    keys.iter().filter_map(entry).collect::<Map<_, _>>().into()
}

fn spellings_of_kind(kind: &'static str) -> Vec<&'static str> {
    match kind {
        "SystemAssigned, UserAssigned" => vec![kind, "SystemAssigned,UserAssigned"],
        "SystemAssigned" => vec![kind, "systemassigned"],
        kind => vec![kind],
    }
}

/// One of so many, the same for the same seed and place.
pub(super) fn choice(seed: u64, at: &str, of: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    (seed, at).hash(&mut hasher);
    usize::try_from(hasher.finish() % of as u64).unwrap_or_default()
}
