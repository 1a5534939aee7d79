//! Tenants, subscriptions, regions, lists of groups, and the registration of resource providers.

use serde_json::{Value, json};

use super::error;
use super::operations::NewOperation;
use super::path::{Path, Route};
use super::resource_types::{RESOURCE_TYPES, ResourceType};
use super::{RequestContext, check_subscription_exists};
use crate::http::Response;
use crate::names::{error_code, property, resource_type};
use crate::seed::TENANT;
use crate::store::{Outcome, Store};

const ALWAYS_REGISTERED: &str = "Microsoft.Authorization";
/// Names and display names of regions.
const LOCATIONS: [(&str, &str); 4] = [
    ("eastus", "East US"),
    ("westus", "West US"),
    ("westeurope", "West Europe"),
    ("japaneast", "Japan East"),
];

/// Refuses a write where the subscription is not registered for the provider.
pub(super) fn check_registered(store: &Store, path: &Path) -> Result<(), Response> {
    let namespace = path.namespace();
    if namespace.eq_ignore_ascii_case(ALWAYS_REGISTERED) {
        return Ok(());
    }
    let found = store.get(&provider_id(&path.subscription, namespace));
    let state = found.map(|it| &it[property::REGISTRATION_STATE]);
    match state {
        Some(state) if state == "Registered" => Ok(()),
        _ => Err(error::provider_not_registered(canonical_namespace(namespace))),
    }
}

pub(super) fn handle(
    store: &mut Store, context: &RequestContext<'_>, route: Route,
) -> Result<Response, Response> {
    match (context.request.method.as_str(), route) {
        ("GET", Route::Tenants) => Ok(Response::json(200, json!({"value": [tenant()]}))),
        ("GET", Route::Locations(id)) => {
            check_subscription_exists(store, &id)?;
            let all: Vec<_> = LOCATIONS
                .iter()
                .map(|(name, display_name)| location(&id, name, display_name))
                .collect();
            Ok(Response::json(200, json!({"value": all})))
        }
        ("GET", Route::Subscriptions) => Ok(list_where(store, context, is_subscription)),
        ("GET", Route::Subscription(id)) => {
            check_subscription_exists(store, &id)?;
            get_visible(store, context, &format!("/subscriptions/{id}"))
        }
        ("GET", Route::Groups(id)) => {
            check_subscription_exists(store, &id)?;
            let below = format!("/subscriptions/{id}");
            let groups = store.list(&below, resource_type::RESOURCE_GROUP, context.now);
            Ok(Response::json(200, json!({"value": groups})))
        }
        ("GET", Route::Providers(id)) => {
            check_subscription_exists(store, &id)?;
            let prefix = format!("/subscriptions/{}/providers/", id.to_ascii_lowercase());
            Ok(list_where(store, context, |id| id.starts_with(&prefix)))
        }
        ("GET", Route::Provider(id, namespace)) => {
            check_subscription_exists(store, &id)?;
            provider(store, context, &id, &namespace)
        }
        ("POST", Route::ProviderAction(id, namespace, verb)) => {
            check_subscription_exists(store, &id)?;
            register(store, context, &id, &namespace, verb == "register")
        }
        _ => Err(error::method_not_allowed(context.request)),
    }
}

fn tenant() -> Value {
    json!({
        "id": format!("/tenants/{TENANT}"),
        "tenantId": TENANT,
        "countryCode": "US",
        "displayName": "Emulator",
        "domains": [],
        "tenantCategory": "Home",
    })
}

fn location(subscription: &str, name: &str, display_name: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{subscription}/locations/{name}"),
        "name": name,
        "type": "Region",
        "displayName": display_name,
        "regionalDisplayName": display_name,
        "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
    })
}

fn is_subscription(id: &str) -> bool {
    id.strip_prefix("/subscriptions/").is_some_and(|rest| !rest.contains('/'))
}

