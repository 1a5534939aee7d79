//! What the service refuses of a body that makes or changes an extension.

use serde_json::Value;

use super::response::LATER_MEMBERS;
use super::{SETTINGS_MAPS, is_managed_cluster, is_system_assigned};
use crate::arm::api_versions::AUTO_UPGRADE_MODE_SINCE;
use crate::arm::body::{reject_non_strings, reject_unknown_members, unknown_member};
use crate::arm::error;
use crate::arm::resource_call::ResourceCall;
use crate::http::Response;
use crate::names::property;

const MEMBERS: &[&str] =
    &["id", "name", "type", "systemData", "identity", "plan", "properties", "managedBy"];
const PROPERTY_NAMES: &[&str] = &[
    "additionalDetails",
    "aksAssignedIdentity",
    property::AUTO_UPGRADE_MINOR_VERSION,
    property::AUTO_UPGRADE_MODE,
    property::CONFIGURATION_PROTECTED_SETTINGS,
    property::CONFIGURATION_SETTINGS,
    property::CURRENT_VERSION,
    "customLocationSettings",
    "errorInfo",
    "extensionState",
    property::EXTENSION_TYPE,
    "isSystemExtension",
    "managementDetails",
    "packageUri",
    property::PROVISIONING_STATE,
    property::RELEASE_TRAIN,
    "scope",
    "statuses",
    "version",
];

pub(super) fn validate(call: &ResourceCall<'_>, body: &Value) -> Result<(), Response> {
    reject_unknown_members("Extension", body, MEMBERS)?;
    let properties = &body["properties"];
    reject_unknown_members("ExtensionProperties", properties, PROPERTY_NAMES)?;
    let mut later =
        LATER_MEMBERS.iter().filter(|_| call.version.as_str() < AUTO_UPGRADE_MODE_SINCE);
    if let Some(name) = later.find(|name| !properties[**name].is_null()) {
        return Err(unknown_member("ExtensionProperties", name));
    }
    SETTINGS_MAPS.iter().try_for_each(|map| reject_non_strings(map, &properties[map]))?;
    for name in [property::EXTENSION_TYPE, property::RELEASE_TRAIN, "version"] {
        if !(properties[name].is_null() || properties[name].is_string()) {
            return Err(error::invalid_content(&format!("{name} must be a string")));
        }
    }
    let auto_upgrade = &properties[property::AUTO_UPGRADE_MINOR_VERSION];
    if !(auto_upgrade.is_null() || auto_upgrade.is_boolean()) {
        return Err(error::invalid_content("autoUpgradeMinorVersion must be a boolean"));
    }
    let managed = call.path.parent().is_some_and(|it| is_managed_cluster(&it.resource_type()));
    let identity = &body["identity"];
    if managed && identity.is_object() {
        return Err(error::bad_request("An identity is not supported for managed clusters."));
    }
    if identity.is_null() || is_system_assigned(identity) {
        return Ok(());
    }
    Err(error::bad_request(&format!("The identity type {} is not supported.", identity["type"])))
}

pub(super) fn check_immutable(before: Option<&Value>, body: &Value) -> Result<(), Response> {
    let Some(before) = before else { return Ok(()) };
    for name in [property::EXTENSION_TYPE, "scope"] {
        let (old, new) = (&before["properties"][name], &body["properties"][name]);
        let same = old.to_string().eq_ignore_ascii_case(&new.to_string());
        if !new.is_null() && !same {
            let text = format!("The property '{name}' of an extension cannot be changed.");
            return Err(error::bad_request(&text));
        }
    }
    Ok(())
}
