//! Lists that come in pages.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::call_options::CallOptions;
use crate::cluster::ListQuery;
use crate::error::Error;
use crate::resource_type::ResourceType;
use crate::scripted_cluster::{Reply, ScriptedCluster, Seen, status, unhurried};

const PODS: ResourceType = ResourceType::PODS;

#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Named {
    metadata: Metadata,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Metadata {
    name: String,
}

fn page(names: &[&str], next: Option<&str>) -> Reply {
    let items: Vec<Value> = names
        .iter()
        .map(|name| json!({"metadata": {"name": name, "labels": {"a": "b"}}, "spec": {"x": 1}}))
        .collect();
    let metadata = json!({"resourceVersion": "7", "continue": next.unwrap_or_default()});
    Reply::Json(
        200,
        json!({"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": items}),
    )
}

fn expired() -> Reply {
    status(410, "Expired", "The provided continue parameter is too old", json!({}))
}

async fn names(
    cluster: &ScriptedCluster, query: ListQuery<'_>,
) -> Result<Option<Vec<String>>, Error> {
    let list =
        async |options: CallOptions<'_>| cluster.cluster.list::<Named>(&PODS, query, options).await;
    let listed = unhurried(list).await?;
    Ok(listed.map(|pods| pods.into_iter().map(|pod| pod.metadata.name).collect()))
}

fn has_token(seen: &Seen) -> bool {
    seen.path.contains("continue=")
}

#[tokio::test(start_paused = true)]
async fn pages_follow_one_another_with_a_limit() {
    let cluster = ScriptedCluster::new(|_, before| match before {
        0 => page(&["a", "b"], Some("x+1=")),
        1 => page(&["c"], Some("y")),
        _ => page(&["d"], None),
    });
    let query = ListQuery {
        namespace: Some("azureml"),
        labels: Some("app=a b"),
        fields: Some("spec.nodeName=n"),
        page_size: 2,
    };
    let all = names(&cluster, query).await.unwrap().unwrap();
    assert_eq!(all, ["a", "b", "c", "d"]);
    let path = "GET /api/v1/namespaces/azureml/pods?&fieldSelector=spec.nodeName%3Dn\
                &labelSelector=app%3Da+b&limit=2";
    assert_eq!(
        cluster.lines(),
        [path.to_owned(), format!("{path}&continue=x%2B1%3D"), format!("{path}&continue=y")]
    );
    // Version 0 would have the server ignore the limit.
    assert!(cluster.lines().iter().all(|line| !line.contains("resourceVersion")));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_has_expired_begins_anew_and_counts_nothing_twice() {
    let cluster = ScriptedCluster::new(|seen, before| match before {
        0 => page(&["a", "b"], Some("x")),
        1 => expired(),
        _ if has_token(seen) => page(&["c"], None),
        _ => page(&["b"], Some("y")),
    });
    assert_eq!(names(&cluster, ListQuery::default()).await.unwrap().unwrap(), ["b", "c"]);
    assert_eq!(cluster.requests().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_always_expires_ends() {
    let cluster =
        ScriptedCluster::new(
            |seen, _| {
                if has_token(seen) { expired() } else { page(&["a"], Some("x")) }
            },
        );
    let error = names(&cluster, ListQuery::default()).await.expect_err("no end");
    assert!(error.to_string().contains("changes faster than it can be read"), "{error}");
    assert_eq!(cluster.requests().len(), 12);
}

/// What a page links to is a parameter of the same request, whatever it looks like.
#[tokio::test(start_paused = true)]
async fn a_page_leads_to_no_other_path_or_host() {
    for (token, encoded) in [
        ("https://evil.example/", "https%3A%2F%2Fevil.example%2F"),
        ("//evil.example/", "%2F%2Fevil.example%2F"),
        ("x&limit=0#y", "x%26limit%3D0%23y"),
        ("@evil.example ../..", "%40evil.example+..%2F.."),
    ] {
        let cluster = ScriptedCluster::new(|seen, _| {
            if has_token(seen) { page(&["b"], None) } else { page(&["a"], Some(token)) }
        });
        assert_eq!(names(&cluster, ListQuery::default()).await.unwrap().unwrap(), ["a", "b"]);
        let path = "GET /api/v1/pods?&limit=250";
        assert_eq!(cluster.lines(), [path.to_owned(), format!("{path}&continue={encoded}")]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_links_back_to_itself_is_an_error() {
    let cluster = ScriptedCluster::new(|_, _| page(&["a"], Some("x")));
    let error = names(&cluster, ListQuery::default()).await.expect_err("no end");
    assert!(error.to_string().contains("links back to itself"), "{error}");
    assert_eq!(cluster.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_in_passing_is_asked_for_again() {
    let cluster = ScriptedCluster::new(|_, before| match before {
        0 => page(&["a"], Some("x")),
        1 => Reply::Reset,
        _ => page(&["b"], None),
    });
    assert_eq!(names(&cluster, ListQuery::default()).await.unwrap().unwrap(), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_list_is_no_answer_of_an_api_server() {
    for body in [json!({"items": "none"}), json!({}), json!([])] {
        let cluster = ScriptedCluster::new(move |_, _| Reply::Json(200, body.clone()));
        let error = names(&cluster, ListQuery::default()).await.expect_err("no list");
        assert!(error.is_unreachable(), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_type_that_is_not_served_has_no_list() {
    let groups = json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": []});
    let cluster = ScriptedCluster::new(move |seen, _| match seen.path.as_str() {
        "/apis" => Reply::Json(200, groups.clone()),
        _ => Reply::Text(404, "404 page not found\n"),
    });
    let list = async |options: CallOptions<'_>| {
        let all = ListQuery::default();
        cluster.cluster.list::<Named>(&ResourceType::INSTANCE_TYPES, all, options).await
    };
    assert_eq!(unhurried(list).await, Ok(None));
}
