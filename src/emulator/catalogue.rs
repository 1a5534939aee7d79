//! Extension types and their versions, the same for every cluster and region. They are objects
//! below `/providers/Microsoft.KubernetesConfiguration/extensionTypes`, where a seed can change
//! them.

use serde_json::{Value, json};

use crate::names::{AZUREML_EXTENSION, property, resource_type, state};
use crate::seed;
use crate::store::Store;

/// The version that runs of an extension type without versions, unless the body gives one.
const DEFAULT_VERSION: &str = "1.0.0";

const TYPES: &str = "/providers/Microsoft.KubernetesConfiguration/extensionTypes";

/// Version, release trains, and Kubernetes versions that it does not support.
const VERSIONS: [(&str, &[&str], &[&str]); 7] = [
    ("1.1.9", &["stable"], &["<1.18", ">1.26"]),
    ("1.1.29", &["stable"], &["<1.21", ">1.28"]),
    ("1.1.30", &["stable"], &["<1.21"]),
    ("1.1.31", &["stable"], &["<1.21"]),
    ("1.1.39", &["stable", "preview"], &["<1.22"]),
    ("1.1.40", &["preview"], &["<1.22"]),
    ("1.2.0-preview", &["preview"], &["<1.25", "1.28...1.31.2"]),
];

pub(crate) fn seed_versions(store: &mut Store) {
    seed::add(
        store,
        &type_id(AZUREML_EXTENSION),
        json!({"properties": {
            "description": "Azure Machine Learning for Kubernetes clusters",
            "isManagedIdentityRequired": true,
            "isSystemExtension": false,
            "planInfo": null,
            "publisher": "Microsoft",
            "supportedClusterTypes": ["connectedCluster", "managedCluster"],
            "supportedScopes": {
                "defaultScope": "cluster",
                "clusterScopeSettings": {
                    "allowMultipleInstances": false, "defaultReleaseNamespace": "azureml",
                },
            },
        }}),
    );
    for (version, trains, refused) in VERSIONS {
        let on = |distribution: &str| json!([{"distributions": [distribution], "unsupportedVersions": refused}]);
        let id = format!("{}/versions/{version}", type_id(AZUREML_EXTENSION));
        seed::add(
            store,
            &id,
            json!({"properties": {
                "version": version,
                "releaseTrains": trains,
                "supportedClusterTypes": ["connectedCluster", "managedCluster"],
                "unsupportedKubernetesVersions": {
                    "appliances": [],
                    "connectedCluster": on("All"),
                    "managedCluster": on("AKS"),
                    "provisionedCluster": [],
                },
            }}),
        );
    }
}

pub(crate) fn extension_types(store: &Store) -> Vec<&Value> {
    store.descendants(TYPES, resource_type::EXTENSION_TYPE).collect()
}

pub(crate) fn find_type<'a>(store: &'a Store, extension_type: &str) -> Option<&'a Value> {
    store.get(&type_id(extension_type))
}

/// Whether a cluster can have several extensions of a type. True for a type that is not listed.
pub(crate) fn allows_multiple_instances(store: &Store, extension_type: &str) -> bool {
    let scopes = find_type(store, extension_type).map(|it| &it["properties"]["supportedScopes"]);
    scopes.is_none_or(|it| it["clusterScopeSettings"]["allowMultipleInstances"] != false)
}

/// The versions of a type in a release train, the newest first.
pub(crate) fn versions<'a>(store: &'a Store, extension_type: &str, train: &str) -> Vec<&'a Value> {
    let id = type_id(extension_type);
    let mut found: Vec<_> = store
        .descendants(&id, resource_type::EXTENSION_VERSION)
        .filter(|version| is_in_train(version, train))
        .collect();
    found.sort_by_key(|version| std::cmp::Reverse(sort_key(version_number(version))));
    found
}

/// A version in any release train.
pub(crate) fn version<'a>(
    store: &'a Store, types: &str, version_number: &str,
) -> Option<&'a Value> {
    store.get(&format!("{}/versions/{version_number}", type_id(types)))
}

/// The version that an installation with these properties runs: the requested one, else the newest
/// of the release train within the current major version. `None`: no version fits.
pub(crate) fn resolve_version(store: &Store, properties: &Value) -> Option<String> {
    let text = |name: &str| properties[name].as_str();
    let extension_type = text(property::EXTENSION_TYPE).unwrap_or_default();
    let requested = text("version");
    if store
        .descendants(&type_id(extension_type), resource_type::EXTENSION_VERSION)
        .next()
        .is_none()
    {
        return Some(requested.unwrap_or(DEFAULT_VERSION).to_owned());
    }
    if let Some(requested) = requested {
        return version(store, extension_type, requested).map(|_| requested.to_owned());
    }
    let current = text(property::CURRENT_VERSION);
    if let (Some(current), false) =
        (current, properties[property::AUTO_UPGRADE_MINOR_VERSION] == true)
    {
        return Some(current.to_owned());
    }
    let all = versions(store, extension_type, text(property::RELEASE_TRAIN).unwrap_or("stable"));
    let mut all = all.into_iter().map(version_number);
    let newest = all.find(|version| {
        current.is_none_or(|current| major_version(current) == major_version(version))
    });
    newest.map(str::to_owned)
}

/// Upgrades every extension with auto-upgrade on which no operation runs, as Azure does after a
/// release.
pub(crate) fn auto_upgrade(store: &mut Store) {
    let at_rest = |it: &&Value| {
        let properties = &it["properties"];
        properties[property::PROVISIONING_STATE] == state::SUCCEEDED
            && properties[property::AUTO_UPGRADE_MINOR_VERSION] == true
            && properties[property::EXTENSION_TYPE].is_string()
    };
    let upgraded: Vec<_> = store
        .descendants("", resource_type::EXTENSION)
        .filter(at_rest)
        .filter_map(|it| {
            Some((it["id"].as_str()?.to_owned(), resolve_version(store, &it["properties"])?))
        })
        .collect();
    for (id, version) in upgraded {
        store.merge(&id, &json!({"properties": {property::CURRENT_VERSION: version}}));
    }
}

pub(crate) fn version_number(version: &Value) -> &str {
    version["properties"]["version"].as_str().unwrap_or_default()
}

/// The part of a version before its first dot.
pub(crate) fn major_version(version: &str) -> &str {
    version.split('.').next().unwrap_or_default()
}

fn type_id(extension_type: &str) -> String {
    format!("{TYPES}/{extension_type}")
}

fn is_in_train(version: &Value, train: &str) -> bool {
    let trains = version["properties"]["releaseTrains"].as_array().into_iter().flatten();
    trains.filter_map(Value::as_str).any(|found| found.eq_ignore_ascii_case(train))
}

/// Orders by number, and a release after its pre-releases.
fn sort_key(version: &str) -> (Vec<u64>, bool, &str) {
    let (core, rest) = version.split_once('-').unwrap_or((version, ""));
    let numbers = core.split('.').map(|version_number| version_number.parse().unwrap_or_default());
    (numbers.collect(), rest.is_empty(), rest)
}
