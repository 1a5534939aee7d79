//! Computes of a workspace: attached Kubernetes clusters, after the service's published examples.

use serde_json::{Value, json};
use uuid::Uuid;

mod actions;
mod instance_types;

use super::operations::{self, NewOperation, machine_learning_error};
use super::{
    RequestContext, ResourceCall, error, extensions, generic, path, reject_unknown_members,
};
use crate::faults::Failure;
use crate::http::Response;
use crate::seed::TENANT;
use crate::store::{Outcome, Store, merge};
use crate::timestamp;
use crate::traits::Trait;

const MEMBERS: &[&str] =
    &["id", "name", "type", "systemData", "identity", "location", "properties", "sku", "tags"];
const PROPERTY_NAMES: &[&str] = &[
    "computeLocation",
    "computeType",
    "createdOn",
    "description",
    "disableLocalAuth",
    "isAttachedCompute",
    "modifiedOn",
    "properties",
    "provisioningErrors",
    "provisioningState",
    "resourceId",
];
const KUBERNETES_PROPERTY_NAMES: &[&str] = &[
    "defaultInstanceType",
    "extensionInstanceReleaseTrain",
    "extensionPrincipalId",
    "instanceTypes",
    "namespace",
    "relayConnectionString",
    "serviceBusConnectionString",
    "vcName",
];
const SECRET_PROPERTIES: [&str; 2] = ["relayConnectionString", "serviceBusConnectionString"];

pub(super) fn handle(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    match (call.request.method.as_str(), call.path.tail.as_deref()) {
        ("PUT", None) => put(store, call),
        ("PATCH", None) => actions::patch(store, call),
        ("DELETE", None) => delete(store, call),
        ("POST", Some(action)) => actions::post(store, call, action),
        (method, _) => Err(error::method_not_allowed(method, &call.request.path)),
    }
}

/// A compute as GET shows it: without secrets, and with the types of its cluster once that is attached.
pub(super) fn response_body(object: &Value, context: &RequestContext<'_>) -> Value {
    let mut body = object.clone();
    let properties = &mut body["properties"];
    let attached = properties["provisioningState"] != "Creating";
    let kubernetes = properties["computeType"] == "Kubernetes";
    let inner = &mut properties["properties"];
    if kubernetes && inner.is_object() {
        for name in SECRET_PROPERTIES {
            inner[name] = Value::Null;
        }
        if attached && !context.has_trait(Trait::HidesClusterTypes) {
            instance_types::add_cluster_types(&mut inner["instanceTypes"]);
        }
    }
    body
}

fn put(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let body = call.body()?;
    validate(call, &body)?;
    let before = store.get(&call.path.id()).cloned();
    check_no_operation(store, call)?;
    check_identities_exist(store, &body["identity"])?;
    if let Some(before) = &before {
        generic::check_location(call, before, &body)?;
        check_immutable(before, &body)?;
    }
    let resource = parse_cluster_id(&body)?;
    let object = build_compute(store, call, &body, before.as_ref());
    let failure = attach_failure(store, call, &resource);
    let (running_state, status) =
        if before.is_some() { ("Updating", 200) } else { ("Creating", 201) };
    store.put(&call.path.id(), object);
    store.merge(&call.path.id(), &json!({"properties": {"provisioningState": running_state}}));
    let success = json!({"properties": {"provisioningState": "Succeeded"}});
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
    let action = call.request.parameter("underlyingResourceAction").unwrap_or_default();
    if !["delete", "detach"].contains(&&*action.to_ascii_lowercase()) {
        return Err(service_error(
            400,
            "BadRequest",
            "The query parameter underlyingResourceAction is required: 'Delete' or 'Detach'.",
        ));
    }
    let Some(compute) = store.get(&call.path.id()).cloned() else {
        return Ok(Response::empty(204));
    };
    check_no_operation(store, call)?;
    let cluster = compute["properties"]["resourceId"].as_str();
    if let (Some(cluster), true) = (cluster, action.eq_ignore_ascii_case("delete")) {
        store.remove(cluster);
    }
    store.merge(&call.path.id(), &json!({"properties": {"provisioningState": "Deleting"}}));
    let operation = NewOperation::new("InProgress", Outcome::Remove, failed_state);
    let [status_url, result_url] = start_operation(store, call, operation);
    let location = format!("{}{result_url}", call.context.origin);
    Ok(with_poll_url(call, Response::empty(202), &status_url).with("Location", location))
}

