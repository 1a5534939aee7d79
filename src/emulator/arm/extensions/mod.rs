//! Cluster extensions.

mod health;
mod helm;
mod response;
mod validate;

use serde_json::{Value, json};
use uuid::Uuid;

use super::api_versions::STRICT_VERSION_SINCE;
use super::error;
use super::operations::{NewOperation, provisioning_state};
use super::resource_call::ResourceCall;
use crate::catalogue;
use crate::faults::Failure;
use crate::http::Response;
use crate::names::{error_code, property, resource_type, state};
use crate::seed::TENANT;
use crate::store::{Outcome, Store, merge};
use crate::timestamp;
use crate::traits::Trait;
pub(super) use health::{has_relay, is_connected, relay_rejects_key};
pub(super) use response::response_body;
use response::{current_body, force_delete_body, service_url, with_poll_url};

const SETTINGS_MAPS: [&str; 2] =
    [property::CONFIGURATION_SETTINGS, property::CONFIGURATION_PROTECTED_SETTINGS];

pub(super) fn handle(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    match call.context.request.method.as_str() {
        "PUT" => put(store, call),
        "PATCH" => patch(store, call),
        "DELETE" => delete(store, call),
        _ => Err(error::method_not_allowed(call.context.request)),
    }
}

fn put(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let body = call.body()?;
    validate::validate(call, &body)?;
    let before = store.get(&call.path.id()).cloned();
    check_no_running_operation(store, call)?;
    if before.is_none() && !body["properties"][property::EXTENSION_TYPE].is_string() {
        return Err(error::bad_request("The extension type is required to create an extension."));
    }
    validate::check_immutable(before.as_ref(), &body)?;
    let mut object = match &before {
        Some(before) => before.clone(),
        None => new_extension(call, store),
    };
    if before.is_some() && call.context.has_trait(Trait::PutDropsKeys) {
        for map in SETTINGS_MAPS {
            object["properties"][map] = json!({});
        }
    }
    apply_body(call, &mut object, &body)?;
    let running_state = if before.is_some() { state::UPDATING } else { state::CREATING };
    let name = start_operation(store, call, object, running_state);
    let status = if before.is_some() { 200 } else { 201 };
    let response = Response::json(status, current_body(store, call));
    Ok(with_poll_url(call, store, response, &name).with("location", service_url(store, call)))
}

fn patch(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let body = call.body()?;
    validate::validate(call, &body)?;
    let before = store.get(&call.path.id()).cloned().ok_or_else(|| Response::empty(404))?;
    check_no_running_operation(store, call)?;
    validate::check_immutable(Some(&before), &body)?;
    let mut object = before.clone();
    apply_body(call, &mut object, &body)?;
    if object == before && before["properties"][property::PROVISIONING_STATE] == state::SUCCEEDED {
        return Ok(Response::json(200, current_body(store, call)));
    }
    let name = start_operation(store, call, object, state::UPDATING);
    let response = Response::json(202, current_body(store, call));
    Ok(with_poll_url(call, store, response, &name).with("x-ms-async-operation-timeout", "PT48H"))
}

fn delete(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let id = call.path.id();
    let force = call.context.request.parameter("forceDelete").unwrap_or_default();
    if !["", "true", "false"].contains(&&*force.to_ascii_lowercase()) {
        let text = format!("The value '{force}' is not valid for the query parameter forceDelete.");
        return Err(error::bad_request(&text));
    }
    if store.get(&id).is_none() {
        return Ok(Response::empty(204));
    }
    if force.eq_ignore_ascii_case("true") {
        store.remove(&id);
        return Ok(Response::json(200, force_delete_body()));
    }
    check_no_running_operation(store, call)?;
    store.merge(&id, &provisioning_state(state::DELETING));
    let mut operation = NewOperation::new(state::DELETING, Outcome::Remove, failed_state);
    // A disconnected cluster has no agents that uninstall the release: the deletion never ends.
    operation.never_ends = !health::is_connected(cluster(store, call));
    let name = operation.name.clone();
    operation.start(store, call.context, &id);
    let response = with_poll_url(call, store, Response::empty(202), &name);
    Ok(response.with("x-ms-async-operation-timeout", "PT1H"))
}

