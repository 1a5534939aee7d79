//! Computes of a workspace: attached Kubernetes clusters, after the service's published examples.

mod actions;
mod instance_types;
mod validate;

use serde_json::{Value, json};
use uuid::Uuid;

use super::operations::{self, NewOperation, machine_learning_error, provisioning_state};
use super::resource_call::ResourceCall;
use super::{RequestContext, error, extensions, generic};
use crate::faults::Failure;
use crate::http::Response;
use crate::names::{AZUREML_EXTENSION, error_code, property, resource_type, state};
use crate::seed::TENANT;
use crate::store::{Outcome, Store, merge};
use crate::timestamp;
use crate::traits::Trait;

const SECRET_PROPERTIES: [&str; 2] =
    [property::RELAY_CONNECTION_STRING, property::SERVICE_BUS_CONNECTION_STRING];

pub(super) fn handle(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    match (call.context.request.method.as_str(), call.path.tail.as_deref()) {
        ("PUT", None) => put(store, call),
        ("PATCH", None) => actions::patch(store, call),
        ("DELETE", None) => delete(store, call),
        ("POST", Some(action)) => actions::post(store, call, action),
        _ => Err(error::method_not_allowed(call.context.request)),
    }
}

/// Without secrets, and with the instance types of its cluster once that is attached.
pub(super) fn response_body(object: &Value, context: &RequestContext<'_>) -> Value {
    let mut body = object.clone();
    let properties = &mut body["properties"];
    let attached = properties[property::PROVISIONING_STATE] != state::CREATING;
    let kubernetes = properties[property::COMPUTE_TYPE] == "Kubernetes";
    let inner = &mut properties["properties"];
    if kubernetes && inner.is_object() {
        for name in SECRET_PROPERTIES {
            inner[name] = Value::Null;
        }
        if attached && !context.has_trait(Trait::HidesClusterTypes) {
            instance_types::add_cluster_types(&mut inner[property::INSTANCE_TYPES]);
        }
    }
    body
}

fn put(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let body = call.body()?;
    validate::validate(call, &body)?;
    let before = store.get(&call.path.id()).cloned();
    check_no_operation(store, call)?;
    validate::check_identities_exist(store, &body["identity"])?;
    if let Some(before) = &before {
        generic::check_location(call, before, &body)?;
        validate::check_immutable(before, &body)?;
    }
    let resource = validate::parse_cluster_id(&body)?;
    let object = build_compute(store, call, &body, before.as_ref());
    let failure = attach_failure(store, call, &resource);
    let (running_state, status) =
        if before.is_some() { (state::UPDATING, 200) } else { (state::CREATING, 201) };
    store.put(&call.path.id(), object);
    store.merge(&call.path.id(), &provisioning_state(running_state));
    let success = provisioning_state(state::SUCCEEDED);
    let operation = NewOperation {
        failure,
        ..NewOperation::new("InProgress", Outcome::Merge(success), failed_state)
    };
    let [status_url, _] = start_operation(store, call, operation);
    let object =
        store.get(&call.path.id()).map(|it| response_body(it, call.context)).unwrap_or_default();
    let response = Response::json(status, object);
    // Only the answer of a creation has headers to poll by; a change is followed by its state.
    let created = before.is_none();
    Ok(if created { with_poll_url(call, response, &status_url) } else { response })
}

fn delete(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let action = call.context.request.parameter("underlyingResourceAction").unwrap_or_default();
    if !["delete", "detach"].contains(&&*action.to_ascii_lowercase()) {
        return Err(service_error(
            400,
            error_code::BAD_REQUEST,
            "The query parameter underlyingResourceAction is required: 'Delete' or 'Detach'.",
        ));
    }
    let Some(compute) = store.get(&call.path.id()).cloned() else {
        return Ok(Response::empty(204));
    };
    check_no_operation(store, call)?;
    let cluster = compute["properties"][property::RESOURCE_ID].as_str();
    if let (Some(cluster), true) = (cluster, action.eq_ignore_ascii_case("delete")) {
        store.remove(cluster);
    }
    store.merge(&call.path.id(), &provisioning_state(state::DELETING));
    let operation = NewOperation::new("InProgress", Outcome::Remove, failed_state);
    let [status_url, result_url] = start_operation(store, call, operation);
    let location = format!("{}{result_url}", call.context.origin);
    Ok(with_poll_url(call, Response::empty(202), &status_url).with("Location", location))
}

