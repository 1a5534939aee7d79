//! A compute over what the service holds: the body of a PUT, and what it changes.

use std::collections::BTreeSet;

use aml::AttachConfiguration;
use azure::{ArmResource, Id};
use framework::{Attr, Diagnostic, Path};
use serde_json::{Map, Value, json};
use vocabulary::to_sentence;

use super::model::{Compute, Identity, IdentityKind};
use crate::explain::Result;
use crate::types::instance_type;

/// The type of every compute here.
pub(super) const COMPUTE_TYPE: &str = "Kubernetes";
/// What the service sets and nobody sends.
const READ_ONLY: [&str; 4] = ["id", "name", "type", "systemData"];
const READ_ONLY_PROPERTIES: [&str; 5] =
    ["provisioningState", "createdOn", "modifiedOn", "provisioningErrors", "isAttachedCompute"];
/// Never answered, so null means "as it is" and must not be sent back.
const SECRETS: [&str; 2] = ["relayConnectionString", "serviceBusConnectionString"];

/// An object with everything that is written laid over it.
#[derive(Debug)]
pub(super) struct Overlay {
    /// What to PUT: what is not written stays as it was read.
    pub(super) body: ArmResource,
    /// The attributes whose value the object did not have, or not in that meaning.
    pub(super) changed: Vec<Path>,
    /// The instance types that the object had and that are to go.
    pub(super) dropped: Vec<String>,
}

impl Overlay {
    /// Whether the object has everything that is written, in that meaning.
    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.dropped.is_empty()
    }
}

/// Lays `planned` over `found`; what `prior` declared and `planned` does not is taken away.
pub(super) fn overlay(
    found: &ArmResource, prior: Option<&Compute>, planned: &Compute,
) -> Result<Overlay> {
    let mut over = Parts::writable(found);
    over.keys(planned)?;
    over.description(planned);
    over.tags(planned);
    over.identity(planned)?;
    over.set_attach_configuration(&names_to_drop(prior, planned), planned)?;
    Ok(over.join())
}

/// The attach configuration of an answer.
pub(super) fn read_attach_configuration(object: &ArmResource) -> Result<AttachConfiguration> {
    read(&object.properties()["properties"])
}

fn read(json: &Value) -> Result<AttachConfiguration> {
    AttachConfiguration::from_json(json).map_err(|malformed| {
        let told = format!("the service answered something else than expected: {malformed}");
        Diagnostic::error("Compute cannot be understood").detail(to_sentence(&told)).into()
    })
}

/// The types that were declared and are not any more; none while they are not managed.
fn names_to_drop(prior: Option<&Compute>, planned: &Compute) -> BTreeSet<String> {
    let Some(stay) = planned.instance_types.known() else { return BTreeSet::new() };
    let declared = prior.and_then(|prior| prior.instance_types.known()).into_iter().flatten();
    declared.map(|(name, _)| name).filter(|name| !stay.contains_key(*name)).cloned().collect()
}

fn identity_ids(written: &Identity) -> Result<BTreeSet<Id>> {
    let ids = written.identity_ids.known().into_iter().flatten().filter_map(Attr::known);
    ids.map(|id| Ok(id.parse()?)).collect()
}

/// The object in the parts that are written one by one.
struct Parts {
    members: Map<String, Value>,
    properties: Map<String, Value>,
    attached: Value,
    changed: Vec<Path>,
    dropped: Vec<String>,
}

impl Parts {
    /// The object without what the service alone sets.
    fn writable(found: &ArmResource) -> Parts {
        let mut members = found.members().clone();
        members.retain(|name, _| !READ_ONLY.contains(&name.as_str()));
        if let Some(identity) = members.get_mut("identity").and_then(Value::as_object_mut) {
            identity.retain(|name, _| !["principalId", "tenantId"].contains(&name.as_str()));
            let assigned = identity.get_mut("userAssignedIdentities");
            let assigned = assigned.and_then(Value::as_object_mut).into_iter();
            assigned.flat_map(Map::values_mut).for_each(|each| *each = json!({}));
        }
        let mut properties = object(members.remove("properties"));
        properties.retain(|name, _| !READ_ONLY_PROPERTIES.contains(&name.as_str()));
        let mut attached = object(properties.remove("properties"));
        attached.retain(|name, value| !(value.is_null() && SECRETS.contains(&name.as_str())));
        Parts {
            members,
            properties,
            attached: attached.into(),
            changed: Vec::new(),
            dropped: Vec::new(),
        }
    }

