//! Subscriptions, resource groups and the registration of resource providers.

use serde_json::{Value, json};

use super::error;
use super::operations::Plan;
use super::path::{Path, Route};
use super::resource_types::{KINDS, Kind};
use super::{Site, subscription_exists};
use crate::http::{Answer, Request};
use crate::seed::TENANT;
use crate::store::{Ending, Store};

/// The provider that every subscription has.
const FREE: &str = "Microsoft.Authorization";
/// Regions, as IDs and as people write them.
const LOCATIONS: [(&str, &str); 4] = [
    ("eastus", "East US"),
    ("westus", "West US"),
    ("westeurope", "West Europe"),
    ("japaneast", "Japan East"),
];

/// Refuses a write to a provider that the subscription is not registered for.
pub(super) fn is_registered(store: &Store, path: &Path) -> Result<(), Answer> {
    let namespace = path.namespace();
    if namespace.eq_ignore_ascii_case(FREE) {
        return Ok(());
    }
    let found = store.get(&provider_id(&path.subscription, namespace));
    let state = found.map(|it| &it["registrationState"]);
    match state {
        Some(state) if state == "Registered" => Ok(()),
        _ => Err(error::not_registered(canonical(namespace))),
    }
}

/// Answers what lies above the resources.
pub(super) fn answer(
    store: &mut Store, request: &Request, site: &Site<'_>, route: Route,
) -> Result<Answer, Answer> {
    match (request.method.as_str(), route) {
        ("GET", Route::Tenants) => Ok(Answer::json(200, json!({"value": [tenant()]}))),
        ("GET", Route::Locations(id)) => {
            subscription_exists(store, &id)?;
            let all: Vec<_> =
                LOCATIONS.iter().map(|(name, shown)| location(&id, name, shown)).collect();
            Ok(Answer::json(200, json!({"value": all})))
        }
        ("GET", Route::Subscriptions) => Ok(all(store, site, subscription_like)),
        ("GET", Route::Subscription(id)) => {
            subscription_exists(store, &id)?;
            one(store, site, &format!("/subscriptions/{id}"))
        }
        ("GET", Route::Groups(id)) => {
            subscription_exists(store, &id)?;
            let below = format!("/subscriptions/{id}");
            let groups = store.list(&below, "Microsoft.Resources/resourceGroups", site.now);
            Ok(Answer::json(200, json!({"value": groups})))
        }
        ("GET", Route::Providers(id)) => {
            subscription_exists(store, &id)?;
            let prefix = format!("/subscriptions/{}/providers/", id.to_ascii_lowercase());
            Ok(all(store, site, |id| id.starts_with(&prefix)))
        }
        ("GET", Route::Provider(id, namespace)) => {
            subscription_exists(store, &id)?;
            provider(store, site, &id, &namespace)
        }
        ("POST", Route::ProviderAction(id, namespace, verb)) => {
            subscription_exists(store, &id)?;
            register(store, site, &id, &namespace, verb == "register")
        }
        (method, _) => Err(error::not_allowed(method, &request.path)),
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

fn location(subscription: &str, name: &str, shown: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{subscription}/locations/{name}"),
        "name": name,
        "type": "Region",
        "displayName": shown,
        "regionalDisplayName": shown,
        "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
    })
}

fn subscription_like(id: &str) -> bool {
    id.strip_prefix("/subscriptions/").is_some_and(|rest| !rest.contains('/'))
}

/// Every object whose lower-cased ID passes.
fn all(store: &Store, site: &Site<'_>, passes: impl Fn(&str) -> bool) -> Answer {
    let objects = store.objects();
    let ids = objects.as_object().into_iter().flatten();
    let ids = ids.map(|(id, _)| id).filter(|id| passes(&id.to_ascii_lowercase()));
    let value: Vec<_> = ids.filter_map(|id| store.seen(id, site.now)).map(shown).collect();
    Answer::json(200, json!({"value": value}))
}

fn one(store: &Store, site: &Site<'_>, id: &str) -> Result<Answer, Answer> {
    let found = store.seen(id, site.now).map(|it| Answer::json(200, it.clone()));
    found.ok_or_else(|| error::error(404, "NotFound", "the object was not found"))
}

fn provider(
    store: &Store, site: &Site<'_>, subscription: &str, namespace: &str,
) -> Result<Answer, Answer> {
    let found = store.seen(&provider_id(subscription, namespace), site.now);
    match found {
        Some(found) => Ok(Answer::json(200, shown(found))),
        None if is_known(namespace) => {
            Ok(Answer::json(200, shown(&unregistered(subscription, namespace))))
        }
        None => Err(error::unknown_namespace(namespace)),
    }
}

/// Registers (an operation without a URL: the state is polled) or takes a registration back.
fn register(
    store: &mut Store, site: &Site<'_>, subscription: &str, namespace: &str, wanted: bool,
) -> Result<Answer, Answer> {
    let id = provider_id(subscription, namespace);
    if store.get(&id).is_none() {
        if !is_known(namespace) {
            return Err(error::unknown_namespace(namespace));
        }
        store.put(&id, unregistered(subscription, namespace));
    }
    let registered = store.get(&id).is_some_and(|it| it["registrationState"] == "Registered");
    if wanted && !registered {
        store.merge(&id, &json!({"registrationState": "Registering"}));
        let success = Ending::Merge(json!({"registrationState": "Registered"}));
        let failed = |_: &_| json!({"registrationState": "NotRegistered"});
        Plan::new("Registering", success, failed).begin(store, site, &id);
    } else if !wanted {
        store.merge(&id, &json!({"registrationState": "Unregistered"}));
    }
    Ok(Answer::json(200, store.get(&id).map(shown).unwrap_or_default()))
}

fn provider_id(subscription: &str, namespace: &str) -> String {
    format!("/subscriptions/{subscription}/providers/{namespace}")
}

fn unregistered(subscription: &str, namespace: &str) -> Value {
    let namespace = canonical(namespace);
    json!({
        "id": provider_id(subscription, namespace),
        "namespace": namespace,
        "registrationPolicy": if namespace == FREE { "RegistrationFree" } else { "RegistrationRequired" },
        "registrationState": if namespace == FREE { "Registered" } else { "NotRegistered" },
    })
}

fn of(namespace: &str) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(move |kind| kind.namespace().eq_ignore_ascii_case(namespace))
}

fn is_known(namespace: &str) -> bool {
    of(namespace).next().is_some()
}

fn canonical(namespace: &str) -> &str {
    of(namespace).next().map_or(namespace, |kind| kind.namespace())
}

/// A provider with its types; anything else as it is.
fn shown(object: &Value) -> Value {
    let mut shown = object.clone();
    if let Some(namespace) = object["namespace"].as_str() {
        let types = of(namespace).map(|kind| {
            // Clients take the first that is no preview for the newest.
            let versions: Vec<_> = kind.versions.iter().rev().collect();
            let locations: Vec<_> = LOCATIONS.iter().map(|(_, shown)| *shown).collect();
            json!({
                "resourceType": kind.within(),
                "locations": locations,
                "apiVersions": versions,
                "capabilities": "None",
            })
        });
        shown["resourceTypes"] = types.collect();
    }
    shown
}
