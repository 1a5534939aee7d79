//! The bodies of the extension's requests.

use std::collections::BTreeMap;

use aml::settings::{self, Cluster, Derived, release_train};
use serde_json::{Map, Value, json};
use vocabulary::Sensitive;

use super::model::Extension;
use super::prepared::Prepared;
use crate::arm::preflight::EXTENSION_TYPE;

const SETTINGS: &str = "configurationSettings";
const PROTECTED_SETTINGS: &str = "configurationProtectedSettings";

/// The whole extension, for a PUT.
pub(super) fn body(prepared: &Prepared, cluster: &Cluster, derived: &Derived) -> Value {
    let model = &prepared.desired.model;
    let mut properties = json!({
        "extensionType": EXTENSION_TYPE,
        "scope": { "cluster": { "releaseNamespace": "azureml" } },
        "releaseTrain": release_train(model.release_train.known().map(String::as_str)),
        "autoUpgradeMinorVersion": upgrades_automatically(model),
        SETTINGS: derived.plain,
    });
    if prepared.secrets.sends() {
        properties[PROTECTED_SETTINGS] = Value::Object(exposed(&derived.protected));
    }
    if let Some(version) = model.version.known() {
        properties["version"] = json!(version);
    }
    let mut body = json!({ "properties": properties });
    if cluster.kind.takes_identity() {
        body["identity"] = json!({ "type": "SystemAssigned" });
    }
    body
}

/// What changes, for a PATCH. `None`: nothing. `protected` is complete.
pub(super) fn patch_body(
    prepared: &Prepared, settings: &BTreeMap<String, String>,
    protected: Option<&BTreeMap<String, Sensitive<String>>>,
) -> Option<Value> {
    let mut properties = prepared.changed_release.clone();
    if let Some(protected) = protected {
        properties.insert(PROTECTED_SETTINGS.to_owned(), Value::Object(exposed(protected)));
    }
    if !settings.is_empty() {
        properties.insert(SETTINGS.to_owned(), json!(settings));
    }
    (!properties.is_empty()).then(|| json!({ "properties": properties }))
}

pub(super) fn upgrades_automatically(planned: &Extension) -> bool {
    let written = planned.auto_upgrade_minor_version.known().copied();
    settings::auto_upgrade(written, planned.version.known().map(String::as_str))
}

fn exposed(secrets: &BTreeMap<String, Sensitive<String>>) -> Map<String, Value> {
    secrets.iter().map(|(key, value)| (key.clone(), json!(value.expose()))).collect()
}
