//! Versions held against the catalogue before anything is written.

use azure::Method;
use serde_json::{Value as Json, json};

use super::{ARC, alone, config, create_object, drift, extension, healthy_azure, id};
use crate::tests::{Core, Memory, Rule};

const TYPE: &str =
    "providers/Microsoft.KubernetesConfiguration/extensionTypes/microsoft.azureml.kubernetes";
const REGION: &str = "/subscriptions/s/providers/Microsoft.KubernetesConfiguration/locations/eastus/extensionTypes/microsoft.azureml.kubernetes";

/// With versions below an extension type, each with what it refuses of Kubernetes.
fn with(memory: Memory, of: &str, versions: &[(&str, &str)]) -> Memory {
    versions.iter().fold(memory, |memory, (version, refused)| {
        let refused = json!([{ "distributions": ["All"], "unsupportedVersions": [refused] }]);
        let refused = json!({ "connectedCluster": refused });
        let properties = json!({ "version": version, "unsupportedKubernetesVersions": refused });
        memory.with(&format!("{of}/versions/{version}"), json!({ "properties": properties }))
    })
}

/// A cluster on Kubernetes 1.29.4 that is offered these versions.
fn offered(versions: &[(&str, &str)]) -> Memory {
    let memory = healthy_azure();
    drift(&memory, &id(ARC), |cluster| {
        cluster["properties"]["kubernetesVersion"] = json!("1.29.4");
        cluster["properties"]["distribution"] = json!("k3s");
    });
    with(memory, &format!("{}/{TYPE}", id(ARC)), versions)
}

const VERSIONS: [(&str, &str); 4] =
    [("1.1.9", ">1.26"), ("1.1.29", ""), ("1.1.31", "<1.20"), ("1.1.100", "")];

/// What a create with these arguments is refused with, before anything is written.
async fn refused(memory: &Memory, arguments: Json) -> String {
    let mut core = Core::new("arc_extension", memory);
    // With the relay, which comes first of all that is written.
    let told = core.apply(&config(arguments)).await;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(memory.writes(), [""; 0], "nothing is written");
    assert!(core.state().is_null());
    told[0].clone()
}

#[track_caller]
fn has(told: &str, begins: &str, parts: &[&str]) {
    assert!(told.starts_with(begins), "{told}");
    for part in parts {
        assert!(told.contains(part), "{part:?} is not in {told}");
    }
}

#[tokio::test]
async fn a_version_that_refuses_the_clusters_kubernetes() {
    let told = refused(&offered(&VERSIONS), json!({ "version": "1.1.9" })).await;
    has(
        &told,
        "error version: Version does not run on the cluster",
        &[
            &id(ARC),
            "runs Kubernetes 1.29.4 (k3s), and version 1.1.9 of the extension does not run on >1.26",
            "the newest first: 1.1.100, 1.1.31, 1.1.29.",
            "Write `version = \"1.1.100\"`",
            "list-versions-by-cluster --cluster-name c --resource-group rg --cluster-type \
             connectedClusters",
        ],
    );
}

#[tokio::test]
async fn a_version_that_there_is_not() {
    let told = refused(&offered(&VERSIONS), json!({ "version": "1.1.30" })).await;
    has(
        &told,
        "error version: Version does not exist",
        &["no version 1.1.30", "Near it in release train stable: 1.1.100, 1.1.31, 1.1.29, 1.1.9."],
    );
    let told = refused(&offered(&VERSIONS), json!({ "version": "not/a version" })).await;
    has(&told, "error version: Version does not exist", &["Near it", ": 1.1.100, 1.1.31."]);
}

#[tokio::test]
async fn the_newest_refuses_the_cluster() {
    let memory = offered(&[("1.1.9", ""), ("1.1.10", ">1.28")]);
    let told = refused(&memory, json!({})).await;
    has(
        &told,
        "error cluster_id: Newest version does not run on the cluster",
        &["Kubernetes 1.29.4", "version 1.1.10", "Write `version = \"1.1.9\"`"],
    );
    let memory = offered(&[("1.1.9", ">1.20"), ("1.1.10", ">1.28")]);
    let told = refused(&memory, json!({ "release_train": "preview" })).await;
    has(&told, "error cluster_id: Newest", &["No version of release train preview runs there"]);
}

