//! An object is gone only where the API server says so of the object itself.

use serde_json::{Value, json};

use crate::cluster::Lookup;
use crate::error::Error;
use crate::resource_type::ResourceType;
use crate::scripted_cluster::{Reply, ScriptedCluster, status, unhurried};

const TYPE: ResourceType = ResourceType::INSTANCE_TYPES;
/// What an API server answers for a path that it does not serve.
const BARE: &str = "404 page not found\n";

fn groups(served: &[(&str, &[&str])]) -> Value {
    let groups: Vec<_> = served
        .iter()
        .map(|(name, versions)| {
            let versions: Vec<_> = versions
                .iter()
                .map(|version| {
                    json!({"groupVersion": format!("{name}/{version}"), "version": version})
                })
                .collect();
            json!({"name": name, "versions": versions, "preferredVersion": versions[0]})
        })
        .collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

fn types(names: &[&str]) -> Value {
    let resources: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
    json!({"kind": "APIResourceList", "apiVersion": "v1", "resources": resources})
}

/// Reads an object that is answered with `missing`, in a cluster whose discovery says `groups` and
/// `types`.
async fn read(
    missing: fn() -> Reply, groups: Option<Value>, types: Option<Value>,
) -> Result<Lookup<Value>, Error> {
    let cluster = ScriptedCluster::new(move |seen, _| match seen.path.as_str() {
        "/apis" => groups.clone().map_or(Reply::Text(404, BARE), |found| Reply::Json(200, found)),
        "/apis/amlarc.azureml.com/v1alpha1" => {
            types.clone().map_or(Reply::Text(404, BARE), |found| Reply::Json(200, found))
        }
        _ => missing(),
    });
    unhurried(async |options| cluster.cluster.get(&TYPE, None, "gpu", options).await).await
}

fn gone() -> Reply {
    let details = json!({"name": "gpu", "group": TYPE.group, "kind": TYPE.plural});
    status(404, "NotFound", "instancetypes.amlarc.azureml.com \"gpu\" not found", details)
}

#[tokio::test(start_paused = true)]
async fn an_object_of_which_the_api_server_says_so_is_gone() {
    assert_eq!(read(gone, None, None).await, Ok(Lookup::NotFound));
}

#[tokio::test(start_paused = true)]
async fn a_type_that_discovery_does_not_list_is_absent() {
    let bare = || Reply::Text(404, BARE);
    let others = groups(&[("apps", &["v1"])]);
    assert_eq!(read(bare, Some(others), None).await, Ok(Lookup::ApiAbsent));
    let group = groups(&[("apps", &["v1"]), (TYPE.group, &["v1alpha1"])]);
    let jobs = types(&["amljobs"]);
    assert_eq!(read(bare, Some(group), Some(jobs)).await, Ok(Lookup::ApiAbsent));
}

#[tokio::test(start_paused = true)]
async fn another_version_is_named_with_those_that_are_served() {
    let group = groups(&[(TYPE.group, &["v1beta1", "v1"])]);
    let error =
        read(|| Reply::Text(404, BARE), Some(group), None).await.expect_err("another version");
    assert_eq!(
        error.to_string(),
        "the cluster serves amlarc.azureml.com as v1beta1, v1, not as v1alpha1"
    );
}

#[tokio::test(start_paused = true)]
async fn any_other_404_proves_nothing() {
    let served = || Some(groups(&[(TYPE.group, &["v1alpha1"])]));
    let listed = || Some(types(&["instancetypes"]));
    let html: fn() -> Reply = || Reply::Text(404, "<html><h1>Not Found</h1></html>");
    let other: fn() -> Reply = || {
        let details = json!({"name": "cpu", "group": TYPE.group, "kind": TYPE.plural});
        status(404, "NotFound", "not found", details)
    };
    let nameless: fn() -> Reply = || status(404, "NotFound", "not found", json!({}));
    let odd: fn() -> Reply = || Reply::Json(404, json!({"error": "no such route"}));
    for (missing, groups, types) in [
        (html, None, None),
        (html, Some(json!({"kind": "Login"})), None),
        (html, served(), listed()),
        (html, served(), Some(json!("page"))),
        (nameless, served(), listed()),
        (odd, None, None),
        (other, Some(json!({"kind": "APIGroupList", "groups": []})), None),
    ] {
        let read = read(missing, groups.clone(), types).await;
        let error = read.expect_err("nothing is proved");
        let is_known = matches!(error, Error::Unreachable { .. } | Error::Absent { .. });
        assert!(is_known || matches!(error, Error::Refused { .. }), "{groups:?}: {error:?}");
    }
}