fn is_system_assigned(identity: &Value) -> bool {
    identity["type"].as_str().is_some_and(|it| it.eq_ignore_ascii_case("SystemAssigned"))
}

fn is_managed_cluster(kind: &str) -> bool {
    kind.eq_ignore_ascii_case(resource_type::MANAGED_CLUSTER)
}

fn check_no_running_operation(store: &Store, call: &ResourceCall<'_>) -> Result<(), Response> {
    let Some(running) = store.running_operation(&call.path.id()) else { return Ok(()) };
    let text = format!(
        "Another operation ({}) is in progress on the extension '{}'. Please retry after it has \
         completed.",
        running.running_status,
        call.path.name()
    );
    Err(error::error(409, error_code::ANOTHER_OPERATION_IN_PROGRESS, &text))
}

fn new_extension(call: &ResourceCall<'_>, store: &Store) -> Value {
    let stamp = timestamp::now();
    let managed = call.path.parent().is_some_and(|it| is_managed_cluster(&it.resource_type()));
    let aks_identity = json!({
        "principalId": Uuid::new_v4().to_string(), "tenantId": TENANT, "type": "SystemAssigned",
    });
    json!({
        "id": call.id(store),
        "name": call.path.name(),
        "type": call.resource_type.name,
        "properties": {
            property::EXTENSION_TYPE: null,
            property::AUTO_UPGRADE_MINOR_VERSION: true,
            property::RELEASE_TRAIN: "Stable",
            "version": null,
            property::CURRENT_VERSION: null,
            "scope": {"cluster": {"releaseNamespace": "default"}},
            property::PROVISIONING_STATE: state::CREATING,
            property::CONFIGURATION_SETTINGS: {},
            property::CONFIGURATION_PROTECTED_SETTINGS: {},
            "statuses": [],
            "aksAssignedIdentity": if managed { aks_identity } else { Value::Null },
            "isSystemExtension": false,
        },
        "systemData": {
            "createdBy": null,
            "createdByType": null,
            "createdAt": stamp,
            "lastModifiedBy": null,
            "lastModifiedByType": null,
            "lastModifiedAt": stamp,
        },
    })
}

/// Configuration settings are merged, protected settings replaced as a whole.
fn apply_body(call: &ResourceCall<'_>, object: &mut Value, body: &Value) -> Result<(), Response> {
    let requested = &body["properties"];
    let properties = &mut object["properties"];
    for name in [
        "scope",
        property::AUTO_UPGRADE_MINOR_VERSION,
        property::AUTO_UPGRADE_MODE,
        property::RELEASE_TRAIN,
    ] {
        if !requested[name].is_null() {
            properties[name] = requested[name].clone();
        }
    }
    if let Some(extension_type) = requested[property::EXTENSION_TYPE].as_str() {
        properties[property::EXTENSION_TYPE] = json!(extension_type.to_ascii_lowercase());
    }
    apply_version(call, requested, properties)?;
    if let Some(settings) = requested[property::CONFIGURATION_SETTINGS].as_object() {
        merge(&mut properties[property::CONFIGURATION_SETTINGS], &json!(settings));
    }
    if let Some(secrets) = requested[property::CONFIGURATION_PROTECTED_SETTINGS].as_object()
        && (!secrets.is_empty() || call.context.has_trait(Trait::EmptyProtectedMapWipes))
    {
        properties[property::CONFIGURATION_PROTECTED_SETTINGS] = json!(secrets);
    }
    if is_system_assigned(&body["identity"]) && !object["identity"].is_object() {
        object["identity"] = json!({
            "type": "SystemAssigned", "principalId": Uuid::new_v4().to_string(), "tenantId": TENANT,
        });
    }
    Ok(())
}

