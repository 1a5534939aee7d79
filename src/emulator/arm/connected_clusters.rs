//! Clusters that are connected by Azure Arc.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Call, error, only_known, only_texts};
use crate::exchange::Answer;
use crate::seed::TENANT;
use crate::store::Store;
use crate::timestamp;

/// How long the credentials are good, in seconds.
const LIFETIME: u64 = 3 * 3_600;

pub(super) fn answer(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let action = call.path.tail.as_deref().map(str::to_ascii_lowercase);
    match (call.request.method.as_str(), action.as_deref()) {
        ("PATCH", None) => patch(store, call),
        ("POST", Some("listclusterusercredential")) => credentials(store, call),
        (method, _) => Err(error::not_allowed(method, &call.request.path)),
    }
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
            "expirationTime": timestamp::seconds() + LIFETIME,
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
