//! Actions on computes, most of them for other types than Kubernetes.

use serde_json::{Value, json};

use super::{
    check_no_operation, failed_state, response_body, service_error, start_operation, with_poll_url,
};
use crate::arm::body::reject_unknown_members;
use crate::arm::error;
use crate::arm::operations::NewOperation;
use crate::arm::resource_call::ResourceCall;
use crate::http::Response;
use crate::names::{error_code, property};
use crate::store::{Outcome, Store};

/// Changes the scale settings of a compute cluster. A Kubernetes compute has none.
pub(super) fn patch(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let body = call.body()?;
    reject_unknown_members("ClusterUpdateParameters", &body, &["properties"])?;
    reject_unknown_members("ClusterUpdateProperties", &body["properties"], &["properties"])?;
    let change = &body["properties"]["properties"];
    reject_unknown_members("ScaleSettingsInformation", change, &["scaleSettings"])?;
    let compute = find_compute(store, call)?;
    check_no_operation(store, call)?;
    let scale = &change["scaleSettings"];
    if !scale.is_null() {
        check_type(&compute, &["AmlCompute"], "scale settings")?;
        store.merge(
            &call.path.id(),
            &json!({"properties": {"properties": {"scaleSettings": scale}}}),
        );
    }
    let object =
        store.get(&call.path.id()).map(|it| response_body(it, call.context)).unwrap_or_default();
    Ok(Response::json(200, object))
}

pub(super) fn post(
    store: &mut Store, call: &ResourceCall<'_>, action: &str,
) -> Result<Response, Response> {
    match action.to_ascii_lowercase().as_str() {
        "listkeys" => list_keys(&find_compute(store, call)?),
        "listnodes" => {
            check_type(&find_compute(store, call)?, &["AmlCompute"], "a list of nodes")?;
            Ok(Response::json(200, json!({"nodes": [], "nextLink": null})))
        }
        "start" => change_power_state(store, call, "Starting", "Running"),
        "restart" => change_power_state(store, call, "Restarting", "Running"),
        "stop" => change_power_state(store, call, "Stopping", "Stopped"),
        _ => Err(error::method_not_allowed(call.context.request)),
    }
}

fn find_compute(store: &Store, call: &ResourceCall<'_>) -> Result<Value, Response> {
    store.get(&call.path.id()).cloned().ok_or_else(|| error::resource_not_found(call.path))
}

fn check_type(compute: &Value, types: &[&str], what: &str) -> Result<(), Response> {
    let kind = compute["properties"][property::COMPUTE_TYPE].as_str().unwrap_or_default();
    if types.contains(&kind) {
        return Ok(());
    }
    let text = format!(
        "A compute of the type {kind} has no {what}; these types have: {}.",
        types.join(", ")
    );
    Err(service_error(400, error_code::BAD_REQUEST, &text))
}

fn list_keys(compute: &Value) -> Result<Response, Response> {
    check_type(compute, &["AKS", "VirtualMachine", "Databricks"], "keys")?;
    let mut secrets =
        json!({property::COMPUTE_TYPE: compute["properties"][property::COMPUTE_TYPE]});
    match compute["properties"][property::COMPUTE_TYPE].as_str() {
        Some("AKS") => secrets["userKubeConfig"] = Value::Null,
        Some("VirtualMachine") => {
            secrets["administratorAccount"] =
                compute["properties"]["properties"]["administratorAccount"].clone();
        }
        _ => secrets["databricksAccessToken"] = Value::Null,
    }
    Ok(Response::json(200, secrets))
}

fn change_power_state(
    store: &mut Store, call: &ResourceCall<'_>, meanwhile: &str, then: &str,
) -> Result<Response, Response> {
    check_type(&find_compute(store, call)?, &["ComputeInstance"], "machine to start and stop")?;
    check_no_operation(store, call)?;
    let state = |state: &str| json!({"properties": {"properties": {"state": state}}});
    store.merge(&call.path.id(), &state(meanwhile));
    let operation = NewOperation::new("InProgress", Outcome::Merge(state(then)), failed_state);
    let [status_url, result_url] = start_operation(store, call, operation);
    let location = format!("{}{result_url}", call.context.origin);
    Ok(with_poll_url(call, Response::empty(202), &status_url).with("Location", location))
}