/// Returns path and query of the status and of the result, below the location of the workspace.
/// They can be polled under this query only.
pub(super) fn start_operation(
    store: &mut Store, call: &ResourceCall<'_>, mut operation: NewOperation,
) -> [String; 2] {
    let region = workspace(store, call)["location"].as_str().unwrap_or("eastus");
    let urls = ["computeOperationsStatus", "computeOperationsResults"].map(|kind| {
        format!(
            "/subscriptions/{}/providers/Microsoft.MachineLearningServices/locations/{region}/\
             {kind}/{}?api-version={}&service=new",
            call.path.subscription, operation.name, call.version
        )
    });
    operation.poll_urls = urls.to_vec();
    operation.start(store, call.context, &call.path.id());
    urls
}

pub(super) fn with_poll_url(
    call: &ResourceCall<'_>, response: Response, status_url: &str,
) -> Response {
    let url = format!("{}{status_url}", call.context.origin);
    operations::with_retry_after(response.with("Azure-AsyncOperation", url), call.context)
}

pub(super) fn check_no_operation(store: &Store, call: &ResourceCall<'_>) -> Result<(), Response> {
    let Some(_) = store.running_operation(&call.path.id()) else { return Ok(()) };
    let state =
        store.get(&call.path.id()).map(|it| it["properties"][property::PROVISIONING_STATE].clone());
    let state = state.as_ref().and_then(Value::as_str).unwrap_or(state::UPDATING);
    let text = format!("The compute '{}' is in state {state}. Please try again.", call.path.name());
    Err(service_error(409, error_code::CONFLICT, &text))
}

/// Why the cluster cannot be attached, which the operation reports, and not the PUT.
fn attach_failure(store: &Store, call: &ResourceCall<'_>, cluster: &str) -> Option<Failure> {
    let failure = |code: &str, message: &str| {
        Some(Failure { code: code.to_owned(), message: message.to_owned() })
    };
    let subscription = format!("/subscriptions/{}/", call.path.subscription).to_ascii_lowercase();
    if !cluster.to_ascii_lowercase().starts_with(&subscription) {
        let text = "The cluster must be in the subscription of the workspace.";
        return failure(error_code::INVALID_COMPUTE_INFORMATION, text);
    }
    let Some(object) = store.get(cluster) else {
        let text = format!("The cluster '{cluster}' was not found.");
        return failure(error_code::CLUSTER_NOT_FOUND, &text);
    };
    if !extensions::is_connected(Some(object)) {
        let text = format!("The cluster '{cluster}' is not reachable.");
        return failure(error_code::CLUSTER_NOT_REACHABLE, &text);
    }
    let Some(extension) = installed_extension(store, cluster) else {
        let text = "The Azure Machine Learning extension is not installed on the cluster. Please \
                    install it and attach again.";
        return failure(error_code::CLUSTER_SERVICE_NOT_FOUND, text);
    };
    if !extensions::has_relay(&extension["properties"], object) {
        let text = "Relay resource id or connection string are not provided.";
        return failure(error_code::INVALID_COMPUTE_INFORMATION, text);
    }
    if extensions::relay_rejects_key(&extension["properties"], store) {
        let text = format!("The cluster '{cluster}' is not reachable through its relay.");
        return failure(error_code::CLUSTER_NOT_REACHABLE, &text);
    }
    None
}

/// An extension that is being updated counts as installed.
fn installed_extension<'a>(store: &'a Store, cluster: &str) -> Option<&'a Value> {
    let installed = |it: &Value| {
        let state = it["properties"][property::PROVISIONING_STATE].as_str();
        state.is_some_and(|state| [state::SUCCEEDED, state::UPDATING].contains(&state))
    };
    store
        .descendants(cluster, resource_type::EXTENSION)
        .find(|it| it["properties"][property::EXTENSION_TYPE] == AZUREML_EXTENSION && installed(it))
}

