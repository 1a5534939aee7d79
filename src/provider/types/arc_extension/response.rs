//! An extension as the service answers it.

use std::collections::BTreeMap;

use aml::settings::{self, Declared};
use azure::ArmResource;
use framework::{Attr, AttrList, Diagnostic};
use serde_json::Value;

use super::desired::Desired;
use super::model::{Extension, Identity, Status};
use super::request::{RELEASE_TRAIN, SETTINGS, TYPE, UPGRADES, VERSION};
use super::settings::{fill_settings, text_map};
use crate::arm::preflight;
use crate::connections;
use crate::explain::Result;

/// The whole model from an answer, but for what only Terraform has, which `known` gives.
///
/// The framework leaves out what the user does not write.
pub(super) fn read_answer(known: Extension, object: &ArmResource) -> Result<Extension> {
    let Desired { model, declared, .. } = Desired::new(known);
    let held = settings::import_all(&held_settings(object));
    with_properties(fill_settings(model, held), &declared, object)
}

/// The model of an import, which takes everything but what the provider derives itself.
pub(super) fn read_import(known: Extension, object: &ArmResource) -> Result<Extension> {
    let (_, cluster) = known.arm_ids()?;
    let (kind, _) = preflight::kind_of(&cluster)?;
    let held = held_settings(object);
    let imported = Extension {
        relay: connections::import_relay(&held, kind, &cluster)?.into(),
        service_bus: connections::import_service_bus(&held, &cluster)?.into(),
        ..fill_settings(known, settings::import(&held, kind))
    };
    let Desired { model, declared, .. } = Desired::new(imported);
    let answered = with_properties(model, &declared, object)?;
    // A service that does not say so does what it does for those who say nothing.
    let automatic = settings::auto_upgrade(None, answered.version.known().map(String::as_str));
    Ok(Extension {
        auto_upgrade_minor_version: else_known(
            answered.auto_upgrade_minor_version,
            &automatic.into(),
        ),
        ..answered
    })
}

fn with_properties(
    known: Extension, written: &Declared, object: &ArmResource,
) -> Result<Extension> {
    let properties = object.properties();
    let property = |name: &str| text(&properties[name]);
    let automatic = properties[UPGRADES].as_bool();
    let side_resources = match &known.side_resources {
        Attr::Known(entries) => Attr::Known(entries.clone()),
        Attr::Null | Attr::Unknown => {
            connections::import_side_resources(&held_settings(object)).into_iter().collect()
        }
    };
    Ok(Extension {
        id: Attr::text(known.arm_ids()?.0),
        extension_type: property(TYPE),
        release_namespace: text(&properties["scope"]["cluster"]["releaseNamespace"]),
        release_train: else_known(property(RELEASE_TRAIN), &known.release_train),
        // Under auto-upgrade some answers show what runs, which nobody asked for.
        version: if automatic == Some(true) { Attr::Null } else { property(VERSION) },
        auto_upgrade_minor_version: else_known(automatic.into(), &known.auto_upgrade_minor_version),
        current_version: property("currentVersion"),
        provisioning_state: object.provisioning_state().map(str::to_owned).into(),
        statuses: statuses(properties),
        identity: identity(object),
        side_resources,
        effective_configuration_settings: text_map(settings::undeclared_settings(
            &held_settings(object),
            written,
        )),
        ..known
    })
}

/// The plain settings that the service holds.
pub(super) fn held_settings(object: &ArmResource) -> BTreeMap<String, String> {
    let settings = object.properties()[SETTINGS].as_object();
    let entries = settings.into_iter().flatten();
    let spelled = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let set = entries.filter(|(_, value)| !value.is_null());
    set.map(|(key, value)| (key.clone(), spelled(value))).collect()
}

/// Refuses an extension of another type, which has the same URL.
pub(super) fn check_extension_type(object: &ArmResource) -> Result<()> {
    if preflight::is_azureml(object) {
        return Ok(());
    }
    let found = object.properties()[TYPE].as_str().unwrap_or("unknown");
    Err(Diagnostic::error("Extension has another type")
        .detail(format!(
            "The cluster has an extension of this name, and its type is {found}, not \
             Microsoft.AzureML.Kubernetes. Choose another name."
        ))
        .at("name")
        .into())
}

/// What the agent reports, and the service's own error where it does not repeat it.
fn statuses(properties: &Value) -> AttrList<Status> {
    let reported = properties["statuses"].as_array().map_or(&[][..], Vec::as_slice);
    let error = &properties["errorInfo"];
    let message = error["message"].as_str();
    let own = message.filter(|text| reported.iter().all(|it| it["message"] != **text));
    let own = own.map(|message| Status {
        code: text(&error["code"]),
        display_status: Attr::Null,
        level: "Error".into(),
        message: azure::strip_unprintable(message).into(),
    });
    let reported = reported.iter().map(|status| Status {
        code: text(&status["code"]),
        display_status: visible_text(&status["displayStatus"]),
        level: else_known(text(&status["level"]), &"Information".into()),
        message: visible_text(&status["message"]),
    });
    reported.chain(own).collect()
}

fn identity(object: &ArmResource) -> Attr<Identity> {
    let identity = object.identity();
    let member = |name: &str| identity.and_then(|it| it.get(name)?.as_str().map(str::to_owned));
    match member("principalId") {
        Some(principal) => Attr::Known(Identity {
            principal_id: principal.into(),
            tenant_id: member("tenantId").into(),
        }),
        None => Attr::Null,
    }
}

/// What a service that keeps silent about a property cannot have changed.
fn else_known<T: Clone>(answered: Attr<T>, known: &Attr<T>) -> Attr<T> {
    if answered.is_null() { known.clone() } else { answered }
}

/// Terraform prints it, and a terminal obeys or hides some characters.
fn visible_text(value: &Value) -> Attr<String> {
    value.as_str().map(azure::strip_unprintable).into()
}

fn text(value: &Value) -> Attr<String> {
    value.as_str().map(str::to_owned).into()
}
