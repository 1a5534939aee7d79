//! Computes of a workspace: attached Kubernetes clusters, after the service's published examples.

use serde_json::{Value, json};
use uuid::Uuid;

mod actions;
mod instance_types;

use super::operations::{self, Plan, machine_learning_error};
use super::{Call, Site, error, extensions, generic, only_known, path};
use crate::faults::Failure;
use crate::http::Answer;
use crate::options::Trait;
use crate::seed::TENANT;
use crate::store::{Ending, Store, merge};
use crate::timestamp;

const TOP: &[&str] =
    &["id", "name", "type", "systemData", "identity", "location", "properties", "sku", "tags"];
const COMPUTE: &[&str] = &[
    "computeLocation",
    "computeType",
    "createdOn",
    "description",
    "disableLocalAuth",
    "isAttachedCompute",
    "modifiedOn",
    "properties",
    "provisioningErrors",
    "provisioningState",
    "resourceId",
];
const KUBERNETES: &[&str] = &[
    "defaultInstanceType",
    "extensionInstanceReleaseTrain",
    "extensionPrincipalId",
    "instanceTypes",
    "namespace",
    "relayConnectionString",
    "serviceBusConnectionString",
    "vcName",
];
const SECRETS: [&str; 2] = ["relayConnectionString", "serviceBusConnectionString"];

pub(super) fn answer(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    match (call.request.method.as_str(), call.path.tail.as_deref()) {
        ("PUT", None) => put(store, call),
        ("PATCH", None) => actions::patch(store, call),
        ("DELETE", None) => delete(store, call),
        ("POST", Some(action)) => actions::post(store, call, action),
        (method, _) => Err(error::not_allowed(method, &call.request.path)),
    }
}

/// A compute as GET shows it: without secrets, and with the types of its cluster once that is attached.
pub(super) fn shown(object: &Value, site: &Site<'_>) -> Value {
    let mut shown = object.clone();
    let properties = &mut shown["properties"];
    let attached = properties["provisioningState"] != "Creating";
    let kubernetes = properties["computeType"] == "Kubernetes";
    let inner = &mut properties["properties"];
    if kubernetes && inner.is_object() {
        for name in SECRETS {
            inner[name] = Value::Null;
        }
        if attached && !site.options.traits.contains(&Trait::HidesClusterTypes) {
            instance_types::add_found_in_cluster(&mut inner["instanceTypes"]);
        }
    }
    shown
}

fn put(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let body = call.body()?;
    validate(call, &body)?;
    let before = store.get(&call.path.id()).cloned();
    is_free(store, call)?;
    identities_exist(store, &body["identity"])?;
    if let Some(before) = &before {
        generic::stays(call, before, &body)?;
        keeps_what_is_fixed(before, &body)?;
    }
    let resource = cluster_id(&body)?;
    let object = compose(store, call, &body, before.as_ref());
    let failure = reach(store, call, &resource);
    let (verb, status) = if before.is_some() { ("Updating", 200) } else { ("Creating", 201) };
    store.put(&call.path.id(), object);
    store.merge(&call.path.id(), &json!({"properties": {"provisioningState": verb}}));
    let success = json!({"properties": {"provisioningState": "Succeeded"}});
    let plan = Plan { failure, ..Plan::new("InProgress", Ending::Merge(success), failed) };
    let [status_url, _] = begin(store, call, plan);
    let object = store.get(&call.path.id()).map(|it| shown(it, call.site)).unwrap_or_default();
    let answer = Answer::json(status, object);
    // Only the answer of a creation has headers to poll by; a change is followed by its state.
    let created = before.is_none();
    Ok(if created { accepted(call, answer, &status_url) } else { answer })
}

fn delete(store: &mut Store, call: &Call<'_>) -> Result<Answer, Answer> {
    let action = call.request.parameter("underlyingResourceAction").unwrap_or_default();
    if !["delete", "detach"].contains(&&*action.to_ascii_lowercase()) {
        return Err(refuse(
            400,
            "BadRequest",
            "The query parameter underlyingResourceAction is required: 'Delete' or 'Detach'.",
        ));
    }
    let Some(compute) = store.get(&call.path.id()).cloned() else { return Ok(Answer::empty(204)) };
    is_free(store, call)?;
    let cluster = compute["properties"]["resourceId"].as_str();
    if let (Some(cluster), true) = (cluster, action.eq_ignore_ascii_case("delete")) {
        store.remove(cluster);
    }
    store.merge(&call.path.id(), &json!({"properties": {"provisioningState": "Deleting"}}));
    let plan = Plan::new("InProgress", Ending::Remove, failed);
    let [status_url, result_url] = begin(store, call, plan);
    let location = format!("{}{result_url}", call.site.origin);
    Ok(accepted(call, Answer::empty(202), &status_url).with("Location", location))
}

