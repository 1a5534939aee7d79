//! What happens to an attached cluster, by the rules of `aml` that its plan warns by too.

use aml::attachment::{extension_change, extension_open};
use aml::instance_type::{changes, default_change, impacts, lost, of_others};
use aml::{Drafts, Given, Impact, Place};

use super::effect::Outcome;
use super::plan_input::{drafts, object_drafts};
use super::{Action, Knowledge, Resource};
use crate::plan::Value;

const CLUSTER: &str = "compute";
const STAYS: &str = "the cluster and what runs on it stay; jobs that name the compute fail until it \
                     is attached again";

/// Adds effects and warnings of a compute.
pub(super) fn tell(resource: &mut Resource, before: &Value, after: &Value) {
    match resource.action {
        Action::Create => attached(resource, after),
        Action::Replace | Action::CreateThenDelete => {
            detached(resource, before, STAYS);
            attached(resource, after);
        }
        Action::Delete => detached(resource, before, STAYS),
        Action::Forget | Action::CreateThenForget => {
            let detail = "it stays attached, and this configuration no longer looks after it";
            resource.effect(Outcome::Kept, CLUSTER, before.get("id").text(), detail);
        }
        _ => {}
    }
    extension(resource, before, after);
    if matches!(resource.action, Action::Create | Action::Update) || resource.action.replaces() {
        types(resource, before, after);
    }
    if resource.action == Action::Update {
        no_longer_written(resource, before, after);
        let theirs = theirs(before, after).into_iter().map(str::to_owned).collect();
        if let Some(types) = &mut resource.instance_types {
            types.left_alone = theirs;
        }
    }
}

/// Adds the warnings of an instance type that is an object of the cluster.
pub(super) fn tell_object(resource: &mut Resource, before: &Value, after: &Value) {
    if resource.action != Action::Forget {
        resource.warn("", changes(&object_drafts(before), &object_drafts(after)));
    }
}

/// What another extension means, in the words of the plan.
fn extension(resource: &mut Resource, before: &Value, after: &Value) {
    const AT: &str = "extension_id";
    let is_known = *after.get(AT) != Value::Unknown;
    if resource.forced_by.iter().any(|forcing| forcing.path == AT) {
        resource.warn(AT, [extension_change(is_known)]);
    } else if resource.action == Action::Update && !is_known && !before.get(AT).is_absent() {
        resource.warn(AT, [extension_open()]);
    }
}

fn attached(resource: &mut Resource, after: &Value) {
    let workspace = after.get("workspace_id").text();
    let namespace = after.get("namespace").text();
    let detail = namespace.map(|name| format!("jobs run in the namespace {name}"));
    let detail = detail.unwrap_or_default();
    resource.effect(Outcome::Attached, "workspace", workspace, &detail);
}

fn detached(resource: &mut Resource, before: &Value, detail: &str) {
    resource.effect(Outcome::Detached, CLUSTER, before.get("id").text(), detail);
}

fn types(resource: &mut Resource, before: &Value, after: &Value) {
    let none = Drafts::new();
    let old = drafts(before.get("instance_types"));
    let old = old.known().unwrap_or(&none);
    let anew = resource.action.replaces();
    let mut found: Vec<Impact> = unclear(resource).into_iter().collect();
    let held = drafts(before.get("effective_instance_types"));
    let held = held.known().unwrap_or(&none);
    found.extend(impacts(old, held, drafts(after.get("instance_types")), anew));
    found.extend(lost(&theirs(before, after)).filter(|_| anew));
    resource.warn("instance_types", found);
    let old = before.get("default_instance_type").text();
    let default = after.get("default_instance_type");
    let new = match default {
        Value::Absent => Given::Unset,
        other => other.text().map_or(Given::Unknown, Given::Set),
    };
    let changed = default_change(old.as_deref(), new.as_ref().map(String::as_str));
    resource.warn("default_instance_type", changed);
    if *default == Value::Unknown {
        let means = "which type jobs get that name none shows only during the apply";
        let at = Place::itself();
        resource
            .warn("default_instance_type", [Impact::new(at, "the default", "is not known", means)]);
    }
}

/// The instance types that the service has and this configuration declares neither before nor after.
pub(super) fn theirs<'a>(before: &'a Value, after: &Value) -> Vec<&'a str> {
    let held = before.get("effective_instance_types").entries().into_iter().flatten();
    let ours = |name: &str| {
        [before, after].iter().any(|side| !side.get("instance_types").get(name).is_absent())
    };
    of_others(held.map(|(name, _)| name.as_str()), ours)
}

/// Instance types that cannot be told: a reviewer must not take them for unchanged.
fn unclear(resource: &Resource) -> Option<Impact> {
    let (what, means) = match resource.instance_types.as_ref()?.knowledge {
        Knowledge::Unknown => ("are not known yet", "what changes shows only during the apply"),
        Knowledge::Sensitive => ("are sensitive", "whether jobs are affected is not told"),
        Knowledge::Unreadable => {
            ("cannot be read", "they have a shape that this version does not know")
        }
        Knowledge::Known => return None,
    };
    Some(Impact::new(Place::itself(), "instance types", what, means))
}

/// Arguments that leave the configuration stay in Azure as they are.
fn no_longer_written(resource: &mut Resource, before: &Value, after: &Value) {
    let instead = [
        ("description", "`description = \"\"`"),
        ("tags", "`tags = {}`"),
        ("identity", "`identity { type = \"None\" }`"),
    ];
    let types_go = after.get("instance_types").is_absent();
    let default = ("default_instance_type", "another one of the instance types");
    for (attribute, instead) in instead.into_iter().chain(types_go.then_some(default)) {
        if !before.get(attribute).is_empty() && after.get(attribute).is_empty() {
            let means = format!("it stays in Azure as it is; write {instead} to change that");
            let impact = Impact::new(Place::itself(), attribute, "is no longer managed", means);
            resource.warn(attribute, [impact]);
        }
    }
}
