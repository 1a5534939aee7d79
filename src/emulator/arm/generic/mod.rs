//! The types without a handler of their own: Relay, Service Bus, Log Analytics, identities and
//! locks, as far as the extension uses them, and everything that is only read.

mod defaults;
mod validate;

use serde_json::{Value, json};

use super::api_versions::LOG_ANALYTICS_OPERATIONS;
use super::body::reject_non_strings;
use super::error;
use super::operations::{self, NewOperation, failed_state, provisioning_state};
use super::resource_call::ResourceCall;
use super::resource_types::Behavior;
use crate::http::Response;
use crate::names::{property, resource_type, state};
use crate::seed;
use crate::store::{Outcome, Store, merge};
use crate::timestamp;
pub(super) use defaults::SECRETS;
use defaults::{new_key, new_keys, new_object};
pub(super) use validate::{check_location, check_name_availability, name_check_provider};

pub(super) fn handle(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let read_only = call.resource_type.behavior == Behavior::ReadOnly;
    match (call.context.request.method.as_str(), call.path.tail.as_deref()) {
        ("PUT", None) if !read_only => put(store, call),
        ("PATCH", None) if !read_only => patch(store, call),
        ("DELETE", None) if !read_only => delete(store, call),
        ("POST", Some(action)) => post(store, call, &action.to_ascii_lowercase()),
        _ => Err(error::method_not_allowed(call.context.request)),
    }
}

pub(super) fn response_body(object: &Value) -> Value {
    let mut body = object.clone();
    if let Some(members) = body.as_object_mut() {
        members.remove(SECRETS);
    }
    body
}

fn put(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let body = call.body()?;
    reject_non_strings("tags", &body["tags"])?;
    let long_running = call.resource_type.behavior == Behavior::LongRunning;
    let tracked = long_running || call.resource_type.segment == property::USER_ASSIGNED_IDENTITIES;
    if tracked && !body["location"].is_string() {
        return Err(error::location_required());
    }
    validate_name(call)?;
    check_no_operation(store, call)?;
    let id = call.path.id();
    let before = store.get(&id).cloned();
    let created = before.is_none();
    validate::validate(call, &body, true)?;
    if let Some(before) = &before {
        check_location(call, before, &body)?;
    }
    let mut object = before.unwrap_or_else(|| new_object(store, call));
    apply_body(&mut object, &body);
    store.put(&id, object);
    if long_running {
        start_provisioning(store, call, created);
    }
    let status = if long_running && created { 201 } else { 200 };
    let response = Response::json(status, store.get(&id).map(response_body).unwrap_or_default());
    Ok(if long_running { operations::with_retry_after(response, call.context) } else { response })
}

fn apply_body(object: &mut Value, body: &Value) {
    for name in ["location", "sku", "tags"] {
        if !body[name].is_null() {
            object[name] = body[name].clone();
        }
    }
    if body["properties"].is_object() {
        merge(&mut object["properties"], &body["properties"]);
    }
    if object["sku"]["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case("standard")) {
        object["sku"]["name"] = json!("Standard");
    }
    if object["properties"]["updatedAt"].is_string() {
        object["properties"]["updatedAt"] = json!(timestamp::now());
    }
}

/// Namespaces and workspaces have names of letters, digits and hyphens, not at the ends; that of
/// a namespace begins with a letter.
fn validate_name(call: &ResourceCall<'_>) -> Result<(), Response> {
    let name = call.path.name();
    let valid = match call.resource_type.name {
        resource_type::RELAY_NAMESPACE | resource_type::SERVICE_BUS_NAMESPACE => {
            validate::is_namespace_name(name)
        }
        resource_type::LOG_ANALYTICS_WORKSPACE => {
            (4..=63).contains(&name.len())
                && !name.starts_with('-')
                && !name.ends_with('-')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        }
        _ => return Ok(()),
    };
    if valid {
        return Ok(());
    }
    Err(error::bad_request(&format!("The name '{name}' is invalid.")))
}

/// A namespace or workspace exists at once, and its state shows when it is ready.
fn start_provisioning(store: &mut Store, call: &ResourceCall<'_>, created: bool) {
    let namespace = call.resource_type.unqualified_name() == "Namespaces";
    let state = match (created, namespace) {
        (true, true) => "Created",
        (true, false) => state::CREATING,
        (false, _) => state::UPDATING,
    };
    let id = call.path.id();
    store.merge(&id, &provisioning_state(state));
    if created && namespace {
        add_root_rule(store, &call.id(store), call.resource_type.namespace());
    }
    let success = Outcome::Merge(provisioning_state(state::SUCCEEDED));
    NewOperation::new(state::CREATING, success, failed_state).start(store, call.context, &id);
}

