//! The versions of extensions that there are: the same everywhere, kept as objects below
//! `/providers/Microsoft.KubernetesConfiguration/extensionTypes`, where a seed may change them.

use serde_json::{Value, json};

use crate::seed;
use crate::store::Store;

/// The extension whose versions are known from the start. One without any has every version.
const AZUREML: &str = "microsoft.azureml.kubernetes";
/// What runs of an extension that has every version, where none is asked for.
const ANY: &str = "1.0.0";

const TYPES: &str = "/providers/Microsoft.KubernetesConfiguration/extensionTypes";
const VERSION_TYPE: &str = "Microsoft.KubernetesConfiguration/extensionTypes/versions";
const EXTENSION_TYPE: &str = "Microsoft.KubernetesConfiguration/extensions";

/// Version, its release trains, and what it refuses of Kubernetes.
const VERSIONS: [(&str, &[&str], &[&str]); 7] = [
    ("1.1.9", &["stable"], &["<1.18", ">1.26"]),
    ("1.1.29", &["stable"], &["<1.21", ">1.28"]),
    ("1.1.30", &["stable"], &["<1.21"]),
    ("1.1.31", &["stable"], &["<1.21"]),
    ("1.1.39", &["stable", "preview"], &["<1.22"]),
    ("1.1.40", &["preview"], &["<1.22"]),
    ("1.2.0-preview", &["preview"], &["<1.25", "1.28...1.31.2"]),
];

/// Adds what there is from the start.
pub(crate) fn sow(store: &mut Store) {
    seed::add(
        store,
        &id(AZUREML),
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
        let id = format!("{}/versions/{version}", id(AZUREML));
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

/// Every extension type.
pub(crate) fn types(store: &Store) -> Vec<&Value> {
    store.below(TYPES, "Microsoft.KubernetesConfiguration/extensionTypes").collect()
}

/// One extension type.
pub(crate) fn one<'a>(store: &'a Store, extension_type: &str) -> Option<&'a Value> {
    store.get(&id(extension_type))
}

/// Whether a cluster may have several extensions of a type; one that is not in the catalogue may.
pub(crate) fn allows_several(store: &Store, extension_type: &str) -> bool {
    let scopes = one(store, extension_type).map(|it| &it["properties"]["supportedScopes"]);
    scopes.is_none_or(|it| it["clusterScopeSettings"]["allowMultipleInstances"] != false)
}

/// The versions of a type in a release train, the newest first.
pub(crate) fn versions<'a>(store: &'a Store, extension_type: &str, train: &str) -> Vec<&'a Value> {
    let id = id(extension_type);
    let mut found: Vec<_> =
        store.below(&id, VERSION_TYPE).filter(|version| is_in(version, train)).collect();
    found.sort_by_key(|version| std::cmp::Reverse(order(number(version))));
    found
}

/// One version, whatever its release train.
pub(crate) fn version<'a>(store: &'a Store, types: &str, number: &str) -> Option<&'a Value> {
    store.get(&format!("{}/versions/{number}", id(types)))
}

/// What runs once an extension with these properties is installed: the version asked for, else
/// the newest of its train, within the major version that runs already. `None`: there is none.
pub(crate) fn resolve(store: &Store, properties: &Value) -> Option<String> {
    let text = |name: &str| properties[name].as_str();
    let extension_type = text("extensionType").unwrap_or_default();
    let asked = text("version");
    if store.below(&id(extension_type), VERSION_TYPE).next().is_none() {
        return Some(asked.unwrap_or(ANY).to_owned());
    }
    if let Some(asked) = asked {
        return version(store, extension_type, asked).map(|_| asked.to_owned());
    }
    let current = text("currentVersion");
    if let (Some(current), false) = (current, properties["autoUpgradeMinorVersion"] == true) {
        return Some(current.to_owned());
    }
    let all = versions(store, extension_type, text("releaseTrain").unwrap_or("stable"));
    let mut all = all.into_iter().map(number);
    let newest = all.find(|version| current.is_none_or(|current| major(current) == major(version)));
    newest.map(str::to_owned)
}

/// Upgrades every extension at rest that upgrades by itself: what time does where a newer version
/// is released.
pub(crate) fn upgrade(store: &mut Store) {
    let at_rest = |it: &&Value| {
        let properties = &it["properties"];
        properties["provisioningState"] == "Succeeded"
            && properties["autoUpgradeMinorVersion"] == true
            && properties["extensionType"].is_string()
    };
    let upgraded: Vec<_> = store
        .below("", EXTENSION_TYPE)
        .filter(at_rest)
        .filter_map(|it| Some((it["id"].as_str()?.to_owned(), resolve(store, &it["properties"])?)))
        .collect();
    for (id, version) in upgraded {
        store.merge(&id, &json!({"properties": {"currentVersion": version}}));
    }
}

/// The number of a version that the catalogue holds.
pub(crate) fn number(version: &Value) -> &str {
    version["properties"]["version"].as_str().unwrap_or_default()
}

/// The part of a version before its first dot.
pub(crate) fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or_default()
}

fn id(extension_type: &str) -> String {
    format!("{TYPES}/{extension_type}")
}

fn is_in(version: &Value, train: &str) -> bool {
    let trains = version["properties"]["releaseTrains"].as_array().into_iter().flatten();
    trains.filter_map(Value::as_str).any(|found| found.eq_ignore_ascii_case(train))
}

/// Numbers, then releases after their pre-releases.
fn order(version: &str) -> (Vec<u64>, bool, &str) {
    let (core, rest) = version.split_once('-').unwrap_or((version, ""));
    let numbers = core.split('.').map(|number| number.parse().unwrap_or_default());
    (numbers.collect(), rest.is_empty(), rest)
}
