//! The catalogue of extension versions, and what runs of them.

use serde_json::{Value, json};

use super::kit::{
    Azure, SUBSCRIPTION, aks, arc, changed, extension, extension_url, url_in, url_of,
};
use crate::options::Options;

const PROVIDER: &str = "providers/Microsoft.KubernetesConfiguration";
const SEEDED: &str = "/providers/Microsoft.KubernetesConfiguration/extensionTypes";

fn of_cluster(cluster: &str) -> String {
    format!("{cluster}/{PROVIDER}/extensionTypes")
}

fn of_region(location: &str) -> String {
    format!("{SUBSCRIPTION}/{PROVIDER}/locations/{location}/extensionTypes")
}

/// The version numbers of a list, over all its pages, and how many pages there are.
async fn versions(azure: &Azure, types: &str, query: &str) -> (Vec<String>, usize) {
    let url = url_of(format!("{types}/microsoft.azureml.kubernetes/versions"));
    let pages = azure.pages(&format!("{url}{query}")).await;
    let number = |it: &Value| it["properties"]["version"].as_str().unwrap().to_owned();
    (pages.iter().flatten().map(number).collect(), pages.len())
}

#[tokio::test(start_paused = true)]
async fn versions_are_listed_by_train_in_pages_for_a_cluster_and_a_region() {
    let azure = Azure::new();
    for types in [of_cluster(&arc("amlarc-cluster")), of_cluster(&aks()), of_region("westus")] {
        let (stable, pages) = versions(&azure, &types, "").await;
        assert_eq!(stable, ["1.1.39", "1.1.31", "1.1.30", "1.1.29", "1.1.9"], "{types}");
        assert_eq!(pages, 2);
        let (preview, pages) = versions(&azure, &types, "&releaseTrain=Preview").await;
        assert_eq!(preview, ["1.2.0-preview", "1.1.40", "1.1.39"]);
        assert_eq!(pages, 1);
        let (latest, _) = versions(&azure, &types, "&releaseTrain=preview&showLatest=true").await;
        assert_eq!(latest, ["1.2.0-preview"]);
        assert_eq!(versions(&azure, &types, "&majorVersion=1").await.0.len(), 5);
        assert!(versions(&azure, &types, "&majorVersion=2").await.0.is_empty());
        assert!(versions(&azure, &types, "&releaseTrain=nightly").await.0.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_says_what_it_refuses() {
    let azure = Azure::new();
    let types = of_cluster(&arc("amlarc-cluster"));
    let url = format!("{types}/Microsoft.AzureML.Kubernetes/versions/1.1.9");
    let found = azure.get(&url_of(&url)).await.content();
    assert_eq!(found["id"], format!("{types}/microsoft.azureml.kubernetes/versions/1.1.9"));
    assert_eq!(found["type"], "Microsoft.KubernetesConfiguration/extensionTypes/versions");
    assert_eq!(
        found["properties"],
        json!({
            "version": "1.1.9",
            "supportedClusterTypes": ["connectedCluster", "managedCluster"],
            "unsupportedKubernetesVersions": {
                "appliances": [],
                "connectedCluster": [
                    {"distributions": ["All"], "unsupportedVersions": ["<1.18", ">1.26"]},
                ],
                "managedCluster": [
                    {"distributions": ["AKS"], "unsupportedVersions": ["<1.18", ">1.26"]},
                ],
                "provisionedCluster": [],
            },
        })
    );
    let of_type = azure.get(&url_of(format!("{types}/microsoft.azureml.kubernetes"))).await;
    let scopes = &of_type.content()["properties"]["supportedScopes"];
    assert_eq!(scopes["clusterScopeSettings"]["defaultReleaseNamespace"], "azureml");
    let all = azure.get(&url_of(&types)).await.content();
    assert_eq!(all["value"][0]["name"], "microsoft.azureml.kubernetes");
}

#[tokio::test(start_paused = true)]
async fn what_the_catalogue_has_not_is_not_found() {
    let azure = Azure::new();
    let types = of_cluster(&arc("amlarc-cluster"));
    for (url, code) in [
        (format!("{types}/microsoft.none"), "NotFound"),
        (format!("{types}/microsoft.none/versions"), "NotFound"),
        (format!("{types}/microsoft.azureml.kubernetes/versions/9.9.9"), "NotFound"),
        (of_cluster(&arc("gone")) + "/microsoft.azureml.kubernetes", "ResourceNotFound"),
        (of_region("eastus").replace("0001", "0002"), "SubscriptionNotFound"),
        (of_region("eastus").replace("extensionTypes", "others"), "InvalidResourceType"),
    ] {
        let response = azure.get(&url_of(&url)).await;
        assert_eq!((response.status, response.code().as_str()), (404, code), "{url}");
    }
    let old = azure.get(&url_in(&types, "2024-11-01")).await;
    assert_eq!((old.status, old.code().as_str()), (400, "NoRegisteredProviderFound"));
    assert_eq!(azure.put(&url_of(format!("{types}/mine")), json!({})).await.status, 405);
}

#[tokio::test(start_paused = true)]
async fn a_seed_changes_the_catalogue_and_cluster_types_cut_it_down() {
    let id = |version: &str| format!("{SEEDED}/microsoft.azureml.kubernetes/versions/{version}");
    let seed = json!({
        id("1.1.39"): null,
        id("1.1.50"): {"properties": {
            "version": "1.1.50",
            "releaseTrains": ["stable"],
            "supportedClusterTypes": ["managedCluster"],
        }},
    });
    let azure = Azure::with(Options { seed: Some(seed), ..Options::default() });
    let newest = async |types: String, query: &str| {
        versions(&azure, &types, query).await.0.first().cloned().unwrap()
    };
    assert_eq!(newest(of_cluster(&arc("amlarc-cluster")), "").await, "1.1.31");
    assert_eq!(newest(of_cluster(&aks()), "").await, "1.1.50");
    assert_eq!(newest(of_region("eastus"), "").await, "1.1.50");
    assert_eq!(newest(of_region("eastus"), "&clusterType=connectedClusters").await, "1.1.31");
}

// === what runs ===

async fn installed(azure: &Azure, over: Value) -> Value {
    let url = extension_url(&arc("amlarc-cluster"));
    let accepted = azure.put(&url, changed(extension(), json!({"properties": over}))).await;
    azure.poll(&accepted).await;
    azure.get(&url).await.content()["properties"].clone()
}

#[tokio::test(start_paused = true)]
async fn the_newest_of_the_train_runs_unless_a_version_is_pinned() {
    for (over, expected) in [
        (json!({}), "1.1.39"),
        (json!({"releaseTrain": "Preview"}), "1.2.0-preview"),
        (json!({"version": "1.1.9", "autoUpgradeMinorVersion": false}), "1.1.9"),
        (json!({"version": "1.1.40", "autoUpgradeMinorVersion": false}), "1.1.40"),
    ] {
        let properties = installed(&Azure::new(), over).await;
        assert_eq!(properties["currentVersion"], expected);
    }
    for over in [
        json!({"releaseTrain": "nightly"}),
        json!({"version": "1.1.99", "autoUpgradeMinorVersion": false}),
    ] {
        let properties = installed(&Azure::new(), over).await;
        let text = properties["errorInfo"]["message"].as_str().expect("it failed");
        assert!(text.contains("Chart path not found"), "{text}");
        assert_eq!(properties["currentVersion"], Value::Null);
    }
}

#[tokio::test(start_paused = true)]
async fn a_release_upgrades_what_upgrades_by_itself() {
    let released = |version: &str| {
        let id = format!("{SEEDED}/microsoft.azureml.kubernetes/versions/{version}");
        let properties = json!({
            "version": version,
            "releaseTrains": ["stable"],
            "supportedClusterTypes": ["connectedCluster"],
        });
        (format!("/emulator/objects?id={id}"), json!({"properties": properties}))
    };
    for (pinned, after) in [(false, "1.10.0"), (true, "1.1.30")] {
        let azure = Azure::new();
        let over = if pinned {
            json!({"version": "1.1.30", "autoUpgradeMinorVersion": false})
        } else {
            json!({})
        };
        installed(&azure, over).await;
        for version in ["1.9.0", "1.10.0", "2.0.0"] {
            let (url, body) = released(version);
            assert_eq!(azure.put(&url, body).await.status, 204);
        }
        let url = extension_url(&arc("amlarc-cluster"));
        let properties = azure.get(&url).await.content()["properties"].clone();
        assert_eq!(properties["currentVersion"], after, "major versions are not crossed");
        assert_eq!(properties["provisioningState"], "Succeeded");
    }
}