/// Begins an operation and gives the URLs of its status and its result, which lie below the
/// workspace's location and are answered under exactly this query.
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

fn validate(call: &ResourceCall<'_>, body: &Value) -> Result<(), Response> {
    reject_unknown_members("ComputeResource", body, MEMBERS)?;
    reject_unknown_members("Compute", &body["properties"], PROPERTY_NAMES)?;
    reject_unknown_members(
        "KubernetesProperties",
        &body["properties"]["properties"],
        KUBERNETES_PROPERTY_NAMES,
    )?;
    super::reject_non_strings("tags", &body["tags"], false)?;
    if !body["location"].is_string() {
        let text = "The location property is required for this definition.";
        return Err(error::error(400, "LocationRequired", text));
    }
    if !is_valid_name(call.path.name(), &call.version) {
        let text = format!("The compute name '{}' is invalid.", call.path.name());
        return Err(service_error(400, "InvalidComputeInformation", &text));
    }
    let known = call.version.as_str() >= "2021-07-01" || call.version == "2020-02-02";
    if body["properties"]["computeType"] != "Kubernetes" || !known {
        let text =
            format!("The compute type {} is not supported.", body["properties"]["computeType"]);
        return Err(service_error(400, "InvalidComputeInformation", &text));
    }
    validate_identity(&body["identity"])?;
    instance_types::validate(&body["properties"]["properties"])
        .map_err(|text| service_error(400, "InvalidComputeInformation", &text))
}

/// 2 to 24 letters, digits and hyphens, a letter first; since 2025-12-01 at least 3, not ending in a hyphen and digits.
fn is_valid_name(name: &str, version: &str) -> bool {
    let strict = version >= "2025-12-01";
    let numbered = name
        .rsplit_once('-')
        .is_some_and(|(_, end)| !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit()));
    (if strict { 3..=24 } else { 2..=24 }).contains(&name.len())
        && !(strict && numbered)
        && name.starts_with(|it: char| it.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// An identity has a type of those that there are, and user-assigned ones exactly where the type says so.
fn validate_identity(identity: &Value) -> Result<(), Response> {
    if identity.is_null() {
        return Ok(());
    }
    let Some(kind) = identity_type(identity) else {
        let text = format!("The identity type {} is not supported.", identity["type"]);
        return Err(error::bad_request(&text));
    };
    let ids = &identity["userAssignedIdentities"];
    let requested = ids.as_object().is_some_and(|ids| !ids.is_empty());
    if requested == kind.contains("UserAssigned") {
        return Ok(());
    }
    let text =
        format!("The identity type {kind} does not go with the userAssignedIdentities {ids}.");
    Err(error::error(400, "InvalidIdentityValues", &text))
}

/// Resource Manager looks for the user-assigned identities before the service does.
fn check_identities_exist(store: &Store, identity: &Value) -> Result<(), Response> {
    let mut ids = identity["userAssignedIdentities"].as_object().into_iter().flatten();
    match ids.find(|(id, _)| store.get(id).is_none()) {
        None => Ok(()),
        Some((id, _)) => {
            let text = format!("The user-assigned identity '{id}' was not found.");
            Err(error::error(400, "FailedIdentityOperation", &text))
        }
    }
}

/// The type of an identity, in any casing, as answers spell it.
fn identity_type(identity: &Value) -> Option<&'static str> {
    let requested = identity["type"].as_str()?.replace(' ', "");
    let known = ["None", "SystemAssigned", "UserAssigned", "SystemAssigned,UserAssigned"];
    known.into_iter().find(|it| it.eq_ignore_ascii_case(&requested))
}

