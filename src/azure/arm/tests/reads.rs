//! Reading objects and lists, and what every request carries.

use serde_json::json;

use crate::error::Error;
use crate::id::Id;
use crate::resource_types::{
    COMPUTES, EXTENSION_TYPE_VERSIONS, EXTENSIONS, HYBRID_CONNECTION_RULES, PROVIDERS,
};
use crate::scripted_arm::{CLUSTER, Scene, answer, error, object, ok};

const WORKSPACE: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws";

#[tokio::test(start_paused = true)]
async fn the_objects_own_absence_is_none() {
    for body in ["", "Not Found", "{}"] {
        let scene = Scene::new(vec![answer(404, body)]);
        assert!(scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap().is_none());
        assert_eq!(scene.log(), ["0 GET object"]);
    }
    let scene = Scene::new(vec![error(404, "ComputeNotFound", "no compute k8s")]);
    let id = format!("{WORKSPACE}/computes/k8s").parse().unwrap();
    assert!(scene.arm.get(&COMPUTES, &id, &scene.options()).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_missing_parent_is_an_error_that_says_so() {
    let missing = "The Resource 'Microsoft.Kubernetes/connectedClusters/c' under resource group 'rg' was not found.";
    for code in ["ResourceNotFound", "ParentResourceNotFound", "ResourceGroupNotFound"] {
        let scene = Scene::new(vec![error(404, code, missing)]);
        let error = scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap_err();
        assert!(
            error.is_parent_missing() && error.is_not_found() && error.code() == Some(code),
            "{error}"
        );
        assert_eq!(scene.log(), ["0 GET object"]);
    }
    let scene = Scene::new(vec![error(404, "ResourceNotFound", missing)]);
    let error =
        scene.arm.put(&EXTENSIONS, &scene.id, &json!({}), &scene.options()).await.unwrap_err();
    assert!(error.is_parent_missing());
}

#[tokio::test(start_paused = true)]
async fn forbidden_is_an_error_with_its_ids() {
    let answered = error(
        403,
        "AuthorizationFailed",
        "The client does not have authorization to perform action 'x/read'",
    )
    .with("x-ms-request-id", "req-1")
    .with("x-ms-correlation-request-id", "cor-1");
    let scene = Scene::new(vec![answered]);
    let error = scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap_err();
    assert!(error.is_forbidden() && !error.is_parent_missing());
    let ids = error.request_ids().unwrap();
    assert_eq!(
        (ids.request.as_deref(), ids.correlation.as_deref()),
        (Some("req-1"), Some("cor-1"))
    );
    assert_eq!(
        ids.client.as_deref(),
        scene.script.seen()[0].request.header("x-ms-client-request-id")
    );
    assert!(error.to_string().contains("AuthorizationFailed: The client"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_list_is_read_over_all_its_pages() {
    let next = "https://arm.example/next?$skip=2";
    let first = json!({"value": [{"name": "a"}, {"name": "b"}], "nextLink": next});
    let scene =
        Scene::new(vec![ok(&first.to_string()), ok(r#"{"value":[{"name":"c"}],"nextLink":null}"#)]);
    let found =
        scene.arm.list(&EXTENSIONS, &CLUSTER.parse().unwrap(), &scene.options()).await.unwrap();
    assert_eq!(
        found.iter().filter_map(crate::ArmResource::name).collect::<Vec<_>>(),
        ["a", "b", "c"]
    );
    let (name, version) = (EXTENSIONS.name, EXTENSIONS.api_version);
    let url = format!("0 GET {CLUSTER}/providers/{name}?api-version={version}");
    assert_eq!(scene.log(), [url.as_str(), "0 GET /next?$skip=2"]);
}

#[tokio::test(start_paused = true)]
async fn a_list_is_picked_from_by_its_query() {
    let scene = Scene::new(vec![ok(r#"{"value":[]}"#)]);
    let parent = "/subscriptions/s/providers/Microsoft.KubernetesConfiguration/locations/eastus/extensionTypes/t";
    let (id, options) = (parent.parse().unwrap(), scene.options());
    let query = [("releaseTrain", "a&b"), ("showLatest", "true")];
    scene.arm.list_with_query(&EXTENSION_TYPE_VERSIONS, &id, &query, &options).await.unwrap();
    let version = EXTENSION_TYPE_VERSIONS.api_version;
    let asked = format!("api-version={version}&releaseTrain=a%26b&showLatest=true");
    assert_eq!(scene.log(), [format!("0 GET {parent}/versions?{asked}")]);
}

#[tokio::test(start_paused = true)]
async fn a_list_of_children_stands_below_its_parent() {
    let scene = Scene::new(vec![ok(r#"{"value":[]}"#)]);
    assert!(
        scene
            .arm
            .list(&COMPUTES, &WORKSPACE.parse().unwrap(), &scene.options())
            .await
            .unwrap()
            .is_empty()
    );
    let version = COMPUTES.api_version;
    assert_eq!(scene.log(), [format!("0 GET {WORKSPACE}/computes?api-version={version}")]);
}

#[tokio::test(start_paused = true)]
async fn an_action_is_posted_below_its_object() {
    let rule = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Relay/namespaces/n/hybridConnections/h/authorizationRules/r";
    let scene = Scene::new(vec![ok(r#"{"primaryConnectionString":"x"}"#), ok("")]);
    let (arm, options) = (&scene.arm, scene.options());
    let keys =
        arm.post(&HYBRID_CONNECTION_RULES, &rule.parse().unwrap(), "listKeys", &options).await;
    assert_eq!(keys.unwrap()["primaryConnectionString"], "x");
    let provider: Id = "/subscriptions/s/providers/Microsoft.Relay".parse().unwrap();
    assert!(arm.post(&PROVIDERS, &provider, "register", &options).await.unwrap().is_null());
    let log = [
        format!("0 POST {rule}/listKeys?api-version={}", HYBRID_CONNECTION_RULES.api_version),
        format!("0 POST {provider}/register?api-version={}", PROVIDERS.api_version),
    ];
    assert_eq!(scene.log(), log);
}

#[tokio::test(start_paused = true)]
async fn every_request_has_an_id_of_its_own() {
    let scene = Scene::new(vec![object(200, "Succeeded"), object(200, "Succeeded")]);
    for _ in 0..2 {
        scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap();
    }
    let seen = scene.script.seen();
    let id = |at: usize| seen[at].request.header("x-ms-client-request-id").unwrap();
    assert_ne!(id(0), id(1));
    assert_eq!(seen[0].request.header("authorization"), Some("Bearer canary-token"));
    scene.log();
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_no_object_is_an_error() {
    for body in ["", "[]", "<html>hello</html>", "\"text\""] {
        let scene = Scene::new(vec![ok(body)]);
        let error = scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap_err();
        assert!(matches!(error, Error::UnusableResponse { .. }), "{body}: {error}");
    }
    // It proves no absence, and is no matter of a parser.
    let scene = Scene::new(vec![answer(204, "")]);
    let error = scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap_err();
    assert!(error.to_string().ends_with("the answer is empty (204 No Content)"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn no_error_shows_the_token() {
    let scene = Scene::new(vec![error(400, "Bad", "you sent Bearer canary-token")]);
    let error = scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    assert!(!format!("{:?}", scene.script.seen()[0].request).contains("canary"));
}

#[tokio::test(start_paused = true)]
async fn a_list_without_its_list_is_not_an_empty_one() {
    for page in [
        "{}",
        "[]",
        r#"{"value":null}"#,
        r#"{"value":{}}"#,
        r#"{"value":"none"}"#,
        r#"{"value":[1]}"#,
        r#"{"values":[]}"#,
        r#"{"id":"/subscriptions/s"}"#,
        "<html>sign in</html>",
        "",
    ] {
        let first = ok(r#"{"value":[],"nextLink":"/next"}"#);
        for steps in [vec![ok(page)], vec![first, ok(page)]] {
            let scene = Scene::new(steps);
            let workspace = WORKSPACE.parse().unwrap();
            let error = scene.arm.list(&COMPUTES, &workspace, &scene.options()).await.unwrap_err();
            assert!(matches!(error, Error::UnusableResponse { .. }), "{page}: {error}");
        }
    }
}