/// The objects whose lower-case ID passes.
fn list_where(
    store: &Store, context: &RequestContext<'_>, passes: impl Fn(&str) -> bool,
) -> Response {
    let objects = store.objects();
    let ids = objects.as_object().into_iter().flatten();
    let ids = ids.map(|(id, _)| id).filter(|id| passes(&id.to_ascii_lowercase()));
    let value: Vec<_> =
        ids.filter_map(|id| store.visible(id, context.now)).map(with_types).collect();
    Response::json(200, json!({"value": value}))
}

fn get_visible(
    store: &Store, context: &RequestContext<'_>, id: &str,
) -> Result<Response, Response> {
    let found = store.visible(id, context.now).map(|it| Response::json(200, it.clone()));
    found.ok_or_else(|| error::error(404, error_code::NOT_FOUND, "the object was not found"))
}

fn provider(
    store: &Store, context: &RequestContext<'_>, subscription: &str, namespace: &str,
) -> Result<Response, Response> {
    let found = store.visible(&provider_id(subscription, namespace), context.now);
    match found {
        Some(found) => Ok(Response::json(200, with_types(found))),
        None if is_known_namespace(namespace) => {
            Ok(Response::json(200, with_types(&unregistered(subscription, namespace))))
        }
        None => Err(error::invalid_namespace(namespace)),
    }
}

/// Registers or unregisters. The operation has no URL: clients poll the registration state.
fn register(
    store: &mut Store, context: &RequestContext<'_>, subscription: &str, namespace: &str,
    wanted: bool,
) -> Result<Response, Response> {
    let id = provider_id(subscription, namespace);
    if store.get(&id).is_none() {
        if !is_known_namespace(namespace) {
            return Err(error::invalid_namespace(namespace));
        }
        store.put(&id, unregistered(subscription, namespace));
    }
    let registered =
        store.get(&id).is_some_and(|it| it[property::REGISTRATION_STATE] == "Registered");
    if wanted && !registered {
        store.merge(&id, &json!({property::REGISTRATION_STATE: "Registering"}));
        let success = Outcome::Merge(json!({property::REGISTRATION_STATE: "Registered"}));
        let failed = |_: &_| json!({property::REGISTRATION_STATE: "NotRegistered"});
        NewOperation::new("Registering", success, failed).start(store, context, &id);
    } else if !wanted {
        store.merge(&id, &json!({property::REGISTRATION_STATE: "Unregistered"}));
    }
    Ok(Response::json(200, store.get(&id).map(with_types).unwrap_or_default()))
}

fn provider_id(subscription: &str, namespace: &str) -> String {
    format!("/subscriptions/{subscription}/providers/{namespace}")
}

fn unregistered(subscription: &str, namespace: &str) -> Value {
    let namespace = canonical_namespace(namespace);
    json!({
        "id": provider_id(subscription, namespace),
        "namespace": namespace,
        "registrationPolicy": if namespace == ALWAYS_REGISTERED { "RegistrationFree" } else { "RegistrationRequired" },
        property::REGISTRATION_STATE: if namespace == ALWAYS_REGISTERED { "Registered" } else { "NotRegistered" },
    })
}

fn types_of(namespace: &str) -> impl Iterator<Item = &'static ResourceType> {
    RESOURCE_TYPES
        .iter()
        .filter(move |resource_type| resource_type.namespace().eq_ignore_ascii_case(namespace))
}

fn is_known_namespace(namespace: &str) -> bool {
    types_of(namespace).next().is_some()
}

fn canonical_namespace(namespace: &str) -> &str {
    types_of(namespace).next().map_or(namespace, |resource_type| resource_type.namespace())
}

/// Adds its resource types to a provider; any other object stays as it is.
fn with_types(object: &Value) -> Value {
    let mut provider = object.clone();
    if let Some(namespace) = object["namespace"].as_str() {
        let types = types_of(namespace).map(|resource_type| {
            // Clients take the first that is no preview for the newest.
            let versions: Vec<_> = resource_type.versions.iter().rev().collect();
            let locations: Vec<_> =
                LOCATIONS.iter().map(|(_, display_name)| *display_name).collect();
            json!({
                "resourceType": resource_type.unqualified_name(),
                "locations": locations,
                "apiVersions": versions,
                "capabilities": "None",
            })
        });
        provider["resourceTypes"] = types.collect();
    }
    provider
}
