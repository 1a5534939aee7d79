//! The errors of Azure Resource Manager, in its words.

use serde_json::{Value, json};

use super::api_versions::ApiVersions;
use super::path::Path;
use super::resource_types::ResourceType;
use crate::http::{Request, Response};
use crate::names::error_code;
use crate::seed::TENANT;

pub(super) fn error(status: u16, code: &str, message: &str) -> Response {
    Response::json(status, json!({"error": {"code": code, "message": message}}))
}

pub(super) fn bad_request(message: &str) -> Response {
    error(400, error_code::BAD_REQUEST, message)
}

pub(super) fn conflict(message: &str) -> Response {
    error(409, error_code::CONFLICT, message)
}

pub(super) fn location_required() -> Response {
    let text = "The location property is required for this definition.";
    error(400, error_code::LOCATION_REQUIRED, text)
}

pub(super) fn invalid_content(message: &str) -> Response {
    let text =
        format!("The request content was invalid and could not be deserialized: '{message}'.");
    error(400, error_code::INVALID_REQUEST_CONTENT, &text)
}

/// No token, or one that the emulator did not issue.
pub(super) fn unauthenticated(origin: &str, token: bool) -> Response {
    let (code, message, reason) = if token {
        (error_code::INVALID_AUTHENTICATION_TOKEN, "The access token is invalid.", "invalid_token")
    } else {
        let text = "Authentication failed. The 'Authorization' header is missing.";
        (error_code::AUTHENTICATION_FAILED, text, "invalid_token")
    };
    let challenge = format!(
        "Bearer authorization_uri=\"{origin}/{TENANT}\", error=\"{reason}\", \
         error_description=\"{message}\""
    );
    error(401, code, message).with("www-authenticate", challenge)
}

pub(super) fn missing_api_version() -> Response {
    let text = "The api-version query parameter (?api-version=) is required for all requests.";
    error(400, error_code::MISSING_API_VERSION_PARAMETER, text)
}

pub(super) fn invalid_api_version(version: &str, supported: ApiVersions) -> Response {
    let text = format!(
        "The api-version '{version}' is invalid. The supported versions are '{}'.",
        supported.join(",")
    );
    error(400, error_code::INVALID_API_VERSION_PARAMETER, &text)
}

pub(super) fn unsupported_api_version(version: &str, resource_type: &ResourceType) -> Response {
    let text = format!(
        "No registered resource provider found for location 'eastus' and API version '{version}' \
         for type '{}'. The supported api-versions are '{}'. The supported locations are 'eastus'.",
        resource_type.unqualified_name(),
        resource_type.versions.join(", ")
    );
    error(400, error_code::NO_REGISTERED_PROVIDER_FOUND, &text)
}

pub(super) fn invalid_resource_type(types: &str, version: &str) -> Response {
    let (namespace, within) = types.split_once('/').unwrap_or((types, ""));
    let text = format!(
        "The resource type '{within}' could not be found in the namespace '{namespace}' for api \
         version '{version}'. The supported api-versions are ''."
    );
    error(404, error_code::INVALID_RESOURCE_TYPE, &text)
}

pub(super) fn invalid_namespace(namespace: &str) -> Response {
    let text = format!("The resource namespace '{namespace}' is invalid.");
    error(404, error_code::INVALID_RESOURCE_NAMESPACE, &text)
}

pub(super) fn subscription_not_found(id: &str) -> Response {
    error(
        404,
        error_code::SUBSCRIPTION_NOT_FOUND,
        &format!("The subscription '{id}' could not be found."),
    )
}

pub(super) fn group_not_found(group: &str) -> Response {
    let text = format!("Resource group '{group}' could not be found.");
    error(404, error_code::RESOURCE_GROUP_NOT_FOUND, &text)
}

pub(super) fn resource_not_found(path: &Path) -> Response {
    let text = format!(
        "The Resource '{}' under resource group '{}' was not found. For more details please go to \
         https://aka.ms/ARMResourceNotFoundFix",
        path.within_provider(),
        path.group
    );
    error(404, error_code::RESOURCE_NOT_FOUND, &text)
}

pub(super) fn parent_not_found(
    resource_type: &ResourceType, parent: &Path, verb: &str,
) -> Response {
    let text = format!(
        "Failed to perform '{verb}' on resource(s) of type '{}', because the parent resource '{}' \
         could not be found.",
        resource_type.unqualified_name(),
        parent.id()
    );
    error(404, error_code::PARENT_RESOURCE_NOT_FOUND, &text)
}

pub(super) fn provider_not_registered(namespace: &str) -> Response {
    let text = format!(
        "The subscription is not registered to use namespace '{namespace}'. See \
         https://aka.ms/rps-not-found for how to register subscriptions."
    );
    let detail = json!({"code": error_code::MISSING_SUBSCRIPTION_REGISTRATION, "target": namespace, "message": text});
    let body: Value = json!({"error": {
        "code": error_code::MISSING_SUBSCRIPTION_REGISTRATION, "message": text, "details": [detail],
    }});
    Response::json(409, body)
}

pub(super) fn method_not_allowed(request: &Request) -> Response {
    let Request { method, path, .. } = request;
    let text = format!("The requested resource does not support http method '{method}': {path}");
    error(405, error_code::METHOD_NOT_ALLOWED, &text)
}

pub(super) fn operation_not_found(name: &str) -> Response {
    error(404, error_code::NOT_FOUND, &format!("The operation '{name}' was not found."))
}
