//! The catalogue of versions in an ARM in memory, which does not look at queries.

use serde_json::{Value as Json, json};

use super::{CLUSTER, EXTENSION, id, looked_up, memory, refused};
use crate::tests::{Memory, Rule};

const TYPE: &str =
    "providers/Microsoft.KubernetesConfiguration/extensionTypes/microsoft.azureml.kubernetes";
const REGION: &str = "/subscriptions/s/providers/Microsoft.KubernetesConfiguration/locations/eastus/extensionTypes/microsoft.azureml.kubernetes";

/// Versions of which the newest refuses what the cluster runs, below an extension type.
fn catalogue(memory: Memory, of: &str) -> Memory {
    let memory = memory.with(of, json!({ "properties": { "description": "ML" } }));
    let refused = [("1.1.9", "<1.20"), ("1.1.10", "=1.28.0"), ("1.2.0", ">1.28"), ("beta", "")];
    refused.into_iter().fold(memory, |memory, (version, refused)| {
        let refused = json!([{ "distributions": ["K3s"], "unsupportedVersions": [refused] }]);
        let properties = json!({
            "version": version,
            "supportedClusterTypes": ["connectedCluster"],
            "unsupportedKubernetesVersions": { "connectedCluster": refused },
        });
        memory.with(&format!("{of}/versions/{version}"), json!({ "properties": properties }))
    })
}

fn on_the_cluster(kubernetes: &Json) -> Memory {
    let memory = memory();
    let mut cluster = memory.get(&id(CLUSTER)).expect("there is a cluster");
    cluster["properties"]["kubernetesVersion"] = kubernetes.clone();
    cluster["properties"]["distribution"] = json!("k3s");
    memory.set(&id(CLUSTER), cluster);
    catalogue(memory, &format!("{}/{TYPE}", id(CLUSTER)))
}

#[tokio::test]
async fn versions_in_their_own_order_and_what_the_cluster_may_run() {
    let memory = on_the_cluster(&json!("1.29.4+k3s1"));
    let config = json!({ "cluster_id": id(CLUSTER) });
    let found = looked_up(&memory, "extension_versions", &config).await.expect("it is there");
    let versions = found["versions"].as_array().expect("a list").iter();
    let versions: Vec<_> = versions.map(|it| (it["version"].clone(), &it["supported"])).collect();
    let (yes, no) = (&json!(true), &json!(false));
    let expected = [("1.2.0", no), ("1.1.10", yes), ("1.1.9", yes), ("beta", yes)];
    assert_eq!(versions, expected.map(|(version, supported)| (json!(version), supported)));
    assert_eq!((&found["latest"], &found["latest_supported"]), (&json!("1.2.0"), &json!("1.1.10")));
    assert_eq!(found["installed_version"], "1.1.9");
    assert_eq!(found["update_available"], true);
    assert_eq!(found["kubernetes_version"], "1.29.4+k3s1");
    assert_eq!(found["release_train"], "stable");
    let refused = json!([
        { "cluster_type": "connectedClusters", "distributions": ["K3s"], "versions": [">1.28"] },
    ]);
    assert_eq!(found["versions"][0]["unsupported_kubernetes_versions"], refused);
    assert_eq!(found["versions"][0]["cluster_types"], json!(["connectedClusters"]));
    assert_eq!(found["id"], format!("{}/{TYPE}", id(CLUSTER)));
    assert_eq!(found["description"], "ML");
}

#[tokio::test]
async fn the_train_of_the_extension_counts_unless_one_is_written() {
    let memory = on_the_cluster(&Json::Null);
    let mut extension = memory.get(&id(EXTENSION)).expect("there is an extension");
    extension["properties"]["releaseTrain"] = json!("Preview");
    extension["properties"]["currentVersion"] = json!("1.2.0");
    memory.set(&id(EXTENSION), extension);
    let mut config = json!({ "cluster_id": id(CLUSTER) });
    let found = looked_up(&memory, "extension_versions", &config).await.expect("it is there");
    assert_eq!(found["release_train"], "Preview");
    assert_eq!(found["update_available"], false, "1.2.0 is the newest");
    assert_eq!(found["latest_supported"], "1.2.0", "what Kubernetes runs is not known");
    let trains = json!({ "Preview": "1.2.0", "stable": "1.2.0" });
    assert_eq!(found["latest_by_release_train"], trains);
    config["release_train"] = json!("stable");
    let found = looked_up(&memory, "extension_versions", &config).await.expect("it is there");
    assert_eq!(found["release_train"], "stable");
}

