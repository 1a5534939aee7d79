//! Responses of the extension service, with the headers and casing of recorded traffic
//! (2023-05-01).

use serde_json::{Map, Value, json};

use super::cluster;
use crate::arm::api_versions::{
    AUTO_UPGRADE_MODE_SINCE, CURRENT_VERSION_SINCE, INSTALLED_VERSION_SINCE,
};
use crate::arm::resource_call::ResourceCall;
use crate::arm::{RequestContext, operations};
use crate::http::Response;
use crate::names::property;
use crate::store::Store;
use crate::traits::Trait;

/// Members of the properties that came with [`AUTO_UPGRADE_MODE_SINCE`].
pub(super) const LATER_MEMBERS: [&str; 4] =
    ["additionalDetails", property::AUTO_UPGRADE_MODE, "extensionState", "managementDetails"];

/// Of protected settings, only the names are returned.
pub(in crate::arm) fn response_body(
    object: &Value, version: &str, context: &RequestContext<'_>,
) -> Value {
    let mut body = object.clone();
    let properties = &mut body["properties"];
    let hidden = context.has_trait(Trait::HidesProtectedNames);
    let secrets =
        properties[property::CONFIGURATION_PROTECTED_SETTINGS].as_object().filter(|_| !hidden);
    let names = secrets.into_iter().flatten().map(|(name, _)| (name.clone(), json!("")));
    properties[property::CONFIGURATION_PROTECTED_SETTINGS] = names.collect();
    let auto_upgrade = properties[property::AUTO_UPGRADE_MINOR_VERSION] == true;
    if auto_upgrade && context.has_trait(Trait::VersionUnderAutoUpgrade) {
        properties["version"] = properties[property::CURRENT_VERSION].clone();
    }
    retain_members_of(properties, version);
    body
}

fn retain_members_of(properties: &mut Value, version: &str) {
    let Some(members) = properties.as_object_mut() else { return };
    if version < AUTO_UPGRADE_MODE_SINCE {
        members.retain(|name, _| !LATER_MEMBERS.contains(&name.as_str()));
    }
    if version < CURRENT_VERSION_SINCE {
        members.remove("isSystemExtension");
        let current = members.remove(property::CURRENT_VERSION);
        if let (Some(current), true) = (current, version >= INSTALLED_VERSION_SINCE) {
            members.insert("installedVersion".to_owned(), current);
        }
    }
}

pub(super) fn current_body(store: &Store, call: &ResourceCall<'_>) -> Value {
    store
        .get(&call.path.id())
        .map(|it| response_body(it, &call.version, call.context))
        .unwrap_or_default()
}

pub(super) fn with_poll_url(
    call: &ResourceCall<'_>, store: &Store, response: Response, operation: &str,
) -> Response {
    let id = id_in_headers(store, call);
    let url =
        format!("{}{id}/operations/{operation}?api-Version={}", call.context.origin, call.version);
    operations::with_retry_after(response.with("azure-asyncoperation", url), call.context)
}

/// A URL on the service's own host, which clients must not call.
pub(super) fn service_url(store: &Store, call: &ResourceCall<'_>) -> String {
    let location = cluster(store, call).and_then(|it| it["location"].as_str()).unwrap_or("eastus");
    let host = format!("https://{location}.rp.kubernetesconfiguration.azure.com");
    format!("{host}{}", id_in_headers(store, call))
}

/// In headers, the service spells the cluster's type with a capital.
fn id_in_headers(store: &Store, call: &ResourceCall<'_>) -> String {
    let id = call.id(store);
    id.replace("/connectedClusters/", "/ConnectedClusters/")
        .replace("/managedClusters/", "/ManagedClusters/")
}

/// The service serializes its own response message.
pub(super) fn force_delete_body() -> Value {
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
