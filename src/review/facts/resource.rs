//! One resource of this provider: what happens to it and what that means.

use aml::Impact;
use serde::Serialize;
use serde_json::Value as Json;
use vocabulary::Path;

use super::effect::{Effect, Outcome};
use super::schema::in_instance_type_table;
use super::settings::differences;
use super::{
    Action, Import, InstanceTypes, Knowledge, Release, ResourceSchema, Setting, compute, extension,
    schema,
};
use crate::plan::{ResourceChange, Value};

/// A resource of this provider.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Resource {
    /// Terraform's address.
    pub address: String,
    /// Where it was before, if it was moved.
    pub previous_address: Option<String>,
    /// Terraform's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name in Azure.
    pub name: Value,
    /// What is done to it. In drift: what was done outside.
    pub action: Action,
    /// Terraform's word for why, such as `delete_because_no_resource_config`.
    pub action_reason: Option<String>,
    /// The key of an object that an earlier replacement left behind.
    pub deposed: Option<String>,
    /// Where it is imported from.
    pub importing: Option<Import>,
    /// The settings that force a replacement, as they change.
    pub forced_by: Vec<Setting>,
    /// The arguments that change, those of the instance types excepted.
    pub settings: Vec<Setting>,
    /// The instance types, of a resource that has any.
    pub instance_types: Option<InstanceTypes>,
    /// The version of an extension.
    pub release: Option<Release>,
    /// What comes, goes and stays in Azure.
    pub effects: Vec<Effect>,
    /// What a reviewer has to know.
    pub warnings: Vec<Warning>,
    /// True if the change is Terraform's alone: it calls nothing.
    pub state_only: bool,
    /// What is said once for the whole plan.
    #[serde(skip)]
    pub(super) notice: Option<Notice>,
}

/// What is said once for the whole plan, and of which types.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Notice {
    pub(super) warning: Warning,
    pub(super) cluster_id: Value,
    pub(super) types: Vec<String>,
}

/// Something that a reviewer has to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The attribute where it stands; empty for the resource itself.
    pub at: String,
    /// What changes: an instance type, a setting, a resource.
    pub name: String,
    /// How it changes, to be read after the name.
    pub what: String,
    /// What follows: a lower-case sentence without a full stop.
    pub means: String,
}

/// True if an apply does anything with a resource.
pub(super) fn is_touched(change: &ResourceChange) -> bool {
    let moved = change.previous_address.as_ref().is_some_and(|from| *from != change.address);
    Action::of(&change.change.actions).changes() || moved || change.change.importing.is_some()
}

impl Resource {
    /// What a plan does to a resource.
    pub(super) fn planned(mut change: ResourceChange, schema: &ResourceSchema) -> Resource {
        let (before, after) = change.change.sides();
        let forcing = std::mem::take(&mut change.change.replace_paths);
        let mut resource = Resource::without_consequences(change, &before, &after);
        let forced = forcing.iter().map(|path| forcing_setting(path, &before, &after));
        resource.forced_by = forced.collect();
        let action = resource.action;
        if matches!(action, Action::Create | Action::Update) || action.replaces() {
            resource.settings = resource.changed_settings(&before, &after, schema);
        }
        resource.state_only = resource.changes_state_only(schema);
        match resource.kind.as_str() {
            schema::COMPUTE => compute::add_consequences(&mut resource, &before, &after),
            schema::EXTENSION => extension::add_consequences(&mut resource, &before, &after),
            // They are told with those of their cluster.
            schema::INSTANCE_TYPE => resource.instance_types = None,
            _ => {}
        }
        resource.warn_of_failed_state(&before, &after);
        resource
    }

    /// What was changed outside: everything that differs, what the service answers included.
    pub(super) fn drifted(mut change: ResourceChange, schema: &ResourceSchema) -> Resource {
        let (before, after) = change.change.sides();
        let mut resource = Resource::without_consequences(change, &before, &after);
        if resource.action == Action::Update {
            let is_shown = |name: &str| !in_instance_type_table(&resource.kind, name);
            resource.settings = differences(&before, &after, schema, is_shown);
            let declared = after.get("instance_types").entries().into_iter().flatten();
            for (name, _) in declared {
                let own = format!("effective_instance_types[{name:?}]");
                resource.settings.retain(|setting| !setting.path.starts_with(&own));
            }
        }
        resource
    }