fn build_compute(
    store: &Store, call: &ResourceCall<'_>, body: &Value, before: Option<&Value>,
) -> Value {
    let requested = &body["properties"];
    let stamp = timestamp::now();
    let old = before.map_or(&Value::Null, |before| &before["properties"]);
    let or = |new: &Value, old: &Value, fallback: Value| {
        [new, old].into_iter().find(|it| !it.is_null()).cloned().unwrap_or(fallback)
    };
    let mut object = json!({
        "id": call.id(store),
        "name": call.path.name(),
        "type": call.resource_type.name,
        "location": body["location"],
        "tags": body["tags"],
        "sku": body["sku"],
        "properties": {
            property::COMPUTE_TYPE: "Kubernetes",
            property::COMPUTE_LOCATION:
                or(&requested[property::COMPUTE_LOCATION], &old[property::COMPUTE_LOCATION], body["location"].clone()),
            "createdOn": or(&Value::Null, &old["createdOn"], json!(stamp)),
            "modifiedOn": stamp,
            "description": requested["description"],
            property::DISABLE_LOCAL_AUTH:
                or(&requested[property::DISABLE_LOCAL_AUTH], &old[property::DISABLE_LOCAL_AUTH], json!(false)),
            "isAttachedCompute": true,
            "provisioningErrors": null,
            property::RESOURCE_ID: requested[property::RESOURCE_ID],
            "properties": kubernetes_properties(store, call, requested, &old["properties"]),
        },
    });
    let known = before.map_or(&Value::Null, |it| &it["identity"]);
    apply_identity(store, call, &mut object, &body["identity"], known);
    object
}

/// The secrets are stored, and never returned.
fn kubernetes_properties(
    store: &Store, call: &ResourceCall<'_>, requested: &Value, old: &Value,
) -> Value {
    let cluster = requested[property::RESOURCE_ID].as_str().unwrap_or_default();
    let extension = installed_extension(store, cluster).unwrap_or(&Value::Null);
    let train = extension["properties"][property::RELEASE_TRAIN].as_str().unwrap_or("stable");
    let mut inner = json!({
        "namespace": "default",
        "extensionInstanceReleaseTrain": train,
        "extensionPrincipalId": extension["identity"]["principalId"],
        "vcName": null,
        property::RELAY_CONNECTION_STRING: null,
        property::SERVICE_BUS_CONNECTION_STRING: null,
    });
    let written = requested["properties"].as_object().into_iter().flatten();
    for (name, value) in written.filter(|(_, value)| !value.is_null()) {
        merge(&mut inner[name], value);
    }
    if call.context.has_trait(Trait::IgnoresBodyTypes) {
        inner[property::INSTANCE_TYPES] = old[property::INSTANCE_TYPES].clone();
        inner[property::DEFAULT_INSTANCE_TYPE] = old[property::DEFAULT_INSTANCE_TYPE].clone();
    }
    instance_types::complete(&mut inner);
    inner
}

/// Adds the principal IDs. An identity that the body leaves out stays.
fn apply_identity(
    store: &Store, call: &ResourceCall<'_>, object: &mut Value, requested: &Value, old: &Value,
) {
    if requested.is_null() {
        if !old.is_null() && !call.context.has_trait(Trait::DropsUndeclaredIdentity) {
            object["identity"] = old.clone();
        }
        return;
    }
    let kind = validate::identity_type(requested).unwrap_or_default();
    let mut identity = json!({"type": kind});
    if kind.contains("SystemAssigned") {
        let principal = old["principalId"].as_str().map(str::to_owned);
        identity["principalId"] = json!(principal.unwrap_or_else(|| Uuid::new_v4().to_string()));
        identity["tenantId"] = json!(TENANT);
    }
    if kind.contains("UserAssigned") {
        let ids = requested[property::USER_ASSIGNED_IDENTITIES].as_object().into_iter().flatten();
        for (id, _) in ids {
            let known = store.get(id).map_or(&Value::Null, |it| &it["properties"]);
            identity[property::USER_ASSIGNED_IDENTITIES][id] =
                json!({"principalId": known["principalId"], "clientId": known["clientId"]});
        }
    }
    object["identity"] = identity;
}

pub(super) fn failed_state(failure: &Failure) -> Value {
    json!({"properties": {
        property::PROVISIONING_STATE: state::FAILED,
        "provisioningErrors": [{"error": {
            "code": failure.code,
            "message": failure.message,
            "target": null,
            "details": [],
            "additionalInfo": [],
        }}],
    }})
}

fn workspace<'a>(store: &'a Store, call: &ResourceCall<'_>) -> &'a Value {
    let parent = call.path.parent().and_then(|parent| store.get(&parent.id()));
    parent.unwrap_or(&Value::Null)
}

/// With the fields that Azure Machine Learning adds.
pub(super) fn service_error(status: u16, code: &str, message: &str) -> Response {
    let failure = Failure { code: code.to_owned(), message: message.to_owned() };
    Response::json(status, json!({"error": machine_learning_error(&failure)}))
}
