//! Resource groups, and lists of the resources in them.

use serde_json::{Map, Value, json};

use super::operations::{self, NewOperation, failed_state, provisioning_state};
use super::{RequestContext, authorization, body, error, generic, pages, path};
use crate::http::Response;
use crate::names::{error_code, property, resource_type, state};
use crate::seed;
use crate::store::{Outcome, Store, normalize_id};

const MEMBERS: &[&str] = &["id", "location", "managedBy", "name", "properties", "tags", "type"];

pub(super) fn handle(
    store: &mut Store, context: &RequestContext<'_>, subscription: &str, group: &str,
) -> Result<Response, Response> {
    let id = format!("/subscriptions/{subscription}/resourceGroups/{group}");
    authorization::check_locks(store, &id, &context.request.method)?;
    match context.request.method.as_str() {
        "GET" => {
            let found =
                store.visible(&id, context.now).ok_or_else(|| error::group_not_found(group))?;
            Ok(Response::json(200, found.clone()))
        }
        "PUT" => put(store, context, &id),
        "PATCH" => patch(store, context, &id, group),
        "DELETE" => delete(store, context, &id, group),
        _ => Err(error::method_not_allowed(context.request)),
    }
}

fn read_body(context: &RequestContext<'_>) -> Result<Value, Response> {
    let body = body::read(context.request)?;
    body::reject_unknown_members("ResourceGroup", &body, MEMBERS)?;
    body::reject_non_strings("tags", &body["tags"])?;
    Ok(body)
}

fn put(store: &mut Store, context: &RequestContext<'_>, id: &str) -> Result<Response, Response> {
    let body = read_body(context)?;
    let Some(location) = body["location"].as_str() else {
        return Err(error::location_required());
    };
    let location = location.replace(' ', "").to_ascii_lowercase();
    let before = store.get(id).cloned();
    let old = before.as_ref().and_then(|it| it["location"].as_str());
    if let Some(old) = old.filter(|old| *old != location) {
        let text = format!(
            "Invalid resource group location '{location}'. The Resource group already exists in location '{old}'."
        );
        return Err(error::error(409, error_code::INVALID_RESOURCE_GROUP_LOCATION, &text));
    }
    let status = if before.is_some() { 200 } else { 201 };
    let object = json!({
        "type": resource_type::RESOURCE_GROUP,
        "location": location,
        "tags": if body["tags"].is_object() { body["tags"].clone() } else { json!({}) },
        "properties": {property::PROVISIONING_STATE: state::SUCCEEDED},
    });
    seed::add(store, id, object);
    Ok(Response::json(status, store.get(id).cloned().unwrap_or_default()))
}

fn patch(
    store: &mut Store, context: &RequestContext<'_>, id: &str, group: &str,
) -> Result<Response, Response> {
    let body = read_body(context)?;
    let mut object = store.get(id).cloned().ok_or_else(|| error::group_not_found(group))?;
    if body["tags"].is_object() {
        object["tags"] = body["tags"].clone();
    }
    store.put(id, object.clone());
    Ok(Response::json(200, object))
}

/// Deletes the group with everything in it.
fn delete(
    store: &mut Store, context: &RequestContext<'_>, id: &str, group: &str,
) -> Result<Response, Response> {
    store.get(id).ok_or_else(|| error::group_not_found(group))?;
    store.merge(id, &provisioning_state(state::DELETING));
    let operation = NewOperation::new(state::DELETING, Outcome::Remove, failed_state);
    let version = context.request.parameter("api-version").unwrap_or_default();
    let subscription = id.split('/').nth(2).unwrap_or_default();
    let location = format!(
        "{}/subscriptions/{subscription}/operationresults/{}?api-version={version}",
        context.origin, operation.name
    );
    operation.start(store, context, id);
    Ok(operations::with_retry_after(Response::empty(202).with("Location", location), context))
}

/// The resources of a subscription or a group that match the `$filter`.
pub(super) fn list_resources(
    store: &Store, context: &RequestContext<'_>, subscription: &str, group: Option<&str>,
) -> Result<Response, Response> {
    if context.request.method != "GET" {
        return Err(error::method_not_allowed(context.request));
    }
    let below = match group {
        None => format!("/subscriptions/{subscription}"),
        Some(group) => format!("/subscriptions/{subscription}/resourceGroups/{group}"),
    };
    if let Some(group) = group {
        store.get(&below).ok_or_else(|| error::group_not_found(group))?;
    }
    let filter = parse_filter(&context.request.parameter("$filter").unwrap_or_default())?;
    let prefix = format!("{}/", normalize_id(&below));
    let all = store.objects();
    let ids = all.as_object().into_iter().flatten().map(|(id, _)| id);
    let ids = ids.filter(|id| normalize_id(id).starts_with(&prefix) && is_top_level(id));
    let objects = ids.filter_map(|id| store.visible(id, context.now));
    let matching =
        objects.filter(|object| filter.iter().all(|(name, value)| has_value(object, name, value)));
    Ok(pages::page(matching.map(list_entry).collect(), "$skiptoken", context))
}

/// The comparisons of a filter: `resourceType eq 'Microsoft.Relay/namespaces' and name eq 'x'`.
fn parse_filter(text: &str) -> Result<Vec<(String, String)>, Response> {
    let parts = text.split(" and ").map(str::trim).filter(|part| !part.is_empty());
    let read = |part: &str| {
        let (name, value) = part.split_once(" eq ")?;
        let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        let known = ["resourceType", "name", "resourceGroup", "location"];
        let name = known.into_iter().find(|it| it.eq_ignore_ascii_case(name.trim()))?;
        Some((name.to_owned(), value.to_owned()))
    };
    parts
        .map(|part| {
            let wrong = || format!("Invalid $filter '{text}' specified in the query string.");
            read(part).ok_or_else(|| {
                error::error(400, error_code::INVALID_FILTER_IN_QUERY_STRING, &wrong())
            })
        })
        .collect()
}

fn has_value(object: &Value, name: &str, value: &str) -> bool {
    let found = match name {
        "resourceType" => object["type"].as_str(),
        "resourceGroup" => object["id"].as_str().and_then(|id| id.split('/').nth(4)),
        other => object[other].as_str(),
    };
    found.is_some_and(|found| found.eq_ignore_ascii_case(value))
}

/// Child and extension resources are not listed.
fn is_top_level(id: &str) -> bool {
    matches!(path::parse(id), Some(path::Route::Resource(path))
        if path.tail.is_none() && !path.is_extension_resource() && path.pairs().count() == 1)
}

fn list_entry(object: &Value) -> Value {
    let body = generic::response_body(object);
    let names = ["id", "name", "type", "location", "tags", "kind", "sku", "identity"];
    let members = names.into_iter().filter(|name| !body[*name].is_null());
    let members = members.map(|name| (name.to_owned(), body[name].clone()));
    Value::Object(members.collect::<Map<_, _>>())
}
