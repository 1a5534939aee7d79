//! What the services refuse, after their published descriptions.

use serde_json::{Value, json};

use crate::arm::api_versions::{RELAY, SERVICE_BUS};
use crate::arm::body::reject_unknown_members;
use crate::arm::error;
use crate::arm::resource_call::ResourceCall;
use crate::http::{Request, Response};
use crate::names::{error_code, resource_type};
use crate::store::Store;

const RELAY_SKUS: &[&str] = &["Standard"];
const SERVICE_BUS_SKUS: &[&str] = &["Basic", "Standard", "Premium"];
const LOG_ANALYTICS_SKUS: &[&str] = &[
    "Free",
    "Standard",
    "Premium",
    "PerNode",
    "PerGB2018",
    "Standalone",
    "CapacityReservation",
    "LACluster",
];
const RIGHTS: [&str; 3] = ["Listen", "Manage", "Send"];
const LEVELS: [&str; 3] = ["CanNotDelete", "NotSpecified", "ReadOnly"];

pub(super) fn validate(
    call: &ResourceCall<'_>, body: &Value, creates: bool,
) -> Result<(), Response> {
    match call.resource_type.name {
        resource_type::RELAY_NAMESPACE => check_sku(&body["sku"], RELAY_SKUS),
        resource_type::SERVICE_BUS_NAMESPACE => check_sku(&body["sku"], SERVICE_BUS_SKUS),
        resource_type::LOG_ANALYTICS_WORKSPACE => {
            let properties = &body["properties"];
            check_sku(&properties["sku"], LOG_ANALYTICS_SKUS)?;
            check_retention(properties)
        }
        resource_type::LOCK if creates => {
            check_one_of("level", &body["properties"]["level"], &LEVELS)
        }
        _ if call.resource_type.segment.eq_ignore_ascii_case("AuthorizationRules") => {
            check_rights(&body["properties"]["rights"])
        }
        _ => Ok(()),
    }
}

/// The location of a resource cannot change.
pub(in crate::arm) fn check_location(
    call: &ResourceCall<'_>, before: &Value, body: &Value,
) -> Result<(), Response> {
    let plain = |value: &Value| value.as_str().map(|it| it.replace(' ', "").to_ascii_lowercase());
    let (Some(old), Some(new)) = (plain(&before["location"]), plain(&body["location"])) else {
        return Ok(());
    };
    if old == new {
        return Ok(());
    }
    let text = format!(
        "The resource '{}' already exists in location '{old}' in resource group '{}'. A resource with the same name \
         cannot be created in location '{new}'. Please select a new resource name.",
        call.path.name(),
        call.path.group
    );
    Err(error::error(409, error_code::INVALID_RESOURCE_LOCATION, &text))
}

fn check_sku(sku: &Value, known: &[&str]) -> Result<(), Response> {
    if sku.is_null() {
        return Ok(());
    }
    check_one_of("sku.name", &sku["name"], known)?;
    if sku["tier"].is_null() { Ok(()) } else { check_one_of("sku.tier", &sku["tier"], known) }
}

fn check_one_of(what: &str, value: &Value, known: &[&str]) -> Result<(), Response> {
    let found =
        value.as_str().is_some_and(|text| known.iter().any(|it| it.eq_ignore_ascii_case(text)));
    if found {
        return Ok(());
    }
    Err(error::bad_request(&format!("The {what} {value} is not one of {}.", known.join(", "))))
}

/// Days that the pricing plans allow: 30 to 730, and 7 where it is free.
fn check_retention(properties: &Value) -> Result<(), Response> {
    let days = &properties["retentionInDays"];
    let free = properties["sku"]["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case("Free"));
    let allowed = |days: u64| if free { days == 7 } else { (30..=730).contains(&days) };
    if days.is_null() || days.as_u64().is_some_and(allowed) {
        return Ok(());
    }
    let text = format!("'RetentionInDays' property doesn't match the SKU limits: {days}.");
    Err(error::error(400, error_code::INVALID_PARAMETER, &text))
}

/// A rule has rights, and whoever may manage may also send and listen.
fn check_rights(rights: &Value) -> Result<(), Response> {
    let given: Option<Vec<_>> =
        rights.as_array().map(|all| all.iter().filter_map(Value::as_str).collect());
    let Some(given) = given
        .filter(|given| !given.is_empty() && rights.as_array().map(Vec::len) == Some(given.len()))
    else {
        return Err(error::bad_request("The rights of an authorization rule are required."));
    };
    let has = |right: &str| given.iter().any(|it| it.eq_ignore_ascii_case(right));
    if let Some(unknown) =
        given.iter().find(|it| !RIGHTS.iter().any(|right| right.eq_ignore_ascii_case(it)))
    {
        return Err(error::bad_request(&format!(
            "'{unknown}' is no right; there are {}.",
            RIGHTS.join(", ")
        )));
    }
    if has("Manage") && !(has("Send") && has("Listen")) {
        return Err(error::bad_request("Manage permission should also include Send and Listen."));
    }
    Ok(())
}

/// The provider whose names a path asks about, if it does.
pub(in crate::arm) fn name_check_provider(types: &str) -> Option<&'static str> {
    let (namespace, action) = types.split_once('/')?;
    let known = ["Microsoft.Relay", "Microsoft.ServiceBus"];
    let asked = action.eq_ignore_ascii_case("checkNameAvailability");
    known.into_iter().find(|it| asked && it.eq_ignore_ascii_case(namespace))
}

/// Says whether a namespace can have a name. Both kinds share a domain, so a name is taken by
/// either.
pub(in crate::arm) fn check_name_availability(
    store: &Store, request: &Request, namespace: &str, version: &str,
) -> Result<Response, Response> {
    let served = if namespace == "Microsoft.Relay" { RELAY } else { SERVICE_BUS };
    if !served.has(version) {
        return Err(error::invalid_api_version(version, served));
    }
    if request.method != "POST" {
        return Err(error::method_not_allowed(request));
    }
    let body = request.json().unwrap_or_default();
    reject_unknown_members("CheckNameAvailability", &body, &["name"])?;
    let name = body["name"].as_str().ok_or_else(|| error::bad_request("The name is required."))?;
    let taken = [resource_type::RELAY_NAMESPACE, resource_type::SERVICE_BUS_NAMESPACE]
        .into_iter()
        .flat_map(|kind| store.descendants("", kind))
        .any(|it| it["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(name)));
    let (reason, message) = if !is_namespace_name(name) {
        ("InvalidName", format!("The name '{name}' is invalid."))
    } else if taken {
        ("NameInUse", format!("The name '{name}' is in use."))
    } else {
        ("None", String::new())
    };
    Ok(Response::json(
        200,
        json!({"nameAvailable": reason == "None", "reason": reason, "message": message}),
    ))
}

/// Names of namespaces: 6 to 50 letters, digits and hyphens, a letter first and no hyphen last.
pub(super) fn is_namespace_name(name: &str) -> bool {
    (6..=50).contains(&name.len())
        && name.starts_with(|it: char| it.is_ascii_alphabetic())
        && !name.ends_with('-')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
