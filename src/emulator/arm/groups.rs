//! Resource groups, and lists of what lies in them.

use serde_json::{Map, Value, json};

use super::operations::NewOperation;
use super::{
    RequestContext, authorization, error, generic, operations, pages, path, reject_non_strings,
    reject_unknown_members,
};
use crate::http::{Request, Response};
use crate::seed;
use crate::store::{Outcome, Store, normalize_id};

const TYPE: &str = "Microsoft.Resources/resourceGroups";
const MEMBERS: &[&str] = &["id", "location", "managedBy", "name", "properties", "tags", "type"];

/// Answers for one group.
pub(super) fn handle(
    store: &mut Store, request: &Request, context: &RequestContext<'_>, subscription: &str,
    group: &str,
) -> Result<Response, Response> {
    let id = format!("/subscriptions/{subscription}/resourceGroups/{group}");
    authorization::check_locks(store, &id, &request.method)?;
    match request.method.as_str() {
        "GET" => {
            let found =
                store.visible(&id, context.now).ok_or_else(|| error::group_not_found(group))?;
            Ok(Response::json(200, found.clone()))
        }
        "PUT" => put(store, request, &id),
        "PATCH" => patch(store, request, &id, group),
        "DELETE" => delete(store, request, context, &id, group),
        method => Err(error::method_not_allowed(method, &request.path)),
    }
}

fn body(request: &Request) -> Result<Value, Response> {
    let wrong = || error::invalid_content("Unexpected end or form of the content");
    let body = request.json().filter(Value::is_object).ok_or_else(wrong)?;
    reject_unknown_members("ResourceGroup", &body, MEMBERS)?;
    reject_non_strings("tags", &body["tags"], false)?;
    Ok(body)
}

fn put(store: &mut Store, request: &Request, id: &str) -> Result<Response, Response> {
    let body = body(request)?;
    let Some(location) = body["location"].as_str() else {
        let text = "The location property is required for this definition.";
        return Err(error::error(400, "LocationRequired", text));
    };
    let location = location.replace(' ', "").to_ascii_lowercase();
    let before = store.get(id).cloned();
    let old = before.as_ref().and_then(|it| it["location"].as_str());
    if let Some(old) = old.filter(|old| *old != location) {
        let text = format!(
            "Invalid resource group location '{location}'. The Resource group already exists in location '{old}'."
        );
        return Err(error::error(409, "InvalidResourceGroupLocation", &text));
    }
    let status = if before.is_some() { 200 } else { 201 };
    let object = json!({
        "type": TYPE,
        "location": location,
        "tags": if body["tags"].is_object() { body["tags"].clone() } else { json!({}) },
        "properties": {"provisioningState": "Succeeded"},
    });
    seed::add(store, id, object);
    Ok(Response::json(status, store.get(id).cloned().unwrap_or_default()))
}

fn patch(
    store: &mut Store, request: &Request, id: &str, group: &str,
) -> Result<Response, Response> {
    let body = body(request)?;
    let mut object = store.get(id).cloned().ok_or_else(|| error::group_not_found(group))?;
    if body["tags"].is_object() {
        object["tags"] = body["tags"].clone();
    }
    store.put(id, object.clone());
    Ok(Response::json(200, object))
}

/// The group goes with everything in it.
fn delete(
    store: &mut Store, request: &Request, context: &RequestContext<'_>, id: &str, group: &str,
) -> Result<Response, Response> {
    store.get(id).ok_or_else(|| error::group_not_found(group))?;
    store.merge(id, &json!({"properties": {"provisioningState": "Deleting"}}));
    let failed = |_: &_| json!({"properties": {"provisioningState": "Failed"}});
    let operation = NewOperation::new("Deleting", Outcome::Remove, failed);
    let version = request.parameter("api-version").unwrap_or_default();
    let subscription = id.split('/').nth(2).unwrap_or_default();
    let location = format!(
        "{}/subscriptions/{subscription}/operationresults/{}?api-version={version}",
        context.origin, operation.name
    );
    operation.start(store, context, id);
    Ok(operations::with_retry_after(Response::empty(202).with("Location", location), context))
}

/// What a subscription or a group holds, as far as a filter lets it through.
pub(super) fn list_resources(
    store: &Store, request: &Request, context: &RequestContext<'_>, subscription: &str,
    group: Option<&str>,
) -> Result<Response, Response> {
    if request.method != "GET" {
        return Err(error::method_not_allowed(&request.method, &request.path));
    }
    let below = match group {
        None => format!("/subscriptions/{subscription}"),
        Some(group) => format!("/subscriptions/{subscription}/resourceGroups/{group}"),
    };
    if let Some(group) = group {
        store.get(&below).ok_or_else(|| error::group_not_found(group))?;
    }
    let filter = parse_filter(&request.parameter("$filter").unwrap_or_default())?;
    let all = store.objects();
    let ids = all.as_object().into_iter().flatten().map(|(id, _)| id);
    let inside =
        ids.filter(|id| normalize_id(id).starts_with(&format!("{}/", normalize_id(&below))));
    let seen = inside.filter(|id| is_top_level(id)).filter_map(|id| store.visible(id, context.now));
    let found =
        seen.filter(|object| filter.iter().all(|(name, value)| has_value(object, name, value)));
    Ok(pages::page(found.map(list_entry).collect(), "$skiptoken", request, context))
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
            read(part).ok_or_else(|| error::error(400, "InvalidFilterInQueryString", &wrong()))
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

/// Resources of their own have one type and one name; what lies in or on them is not listed.
fn is_top_level(id: &str) -> bool {
    matches!(path::parse(id), Some(path::Route::Resource(path))
        if path.tail.is_none() && !path.is_extension_resource() && path.pairs().count() == 1)
}

/// A resource as lists of all kinds show it.
fn list_entry(object: &Value) -> Value {
    let body = generic::response_body(object);
    let names = ["id", "name", "type", "location", "tags", "kind", "sku", "identity"];
    let members = names.into_iter().filter(|name| !body[*name].is_null());
    let members = members.map(|name| (name.to_owned(), body[name].clone()));
    Value::Object(members.collect::<Map<_, _>>())
}
