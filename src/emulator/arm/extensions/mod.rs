//! Cluster extensions: made and changed in operations, with the headers and casing of the
//! recorded traffic (2023-05-01).

use serde_json::{Map, Value, json};
use uuid::Uuid;

mod health;
mod helm;

use super::operations::{self, Plan};
use super::{Call, Site, error, only_known, only_texts};
use crate::catalogue;
use crate::faults::Failure;
use crate::http::Answer;
use crate::options::Trait;
use crate::seed::TENANT;
use crate::store::{Ending, Store, merge};
use crate::timestamp;
pub(super) use health::{has_relay, is_connected, is_shut_out};

const TOP: &[&str] =
    &["id", "name", "type", "systemData", "identity", "plan", "properties", "managedBy"];
const PROPERTIES: &[&str] = &[
    "additionalDetails",
    "aksAssignedIdentity",
    "autoUpgradeMinorVersion",
    "autoUpgradeMode",
    "configurationProtectedSettings",
    "configurationSettings",
    "currentVersion",
    "customLocationSettings",
    "errorInfo",
    "extensionState",
    "extensionType",
    "isSystemExtension",
    "managementDetails",
    "packageUri",
    "provisioningState",
    "releaseTrain",
    "scope",
    "statuses",
    "version",
];
/// Members of the properties that came with 2025-03-01.
const LATEST: [&str; 4] =
    ["additionalDetails", "autoUpgradeMode", "extensionState", "managementDetails"];
const MAPS: [&str; 2] = ["configurationSettings", "configurationProtectedSettings"];

pub(super) fn answer(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    match call.request.method.as_str() {
        "PUT" => put(store, call),
        "PATCH" => patch(store, call),
        "DELETE" => delete(store, call),
        method => Err(error::not_allowed(method, &call.request.path)),
    }
}

/// An extension as GET shows it: of protected settings only the names, or not even those.
pub(super) fn shown(object: &Value, version: &str, site: &Site<'_>) -> Value {
    let mut shown = object.clone();
    let properties = &mut shown["properties"];
    let hidden = site.options.traits.contains(&Trait::HidesProtectedNames);
    let secrets = properties["configurationProtectedSettings"].as_object().filter(|_| !hidden);
    let names = secrets.into_iter().flatten().map(|(name, _)| (name.clone(), json!("")));
    properties["configurationProtectedSettings"] = names.collect();
    let automatic = properties["autoUpgradeMinorVersion"] == true;
    if automatic && site.options.traits.contains(&Trait::VersionUnderAutoUpgrade) {
        properties["version"] = properties["currentVersion"].clone();
    }
    in_version(properties, version);
    shown
}

/// Takes away what a version of the API does not have: the running version came with 2022-03-01 under another name, and
/// has its present one since 2022-11-01; the mode of upgrades came with 2025-03-01.
fn in_version(properties: &mut Value, version: &str) {
    let Some(members) = properties.as_object_mut() else { return };
    if version < "2025-03-01" {
        members.retain(|name, _| !LATEST.contains(&name.as_str()));
    }
    if version < "2022-11-01" {
        members.remove("isSystemExtension");
        let current = members.remove("currentVersion");
        if let (Some(current), true) = (current, version >= "2022-03-01") {
            members.insert("installedVersion".to_owned(), current);
        }
    }
}

fn put(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let body = call.body()?;
    validate(call, &body)?;
    let before = store.get(&call.path.id()).cloned();
    is_free(store, call)?;
    if before.is_none() && !body["properties"]["extensionType"].is_string() {
        return Err(error::bad_request("The extension type is required to create an extension."));
    }
    keeps_identity_of(before.as_ref(), &body)?;
    let mut object = match &before {
        Some(before) => before.clone(),
        None => fresh(call, store),
    };
    if before.is_some() && call.has(Trait::PutDropsKeys) {
        for map in MAPS {
            object["properties"][map] = json!({});
        }
    }
    apply(call, &mut object, &body)?;
    let verb = if before.is_some() { "Updating" } else { "Creating" };
    let name = begin(store, call, object, verb);
    let status = if before.is_some() { 200 } else { 201 };
    let answer = Answer::json(status, now_shown(store, call));
    Ok(accepted(call, store, answer, &name).with("location", internal_url(store, call)))
}

