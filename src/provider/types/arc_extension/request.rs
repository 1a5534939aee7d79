//! The bodies of the extension's requests.

use std::collections::BTreeMap;

use aml::settings::{self, Cluster, Derived, EXTENSION_TYPE, RELEASE_NAMESPACE, release_train};
use serde_json::{Map, Value, json};
use vocabulary::Sensitive;

use super::model::Extension;
use super::prepared::Prepared;

/// The plain settings.
pub(super) const SETTINGS: &str = "configurationSettings";
pub(super) const PROTECTED_SETTINGS: &str = "configurationProtectedSettings";
pub(super) const TYPE: &str = "extensionType";
pub(super) const RELEASE_TRAIN: &str = "releaseTrain";
pub(super) const VERSION: &str = "version";
pub(super) const UPGRADES: &str = "autoUpgradeMinorVersion";

/// The whole extension, for a PUT.
pub(super) fn body(prepared: &Prepared, cluster: &Cluster, derived: &Derived) -> Value {
    let model = &prepared.desired.model;
    let mut properties = json!({
        TYPE: EXTENSION_TYPE,
        "scope": { "cluster": { "releaseNamespace": RELEASE_NAMESPACE } },
        RELEASE_TRAIN: release_train(model.release_train.known().map(String::as_str)),
        UPGRADES: upgrades_automatically(model),
        SETTINGS: derived.plain,
    });
    if prepared.secrets.sends() {
        properties[PROTECTED_SETTINGS] = Value::Object(exposed(&derived.protected));
    }
    if let Some(version) = model.version.known() {
        properties[VERSION] = json!(version);
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