/// Where the service offers a cluster only what runs on it, the region says why.
#[tokio::test]
async fn what_a_cluster_is_not_offered_is_explained_by_its_region() {
    let memory = with(offered(&[("1.1.31", "")]), REGION, &VERSIONS);
    let told = refused(&memory, json!({ "version": "1.1.9" })).await;
    has(
        &told,
        "error version: Version does not run on the cluster",
        &["does not run on >1.26", "the newest first: 1.1.31."],
    );
    let memory = with(offered(&[]), REGION, &[("1.1.9", ">1.26")]);
    let told = refused(&memory, json!({})).await;
    has(
        &told,
        "error cluster_id: Newest version does not run on the cluster",
        &["1.29.4", ">1.26"],
    );
    let memory = with(offered(&[]), REGION, &VERSIONS);
    create_object(&memory, &alone(json!({}))).await;
}

#[tokio::test]
async fn what_the_catalogue_accepts_is_installed() {
    let of_another_train = offered(&VERSIONS);
    let path = "/versions";
    let body = json!({ "value": [{ "properties": { "version": "1.1.31" } }] });
    of_another_train.rule(Rule { method: Method::GET, path, status: 200, body, times: 1 });
    for (memory, arguments) in [
        (offered(&VERSIONS), json!({})),
        (offered(&VERSIONS), json!({ "version": "1.1.29" })),
        (of_another_train, json!({ "version": "1.1.29" })),
    ] {
        create_object(&memory, &alone(arguments)).await;
        assert_eq!(memory.writes(), ["PUT aml"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_catalogue_that_cannot_be_read_stops_nothing() {
    for (status, code) in [
        (403, "AuthorizationFailed"),
        (404, "InvalidResourceType"),
        (400, "NoRegisteredProviderFound"),
        (500, "InternalServerError"),
    ] {
        let memory = offered(&VERSIONS);
        let body = json!({ "error": { "code": code, "message": "not here" } });
        let (method, path) = (Method::GET, "/versions");
        memory.rule(Rule { method, path, status, body, times: usize::MAX });
        let began = tokio::time::Instant::now();
        create_object(&memory, &alone(json!({ "version": "1.1.9" }))).await;
        assert!(began.elapsed().as_secs() <= 60, "{status}: {:?}", began.elapsed());
        assert_eq!(memory.writes(), ["PUT aml"], "{status}");
    }
}

#[tokio::test]
async fn an_update_of_the_version_is_looked_up_too() {
    let memory = offered(&VERSIONS);
    let pinned = |version: &str| alone(json!({ "version": version }));
    let mut core = create_object(&memory, &pinned("1.1.31")).await;
    memory.writes();
    for (version, told) in [("1.1.9", "does not run on the cluster"), ("1.1.99", "does not exist")]
    {
        let found = core.apply(&pinned(version)).await;
        has(&found[0], "error version: Version", &[told]);
        assert_eq!((found.len(), memory.writes()), (1, Vec::new()));
        assert_eq!(core.state()["version"], "1.1.31");
    }
    drift(&memory, &extension("aml"), |it| it["properties"]["currentVersion"] = json!("1.1.100"));
    core.run(&pinned("1.1.100")).await;
    assert_eq!(memory.writes(), ["PATCH aml"]);
    // What does not touch the version does not look.
    core.run(&alone(json!({ "version": "1.1.100", "install_prom_op": false }))).await;
    assert_eq!(memory.calls(), 3, "a look before, a PATCH, a look after");
}

/// An update would wait for agents that do not answer. Who may not look at the cluster is not held up.
#[tokio::test]
async fn an_update_of_the_version_needs_agents_as_far_as_they_can_be_seen() {
    let memory = offered(&VERSIONS);
    let mut core = create_object(&memory, &alone(json!({ "version": "1.1.29" }))).await;
    memory.writes();
    let raised = alone(json!({ "version": "1.1.31" }));
    drift(&memory, &id(ARC), |it| it["properties"]["connectivityStatus"] = json!("Offline"));
    let told = core.apply(&raised).await;
    has(&told[0], "error cluster_id: Cluster is not connected", &["Offline"]);
    assert_eq!(memory.writes(), [""; 0]);
    let (method, path) = (Method::GET, "/connectedClusters/c");
    let body = json!({ "error": { "code": "AuthorizationFailed", "message": "not for you" } });
    memory.rule(Rule { method, path, status: 403, body, times: 1 });
    drift(&memory, &extension("aml"), |it| it["properties"]["currentVersion"] = json!("1.1.31"));
    core.run(&raised).await;
    assert_eq!(memory.writes(), ["PATCH aml"]);
}

/// Planning calls nothing, whatever the version.
#[tokio::test]
async fn a_plan_does_not_look() {
    let memory = offered(&VERSIONS);
    let core = create_object(&memory, &alone(json!({}))).await;
    memory.writes();
    assert_eq!(core.plan_diagnostics(&alone(json!({ "version": "9.9.9" }))).await, [""; 0]);
    assert_eq!(memory.calls(), 0);
}