/// From `STRICT_VERSION_SINCE` on, a version is refused while auto-upgrade is on, its default.
fn apply_version(
    call: &ResourceCall<'_>, requested: &Value, properties: &mut Value,
) -> Result<(), Response> {
    let auto_upgrade = properties[property::AUTO_UPGRADE_MINOR_VERSION] == true;
    let strict = call.version.as_str() >= STRICT_VERSION_SINCE;
    if auto_upgrade && requested["version"].is_string() && strict {
        return Err(error::bad_request(
            "The version cannot be given while autoUpgradeMinorVersion is true.",
        ));
    }
    if requested["version"].is_string() {
        properties["version"] = requested["version"].clone();
    } else if auto_upgrade {
        properties["version"] = Value::Null;
    }
    Ok(())
}

/// Stores the object in its running state. Returns the name of the operation.
fn start_operation(
    store: &mut Store, call: &ResourceCall<'_>, mut object: Value, running_state: &'static str,
) -> String {
    let properties = &mut object["properties"];
    let version = catalogue::resolve_version(store, properties);
    let failure = health::installation_failure(
        properties,
        cluster(store, call),
        version.is_some(),
        running_state,
    )
    .or_else(|| conflicting_release(store, call, properties))
    .or_else(|| {
        let found = call.context.effect.health_check.as_ref().filter(|it| it.is_critical())?;
        Some(health::failed_hook(&found.report_line(), running_state))
    });
    properties[property::PROVISIONING_STATE] = json!(running_state);
    properties["statuses"] = json!([]);
    if let Some(properties) = properties.as_object_mut() {
        properties.remove("errorInfo");
    }
    object["systemData"]["lastModifiedAt"] = json!(timestamp::now());
    let id = call.path.id();
    store.put(&id, object);
    let done = provisioning_state(state::SUCCEEDED);
    let mut operation = NewOperation::new(running_state, Outcome::Merge(done), failed_state);
    if let Some(version) = version {
        operation.halfway_change = json!({"properties": {property::CURRENT_VERSION: version}});
    }
    operation.failure = failure;
    let name = operation.name.clone();
    operation.start(store, call.context, &id);
    name
}

/// A second extension of the same type fails because the objects of the first one exist.
fn conflicting_release(
    store: &Store, call: &ResourceCall<'_>, properties: &Value,
) -> Option<Failure> {
    let extension_type = properties[property::EXTENSION_TYPE].as_str().unwrap_or_default();
    if catalogue::allows_multiple_instances(store, extension_type) {
        return None;
    }
    let cluster = call.path.parent()?.id();
    let other = store.descendants(&cluster, call.resource_type.name).find(|it| {
        it["properties"][property::EXTENSION_TYPE] == extension_type
            && it["properties"][property::PROVISIONING_STATE] != state::FAILED
            && !it["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(call.path.name()))
    })?;
    let namespace = &properties["scope"]["cluster"]["releaseNamespace"];
    Some(Failure {
        code: error_code::EXTENSION_OPERATION_FAILED.to_owned(),
        message: format!(
            "Error: [ InnerError: [Helm installation failed: rendered manifests contain a resource that already exists. \
             Unable to continue with install: ServiceAccount \"default\" in namespace {namespace} exists and cannot be \
             imported into the current release: invalid ownership metadata; annotation validation error: key \
             \"meta.helm.sh/release-name\" must equal \"{}\": current value is {}]] occurred while doing the operation: \
             [Creating] on the config.",
            call.path.name(),
            other["name"]
        ),
    })
}

fn failed_state(failure: &Failure) -> Value {
    json!({"properties": {
        property::PROVISIONING_STATE: state::FAILED,
        "errorInfo": {"code": failure.code, "message": failure.message},
        "statuses": [{
            "code": failure.code,
            "displayStatus": state::FAILED,
            "level": "Error",
            "message": failure.message,
            "time": timestamp::now(),
        }],
    }})
}

fn cluster<'a>(store: &'a Store, call: &ResourceCall<'_>) -> Option<&'a Value> {
    call.path.parent().and_then(|parent| store.get(&parent.id()))
}
