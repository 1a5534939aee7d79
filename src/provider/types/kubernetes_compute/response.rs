//! A compute as the service answers it.

use aml::instance_type::BUILT_IN;
use azure::{ArmResource, ServiceError};
use framework::{Attr, AttrList, AttrMap, Diagnostic};
use serde_json::Value;

use super::model::{Compute, Identity, ProvisioningError};
use super::request::{COMPUTE_TYPE, attached};
use crate::explain::Result;
use crate::types::instance_type::{self, InstanceType};

/// The whole model from an answer, but for what only Terraform has, which `known` gives.
///
/// What the user does not write is left out by the framework; here only the parts inside an
/// instance type. After an import, which knows only the keys, everything is taken but for instance
/// types and their default: the service very probably tells the cluster's own there, which belong to
/// whoever declared them.
pub(super) fn answered(known: Compute, object: &ArmResource) -> Result<Compute> {
    let attach = attached(object)?;
    let types = instance_types(object)?;
    let (instance_types, default_instance_type) = (
        declared(&known.instance_types, types.clone()),
        declared_default(&known.default_instance_type, attach.default_instance_type),
    );
    let properties = object.properties();
    let property = |name: &str| text(&properties[name]);
    let inner = |name: &str| text(&properties["properties"][name]);
    let identity = |name: &str| object.identity().and_then(|identity| text_of(identity.get(name)?));
    Ok(Compute {
        id: Attr::text(known.id()?),
        cluster_id: else_known(property("resourceId"), &known.cluster_id),
        namespace: else_known(attach.namespace.into(), &known.namespace),
        default_instance_type,
        instance_types,
        description: property("description").and_then(|text| described(text, &known)),
        tags: tags(object),
        disable_local_auth: properties["disableLocalAuth"].as_bool().unwrap_or_default().into(),
        identity: identity_of(object, &known),
        location: object.location().map(str::to_owned).into(),
        provisioning_state: object.provisioning_state().map(str::to_owned).into(),
        provisioning_errors: provisioning_errors(&properties["provisioningErrors"]),
        created_on: property("createdOn"),
        is_attached_compute: properties["isAttachedCompute"].as_bool().into(),
        principal_id: identity("principalId").into(),
        tenant_id: identity("tenantId").into(),
        extension_release_train: inner("extensionInstanceReleaseTrain"),
        extension_principal_id: inner("extensionPrincipalId"),
        effective_instance_types: instance_type::beyond(&known.instance_types, types),
        ..known
    })
}

/// The model from an object of which every instance type is the user's: a body that the user wrote.
pub(super) fn taken(keys: Compute, object: &ArmResource) -> Result<Compute> {
    let attach = attached(object)?;
    let keys = Compute {
        instance_types: instance_types(object)?,
        default_instance_type: attach.default_instance_type.into(),
        ..keys
    };
    answered(keys, object)
}

/// The model of an object that nobody declares here: with every type that the service tells of, and
/// as arguments those that an attach may have given.
pub(super) fn looked_up(keys: Compute, object: &ArmResource) -> Result<Compute> {
    let default = attached(object)?.default_instance_type;
    let types = instance_types(object)?;
    let compute = taken(keys, object)?;
    Ok(Compute {
        instance_types: none_if_empty(importable(types.clone(), default.as_deref())),
        effective_instance_types: types,
        ..compute
    })
}

/// Of the types that the service tells, those that `known` declares.
fn declared(known: &AttrMap<InstanceType>, told: AttrMap<InstanceType>) -> AttrMap<InstanceType> {
    match known {
        Attr::Null => Attr::Null,
        known => none_if_empty(instance_type::managed(known, told)),
    }
}

fn declared_default(known: &Attr<String>, told: Option<String>) -> Attr<String> {
    if known.is_null() { Attr::Null } else { told.into() }
}

/// Every instance type that the service tells of.
pub(super) fn instance_types(object: &ArmResource) -> Result<AttrMap<InstanceType>> {
    Ok(instance_type::answered(&attached(object)?.instance_types.unwrap_or_default()))
}

/// A compute of another type has the same URL, and nothing of it can be managed here.
pub(super) fn must_be_kubernetes(object: &ArmResource) -> Result<()> {
    let Some(kind) = other_type(object) else { return Ok(()) };
    Err(Diagnostic::error("Compute of another type")
        .detail(format!(
            "The workspace has a compute of this name, but its type is {kind}, not Kubernetes. \
             Choose another name."
        ))
        .at("name")
        .into())
}

/// The type of a compute that says it is no Kubernetes.
pub(super) fn other_type(object: &ArmResource) -> Option<&str> {
    let kind = object.properties()["computeType"].as_str();
    kind.filter(|kind| !kind.eq_ignore_ascii_case(COMPUTE_TYPE))
}

/// What a service that keeps silent about a key cannot have changed.
fn else_known(answered: Attr<String>, known: &Attr<String>) -> Attr<String> {
    if answered.is_null() { known.clone() } else { answered }
}

/// The types that an attach may have given: not the one that every cluster has, unless it is the default.
fn importable(mut types: AttrMap<InstanceType>, default: Option<&str>) -> AttrMap<InstanceType> {
    if let Attr::Known(types) = &mut types
        && default != Some(BUILT_IN)
    {
        types.remove(BUILT_IN);
    }
    types
}

/// No description and an empty one are the same to the service.
fn described(text: String, known: &Compute) -> Attr<String> {
    if text.is_empty() && known.description.is_null() { Attr::Null } else { text.into() }
}

fn tags(object: &ArmResource) -> AttrMap<String> {
    let tags = object.tags().into_iter().flatten();
    none_if_empty(tags.filter_map(|(key, tag)| Some((key.clone(), text_of(tag)?))).collect())
}

/// A compute without an identity has nothing to import; one that is written as `None` has.
fn identity_of(object: &ArmResource, known: &Compute) -> Attr<Identity> {
    let identity = object.identity();
    let kind = identity.and_then(|identity| text_of(identity.get("type")?));
    let kind = kind.unwrap_or_else(|| "None".to_owned());
    if known.identity.is_null() && kind.eq_ignore_ascii_case("None") {
        return Attr::Null;
    }
    let ids = identity.and_then(|identity| identity.get("userAssignedIdentities")?.as_object());
    let ids: Vec<String> = ids.into_iter().flat_map(|ids| ids.keys().cloned()).collect();
    let identity_ids = if ids.is_empty() { Attr::Null } else { ids.into_iter().collect() };
    Attr::Known(Identity { kind: kind.into(), identity_ids })
}

/// Each error and, after it, everything behind it, down to the innermost.
fn provisioning_errors(errors: &Value) -> AttrList<ProvisioningError> {
    let errors = ServiceError::parse_list(errors);
    let errors = errors.iter().flat_map(ServiceError::walk);
    errors
        .map(|error| ProvisioningError {
            code: error.code.clone().into(),
            message: Some(error.message.clone()).filter(|text| !text.is_empty()).into(),
        })
        .collect()
}

fn none_if_empty<T>(map: AttrMap<T>) -> AttrMap<T> {
    match map {
        Attr::Known(elements) if elements.is_empty() => Attr::Null,
        map => map,
    }
}

fn text(value: &Value) -> Attr<String> {
    text_of(value).into()
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
