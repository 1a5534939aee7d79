//! The object of one instance type, shared by every Terraform type that has instance types.

use std::collections::{BTreeMap, BTreeSet};

use aml::{Amounts, Draft, Drafts, Labels, Types};
use framework::{Attr, AttrMap, Attribute, Path, object, text_map};
use serde::{Deserialize, Serialize};

/// The attributes of one instance type.
pub(crate) fn attributes() -> [Attribute; 2] {
    [
        text_map("node_selector").optional().semantic_equality::<Labels>().help(
            "Labels of the nodes on which jobs of this type run. A selector that no node matches \
             leaves jobs waiting.",
        ),
        object(
            "resources",
            [
                text_map("requests").optional().semantic_equality::<Amounts>().help(
                    "Resource requests of a job, by resource name, as Kubernetes quantities.",
                ),
                text_map("limits")
                    .optional()
                    .semantic_equality::<Amounts>()
                    .help("Resource limits of a job, by resource name, as Kubernetes quantities."),
            ],
        )
        .optional()
        .help(
            "Resources of a job of this type. Defaults to those of the service, which were 1 CPU \
             and 4Gi in 2021 and have changed since.",
        ),
    ]
}

/// One instance type as written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct InstanceType {
    pub(crate) node_selector: AttrMap<String>,
    pub(crate) resources: Attr<Amount>,
}

/// What a job asks for and may use at most.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Amount {
    pub(crate) requests: AttrMap<String>,
    pub(crate) limits: AttrMap<String>,
}

// === as far as it is known ===

/// The types as far as they are known, for `aml`'s rules.
pub(crate) fn drafts(types: &AttrMap<InstanceType>) -> Attr<Drafts> {
    let draft = |(name, each): (&String, &Attr<InstanceType>)| (name.clone(), draft(each));
    types.as_ref().map(|types| types.iter().map(draft).collect())
}

/// One type as far as it is known.
pub(crate) fn draft(written: &Attr<InstanceType>) -> Attr<Draft> {
    written.as_ref().map(|written| {
        let resources = written.resources.as_ref();
        Draft {
            node_selector: written.node_selector.clone(),
            requests: resources.and_then(|resources| resources.requests.clone()),
            limits: resources.and_then(|resources| resources.limits.clone()),
        }
    })
}

/// The types, if all of them are known. `None` too where none are written.
pub(crate) fn known_types(types: &AttrMap<InstanceType>) -> Option<Types> {
    aml::instance_type::known(drafts(types).known()?)
}

// === from the service ===

/// The types of a response.
pub(crate) fn from_service(types: &Types) -> AttrMap<InstanceType> {
    types.iter().map(|(name, each)| (name.clone(), object_of(each))).collect()
}

/// Of the types in a response, what the user writes: the parts of a type that are left out stay so,
/// whatever the service fills in.
pub(crate) fn keep_declared(
    known: &AttrMap<InstanceType>, response: AttrMap<InstanceType>,
) -> AttrMap<InstanceType> {
    let none = BTreeMap::new();
    let known = known.known().unwrap_or(&none);
    response.map(|types| {
        let parts = |(name, each): (String, Attr<InstanceType>)| {
            let each = match known.get(&name).and_then(Attr::known) {
                Some(known) => each.map(|each| each.only(known)),
                None => each,
            };
            (name, each)
        };
        types.into_iter().map(parts).collect()
    })
}

/// Of the types in a response, those that the user does not write, and those in which the service
/// filled in what the user left out.
pub(crate) fn undeclared_types(
    declared: &AttrMap<InstanceType>, response: AttrMap<InstanceType>,
) -> AttrMap<InstanceType> {
    let known = |types: &AttrMap<InstanceType>| known_types(types).unwrap_or_default();
    let (whole, ours) = (known(&response), known(&keep_declared(declared, response.clone())));
    response.map(|mut types| {
        types.retain(|name, _| !declared.contains_key(name) || whole.get(name) != ours.get(name));
        types
    })
}

/// The paths at which a type changes: each label and each amount.
pub(crate) fn changed_paths(
    at: &Path, before: Option<&aml::InstanceType>, after: &aml::InstanceType,
) -> Vec<Path> {
    let Some(before) = before else { return vec![at.clone()] };
    let at = |steps: &[&str]| steps.iter().fold(at.clone(), |at, step| at.attribute(*step));
    let labels = |of: &aml::InstanceType| of.node_selector.clone().unwrap_or_default();
    let (was, is) = (labels(before), labels(after));
    let moved = keys(was.iter().chain(is.iter())).filter(|key| was.get(key) != is.get(key));
    let mut found: Vec<_> = moved.map(|key| at(&["node_selector"]).key(key)).collect();
    for (side, of) in SIDES {
        let (was, is) = (amounts(before, of), amounts(after, of));
        let one = |amounts: &Amounts, key: &str| {
            amounts.get(key).map(|amount| (key, amount)).into_iter().collect::<Amounts>()
        };
        let moved = keys(was.iter().chain(is.iter())).filter(|key| one(&was, key) != one(&is, key));
        found.extend(moved.map(|key| at(&["resources", side]).key(key)));
    }
    found
}

type Side = fn(&aml::Resources) -> &Option<Amounts>;

const SIDES: [(&str, Side); 2] =
    [("requests", |resources| &resources.requests), ("limits", |resources| &resources.limits)];

fn amounts(of: &aml::InstanceType, side: Side) -> Amounts {
    of.resources.as_ref().and_then(|resources| side(resources).clone()).unwrap_or_default()
}

fn keys<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> impl Iterator<Item = &'a str> {
    entries.map(|(key, _)| key).collect::<BTreeSet<_>>().into_iter()
}

impl InstanceType {
    /// Without the parts that `written` leaves out.
    fn only(self, written: &InstanceType) -> InstanceType {
        let of = |written: &AttrMap<String>, response: AttrMap<String>| match written {
            Attr::Null => Attr::Null,
            _ => response,
        };
        let resources = match &written.resources {
            Attr::Known(amount) => self.resources.map(|response| Amount {
                requests: of(&amount.requests, response.requests),
                limits: of(&amount.limits, response.limits),
            }),
            _ => Attr::Null,
        };
        InstanceType { node_selector: of(&written.node_selector, self.node_selector), resources }
    }
}

pub(super) fn object_of(each: &aml::InstanceType) -> InstanceType {
    let labels = each.node_selector.as_ref().map(|labels| map(labels.iter()));
    let amounts = |amounts: &Amounts| map(amounts.iter());
    let resources = each.resources.as_ref().map(|resources| Amount {
        requests: resources.requests.as_ref().map_or(Attr::Null, amounts),
        limits: resources.limits.as_ref().map_or(Attr::Null, amounts),
    });
    InstanceType { node_selector: labels.unwrap_or_default(), resources: resources.into() }
}

fn map<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> AttrMap<String> {
    entries.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}