/// One operation at a time on a compute.
pub(super) fn check_no_operation(store: &Store, call: &ResourceCall<'_>) -> Result<(), Response> {
    let Some(_) = store.running_operation(&call.path.id()) else { return Ok(()) };
    let state = store.get(&call.path.id()).map(|it| it["properties"]["provisioningState"].clone());
    let state = state.as_ref().and_then(Value::as_str).unwrap_or("Updating");
    let text = format!("The compute '{}' is in state {state}. Please try again.", call.path.name());
    Err(service_error(409, "Conflict", &text))
}

/// What an attach fixes for good.
fn check_immutable(before: &Value, body: &Value) -> Result<(), Response> {
    let (old, new) = (&before["properties"], &body["properties"]);
    if old["computeType"] != new["computeType"] {
        let text =
            format!("A compute of this name exists already, with the type {}.", old["computeType"]);
        return Err(service_error(409, "Conflict", &text));
    }
    let pairs = [
        ("resourceId", &old["resourceId"], &new["resourceId"]),
        ("disableLocalAuth", &old["disableLocalAuth"], &new["disableLocalAuth"]),
        ("computeLocation", &old["computeLocation"], &new["computeLocation"]),
        ("namespace", &old["properties"]["namespace"], &new["properties"]["namespace"]),
    ];
    for (name, old, new) in pairs {
        let same = old.to_string().eq_ignore_ascii_case(&new.to_string());
        if !new.is_null() && !same {
            let text = format!("{name} cannot be changed; detach the compute and attach it again.");
            return Err(service_error(400, "BadRequest", &text));
        }
    }
    Ok(())
}

/// The ID of the cluster to attach, of one of the two kinds that can be.
fn parse_cluster_id(body: &Value) -> Result<String, Response> {
    let id = body["properties"]["resourceId"].as_str().unwrap_or_default();
    let kinds =
        ["microsoft.kubernetes/connectedclusters", "microsoft.containerservice/managedclusters"];
    let is_cluster = matches!(path::parse(id), Some(path::Route::Resource(path))
        if path.tail.is_none() && kinds.contains(&&*path.resource_type().to_ascii_lowercase()));
    if is_cluster {
        return Ok(id.to_owned());
    }
    let text = format!("The resource ID '{id}' is not that of a Kubernetes cluster.");
    Err(service_error(400, "InvalidComputeInformation", &text))
}

/// Why the cluster cannot be attached; the operation finds out, not the PUT.
fn attach_failure(store: &Store, call: &ResourceCall<'_>, cluster: &str) -> Option<Failure> {
    let failure = |code: &str, message: String| Some(Failure { code: code.into(), message });
    let subscription = format!("/subscriptions/{}/", call.path.subscription).to_ascii_lowercase();
    if !cluster.to_ascii_lowercase().starts_with(&subscription) {
        let text = "The cluster must be in the subscription of the workspace.";
        return failure("InvalidComputeInformation", text.into());
    }
    let Some(found) = store.get(cluster) else {
        return failure("ClusterNotFound", format!("The cluster '{cluster}' was not found."));
    };
    if !extensions::is_connected(Some(found)) {
        return failure(
            "ClusterNotReachable",
            format!("The cluster '{cluster}' is not reachable."),
        );
    }
    let Some(extension) = installed_extension(store, cluster) else {
        return failure(
            "ClusterServiceNotFound",
            "The Azure Machine Learning extension is not installed on the cluster. Please install \
             it and attach again."
                .into(),
        );
    };
    if !extensions::has_relay(&extension["properties"], found) {
        let text = "Relay resource id or connection string are not provided.";
        return failure("InvalidComputeInformation", text.into());
    }
    if extensions::relay_rejects_key(&extension["properties"], store) {
        let text = format!("The cluster '{cluster}' is not reachable through its relay.");
        return failure("ClusterNotReachable", text);
    }
    None
}