/// Begins an operation and gives the URLs of its status and its result, which lie below the
/// workspace's location and are answered under exactly this query.
pub(super) fn begin(store: &mut Store, call: &Call<'_>, mut plan: Plan) -> [String; 2] {
    let region = workspace(store, call)["location"].as_str().unwrap_or("eastus");
    let urls = ["computeOperationsStatus", "computeOperationsResults"].map(|kind| {
        format!(
            "/subscriptions/{}/providers/Microsoft.MachineLearningServices/locations/{region}/\
             {kind}/{}?api-version={}&service=new",
            call.path.subscription, plan.name, call.version
        )
    });
    plan.polled = urls.to_vec();
    plan.begin(store, call.site, &call.path.id());
    urls
}

pub(super) fn accepted(call: &Call<'_>, answer: Answer, status_url: &str) -> Answer {
    let url = format!("{}{status_url}", call.site.origin);
    operations::pace(answer.with("Azure-AsyncOperation", url), call.site)
}

fn validate(call: &Call<'_>, body: &Value) -> Result<(), Answer> {
    only_known("ComputeResource", body, TOP)?;
    only_known("Compute", &body["properties"], COMPUTE)?;
    only_known("KubernetesProperties", &body["properties"]["properties"], KUBERNETES)?;
    super::only_texts("tags", &body["tags"], false)?;
    if !body["location"].is_string() {
        let text = "The location property is required for this definition.";
        return Err(error::error(400, "LocationRequired", text));
    }
    if !is_name(call.path.name(), &call.version) {
        let text = format!("The compute name '{}' is invalid.", call.path.name());
        return Err(refuse(400, "InvalidComputeInformation", &text));
    }
    let known = call.version.as_str() >= "2021-07-01" || call.version == "2020-02-02";
    if body["properties"]["computeType"] != "Kubernetes" || !known {
        let text =
            format!("The compute type {} is not supported.", body["properties"]["computeType"]);
        return Err(refuse(400, "InvalidComputeInformation", &text));
    }
    identity_is_known(&body["identity"])?;
    instance_types::check(&body["properties"]["properties"])
        .map_err(|text| refuse(400, "InvalidComputeInformation", &text))
}

/// 2 to 24 letters, digits and hyphens, a letter first; since 2025-12-01 at least 3, not ending in a hyphen and digits.
fn is_name(name: &str, version: &str) -> bool {
    let strict = version >= "2025-12-01";
    let numbered = name
        .rsplit_once('-')
        .is_some_and(|(_, end)| !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit()));
    (if strict { 3..=24 } else { 2..=24 }).contains(&name.len())
        && !(strict && numbered)
        && name.starts_with(|it: char| it.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// An identity has a type of those that there are, and user-assigned ones exactly where the type says so.
fn identity_is_known(identity: &Value) -> Result<(), Answer> {
    if identity.is_null() {
        return Ok(());
    }
    let Some(kind) = identity_type(identity) else {
        let text = format!("The identity type {} is not supported.", identity["type"]);
        return Err(error::bad_request(&text));
    };
    let ids = &identity["userAssignedIdentities"];
    let given = ids.as_object().is_some_and(|ids| !ids.is_empty());
    if given == kind.contains("UserAssigned") {
        return Ok(());
    }
    let text =
        format!("The identity type {kind} does not go with the userAssignedIdentities {ids}.");
    Err(error::error(400, "InvalidIdentityValues", &text))
}

/// Resource Manager looks for the user-assigned identities before the service does.
fn identities_exist(store: &Store, identity: &Value) -> Result<(), Answer> {
    let mut ids = identity["userAssignedIdentities"].as_object().into_iter().flatten();
    match ids.find(|(id, _)| store.get(id).is_none()) {
        None => Ok(()),
        Some((id, _)) => {
            let text = format!("The user-assigned identity '{id}' was not found.");
            Err(error::error(400, "FailedIdentityOperation", &text))
        }
    }
}

/// The type of an identity, in any casing, as answers spell it.
fn identity_type(identity: &Value) -> Option<&'static str> {
    let given = identity["type"].as_str()?.replace(' ', "");
    let known = ["None", "SystemAssigned", "UserAssigned", "SystemAssigned,UserAssigned"];
    known.into_iter().find(|it| it.eq_ignore_ascii_case(&given))
}

