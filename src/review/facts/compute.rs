//! What happens to an attached cluster, by the rules of `aml` that its plan warns by too.

use aml::Impact;
use aml::compute::{Change, Consequences};
use aml::instance_type::service_notice;
use vocabulary::Path;

use super::effect::Outcome;
use super::resource::Notice;
use super::{Action, Knowledge, Resource, Warning, plan_input};
use crate::plan::Value;

const CLUSTER: &str = "compute";

/// Adds effects and warnings of a compute.
pub(super) fn add_consequences(resource: &mut Resource, before: &Value, after: &Value) {
    add_effects(resource, before, after);
    resource.notice = notice(before, after);
    let Some(change) = change(resource) else { return };
    let [known_before, known_after] =
        [before, after].map(|side| plan_input::compute(side, |value| value));
    let consequences = known_before.consequences(&known_after, change);
    let Consequences { extension, instance_types, default_instance_type, unmanaged } = consequences;
    resource.warn("", extension);
    resource.warn("instance_types", limited_knowledge(resource));
    resource.warn("instance_types", instance_types);
    resource.warn("default_instance_type", default_instance_type);
    resource.warn("default_instance_type", unknown_default(after));
    resource.warn("", unmanaged);
    if let (Change::Update, Some(types)) = (change, &mut resource.instance_types) {
        let others = known_before.types_of_others(&known_after);
        types.left_alone = others.into_iter().map(str::to_owned).collect();
    }
}

fn notice(before: &Value, after: &Value) -> Option<Notice> {
    let cluster_id = after.get("cluster_id").clone();
    let [before, after] = [before, after].map(|side| plan_input::compute(side, Value::expose));
    let types: Vec<_> = before.set_types(&after).into_iter().map(str::to_owned).collect();
    let warning = Warning::at("instance_types", &service_notice());
    (!types.is_empty()).then_some(Notice { warning, cluster_id, types })
}

fn change(resource: &Resource) -> Option<Change> {
    match resource.action {
        Action::Create => Some(Change::Create),
        Action::Update => Some(Change::Update),
        Action::Replace | Action::CreateThenDelete => {
            let by_extension = resource.forced_by.iter().any(|one| one.path == "extension_id");
            Some(Change::Replace { by_extension })
        }
        _ => None,
    }
}

fn add_effects(resource: &mut Resource, before: &Value, after: &Value) {
    if resource.action == Action::Delete || resource.action.replaces() {
        let detail = "the cluster and what runs on it stay; jobs that name the compute fail until \
                      it is attached again";
        resource.effect(Outcome::Detached, CLUSTER, before.get("id").text(), detail);
    }
    if resource.action == Action::Create || resource.action.replaces() {
        let namespace = after.get("namespace").text();
        let detail = namespace.map(|name| format!("jobs run in the namespace {name}"));
        let workspace = after.get("workspace_id").text();
        resource.effect(Outcome::Attached, "workspace", workspace, &detail.unwrap_or_default());
    }
    if matches!(resource.action, Action::Forget | Action::CreateThenForget) {
        let detail = "it stays attached, and this configuration no longer manages it";
        resource.effect(Outcome::Kept, CLUSTER, before.get("id").text(), detail);
    }
}

/// Says that what happens to instance types does not show: a reviewer must not take them for
/// unchanged.
fn limited_knowledge(resource: &Resource) -> Option<Impact> {
    let (what, means) = match resource.instance_types.as_ref()?.knowledge {
        Knowledge::Unknown => ("are not known yet", "what changes shows only during the apply"),
        Knowledge::Sensitive => ("are sensitive", "whether jobs are affected is not told"),
        Knowledge::Unreadable => {
            ("cannot be read", "they have a shape that this version does not know")
        }
        Knowledge::Known => return None,
    };
    Some(Impact::new(Path::root(), "instance types", what, means))
}

fn unknown_default(after: &Value) -> Option<Impact> {
    let means = "which type jobs get that name none shows only during the apply";
    let is_unknown = *after.get("default_instance_type") == Value::Unknown;
    is_unknown.then(|| Impact::new(Path::root(), "the default", "is not known", means))
}
