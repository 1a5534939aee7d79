//! What the service refuses of a body that attaches or changes a compute.

use serde_json::Value;

use super::{instance_types, service_error};
use crate::arm::body::{reject_non_strings, reject_unknown_members};
use crate::arm::resource_call::ResourceCall;
use crate::arm::{api_versions, error, path};
use crate::http::Response;
use crate::names::{error_code, property};
use crate::store::Store;

const MEMBERS: &[&str] =
    &["id", "name", "type", "systemData", "identity", "location", "properties", "sku", "tags"];
const PROPERTY_NAMES: &[&str] = &[
    property::COMPUTE_LOCATION,
    property::COMPUTE_TYPE,
    "createdOn",
    "description",
    property::DISABLE_LOCAL_AUTH,
    "isAttachedCompute",
    "modifiedOn",
    "properties",
    "provisioningErrors",
    property::PROVISIONING_STATE,
    property::RESOURCE_ID,
];
const KUBERNETES_PROPERTY_NAMES: &[&str] = &[
    property::DEFAULT_INSTANCE_TYPE,
    "extensionInstanceReleaseTrain",
    "extensionPrincipalId",
    property::INSTANCE_TYPES,
    "namespace",
    property::RELAY_CONNECTION_STRING,
    property::SERVICE_BUS_CONNECTION_STRING,
    "vcName",
];

pub(super) fn validate(call: &ResourceCall<'_>, body: &Value) -> Result<(), Response> {
    reject_unknown_members("ComputeResource", body, MEMBERS)?;
    reject_unknown_members("Compute", &body["properties"], PROPERTY_NAMES)?;
    reject_unknown_members(
        "KubernetesProperties",
        &body["properties"]["properties"],
        KUBERNETES_PROPERTY_NAMES,
    )?;
    reject_non_strings("tags", &body["tags"])?;
    if !body["location"].is_string() {
        return Err(error::location_required());
    }
    if !is_valid_name(call.path.name(), &call.version) {
        let text = format!("The compute name '{}' is invalid.", call.path.name());
        return Err(service_error(400, error_code::INVALID_COMPUTE_INFORMATION, &text));
    }
    let compute_type = &body["properties"][property::COMPUTE_TYPE];
    let has_kubernetes = call.version.as_str() >= api_versions::KUBERNETES_COMPUTE_SINCE
        || call.version == api_versions::FIRST_PYTHON_CLIENT;
    if *compute_type != "Kubernetes" || !has_kubernetes {
        let text = format!("The compute type {compute_type} is not supported.");
        return Err(service_error(400, error_code::INVALID_COMPUTE_INFORMATION, &text));
    }
    validate_identity(&body["identity"])?;
    instance_types::validate(&body["properties"]["properties"])
        .map_err(|text| service_error(400, error_code::INVALID_COMPUTE_INFORMATION, &text))
}

/// 2 to 24 letters, digits and hyphens, a letter first; later at least 3, not ending in a hyphen
/// and digits.
fn is_valid_name(name: &str, version: &str) -> bool {
    let strict = version >= api_versions::STRICT_NAME_SINCE;
    let numbered = name
        .rsplit_once('-')
        .is_some_and(|(_, end)| !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit()));
    (if strict { 3..=24 } else { 2..=24 }).contains(&name.len())
        && !(strict && numbered)
        && name.starts_with(|it: char| it.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// User-assigned identities are required exactly where the type names them.
fn validate_identity(identity: &Value) -> Result<(), Response> {
    if identity.is_null() {
        return Ok(());
    }
    let Some(kind) = identity_type(identity) else {
        let text = format!("The identity type {} is not supported.", identity["type"]);
        return Err(error::bad_request(&text));
    };
    let ids = &identity[property::USER_ASSIGNED_IDENTITIES];
    let requested = ids.as_object().is_some_and(|ids| !ids.is_empty());
    if requested == kind.contains("UserAssigned") {
        return Ok(());
    }
    let text =
        format!("The identity type {kind} does not go with the userAssignedIdentities {ids}.");
    Err(error::error(400, error_code::INVALID_IDENTITY_VALUES, &text))
}

/// Resource Manager checks this itself, before the service.
pub(super) fn check_identities_exist(store: &Store, identity: &Value) -> Result<(), Response> {
    let mut ids = identity[property::USER_ASSIGNED_IDENTITIES].as_object().into_iter().flatten();
    match ids.find(|(id, _)| store.get(id).is_none()) {
        None => Ok(()),
        Some((id, _)) => {
            let text = format!("The user-assigned identity '{id}' was not found.");
            Err(error::error(400, error_code::FAILED_IDENTITY_OPERATION, &text))
        }
    }
}

/// The type in any casing, as responses spell it.
pub(super) fn identity_type(identity: &Value) -> Option<&'static str> {
    let requested = identity["type"].as_str()?.replace(' ', "");
    let known = ["None", "SystemAssigned", "UserAssigned", "SystemAssigned,UserAssigned"];
    known.into_iter().find(|it| it.eq_ignore_ascii_case(&requested))
}

pub(super) fn check_immutable(before: &Value, body: &Value) -> Result<(), Response> {
    let (old, new) = (&before["properties"], &body["properties"]);
    if old[property::COMPUTE_TYPE] != new[property::COMPUTE_TYPE] {
        let old = &old[property::COMPUTE_TYPE];
        let text = format!("A compute of this name exists already, with the type {old}.");
        return Err(service_error(409, error_code::CONFLICT, &text));
    }
    let names = [property::RESOURCE_ID, property::DISABLE_LOCAL_AUTH, property::COMPUTE_LOCATION];
    let values = names.map(|name| (name, &old[name], &new[name]));
    let namespaces = (&old["properties"]["namespace"], &new["properties"]["namespace"]);
    let all = values.into_iter().chain([("namespace", namespaces.0, namespaces.1)]);
    for (name, old, new) in all {
        let same = old.to_string().eq_ignore_ascii_case(&new.to_string());
        if !new.is_null() && !same {
            let text = format!("{name} cannot be changed; detach the compute and attach it again.");
            return Err(service_error(400, error_code::BAD_REQUEST, &text));
        }
    }
    Ok(())
}

pub(super) fn parse_cluster_id(body: &Value) -> Result<String, Response> {
    let id = body["properties"][property::RESOURCE_ID].as_str().unwrap_or_default();
    let kinds =
        ["microsoft.kubernetes/connectedclusters", "microsoft.containerservice/managedclusters"];
    let is_cluster = matches!(path::parse(id), Some(path::Route::Resource(path))
        if path.tail.is_none() && kinds.contains(&&*path.resource_type().to_ascii_lowercase()));
    if is_cluster {
        return Ok(id.to_owned());
    }
    let text = format!("The resource ID '{id}' is not that of a Kubernetes cluster.");
    Err(service_error(400, error_code::INVALID_COMPUTE_INFORMATION, &text))
}
