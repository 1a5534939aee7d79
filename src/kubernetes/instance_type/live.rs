//! An instance type as the cluster has it, and how it is read.

use serde_json::Value;

use super::field::Field;
use super::managed_fields::ManagedFields;
use super::spec::{self, Spec};
use crate::call_options::CallOptions;
use crate::cluster::{Cluster, ListQuery, Lookup};
use crate::error::Error;
use crate::resource_type::ResourceType;

/// An instance type of the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveInstanceType {
    /// Its name.
    pub name: String,
    /// What tells it from another object of the same name.
    pub uid: String,
    /// Its version, which each change replaces.
    pub resource_version: String,
    /// What it says.
    pub spec: Spec,
    /// Who manages which of its fields.
    pub managed_fields: ManagedFields,
    /// What has to be done before it is gone.
    pub finalizers: Vec<String>,
    /// Whether it is being deleted.
    pub is_terminating: bool,
    /// The object itself.
    pub(super) object: Value,
}

impl LiveInstanceType {
    /// Whether this provider has set something of it, be it from another state.
    pub fn is_ours(&self) -> bool {
        self.managed_fields.managers().any(|manager| manager == crate::cluster::FIELD_MANAGER)
    }

    /// Reads an object, whoever wrote it.
    pub fn new(object: Value) -> LiveInstanceType {
        let metadata = &object["metadata"];
        let text = |name: &str| metadata[name].as_str().unwrap_or_default().to_owned();
        let finalizers = metadata["finalizers"].as_array().into_iter().flatten();
        LiveInstanceType {
            name: text("name"),
            uid: text("uid"),
            resource_version: text("resourceVersion"),
            spec: spec::read(&object),
            managed_fields: ManagedFields::of(&object),
            finalizers: finalizers.filter_map(|it| Some(it.as_str()?.to_owned())).collect(),
            is_terminating: !metadata["deletionTimestamp"].is_null(),
            object,
        }
    }

    /// Whether labels of others go when ours are applied, since the cluster manages the selector as a
    /// whole.
    pub fn has_atomic_selector(&self) -> bool {
        self.managed_fields.is_atomic(&["spec", "nodeSelector"])
    }

    /// Whether the map that a field is in is managed as a whole, so that whoever applies it drops the keys
    /// of others.
    pub fn is_managed_as_a_whole(&self, field: &Field) -> bool {
        let segments = field.segments();
        self.managed_fields.is_atomic(&segments[..segments.len() - 1])
    }

    /// Who manages a field, beside this provider.
    pub fn other_managers_of(&self, field: &Field) -> Vec<String> {
        let managers = self.managed_fields.managers_of(&field.segments());
        let others = managers.into_iter().filter(|it| *it != crate::cluster::FIELD_MANAGER);
        others.map(str::to_owned).collect()
    }
}

/// Reads an instance type. An API server that serves the group in other versions only is an error.
pub async fn read(
    cluster: &Cluster, name: &str, options: CallOptions<'_>,
) -> Result<Lookup<LiveInstanceType>, Error> {
    let found = cluster.get(&ResourceType::INSTANCE_TYPES, None, name, options).await?;
    Ok(match found {
        Lookup::Found(object) => Lookup::Found(LiveInstanceType::new(object)),
        Lookup::NotFound => Lookup::NotFound,
        Lookup::ApiAbsent => Lookup::ApiAbsent,
    })
}

/// All instance types. `None`: the API server does not serve them.
pub async fn list(
    cluster: &Cluster, options: CallOptions<'_>,
) -> Result<Option<Vec<LiveInstanceType>>, Error> {
    let add = |all: &mut Vec<_>, object| all.push(LiveInstanceType::new(object));
    cluster.fold_list(&ResourceType::INSTANCE_TYPES, ListQuery::default(), options, add).await
}
