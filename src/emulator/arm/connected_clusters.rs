//! Clusters that are connected by Azure Arc.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use uuid::Uuid;

use super::operations::{self, Plan};
use super::{Call, error, generic, only_known, only_texts};
use crate::faults::Failure;
use crate::http::Answer;
use crate::seed::{self, TENANT};
use crate::store::{Ending, Store, merge};
use crate::timestamp;

const TOP: &[&str] =
    &["id", "identity", "kind", "location", "name", "properties", "systemData", "tags", "type"];

/// How long the credentials are good, in seconds.
const LIFETIME: u64 = 3 * 3_600;

pub(super) fn answer(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let action = call.path.tail.as_deref().map(str::to_ascii_lowercase);
    match (call.request.method.as_str(), action.as_deref()) {
        ("PUT", None) => put(store, call),
        ("PATCH", None) => patch(store, call),
        ("DELETE", None) => delete(store, call),
        ("POST", Some("listclusterusercredential")) => credentials(store, call),
        (method, _) => Err(error::not_allowed(method, &call.request.path)),
    }
}

/// Connects a cluster, or replaces what is said of one. Its agents have yet to answer, and here there are none.
fn put(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let body = call.body()?;
    validate(&body)?;
    let id = call.path.id();
    let before = store.get(&id).cloned();
    if let Some(before) = &before {
        generic::stays(call, before, &body)?;
    }
    is_free(store, call)?;
    let mut object = before.clone().unwrap_or_else(|| fresh(&body));
    for name in ["kind", "location", "tags"] {
        if !body[name].is_null() {
            object[name] = body[name].clone();
        }
    }
    merge(&mut object["properties"], &body["properties"]);
    object["properties"]["provisioningState"] = json!("Provisioning");
    seed::add(store, &id, object);
    let success = json!({"properties": {"provisioningState": "Succeeded"}});
    let plan = Plan::new("Provisioning", Ending::Merge(success), failed);
    let status = if before.is_some() { 200 } else { 201 };
    let answer = Answer::json(status, store.get(&id).cloned().unwrap_or_default());
    let answer =
        answer.with("Azure-AsyncOperation", located(call, "operationStatuses", &plan.name));
    plan.begin(store, call.site, &id);
    Ok(operations::pace(answer, call.site))
}

/// Takes the connection away, and the extensions with it.
fn delete(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let id = call.path.id();
    if store.get(&id).is_none() {
        return Ok(Answer::empty(204));
    }
    is_free(store, call)?;
    store.merge(&id, &json!({"properties": {"provisioningState": "Deleting"}}));
    let plan = Plan::new("Deleting", Ending::Remove, failed);
    let answer = Answer::empty(202)
        .with("Azure-AsyncOperation", located(call, "operationStatuses", &plan.name))
        .with("Location", located(call, "operationResults", &plan.name));
    plan.begin(store, call.site, &id);
    Ok(operations::pace(answer, call.site))
}

fn validate(body: &Value) -> Result<(), Answer> {
    only_known("ConnectedCluster", body, TOP)?;
    only_texts("tags", &body["tags"], false)?;
    if !body["location"].is_string() {
        let text = "The location property is required for this definition.";
        return Err(error::error(400, "LocationRequired", text));
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

/// One operation at a time.
fn is_free(store: &Store, call: &Call<'_>) -> Result<(), Answer> {
    if store.running(&call.path.id()).is_none() {
        return Ok(());
    }
    let text = format!("Another operation is in progress on '{}'.", call.path.name());
    Err(error::error(409, "Conflict", &text))
}

/// A cluster of which nothing is known yet but what its agents will say.
fn fresh(body: &Value) -> Value {
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

fn failed(_: &Failure) -> Value {
    json!({"properties": {"provisioningState": "Failed"}})
}

/// The URL of an operation below the location of its cluster.
fn located(call: &Call<'_>, kind: &str, name: &str) -> String {
    format!(
        "{}/subscriptions/{}/providers/Microsoft.Kubernetes/locations/EASTUS/{kind}/{name}?api-version={}",
        call.site.origin, call.path.subscription, call.version
    )
}

/// Changes the tags as a whole, and of the properties the few that can be changed.
fn patch(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let body = call.body()?;
    only_known("ConnectedClusterPatch", &body, &["properties", "tags"])?;
    only_texts("tags", &body["tags"], false)?;
    let known = ["arcAgentProfile", "azureHybridBenefit", "distribution", "distributionVersion"];
    only_known("ConnectedClusterPatchProperties", &body["properties"], &known)?;
    let benefit = &body["properties"]["azureHybridBenefit"];
    if !(benefit.is_null() || ["True", "False", "NotApplicable"].iter().any(|it| benefit == it)) {
        return Err(error::bad_request(&format!("The azureHybridBenefit {benefit} is not valid.")));
    }
    let id = call.path.id();
    let mut object = store.get(&id).cloned().ok_or_else(|| error::not_found(call.path))?;
    if body["tags"].is_object() {
        object["tags"] = body["tags"].clone();
    }
    store.put(&id, object);
    if body["properties"].is_object() {
        store.merge(&id, &json!({"properties": body["properties"]}));
    }
    Ok(Answer::json(200, store.get(&id).cloned().unwrap_or_default()))
}

/// A way to the cluster through Azure. It leads nowhere: no cluster is behind it.
fn credentials(store: &Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let body = call.body()?;
    let known = ["authenticationMethod", "clientProxy"];
    only_known("ListClusterUserCredentialProperties", &body, &known)?;
    let method = body["authenticationMethod"].as_str().unwrap_or_default();
    let (true, Some(proxy)) = (["AAD", "Token"].contains(&method), body["clientProxy"].as_bool())
    else {
        let text =
            "authenticationMethod ('AAD' or 'Token') and clientProxy (a boolean) are required.";
        return Err(error::bad_request(text));
    };
    store.get(&call.path.id()).ok_or_else(|| error::not_found(call.path))?;
    let config = STANDARD.encode(kubeconfig(call.path.name()).to_string());
    let mut answer = json!({"kubeconfigs": [{"name": "credentialName1", "value": config}]});
    if proxy {
        answer["hybridConnectionConfig"] = json!({
            "expirationTime": timestamp::unix_seconds() + LIFETIME,
            "hybridConnectionName": call.path.name(),
            "relay": "arc-relay",
            "token": "SharedAccessSignature sr=emulator",
        });
    }
    Ok(Answer::json(200, answer))
}

/// A configuration of kubectl, which may be JSON.
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
