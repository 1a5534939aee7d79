//! Relay, Service Bus and Log Analytics, as far as the extension uses them, and everything that
//! is only read: one generic service.

use serde_json::{Value, json};

mod defaults;
mod validate;

use super::operations::{self, Plan};
use super::resource_types::Manner;
use super::{Call, error, only_texts};
use crate::faults::Failure;
use crate::http::Answer;
use crate::seed;
use crate::store::{Ending, Store, merge};
use crate::timestamp;
pub(super) use defaults::SECRETS;
use defaults::{fresh, new_key, new_keys};
pub(super) use validate::{check_name, checks_names, stays};

pub(super) fn answer(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let fixed = call.kind.manner == Manner::Fixed;
    match (call.request.method.as_str(), call.path.tail.as_deref()) {
        ("PUT", None) if !fixed => put(store, call),
        ("PATCH", None) if !fixed => patch(store, call),
        ("DELETE", None) if !fixed => delete(store, call),
        ("POST", Some(action)) => post(store, call, &action.to_ascii_lowercase()),
        (method, _) => Err(error::not_allowed(method, &call.request.path)),
    }
}

/// An object as GET shows it.
pub(super) fn shown(object: &Value) -> Value {
    let mut shown = object.clone();
    if let Some(members) = shown.as_object_mut() {
        members.remove(SECRETS);
    }
    shown
}

fn put(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let body = call.body()?;
    only_texts("tags", &body["tags"], false)?;
    let slow = call.kind.manner == Manner::Slow;
    let tracked = slow || call.kind.segment == "userAssignedIdentities";
    if tracked && !body["location"].is_string() {
        let text = "The location property is required for this definition.";
        return Err(error::error(400, "LocationRequired", text));
    }
    name_is_valid(call)?;
    is_free(store, call)?;
    let id = call.path.id();
    let before = store.get(&id).cloned();
    let created = before.is_none();
    validate::check(call, &body, true)?;
    if let Some(before) = &before {
        stays(call, before, &body)?;
    }
    let mut object = before.unwrap_or_else(|| fresh(store, call));
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
    store.put(&id, object);
    if slow {
        settle_later(store, call, created);
    }
    let status = if slow && created { 201 } else { 200 };
    let answer = Answer::json(status, store.get(&id).map(shown).unwrap_or_default());
    Ok(if slow { operations::pace(answer, call.site) } else { answer })
}

/// Namespaces and workspaces have names of letters, digits and hyphens, not at the ends; that of
/// a namespace begins with a letter.
fn name_is_valid(call: &Call<'_>) -> Result<(), Answer> {
    let name = call.path.name();
    let valid = match call.kind.name {
        "Microsoft.Relay/Namespaces" | "Microsoft.ServiceBus/Namespaces" => validate::is_name(name),
        "Microsoft.OperationalInsights/workspaces" => {
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

/// A namespace or workspace is there at once and ready later, which its state tells.
fn settle_later(store: &mut Store, call: &Call<'_>, created: bool) {
    let namespace = call.kind.within() == "Namespaces";
    let state = match (created, namespace) {
        (true, true) => "Created",
        (true, false) => "Creating",
        (false, _) => "Updating",
    };
    let id = call.path.id();
    store.merge(&id, &json!({"properties": {"provisioningState": state}}));
    if created && namespace {
        add_root_rule(store, &call.id(store), call.kind.namespace());
    }
    let success = Ending::Merge(json!({"properties": {"provisioningState": "Succeeded"}}));
    Plan::new("Creating", success, failed).begin(store, call.site, &id);
}

fn patch(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let body = call.body()?;
    only_texts("tags", &body["tags"], false)?;
    let id = call.path.id();
    if store.get(&id).is_none() {
        return Err(error::not_found(call.path));
    }
    validate::check(call, &body, false)?;
    is_free(store, call)?;
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
    Ok(Answer::json(200, store.get(&id).map(shown).unwrap_or_default()))
}

fn delete(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let id = call.path.id();
    if store.get(&id).is_none() {
        return Ok(Answer::empty(204));
    }
    is_free(store, call)?;
    if call.kind.manner == Manner::Plain {
        store.remove(&id);
        return Ok(Answer::empty(200));
    }
    store.merge(&id, &json!({"properties": {"provisioningState": "Deleting"}}));
    let plan = Plan::new("Deleting", Ending::Remove, failed);
    let origin = call.site.origin;
    let results = format!(
        "{origin}{}/operationresults/{}?api-version={}",
        call.id(store),
        plan.name,
        call.version
    );
    let mut answer = Answer::empty(202).with("Location", results);
    if call.kind.namespace() == "Microsoft.OperationalInsights" {
        answer = answer.with("Azure-AsyncOperation", format!(
            "{origin}/subscriptions/{}/providers/Microsoft.OperationalInsights/locations/eastus/\
             operationstatuses/{}?api-version=2015-11-01-preview",
            call.path.subscription, plan.name
        ));
    }
    plan.begin(store, call.site, &id);
    Ok(operations::pace(answer, call.site))
}

fn post(store: &mut Store, call: &Call<'_>, action: &str) -> Result<Answer, Answer> {
    let id = call.path.id();
    let object = store.get(&id).ok_or_else(|| error::not_found(call.path))?;
    let rule = call.kind.segment.eq_ignore_ascii_case("AuthorizationRules");
    let logs = call.kind.namespace() == "Microsoft.OperationalInsights";
    match action {
        "listkeys" if rule => Ok(Answer::json(200, keys(object, call))),
        "sharedkeys" if logs => Ok(Answer::json(200, shared_keys(object))),
        // Its description takes no word on which of them: both are new.
        "regeneratesharedkey" if logs => {
            store.merge(&id, &json!({SECRETS: new_keys()}));
            let object = store.get(&id).unwrap_or(&Value::Null);
            Ok(Answer::json(200, shared_keys(object)))
        }
        "regeneratekeys" if rule => {
            let which = call.body()?["keyType"] == "SecondaryKey";
            let which = if which { "secondary" } else { "primary" };
            store.merge(&id, &json!({SECRETS: {which: new_key()}}));
            let object = store.get(&id).unwrap_or(&Value::Null);
            Ok(Answer::json(200, keys(object, call)))
        }
        _ => Err(error::not_allowed("POST", &call.request.path)),
    }
}

fn shared_keys(workspace: &Value) -> Value {
    json!({
        "primarySharedKey": workspace[SECRETS]["primary"],
        "secondarySharedKey": workspace[SECRETS]["secondary"],
    })
}

/// The keys of an authorization rule and the strings made of them.
fn keys(object: &Value, call: &Call<'_>) -> Value {
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

/// One operation at a time, and none below a namespace that is not ready.
fn is_free(store: &Store, call: &Call<'_>) -> Result<(), Answer> {
    let parent = call.path.parent().is_some_and(|parent| store.running(&parent.id()).is_some());
    if !parent && store.running(&call.path.id()).is_none() {
        return Ok(());
    }
    let text = format!("Another conflicting operation is in progress on '{}'.", call.path.name());
    Err(error::error(409, "Conflict", &text))
}

/// The rule that every namespace has from the start.
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

fn failed(_: &Failure) -> Value {
    json!({"properties": {"provisioningState": "Failed"}})
}