fn patch(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let body = call.body()?;
    validate(call, &body)?;
    let before = store.get(&call.path.id()).cloned().ok_or_else(|| Answer::empty(404))?;
    is_free(store, call)?;
    keeps_identity_of(Some(&before), &body)?;
    let mut object = before.clone();
    apply(call, &mut object, &body)?;
    if object == before && before["properties"]["provisioningState"] == "Succeeded" {
        return Ok(Answer::json(200, now_shown(store, call)));
    }
    let name = begin(store, call, object, "Updating");
    let answer = Answer::json(202, now_shown(store, call));
    Ok(accepted(call, store, answer, &name).with("x-ms-async-operation-timeout", "PT48H"))
}

fn delete(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let id = call.path.id();
    let force = call.request.parameter("forceDelete").unwrap_or_default();
    if !["", "true", "false"].contains(&&*force.to_ascii_lowercase()) {
        let text = format!("The value '{force}' is not valid for the query parameter forceDelete.");
        return Err(error::bad_request(&text));
    }
    if store.get(&id).is_none() {
        return Ok(Answer::empty(204));
    }
    if force.eq_ignore_ascii_case("true") {
        store.remove(&id);
        return Ok(Answer::json(200, serialised_message()));
    }
    is_free(store, call)?;
    store.merge(&id, &json!({"properties": {"provisioningState": "Deleting"}}));
    let mut plan = Plan::new("Deleting", Ending::Remove, failed);
    // Without its agents nobody uninstalls the release.
    plan.hangs = !health::is_connected(cluster(store, call));
    let name = plan.name.clone();
    plan.begin(store, call.site, &id);
    let answer = accepted(call, store, Answer::empty(202), &name);
    Ok(answer.with("x-ms-async-operation-timeout", "PT1H"))
}

fn validate(call: &Call<'_>, body: &Value) -> Result<(), Answer> {
    only_known("Extension", body, TOP)?;
    let properties = &body["properties"];
    only_known("ExtensionProperties", properties, PROPERTIES)?;
    if let (Some(name), true) = (
        LATEST.iter().find(|name| !properties[**name].is_null()),
        call.version.as_str() < "2025-03-01",
    ) {
        let text =
            format!("Could not find member '{name}' on object of type 'ExtensionProperties'");
        return Err(error::invalid_content(&text));
    }
    MAPS.iter().try_for_each(|map| only_texts(map, &properties[map], false))?;
    for name in ["extensionType", "releaseTrain", "version"] {
        if !(properties[name].is_null() || properties[name].is_string()) {
            return Err(error::invalid_content(&format!("{name} must be a string")));
        }
    }
    let automatic = &properties["autoUpgradeMinorVersion"];
    if !(automatic.is_null() || automatic.is_boolean()) {
        return Err(error::invalid_content("autoUpgradeMinorVersion must be a boolean"));
    }
    let managed = call.path.parent().is_some_and(|it| is_managed(&it.types()));
    let identity = &body["identity"];
    if managed && identity.is_object() {
        return Err(error::bad_request("An identity is not supported for managed clusters."));
    }
    if identity.is_null() || is_system_assigned(identity) {
        return Ok(());
    }
    Err(error::bad_request(&format!("The identity type {} is not supported.", identity["type"])))
}

fn is_system_assigned(identity: &Value) -> bool {
    identity["type"].as_str().is_some_and(|it| it.eq_ignore_ascii_case("SystemAssigned"))
}

fn is_managed(types: &str) -> bool {
    types.eq_ignore_ascii_case("Microsoft.ContainerService/managedClusters")
}

