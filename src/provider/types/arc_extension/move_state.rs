//! Extensions that azapi or azurerm managed until now.

use azure::ArmResource;
use azure::resource_types::EXTENSIONS;
use framework::{Attr, AttrMap, MoveOrigin, MoveSource, Private, Resource, Sensitive};
use serde_json::{Map, json};

use super::model::Extension;
use super::request::{PROTECTED_SETTINGS, RELEASE_TRAIN, SETTINGS, TYPE, UPGRADES, VERSION};
use super::response::read_import;
use super::{ArcExtension, secret_decision};
use crate::arm::preflight;
use crate::explain::Result;
use crate::types::move_source::{AZAPI, id, of_azapi, unsupported_source};

pub(super) const MOVE_FROM: &[MoveOrigin] = &[
    AZAPI,
    MoveOrigin { provider: AZURERM, type_name: "azurerm_arc_kubernetes_cluster_extension" },
    MoveOrigin { provider: AZURERM, type_name: "azurerm_kubernetes_cluster_extension" },
];
const AZURERM: &str = "hashicorp/azurerm";

/// What was declared there; everything else comes with the next read. As after an import, the
/// secrets are taken to be what Azure holds.
pub(super) fn move_state(source: &MoveSource, private: &mut Private) -> Result<Extension> {
    let keys = ArcExtension::import(id(source, &EXTENSIONS)?)?;
    let object = if source.origin == AZAPI { of_azapi(source)? } else { of_azurerm(source) };
    let kind = object.properties()[TYPE].as_str();
    if let Some(kind) = kind.filter(|_| !preflight::is_azureml(&object)) {
        let why = format!("the extension is of type {kind}, not Microsoft.AzureML.Kubernetes");
        return Err(unsupported_source(source, &why).into());
    }
    private.set(secret_decision::IMPORTED, &true);
    private.set(secret_decision::SECRETS_UNSEEN, &true);
    Ok(Extension {
        configuration_protected_settings: protected(&object),
        // Whether there are any, only Azure knows.
        side_resources: Attr::Null,
        ..read_import(keys, &object)?
    })
}

/// The state of azurerm's types, as Azure would answer it.
fn of_azurerm(source: &MoveSource) -> ArmResource {
    // Texts that are not set are empty there.
    let of = |name: &str| source.state.get(name).filter(|value| **value != "");
    let version = of("version");
    let properties = json!({
        TYPE: of("extension_type"),
        SETTINGS: of("configuration_settings"),
        PROTECTED_SETTINGS: of("configuration_protected_settings"),
        RELEASE_TRAIN: of("release_train"),
        UPGRADES: version.is_none(),
        VERSION: version,
        "currentVersion": of("current_version"),
    });
    ArmResource::new(Map::from_iter([("properties".to_owned(), properties)]))
}

fn protected(object: &ArmResource) -> AttrMap<Sensitive<String>> {
    let settings = object.properties()[PROTECTED_SETTINGS].as_object();
    let texts = settings.into_iter().flatten().filter_map(|(key, value)| {
        let text = value.as_str().filter(|text| !text.is_empty())?;
        Some((key.clone(), Sensitive::new(text.to_owned())))
    });
    match texts.collect::<AttrMap<_>>() {
        Attr::Known(map) if map.is_empty() => Attr::Null,
        map => map,
    }
}
