//! Connected clusters of Azure Arc.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::body::{reject_non_strings, reject_unknown_members};
use super::operations::{self, NewOperation, failed_state, provisioning_state};
use super::resource_call::ResourceCall;
use super::{error, generic};
use crate::http::Response;
use crate::names::{property, state};
use crate::seed::{self, TENANT};
use crate::store::{Outcome, Store, merge};
use crate::timestamp;

const MEMBERS: &[&str] =
    &["id", "identity", "kind", "location", "name", "properties", "systemData", "tags", "type"];

const CREDENTIAL_LIFETIME_SECONDS: u64 = 3 * 3_600;

pub(super) fn handle(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let action = call.path.tail.as_deref().map(str::to_ascii_lowercase);
    match (call.context.request.method.as_str(), action.as_deref()) {
        ("PUT", None) => put(store, call),
        ("PATCH", None) => patch(store, call),
        ("DELETE", None) => delete(store, call),
        ("POST", Some("listclusterusercredential")) => list_user_credential(store, call),
        _ => Err(error::method_not_allowed(call.context.request)),
    }
}

/// The cluster stays in `Connecting`: there are no agents that would answer.
fn put(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let body = call.body()?;
    validate(&body)?;
    let id = call.path.id();
    let before = store.get(&id).cloned();
    if let Some(before) = &before {
        generic::check_location(call, before, &body)?;
    }
    check_no_operation(store, call)?;
    let mut object = before.clone().unwrap_or_else(|| new_cluster(&body));
    for name in ["kind", "location", "tags"] {
        if !body[name].is_null() {
            object[name] = body[name].clone();
        }
    }
    merge(&mut object["properties"], &body["properties"]);
    object["properties"][property::PROVISIONING_STATE] = json!("Provisioning");
    seed::add(store, &id, object);
    let success = provisioning_state(state::SUCCEEDED);
    let operation = NewOperation::new("Provisioning", Outcome::Merge(success), failed_state);
    let status = if before.is_some() { 200 } else { 201 };
    let response = Response::json(status, store.get(&id).cloned().unwrap_or_default());
    let response = response
        .with("Azure-AsyncOperation", operation_url(call, "operationStatuses", &operation.name));
    operation.start(store, call.context, &id);
    Ok(operations::with_retry_after(response, call.context))
}

/// Removes the cluster with its extensions.
fn delete(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let id = call.path.id();
    if store.get(&id).is_none() {
        return Ok(Response::empty(204));
    }
    check_no_operation(store, call)?;
    store.merge(&id, &provisioning_state(state::DELETING));
    let operation = NewOperation::new(state::DELETING, Outcome::Remove, failed_state);
    let response = Response::empty(202)
        .with("Azure-AsyncOperation", operation_url(call, "operationStatuses", &operation.name))
        .with("Location", operation_url(call, "operationResults", &operation.name));
    operation.start(store, call.context, &id);
    Ok(operations::with_retry_after(response, call.context))
}

fn validate(body: &Value) -> Result<(), Response> {
    reject_unknown_members("ConnectedCluster", body, MEMBERS)?;
    reject_non_strings("tags", &body["tags"])?;
    if !body["location"].is_string() {
        return Err(error::location_required());
    }
    let identity = &body["identity"]["type"];
    if !["None", "SystemAssigned"].iter().any(|it| identity == it) {
        return Err(error::bad_request(&format!("The identity type {identity} is not valid.")));
    }
    if !body["properties"]["agentPublicKeyCertificate"].is_string() {
        return Err(error::bad_request("The agentPublicKeyCertificate is required."));
    }
    Ok(())
}

fn check_no_operation(store: &Store, call: &ResourceCall<'_>) -> Result<(), Response> {
    if store.running_operation(&call.path.id()).is_none() {
        return Ok(());
    }
    let text = format!("Another operation is in progress on '{}'.", call.path.name());
    Err(error::conflict(&text))
}

fn new_cluster(body: &Value) -> Value {
    let mut identity = json!({"type": body["identity"]["type"]});
    if identity["type"] == "SystemAssigned" {
        identity["principalId"] = json!(Uuid::new_v4().to_string());
        identity["tenantId"] = json!(TENANT);
    }
    json!({
        "identity": identity,
        "tags": {},
        "properties": {
            "azureHybridBenefit": "NotApplicable",
            "connectivityStatus": "Connecting",
            "privateLinkState": "Disabled",
        },
    })
}

/// The URL of an operation below the location of its cluster.
fn operation_url(call: &ResourceCall<'_>, kind: &str, name: &str) -> String {
    format!(
        "{}/subscriptions/{}/providers/Microsoft.Kubernetes/locations/EASTUS/{kind}/{name}?api-version={}",
        call.context.origin, call.path.subscription, call.version
    )
}

/// Replaces the tags, and merges the few properties that can change.
fn patch(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let body = call.body()?;
    reject_unknown_members("ConnectedClusterPatch", &body, &["properties", "tags"])?;
    reject_non_strings("tags", &body["tags"])?;
    let known = ["arcAgentProfile", "azureHybridBenefit", "distribution", "distributionVersion"];
    reject_unknown_members("ConnectedClusterPatchProperties", &body["properties"], &known)?;
    let benefit = &body["properties"]["azureHybridBenefit"];
    if !(benefit.is_null() || ["True", "False", "NotApplicable"].iter().any(|it| benefit == it)) {
        return Err(error::bad_request(&format!("The azureHybridBenefit {benefit} is not valid.")));
    }
    let id = call.path.id();
    let mut object = store.get(&id).cloned().ok_or_else(|| error::resource_not_found(call.path))?;
    if body["tags"].is_object() {
        object["tags"] = body["tags"].clone();
    }
    store.put(&id, object);
    if body["properties"].is_object() {
        store.merge(&id, &json!({"properties": body["properties"]}));
    }
    Ok(Response::json(200, store.get(&id).cloned().unwrap_or_default()))
}

/// The credentials lead nowhere: no cluster is behind them.
fn list_user_credential(store: &Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let body = call.body()?;
    let known = ["authenticationMethod", "clientProxy"];
    reject_unknown_members("ListClusterUserCredentialProperties", &body, &known)?;
    let method = body["authenticationMethod"].as_str().unwrap_or_default();
    let (true, Some(proxy)) = (["AAD", "Token"].contains(&method), body["clientProxy"].as_bool())
    else {
        let text =
            "authenticationMethod ('AAD' or 'Token') and clientProxy (a boolean) are required.";
        return Err(error::bad_request(text));
    };
    store.get(&call.path.id()).ok_or_else(|| error::resource_not_found(call.path))?;
    let config = STANDARD.encode(kubeconfig(call.path.name()).to_string());
    let mut response = json!({"kubeconfigs": [{"name": "credentialName1", "value": config}]});
    if proxy {
        response["hybridConnectionConfig"] = json!({
            "expirationTime": timestamp::unix_seconds() + CREDENTIAL_LIFETIME_SECONDS,
            "hybridConnectionName": call.path.name(),
            "relay": "arc-relay",
            "token": "SharedAccessSignature sr=emulator",
        });
    }
    Ok(Response::json(200, response))
}

/// A kubeconfig, which may be JSON.
fn kubeconfig(name: &str) -> Value {
    let user = format!("clusterUser_{name}");
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": "https://127.0.0.1:47011/proxies/emulator"}}],
        "users": [{"name": user, "user": {"auth-provider": {
            "name": "azure", "config": {"environment": "AzurePublicCloud", "tenant-id": TENANT},
        }}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
        "current-context": name,
    })
}
