//! What can be done to a compute besides attaching and detaching it; most of it to other types than Kubernetes.

use serde_json::{Value, json};

use super::super::operations::Plan;
use super::super::{Call, error, only_known};
use super::{accepted, begin, failed, is_free, refuse, shown};
use crate::http::Answer;
use crate::store::{Ending, Store};

/// Changes the scale of a compute cluster. A Kubernetes compute has none; a body that says nothing changes nothing.
pub(super) fn patch(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let body = call.body()?;
    only_known("ClusterUpdateParameters", &body, &["properties"])?;
    only_known("ClusterUpdateProperties", &body["properties"], &["properties"])?;
    let change = &body["properties"]["properties"];
    only_known("ScaleSettingsInformation", change, &["scaleSettings"])?;
    let compute = found(store, call)?;
    is_free(store, call)?;
    let scale = &change["scaleSettings"];
    if !scale.is_null() {
        is_of(&compute, &["AmlCompute"], "scale settings")?;
        store.merge(
            &call.path.id(),
            &json!({"properties": {"properties": {"scaleSettings": scale}}}),
        );
    }
    let object = store.get(&call.path.id()).map(|it| shown(it, call.site)).unwrap_or_default();
    Ok(Answer::json(200, object))
}

/// Carries out an action.
pub(super) fn post(store: &mut Store, call: &Call<'_>, action: &str) -> Result<Answer, Answer> {
    match action.to_ascii_lowercase().as_str() {
        "listkeys" => keys(&found(store, call)?),
        "listnodes" => {
            is_of(&found(store, call)?, &["AmlCompute"], "a list of nodes")?;
            Ok(Answer::json(200, json!({"nodes": [], "nextLink": null})))
        }
        "start" => turn(store, call, "Starting", "Running"),
        "restart" => turn(store, call, "Restarting", "Running"),
        "stop" => turn(store, call, "Stopping", "Stopped"),
        _ => Err(error::not_allowed("POST", &call.request.path)),
    }
}

fn found(store: &Store, call: &Call<'_>) -> Result<Value, Answer> {
    store.get(&call.path.id()).cloned().ok_or_else(|| error::not_found(call.path))
}

/// Refuses what a type of compute does not have.
fn is_of(compute: &Value, types: &[&str], what: &str) -> Result<(), Answer> {
    let kind = compute["properties"]["computeType"].as_str().unwrap_or_default();
    if types.contains(&kind) {
        return Ok(());
    }
    let text = format!(
        "A compute of the type {kind} has no {what}; these types have: {}.",
        types.join(", ")
    );
    Err(refuse(400, "BadRequest", &text))
}

/// The secrets of a compute, which only three types have.
fn keys(compute: &Value) -> Result<Answer, Answer> {
    is_of(compute, &["AKS", "VirtualMachine", "Databricks"], "keys")?;
    let mut secrets = json!({"computeType": compute["properties"]["computeType"]});
    match compute["properties"]["computeType"].as_str() {
        Some("AKS") => secrets["userKubeConfig"] = Value::Null,
        Some("VirtualMachine") => {
            secrets["administratorAccount"] =
                compute["properties"]["properties"]["administratorAccount"].clone();
        }
        _ => secrets["databricksAccessToken"] = Value::Null,
    }
    Ok(Answer::json(200, secrets))
}

/// Starts or stops a compute instance.
fn turn(store: &mut Store, call: &Call<'_>, meanwhile: &str, then: &str) -> Result<Answer, Answer> {
    is_of(&found(store, call)?, &["ComputeInstance"], "machine to start and stop")?;
    is_free(store, call)?;
    let state = |state: &str| json!({"properties": {"properties": {"state": state}}});
    store.merge(&call.path.id(), &state(meanwhile));
    let plan = Plan::new("InProgress", Ending::Merge(state(then)), failed);
    let [status_url, result_url] = begin(store, call, plan);
    let location = format!("{}{result_url}", call.site.origin);
    Ok(accepted(call, Answer::empty(202), &status_url).with("Location", location))
}