/// One operation at a time on a compute.
pub(super) fn is_free(store: &Store, call: &Call<'_>) -> Result<(), Answer> {
    let Some(_) = store.running(&call.path.id()) else { return Ok(()) };
    let state = store.get(&call.path.id()).map(|it| it["properties"]["provisioningState"].clone());
    let state = state.as_ref().and_then(Value::as_str).unwrap_or("Updating");
    let text = format!("The compute '{}' is in state {state}. Please try again.", call.path.name());
    Err(refuse(409, "Conflict", &text))
}

/// What an attach fixes for good.
fn keeps_what_is_fixed(before: &Value, body: &Value) -> Result<(), Answer> {
    let (old, new) = (&before["properties"], &body["properties"]);
    if old["computeType"] != new["computeType"] {
        let text =
            format!("A compute of this name exists already, with the type {}.", old["computeType"]);
        return Err(refuse(409, "Conflict", &text));
    }
    let pairs = [
        ("resourceId", &old["resourceId"], &new["resourceId"]),
        ("disableLocalAuth", &old["disableLocalAuth"], &new["disableLocalAuth"]),
        ("computeLocation", &old["computeLocation"], &new["computeLocation"]),
        ("namespace", &old["properties"]["namespace"], &new["properties"]["namespace"]),
    ];
    for (name, old, new) in pairs {
        let same = old.to_string().eq_ignore_ascii_case(&new.to_string());
        if !new.is_null() && !same {
            let text = format!("{name} cannot be changed; detach the compute and attach it again.");
            return Err(refuse(400, "BadRequest", &text));
        }
    }
    Ok(())
}

/// The ID of the cluster to attach, of one of the two kinds that can be.
fn cluster_id(body: &Value) -> Result<String, Answer> {
    let id = body["properties"]["resourceId"].as_str().unwrap_or_default();
    let kinds =
        ["microsoft.kubernetes/connectedclusters", "microsoft.containerservice/managedclusters"];
    let is_cluster = matches!(path::parse(id), Some(path::Route::Resource(path))
        if path.tail.is_none() && kinds.contains(&&*path.types().to_ascii_lowercase()));
    if is_cluster {
        return Ok(id.to_owned());
    }
    let text = format!("The resource ID '{id}' is not that of a Kubernetes cluster.");
    Err(refuse(400, "InvalidComputeInformation", &text))
}

/// Why the cluster cannot be attached; the operation finds out, not the PUT.
fn reach(store: &Store, call: &Call<'_>, cluster: &str) -> Option<Failure> {
    let failure = |code: &str, message: String| Some(Failure { code: code.into(), message });
    let subscription = format!("/subscriptions/{}/", call.path.subscription).to_ascii_lowercase();
    if !cluster.to_ascii_lowercase().starts_with(&subscription) {
        let text = "The cluster must be in the subscription of the workspace.";
        return failure("InvalidComputeInformation", text.into());
    }
    let Some(found) = store.get(cluster) else {
        return failure("ClusterNotFound", format!("The cluster '{cluster}' was not found."));
    };
    if !extensions::is_connected(Some(found)) {
        return failure(
            "ClusterNotReachable",
            format!("The cluster '{cluster}' is not reachable."),
        );
    }
    let Some(extension) = extension(store, cluster) else {
        return failure(
            "ClusterServiceNotFound",
            "The Azure Machine Learning extension is not installed on the cluster. Please install \
             it and attach again."
                .into(),
        );
    };
    if !extensions::has_relay(&extension["properties"], found) {
        let text = "Relay resource id or connection string are not provided.";
        return failure("InvalidComputeInformation", text.into());
    }
    if extensions::is_shut_out(&extension["properties"], store) {
        let text = format!("The cluster '{cluster}' is not reachable through its relay.");
        return failure("ClusterNotReachable", text);
    }
    None
}

/// The installed extension of the cluster; one that is being updated is installed.
fn extension<'a>(store: &'a Store, cluster: &str) -> Option<&'a Value> {
    let installed = |it: &Value| {
        let state = it["properties"]["provisioningState"].as_str();
        state.is_some_and(|state| ["Succeeded", "Updating"].contains(&state))
    };
    store.below(cluster, "Microsoft.KubernetesConfiguration/extensions").find(|it| {
        it["properties"]["extensionType"] == "microsoft.azureml.kubernetes" && installed(it)
    })
}