/// One operation at a time on an extension.
fn is_free(store: &Store, call: &Call<'_>) -> Result<(), Answer> {
    let Some(running) = store.running(&call.path.id()) else { return Ok(()) };
    let text = format!(
        "Another operation ({}) is in progress on the extension '{}'. Please retry after it has \
         completed.",
        running.verb,
        call.path.name()
    );
    Err(error::error(409, "AnotherOperationInProgress", &text))
}

/// Type and scope cannot change.
fn keeps_identity_of(before: Option<&Value>, body: &Value) -> Result<(), Answer> {
    let Some(before) = before else { return Ok(()) };
    for name in ["extensionType", "scope"] {
        let (old, new) = (&before["properties"][name], &body["properties"][name]);
        let same = old.to_string().eq_ignore_ascii_case(&new.to_string());
        if !new.is_null() && !same {
            let text = format!("The property '{name}' of an extension cannot be changed.");
            return Err(error::bad_request(&text));
        }
    }
    Ok(())
}

/// An extension before the first body is applied.
fn fresh(call: &Call<'_>, store: &Store) -> Value {
    let stamp = timestamp::now();
    let managed = call.path.parent().is_some_and(|it| is_managed(&it.types()));
    let assigned = json!({
        "principalId": Uuid::new_v4().to_string(), "tenantId": TENANT, "type": "SystemAssigned",
    });
    json!({
        "id": call.id(store),
        "name": call.path.name(),
        "type": call.kind.name,
        "properties": {
            "extensionType": null,
            "autoUpgradeMinorVersion": true,
            "releaseTrain": "Stable",
            "version": null,
            "currentVersion": null,
            "scope": {"cluster": {"releaseNamespace": "default"}},
            "provisioningState": "Creating",
            "configurationSettings": {},
            "configurationProtectedSettings": {},
            "statuses": [],
            "aksAssignedIdentity": if managed { assigned } else { Value::Null },
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

/// Takes over what a body says: plain settings are merged, protected ones replaced as a whole.
fn apply(call: &Call<'_>, object: &mut Value, body: &Value) -> Result<(), Answer> {
    let given = &body["properties"];
    let properties = &mut object["properties"];
    for name in ["scope", "autoUpgradeMinorVersion", "autoUpgradeMode", "releaseTrain"] {
        if !given[name].is_null() {
            properties[name] = given[name].clone();
        }
    }
    if let Some(types) = given["extensionType"].as_str() {
        properties["extensionType"] = json!(types.to_ascii_lowercase());
    }
    version(call, given, properties)?;
    if let Some(settings) = given["configurationSettings"].as_object() {
        merge(&mut properties["configurationSettings"], &json!(settings));
    }
    if let Some(secrets) = given["configurationProtectedSettings"].as_object()
        && (!secrets.is_empty() || call.has(Trait::EmptyProtectedMapWipes))
    {
        properties["configurationProtectedSettings"] = json!(secrets);
    }
    if is_system_assigned(&body["identity"]) && !object["identity"].is_object() {
        object["identity"] = json!({
            "type": "SystemAssigned", "principalId": Uuid::new_v4().to_string(), "tenantId": TENANT,
        });
    }
    Ok(())
}

/// A pinned version and auto-upgrade exclude each other since 2023-05-01; auto-upgrade is on where
/// it is not given.
fn version(call: &Call<'_>, given: &Value, properties: &mut Value) -> Result<(), Answer> {
    let automatic = properties["autoUpgradeMinorVersion"] == true;
    let strict = call.version.as_str() >= "2023-05-01";
    if automatic && given["version"].is_string() && strict {
        return Err(error::bad_request(
            "The version cannot be given while autoUpgradeMinorVersion is true.",
        ));
    }
    if given["version"].is_string() {
        properties["version"] = given["version"].clone();
    } else if automatic {
        properties["version"] = Value::Null;
    }
    Ok(())
}

/// Stores the object as one that is being worked on, and begins the work.
fn begin(store: &mut Store, call: &Call<'_>, mut object: Value, verb: &'static str) -> String {
    let properties = &mut object["properties"];
    let version = catalogue::resolve(store, properties);
    let failure = health::check(properties, cluster(store, call), version.is_some(), verb)
        .or_else(|| another(store, call, properties));
    properties["provisioningState"] = json!(verb);
    properties["statuses"] = json!([]);
    if let Some(properties) = properties.as_object_mut() {
        properties.remove("errorInfo");
    }
    object["systemData"]["lastModifiedAt"] = json!(timestamp::now());
    let id = call.path.id();
    store.put(&id, object);
    let done = json!({"properties": {"provisioningState": "Succeeded"}});
    let mut plan = Plan::new(verb, Ending::Merge(done), failed);
    if let Some(version) = version {
        plan.midway = json!({"properties": {"currentVersion": version}});
    }
    plan.failure = failure;
    let name = plan.name.clone();
    plan.begin(store, call.site, &id);
    name
}

/// Why there cannot be a second release of a type beside the first: it finds the first one's objects in its way.
fn another(store: &Store, call: &Call<'_>, properties: &Value) -> Option<Failure> {
    let extension_type = properties["extensionType"].as_str().unwrap_or_default();
    if catalogue::allows_several(store, extension_type) {
        return None;
    }
    let cluster = call.path.parent()?.id();
    let other = store.below(&cluster, call.kind.name).find(|it| {
        it["properties"]["extensionType"] == extension_type
            && it["properties"]["provisioningState"] != "Failed"
            && !it["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(call.path.name()))
    })?;
    let namespace = &properties["scope"]["cluster"]["releaseNamespace"];
    Some(Failure {
        code: "ExtensionOperationFailed".to_owned(),
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

/// What a failed installation leaves on the extension.
fn failed(failure: &Failure) -> Value {
    json!({"properties": {
        "provisioningState": "Failed",
        "errorInfo": {"code": failure.code, "message": failure.message},
        "statuses": [{
            "code": failure.code,
            "displayStatus": "Failed",
            "level": "Error",
            "message": failure.message,
            "time": timestamp::now(),
        }],
    }})
}

fn cluster<'a>(store: &'a Store, call: &Call<'_>) -> Option<&'a Value> {
    call.path.parent().and_then(|parent| store.get(&parent.id()))
}

fn now_shown(store: &Store, call: &Call<'_>) -> Value {
    store.get(&call.path.id()).map(|it| shown(it, &call.version, call.site)).unwrap_or_default()
}

fn accepted(call: &Call<'_>, store: &Store, answer: Answer, operation: &str) -> Answer {
    let id = shouted_id(store, call);
    let url =
        format!("{}{id}/operations/{operation}?api-Version={}", call.site.origin, call.version);
    operations::pace(answer.with("azure-asyncoperation", url), call.site)
}

/// The service's own host, which is not ARM's and must not be called.
fn internal_url(store: &Store, call: &Call<'_>) -> String {
    let location = cluster(store, call).and_then(|it| it["location"].as_str()).unwrap_or("eastus");
    let host = format!("https://{location}.rp.kubernetesconfiguration.azure.com");
    format!("{host}{}", shouted_id(store, call))
}

/// The ID as the service's headers spell it: the cluster's type begins with a capital.
fn shouted_id(store: &Store, call: &Call<'_>) -> String {
    let id = call.id(store);
    id.replace("/connectedClusters/", "/ConnectedClusters/")
        .replace("/managedClusters/", "/ManagedClusters/")
}

/// The body of a forced deletion: the service serialises its own response message.
fn serialised_message() -> Value {
    let none: Vec<Map<String, Value>> = Vec::new();
    json!({
        "version": "1.1",
        "content": {"headers": none},
        "statusCode": 200,
        "reasonPhrase": "OK",
        "headers": none,
        "trailingHeaders": none,
        "requestMessage": null,
        "isSuccessStatusCode": true,
    })
}