#[tokio::test]
async fn a_region_has_no_cluster() {
    let memory = catalogue(Memory::default(), REGION);
    let config = json!({ "subscription_id": "s", "location": "East US" });
    let found = looked_up(&memory, "extension_versions", &config).await.expect("it is there");
    assert_eq!((&found["id"], &found["latest"]), (&json!(REGION), &json!("1.2.0")));
    for attribute in ["latest_supported", "installed_version", "update_available"] {
        assert_eq!(found[attribute], Json::Null, "{attribute}");
    }
    assert_eq!(found["versions"][0]["supported"], Json::Null);
    for (config, told) in [
        (json!({ "location": "eastus" }), "error location: Subscription is missing"),
        (json!({ "location": "a/b", "subscription_id": "s" }), "error location: Invalid location"),
        (json!({ "cluster_id": "b4gj75yy" }), "error cluster_id: Invalid cluster_id"),
    ] {
        let found = looked_up(&memory, "extension_versions", &config).await.expect_err(told);
        assert!(found.starts_with(told), "{found}");
    }
}

#[tokio::test]
async fn what_is_absent_is_named() {
    let gone = id("Microsoft.Kubernetes/connectedClusters/gone");
    let region = REGION.replace("eastus", "mars");
    for (config, at, missing) in [
        (
            json!({ "cluster_id": gone.clone() }),
            "error cluster_id: Connected cluster does not",
            gone,
        ),
        (
            json!({ "cluster_id": id(CLUSTER) }),
            "error cluster_id: Extension type does not",
            format!("{}/{TYPE}", id(CLUSTER)),
        ),
        (
            json!({ "location": "mars", "subscription_id": "s" }),
            "error location: Extension type does not",
            region,
        ),
    ] {
        let told = looked_up(&memory(), "extension_versions", &config).await.expect_err(at);
        assert!(told.starts_with(at) && told.contains(&missing), "{told}");
    }
}

#[tokio::test]
async fn a_train_without_versions_is_told() {
    let memory = on_the_cluster(&Json::Null);
    let method = azure::Method::GET;
    let body = json!({ "value": [] });
    memory.rule(Rule { method, path: "/versions", status: 200, body, times: 1 });
    let config = json!({ "cluster_id": id(CLUSTER), "release_train": "stabel" });
    let told = looked_up(&memory, "extension_versions", &config).await.expect_err("a warning");
    assert!(
        told.starts_with("warning release_train: Release train stabel has no such version"),
        "{told}"
    );
}

#[tokio::test]
async fn contradictions_are_refused() {
    let cluster = id(CLUSTER);
    for (config, at) in [
        (json!({}), "error cluster_id: "),
        (json!({ "cluster_id": cluster, "location": "eastus" }), "error location: "),
        (json!({ "cluster_id": cluster, "subscription_id": "s" }), "error subscription_id: "),
        (
            json!({ "cluster_id": cluster, "cluster_type": "managedClusters" }),
            "error cluster_type: ",
        ),
        (json!({ "location": "eastus", "cluster_type": "arc" }), "error cluster_type: "),
        (json!({ "location": "eastus", "major_version": -1 }), "error major_version: "),
    ] {
        let told = refused("extension_versions", &config).await;
        assert!(told.len() == 1 && told[0].starts_with(at), "{config}: {told:#?}");
    }
    // What a mock makes up passes until it is read.
    for config in [json!({ "location": "eastus" }), json!({ "cluster_id": "b4gj75yy" })] {
        assert_eq!(refused("extension_versions", &config).await, [""; 0], "{config}");
    }
}