/// The compute that a body makes, with what the service fills in.
fn compose(store: &Store, call: &Call<'_>, body: &Value, before: Option<&Value>) -> Value {
    let given = &body["properties"];
    let stamp = timestamp::now();
    let old = before.map_or(&Value::Null, |before| &before["properties"]);
    let or = |new: &Value, old: &Value, fallback: Value| {
        [new, old].into_iter().find(|it| !it.is_null()).cloned().unwrap_or(fallback)
    };
    let mut object = json!({
        "id": call.id(store),
        "name": call.path.name(),
        "type": call.kind.name,
        "location": body["location"],
        "tags": body["tags"],
        "sku": body["sku"],
        "properties": {
            "computeType": "Kubernetes",
            "computeLocation":
                or(&given["computeLocation"], &old["computeLocation"], body["location"].clone()),
            "createdOn": or(&Value::Null, &old["createdOn"], json!(stamp)),
            "modifiedOn": stamp,
            "description": given["description"],
            "disableLocalAuth":
                or(&given["disableLocalAuth"], &old["disableLocalAuth"], json!(false)),
            "isAttachedCompute": true,
            "provisioningErrors": null,
            "resourceId": given["resourceId"],
            "properties": kubernetes(store, call, given, &old["properties"]),
        },
    });
    let known = before.map_or(&Value::Null, |it| &it["identity"]);
    identify(store, call, &mut object, &body["identity"], known);
    object
}

/// The Kubernetes part. The secrets are stored as given and never shown.
fn kubernetes(store: &Store, call: &Call<'_>, given: &Value, old: &Value) -> Value {
    let cluster = given["resourceId"].as_str().unwrap_or_default();
    let extension = extension(store, cluster).unwrap_or(&Value::Null);
    let train = extension["properties"]["releaseTrain"].as_str().unwrap_or("stable");
    let mut inner = json!({
        "namespace": "default",
        "extensionInstanceReleaseTrain": train,
        "extensionPrincipalId": extension["identity"]["principalId"],
        "vcName": null,
        "relayConnectionString": null,
        "serviceBusConnectionString": null,
    });
    let written = given["properties"].as_object().into_iter().flatten();
    for (name, value) in written.filter(|(_, value)| !value.is_null()) {
        merge(&mut inner[name], value);
    }
    if call.has(Trait::IgnoresBodyTypes) {
        inner["instanceTypes"] = old["instanceTypes"].clone();
        inner["defaultInstanceType"] = old["defaultInstanceType"].clone();
    }
    instance_types::fill(&mut inner);
    inner
}

/// Takes the identity over and gives each part of it its principal.
fn identify(store: &Store, call: &Call<'_>, object: &mut Value, given: &Value, old: &Value) {
    if given.is_null() {
        if !old.is_null() && !call.has(Trait::DropsUndeclaredIdentity) {
            object["identity"] = old.clone();
        }
        return;
    }
    let kind = identity_type(given).unwrap_or_default();
    let mut identity = json!({"type": kind});
    if kind.contains("SystemAssigned") {
        let principal = old["principalId"].as_str().map(str::to_owned);
        identity["principalId"] = json!(principal.unwrap_or_else(|| Uuid::new_v4().to_string()));
        identity["tenantId"] = json!(TENANT);
    }
    if kind.contains("UserAssigned") {
        let ids = given["userAssignedIdentities"].as_object().into_iter().flatten();
        for (id, _) in ids {
            let known = store.get(id).map_or(&Value::Null, |it| &it["properties"]);
            identity["userAssignedIdentities"][id] =
                json!({"principalId": known["principalId"], "clientId": known["clientId"]});
        }
    }
    object["identity"] = identity;
}

/// What a failed operation leaves on the compute.
pub(super) fn failed(failure: &Failure) -> Value {
    json!({"properties": {
        "provisioningState": "Failed",
        "provisioningErrors": [{"error": {
            "code": failure.code,
            "message": failure.message,
            "target": null,
            "details": [],
            "additionalInfo": [],
        }}],
    }})
}

fn workspace<'a>(store: &'a Store, call: &Call<'_>) -> &'a Value {
    let parent = call.path.parent().and_then(|parent| store.get(&parent.id()));
    parent.unwrap_or(&Value::Null)
}

/// A refusal of the service itself, with its own additions to ARM's fields.
pub(super) fn refuse(status: u16, code: &str, message: &str) -> Answer {
    let failure = Failure { code: code.to_owned(), message: message.to_owned() };
    Answer::json(status, json!({"error": machine_learning_error(&failure)}))
}