/// The installed extension of the cluster; one that is being updated is installed.
fn installed_extension<'a>(store: &'a Store, cluster: &str) -> Option<&'a Value> {
    let installed = |it: &Value| {
        let state = it["properties"]["provisioningState"].as_str();
        state.is_some_and(|state| ["Succeeded", "Updating"].contains(&state))
    };
    store.descendants(cluster, "Microsoft.KubernetesConfiguration/extensions").find(|it| {
        it["properties"]["extensionType"] == "microsoft.azureml.kubernetes" && installed(it)
    })
}

/// The compute that a body makes, with what the service fills in.
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
            "computeType": "Kubernetes",
            "computeLocation":
                or(&requested["computeLocation"], &old["computeLocation"], body["location"].clone()),
            "createdOn": or(&Value::Null, &old["createdOn"], json!(stamp)),
            "modifiedOn": stamp,
            "description": requested["description"],
            "disableLocalAuth":
                or(&requested["disableLocalAuth"], &old["disableLocalAuth"], json!(false)),
            "isAttachedCompute": true,
            "provisioningErrors": null,
            "resourceId": requested["resourceId"],
            "properties": kubernetes_properties(store, call, requested, &old["properties"]),
        },
    });
    let known = before.map_or(&Value::Null, |it| &it["identity"]);
    apply_identity(store, call, &mut object, &body["identity"], known);
    object
}

/// The Kubernetes part. The secrets are stored as given and never shown.
fn kubernetes_properties(
    store: &Store, call: &ResourceCall<'_>, requested: &Value, old: &Value,
) -> Value {
    let cluster = requested["resourceId"].as_str().unwrap_or_default();
    let extension = installed_extension(store, cluster).unwrap_or(&Value::Null);
    let train = extension["properties"]["releaseTrain"].as_str().unwrap_or("stable");
    let mut inner = json!({
        "namespace": "default",
        "extensionInstanceReleaseTrain": train,
        "extensionPrincipalId": extension["identity"]["principalId"],
        "vcName": null,
        "relayConnectionString": null,
        "serviceBusConnectionString": null,
    });
    let written = requested["properties"].as_object().into_iter().flatten();
    for (name, value) in written.filter(|(_, value)| !value.is_null()) {
        merge(&mut inner[name], value);
    }
    if call.context.has_trait(Trait::IgnoresBodyTypes) {
        inner["instanceTypes"] = old["instanceTypes"].clone();
        inner["defaultInstanceType"] = old["defaultInstanceType"].clone();
    }
    instance_types::complete(&mut inner);
    inner
}

/// Takes the identity over and gives each part of it its principal.
fn apply_identity(
    store: &Store, call: &ResourceCall<'_>, object: &mut Value, requested: &Value, old: &Value,
) {
    if requested.is_null() {
        if !old.is_null() && !call.context.has_trait(Trait::DropsUndeclaredIdentity) {
            object["identity"] = old.clone();
        }
        return;
    }
    let kind = identity_type(requested).unwrap_or_default();
    let mut identity = json!({"type": kind});
    if kind.contains("SystemAssigned") {
        let principal = old["principalId"].as_str().map(str::to_owned);
        identity["principalId"] = json!(principal.unwrap_or_else(|| Uuid::new_v4().to_string()));
        identity["tenantId"] = json!(TENANT);
    }
    if kind.contains("UserAssigned") {
        let ids = requested["userAssignedIdentities"].as_object().into_iter().flatten();
        for (id, _) in ids {
            let known = store.get(id).map_or(&Value::Null, |it| &it["properties"]);
            identity["userAssignedIdentities"][id] =
                json!({"principalId": known["principalId"], "clientId": known["clientId"]});
        }
    }
    object["identity"] = identity;
}

/// What a failed operation leaves on the compute.
pub(super) fn failed_state(failure: &Failure) -> Value {
    json!({"properties": {
        "provisioningState": "Failed",
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

/// A refusal of the service itself, with its own additions to ARM's fields.
pub(super) fn service_error(status: u16, code: &str, message: &str) -> Response {
    let failure = Failure { code: code.to_owned(), message: message.to_owned() };
    Response::json(status, json!({"error": machine_learning_error(&failure)}))
}