    fn without_consequences(change: ResourceChange, before: &Value, after: &Value) -> Resource {
        let name = [after.get("name"), before.get("name")];
        let name = name.into_iter().find(|name| !name.is_absent());
        Resource {
            name: name.cloned().unwrap_or_default(),
            action: Action::of(&change.change.actions),
            instance_types: match Action::of(&change.change.actions) {
                Action::Forget => None,
                _ => InstanceTypes::of(&change.kind, before, after),
            },
            previous_address: change.previous_address.filter(|from| *from != change.address),
            address: change.address,
            kind: change.kind,
            action_reason: change.action_reason,
            deposed: change.deposed,
            importing: change.change.importing.map(Import::from),
            forced_by: Vec::new(),
            settings: Vec::new(),
            release: None,
            effects: Vec::new(),
            warnings: Vec::new(),
            state_only: false,
            notice: None,
        }
    }

    /// The arguments that change, but for those that a table of instance types shows.
    fn changed_settings(
        &self, before: &Value, after: &Value, schema: &ResourceSchema,
    ) -> Vec<Setting> {
        let types = self.instance_types.as_ref();
        let has_table = !types.is_some_and(|types| types.knowledge == Knowledge::Unreadable);
        let mut settings = differences(before, after, schema, |name| {
            let is_in_table = has_table && in_instance_type_table(&self.kind, name);
            !is_in_table && !schema.read_only.contains(name)
        });
        // A block that is not written is an empty list.
        let is_empty =
            |one: &Setting| one.before.is_absent() && one.after == Value::List(Vec::new());
        settings.retain(|setting| !is_empty(setting));
        settings
    }

    fn changes_state_only(&self, schema: &ResourceSchema) -> bool {
        let is_state_only = |setting: &Setting| {
            let ends = setting.path.match_indices(['.', '[']).map(|(end, _)| end);
            let mut parents = ends.chain([setting.path.len()]).map(|end| &setting.path[..end]);
            parents.any(|path| schema.state_only.contains(path))
        };
        self.action == Action::Update
            && !self.settings.is_empty()
            && self.settings.iter().all(is_state_only)
            && !self.instance_types.as_ref().is_some_and(InstanceTypes::any_change)
    }

    /// What a reviewer has to know: the warnings, and what follows from settings.
    pub fn all_warnings(&self) -> impl Iterator<Item = Warning> {
        let impacts = self.settings.iter().filter_map(|setting| {
            let means = setting.impact.clone()?;
            let (at, name) = (setting.path.clone(), setting.path.clone());
            Some(Warning { at, name, what: "changes".to_owned(), means })
        });
        self.warnings.iter().cloned().chain(impacts)
    }

    /// Adds what `aml` found below an attribute.
    pub(super) fn warn(&mut self, at: &str, impacts: impl IntoIterator<Item = Impact>) {
        self.warnings.extend(impacts.into_iter().map(|impact| Warning::at(at, &impact)));
    }

    /// Adds what becomes of an object.
    pub(super) fn effect(
        &mut self, outcome: Outcome, object: &str, id: Option<String>, detail: &str,
    ) {
        self.effects.push(Effect::new(outcome, object, id, detail));
    }

    /// An object that the service gave up on is sent again.
    fn warn_of_failed_state(&mut self, before: &Value, after: &Value) {
        let state = before.get("provisioning_state").text();
        let Some(state) = state.filter(|state| !state.eq_ignore_ascii_case("Succeeded")) else {
            return;
        };
        if self.action == Action::Update && *after.get("provisioning_state") == Value::Unknown {
            let what = format!("is {state}");
            let means = "the apply sends it again, or waits for what still runs";
            let impact = Impact::new(Path::root(), &self.address, what, means);
            self.warn("provisioning_state", [impact]);
        }
    }
}

impl Warning {
    /// What `aml` found, below an attribute.
    pub(super) fn at(at: &str, impact: &Impact) -> Warning {
        let outer = if at.is_empty() { Path::root() } else { Path::from(at) };
        Warning {
            at: outer.join(impact.path.clone()).to_reference(),
            name: impact.name.clone(),
            what: impact.what.clone(),
            means: impact.means.clone(),
        }
    }
}

/// A path that forces a replacement, with its values.
fn forcing_setting(path: &Json, before: &Value, after: &Value) -> Setting {
    let (mut at, mut old, mut new) = (Path::root(), before, after);
    for step in path.as_array().into_iter().flatten() {
        at = match step {
            Json::String(name) if at.steps().is_empty() => at.attribute(name),
            Json::String(name) => at.key(name),
            other => at.key(other.to_string()),
        };
        (old, new) = (child(old, step), child(new, step));
    }
    Setting { path: at.to_reference(), before: old.clone(), after: new.clone(), impact: None }
}

fn child<'a>(side: &'a Value, step: &Json) -> &'a Value {
    const ABSENT: &Value = &Value::Absent;
    match step {
        Json::String(name) => side.get(name),
        other => {
            let index = other.as_u64().and_then(|index| usize::try_from(index).ok());
            index.and_then(|index| side.items().get(index)).unwrap_or(ABSENT)
        }
    }
}