fn patch(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let body = call.body()?;
    reject_non_strings("tags", &body["tags"])?;
    let id = call.path.id();
    if store.get(&id).is_none() {
        return Err(error::resource_not_found(call.path));
    }
    validate::validate(call, &body, false)?;
    check_no_operation(store, call)?;
    for name in ["sku", "properties"] {
        if !body[name].is_null() {
            store.merge(&id, &json!({name: body[name]}));
        }
    }
    // Tags are replaced: that is how Microsoft's CLI takes them away ("Use '' to clear existing
    // tags" of `az monitor log-analytics workspace update --tags`).
    if !body["tags"].is_null()
        && let Some(mut object) = store.get(&id).cloned()
    {
        object["tags"] = body["tags"].clone();
        store.put(&id, object);
    }
    Ok(Response::json(200, store.get(&id).map(response_body).unwrap_or_default()))
}

fn delete(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let id = call.path.id();
    if store.get(&id).is_none() {
        return Ok(Response::empty(204));
    }
    check_no_operation(store, call)?;
    if call.resource_type.behavior == Behavior::Immediate {
        store.remove(&id);
        return Ok(Response::empty(200));
    }
    store.merge(&id, &provisioning_state(state::DELETING));
    let operation = NewOperation::new(state::DELETING, Outcome::Remove, failed_state);
    let origin = call.context.origin;
    let results = format!(
        "{origin}{}/operationresults/{}?api-version={}",
        call.id(store),
        operation.name,
        call.version
    );
    let mut response = Response::empty(202).with("Location", results);
    if call.resource_type.namespace() == "Microsoft.OperationalInsights" {
        response = response.with("Azure-AsyncOperation", format!(
            "{origin}/subscriptions/{}/providers/Microsoft.OperationalInsights/locations/eastus/\
             operationstatuses/{}?api-version={LOG_ANALYTICS_OPERATIONS}",
            call.path.subscription, operation.name
        ));
    }
    operation.start(store, call.context, &id);
    Ok(operations::with_retry_after(response, call.context))
}

fn post(store: &mut Store, call: &ResourceCall<'_>, action: &str) -> Result<Response, Response> {
    let id = call.path.id();
    let object = store.get(&id).ok_or_else(|| error::resource_not_found(call.path))?;
    let rule = call.resource_type.segment.eq_ignore_ascii_case("AuthorizationRules");
    let logs = call.resource_type.namespace() == "Microsoft.OperationalInsights";
    match action {
        "listkeys" if rule => Ok(Response::json(200, list_keys(object, call))),
        "sharedkeys" if logs => Ok(Response::json(200, shared_keys(object))),
        // Its description takes no word on which of them: both are new.
        "regeneratesharedkey" if logs => {
            store.merge(&id, &json!({SECRETS: new_keys()}));
            let object = store.get(&id).unwrap_or(&Value::Null);
            Ok(Response::json(200, shared_keys(object)))
        }
        "regeneratekeys" if rule => {
            let which = call.body()?["keyType"] == "SecondaryKey";
            let which = if which { "secondary" } else { "primary" };
            store.merge(&id, &json!({SECRETS: {which: new_key()}}));
            let object = store.get(&id).unwrap_or(&Value::Null);
            Ok(Response::json(200, list_keys(object, call)))
        }
        _ => Err(error::method_not_allowed(call.context.request)),
    }
}

fn shared_keys(workspace: &Value) -> Value {
    json!({
        "primarySharedKey": workspace[SECRETS]["primary"],
        "secondarySharedKey": workspace[SECRETS]["secondary"],
    })
}

/// The keys and connection strings of an authorization rule.
fn list_keys(object: &Value, call: &ResourceCall<'_>) -> Value {
    let mut outermost = call.path.clone();
    while let Some(parent) = outermost.parent() {
        outermost = parent;
    }
    let host = outermost.name().to_ascii_lowercase();
    let text = |which: &str| {
        let key = object[SECRETS][which].as_str().unwrap_or_default();
        format!(
            "Endpoint=sb://{host}.servicebus.windows.net/;SharedAccessKeyName={};\
             SharedAccessKey={key}",
            call.path.name()
        )
    };
    json!({
        "primaryConnectionString": text("primary"),
        "secondaryConnectionString": text("secondary"),
        "primaryKey": object[SECRETS]["primary"],
        "secondaryKey": object[SECRETS]["secondary"],
        "keyName": call.path.name(),
    })
}

/// Also refuses changes below a namespace that is not ready.
fn check_no_operation(store: &Store, call: &ResourceCall<'_>) -> Result<(), Response> {
    let parent =
        call.path.parent().is_some_and(|parent| store.running_operation(&parent.id()).is_some());
    if !parent && store.running_operation(&call.path.id()).is_none() {
        return Ok(());
    }
    let text = format!("Another conflicting operation is in progress on '{}'.", call.path.name());
    Err(error::conflict(&text))
}

/// Every namespace has this rule.
fn add_root_rule(store: &mut Store, namespace: &str, provider: &str) {
    let id = format!("{namespace}/AuthorizationRules/RootManageSharedAccessKey");
    seed::add(
        store,
        &id,
        json!({
            "type": format!("{provider}/Namespaces/AuthorizationRules"),
            "properties": {"rights": ["Listen", "Manage", "Send"]},
            SECRETS: new_keys(),
        }),
    );
}
