//! Resource groups, and lists of what lies in them.

use serde_json::{Map, Value, json};

use super::operations::Plan;
use super::{Site, authorization, error, generic, only_known, only_texts, operations, pages, path};
use crate::http::{Answer, Request};
use crate::seed;
use crate::store::{Ending, Store, key};

const TYPE: &str = "Microsoft.Resources/resourceGroups";
const MEMBERS: &[&str] = &["id", "location", "managedBy", "name", "properties", "tags", "type"];

/// Answers for one group.
pub(super) fn answer(
    store: &mut Store, request: &Request, site: &Site<'_>, subscription: &str, group: &str,
) -> Result<Answer, Answer> {
    let id = format!("/subscriptions/{subscription}/resourceGroups/{group}");
    authorization::is_unlocked(store, &id, &request.method)?;
    match request.method.as_str() {
        "GET" => {
            let found = store.seen(&id, site.now).ok_or_else(|| error::no_group(group))?;
            Ok(Answer::json(200, found.clone()))
        }
        "PUT" => put(store, request, &id),
        "PATCH" => patch(store, request, &id, group),
        "DELETE" => delete(store, request, site, &id, group),
        method => Err(error::not_allowed(method, &request.path)),
    }
}

fn body(request: &Request) -> Result<Value, Answer> {
    let wrong = || error::invalid_content("Unexpected end or form of the content");
    let body = request.json().filter(Value::is_object).ok_or_else(wrong)?;
    only_known("ResourceGroup", &body, MEMBERS)?;
    only_texts("tags", &body["tags"], false)?;
    Ok(body)
}

fn put(store: &mut Store, request: &Request, id: &str) -> Result<Answer, Answer> {
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
    Ok(Answer::json(status, store.get(id).cloned().unwrap_or_default()))
}

fn patch(store: &mut Store, request: &Request, id: &str, group: &str) -> Result<Answer, Answer> {
    let body = body(request)?;
    let mut object = store.get(id).cloned().ok_or_else(|| error::no_group(group))?;
    if body["tags"].is_object() {
        object["tags"] = body["tags"].clone();
    }
    store.put(id, object.clone());
    Ok(Answer::json(200, object))
}

/// The group goes with everything in it.
fn delete(
    store: &mut Store, request: &Request, site: &Site<'_>, id: &str, group: &str,
) -> Result<Answer, Answer> {
    store.get(id).ok_or_else(|| error::no_group(group))?;
    store.merge(id, &json!({"properties": {"provisioningState": "Deleting"}}));
    let failed = |_: &_| json!({"properties": {"provisioningState": "Failed"}});
    let plan = Plan::new("Deleting", Ending::Remove, failed);
    let version = request.parameter("api-version").unwrap_or_default();
    let subscription = id.split('/').nth(2).unwrap_or_default();
    let location = format!(
        "{}/subscriptions/{subscription}/operationresults/{}?api-version={version}",
        site.origin, plan.name
    );
    plan.begin(store, site, id);
    Ok(operations::pace(Answer::empty(202).with("Location", location), site))
}

/// What a subscription or a group holds, as far as a filter lets it through.
pub(super) fn resources(
    store: &Store, request: &Request, site: &Site<'_>, subscription: &str, group: Option<&str>,
) -> Result<Answer, Answer> {
    if request.method != "GET" {
        return Err(error::not_allowed(&request.method, &request.path));
    }
    let below = match group {
        None => format!("/subscriptions/{subscription}"),
        Some(group) => format!("/subscriptions/{subscription}/resourceGroups/{group}"),
    };
    if let Some(group) = group {
        store.get(&below).ok_or_else(|| error::no_group(group))?;
    }
    let filter = filter(&request.parameter("$filter").unwrap_or_default())?;
    let all = store.objects();
    let ids = all.as_object().into_iter().flatten().map(|(id, _)| id);
    let inside = ids.filter(|id| key(id).starts_with(&format!("{}/", key(&below))));
    let seen = inside.filter(|id| is_tracked(id)).filter_map(|id| store.seen(id, site.now));
    let found = seen.filter(|object| filter.iter().all(|(name, value)| has(object, name, value)));
    Ok(pages::page(found.map(brief).collect(), "$skiptoken", request, site))
}

/// The comparisons of a filter: `resourceType eq 'Microsoft.Relay/namespaces' and name eq 'x'`.
fn filter(text: &str) -> Result<Vec<(String, String)>, Answer> {
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

fn has(object: &Value, name: &str, value: &str) -> bool {
    let found = match name {
        "resourceType" => object["type"].as_str(),
        "resourceGroup" => object["id"].as_str().and_then(|id| id.split('/').nth(4)),
        other => object[other].as_str(),
    };
    found.is_some_and(|found| found.eq_ignore_ascii_case(value))
}

/// Resources of their own have one type and one name; what lies in or on them is not listed.
fn is_tracked(id: &str) -> bool {
    matches!(path::parse(id), Some(path::Route::Resource(path))
        if path.tail.is_none() && !path.is_extension() && path.pairs().count() == 1)
}

/// A resource as lists of all kinds show it.
fn brief(object: &Value) -> Value {
    let shown = generic::shown(object);
    let names = ["id", "name", "type", "location", "tags", "kind", "sku", "identity"];
    let members = names.into_iter().filter(|name| !shown[*name].is_null());
    let members = members.map(|name| (name.to_owned(), shown[name].clone()));
    Value::Object(members.collect::<Map<_, _>>())
}
