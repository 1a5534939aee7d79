//! The model of a compute from Azure's responses.

use aml::instance_type::BUILT_IN;
use azure::{ArmResource, ServiceError};
use framework::{Attr, AttrList, AttrMap, Diagnostic};
use serde_json::Value;

use super::model::{Compute, Identity, ProvisioningError};
use super::request::{COMPUTE_TYPE, read_attach_configuration};
use crate::explain::Result;
use crate::types::instance_type::{self, InstanceType};

/// Builds the model from a response. `known` gives what only Terraform has.
///
/// Instance types and a default that `known` does not have are left out. So an import, which knows
/// only the keys, sets neither: the response very probably lists the cluster's own types, which
/// belong to whoever declared them.
pub(super) fn compute_from_response(known: Compute, object: &ArmResource) -> Result<Compute> {
    let attach = read_attach_configuration(object)?;
    let types = instance_types(object)?;
    let (instance_types, default_instance_type) = (
        keep_declared_types(&known.instance_types, types.clone()),
        keep_declared_default(&known.default_instance_type, attach.default_instance_type),
    );
    let properties = object.properties();
    let property = |name: &str| text(&properties[name]);
    let inner = |name: &str| text(&properties["properties"][name]);
    let identity = |name: &str| object.identity().and_then(|identity| text_of(identity.get(name)?));
    Ok(Compute {
        id: Attr::text(known.id()?),
        cluster_id: or_known(property("resourceId"), &known.cluster_id),
        namespace: or_known(attach.namespace.into(), &known.namespace),
        default_instance_type,
        instance_types,
        description: property("description").and_then(|text| description_or_null(text, &known)),
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
        effective_instance_types: instance_type::undeclared_types(&known.instance_types, types),
        ..known
    })
}

/// Builds the model from a body that the user wrote, in which every instance type is the user's.
pub(super) fn compute_from_body(keys: Compute, object: &ArmResource) -> Result<Compute> {
    let attach = read_attach_configuration(object)?;
    let keys = Compute {
        instance_types: instance_types(object)?,
        default_instance_type: attach.default_instance_type.into(),
        ..keys
    };
    compute_from_response(keys, object)
}

/// Builds the model without a configuration: all instance types of the response, and as arguments
/// those that an attach may have given.
pub(super) fn compute_without_configuration(
    keys: Compute, object: &ArmResource,
) -> Result<Compute> {
    let default = read_attach_configuration(object)?.default_instance_type;
    let types = instance_types(object)?;
    let compute = compute_from_body(keys, object)?;
    Ok(Compute {
        instance_types: none_if_empty(without_built_in(types.clone(), default.as_deref())),
        effective_instance_types: types,
        ..compute
    })
}

/// Of the types in the response, those that `known` declares.
fn keep_declared_types(
    known: &AttrMap<InstanceType>, response: AttrMap<InstanceType>,
) -> AttrMap<InstanceType> {
    match known {
        Attr::Null => Attr::Null,
        known => none_if_empty(instance_type::keep_declared(known, response)),
    }
}

fn keep_declared_default(known: &Attr<String>, response: Option<String>) -> Attr<String> {
    if known.is_null() { Attr::Null } else { response.into() }
}

/// Every instance type in the response.
pub(super) fn instance_types(object: &ArmResource) -> Result<AttrMap<InstanceType>> {
    Ok(instance_type::from_service(
        &read_attach_configuration(object)?.instance_types.unwrap_or_default(),
    ))
}

/// Refuses a compute of another type, which has the same URL.
pub(super) fn check_compute_type(object: &ArmResource) -> Result<()> {
    let Some(kind) = other_type(object) else { return Ok(()) };
    Err(Diagnostic::error("Compute has another type")
        .detail(format!(
            "The workspace has a compute of this name, and its type is {kind}, not Kubernetes. \
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

/// A key that the response leaves out has not changed.
fn or_known(response: Attr<String>, known: &Attr<String>) -> Attr<String> {
    if response.is_null() { known.clone() } else { response }
}

/// The types without the built-in one, unless it is the default.
fn without_built_in(
    mut types: AttrMap<InstanceType>, default: Option<&str>,
) -> AttrMap<InstanceType> {
    if let Attr::Known(types) = &mut types
        && default != Some(BUILT_IN)
    {
        types.remove(BUILT_IN);
    }
    types
}

/// No description and an empty one are the same to the service.
fn description_or_null(text: String, known: &Compute) -> Attr<String> {
    if text.is_empty() && known.description.is_null() { Attr::Null } else { text.into() }
}

fn tags(object: &ArmResource) -> AttrMap<String> {
    let tags = object.tags().into_iter().flatten();
    none_if_empty(tags.filter_map(|(key, tag)| Some((key.clone(), text_of(tag)?))).collect())
}

/// Null where the compute has no identity, unless it is written as `None`.
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