    fn join(mut self) -> Overlay {
        self.properties.insert("properties".to_owned(), self.attached);
        self.members.insert("properties".to_owned(), self.properties.into());
        let body = ArmResource::new(self.members);
        Overlay { body, changed: self.changed, dropped: self.dropped }
    }

    /// What is fixed when a cluster is attached: set where the object does not have it yet.
    fn keys(&mut self, planned: &Compute) -> Result<()> {
        let cluster = planned.cluster_id.require()?;
        let mut put = |name: &str, value: Value| {
            self.properties.entry(name).or_insert(value);
        };
        put("computeType", json!(COMPUTE_TYPE));
        put("resourceId", json!(cluster));
        if let Some(disabled) = planned.disable_local_auth.known() {
            put("disableLocalAuth", json!(disabled));
        }
        Ok(())
    }

    fn description(&mut self, planned: &Compute) {
        let Some(written) = planned.description.known() else { return };
        let found = self.properties.get("description").and_then(Value::as_str);
        if found.unwrap_or_default() != written {
            self.properties.insert("description".to_owned(), json!(written));
            self.changed.push(Path::from("description"));
        }
    }

    fn tags(&mut self, planned: &Compute) {
        let Some(written) = planned.tags.known() else { return };
        let set = |(key, tag): (&String, &Attr<String>)| Some((key.clone(), json!(tag.known()?)));
        let written: Map<String, Value> = written.iter().filter_map(set).collect();
        let found = object(self.members.get("tags").cloned());
        if found != written {
            let keys = written.keys().chain(found.keys().filter(|key| !written.contains_key(*key)));
            let changed = keys.filter(|key| found.get(*key) != written.get(*key));
            self.changed.extend(changed.map(|key| Path::from("tags").key(key)));
            self.members.insert("tags".to_owned(), written.into());
        }
    }

    fn identity(&mut self, planned: &Compute) -> Result<()> {
        let Some(written) = planned.identity.known() else { return Ok(()) };
        let kind = IdentityKind::new(written.kind.require()?);
        let ids = identity_ids(written)?;
        let found = object(self.members.get("identity").cloned());
        let found_kind = found.get("type").and_then(Value::as_str).unwrap_or("None");
        let found_ids = object(found.get("userAssignedIdentities").cloned());
        let found_ids: BTreeSet<Id> = found_ids.keys().filter_map(|id| id.parse().ok()).collect();
        if kind == IdentityKind::new(found_kind) && found_ids == ids {
            return Ok(());
        }
        let mut identity = json!({ "type": kind.wire() });
        if !ids.is_empty() {
            let ids = ids.iter().map(|id| (id.to_string(), json!({})));
            identity["userAssignedIdentities"] = ids.collect::<Map<_, _>>().into();
        }
        self.members.insert("identity".to_owned(), identity);
        let part = if kind == IdentityKind::new(found_kind) { "identity_ids" } else { "type" };
        self.changed.push(Path::from("identity").attribute(part));
        Ok(())
    }

    fn set_attach_configuration(
        &mut self, dropped: &BTreeSet<String>, planned: &Compute,
    ) -> Result<()> {
        let written = AttachConfiguration {
            namespace: planned.namespace.known().cloned(),
            default_instance_type: planned.default_instance_type.known().cloned(),
            instance_types: instance_type::known_types(&planned.instance_types),
        };
        let before = read(&self.attached)?;
        self.attached = written.overlay(&self.attached, dropped.iter().map(String::as_str));
        let after = read(&self.attached)?;
        if before.default_instance_type != after.default_instance_type {
            self.changed.push(Path::from("default_instance_type"));
        } else if after.default_instance_type.is_some_and(|name| dropped.contains(&name)) {
            // A default that names a type which is taken away would be refused.
            self.attached.as_object_mut().map(|attached| attached.remove("defaultInstanceType"));
        }
        let before = before.instance_types.unwrap_or_default();
        let after = after.instance_types.unwrap_or_default();
        let changed = after.iter().filter(|(name, type_)| before.get(*name) != Some(*type_));
        self.changed.extend(changed.flat_map(|(name, type_)| {
            instance_type::changed_paths(
                &Path::from("instance_types").key(name),
                before.get(name),
                type_,
            )
        }));
        self.dropped.extend(before.into_keys().filter(|name| dropped.contains(name)));
        Ok(())
    }
}

fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}
