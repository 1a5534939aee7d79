//! What PUT, PATCH and DELETE send.

use crate::rp::{COMPUTES, EXTENSIONS};
use crate::script::{Scene, answer, error, object, ok};
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn what_was_read_is_put_back_as_it_was() {
    let read = r#"{"etag":null,"location":"eastus","properties":{"n":1.10,"x":18446744073709551616},"zones":["1"]}"#;
    let scene = Scene::new(vec![ok(read), object(200, "Succeeded")]);
    let object = scene.arm.get(&EXTENSIONS, &scene.id, &scene.limits()).await.unwrap().unwrap();
    scene.arm.put(&EXTENSIONS, &scene.id, &object.into_value(), &scene.limits()).await.unwrap();
    assert_eq!(scene.script.seen()[1].request.body.as_deref(), Some(read.as_bytes()));
    assert_eq!(scene.log(), ["0 GET object", "0 PUT object"]);
}

#[tokio::test(start_paused = true)]
async fn a_patch_says_what_was_accepted() {
    let scene = Scene::new(vec![object(202, "Updating").follow_async()]);
    let accepted = scene
        .arm
        .patch(&EXTENSIONS, &scene.id, &json!({"properties": {}}), &scene.limits())
        .await
        .unwrap();
    assert_eq!(accepted.object.unwrap().provisioning_state(), Some("Updating"));
    assert!(accepted.operation.is_some());
    assert_eq!(scene.log(), ["0 PATCH object"]);
}

#[tokio::test(start_paused = true)]
async fn a_delete_carries_its_query() {
    let scene = Scene::new(vec![answer(202, "").follow_async()]);
    let id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws/computes/k".parse();
    let query = [("underlyingResourceAction", "Detach")];
    assert!(
        scene.arm.delete(&COMPUTES, &id.unwrap(), &query, &scene.limits()).await.unwrap().is_some()
    );
    let line = &scene.log()[0];
    assert!(
        line.ends_with("/computes/k?api-version=2025-12-01&underlyingResourceAction=Detach"),
        "{line}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_delete_may_be_answered_with_any_body() {
    let scene = Scene::new(vec![ok(
        r#"{"Version":{"Major":1},"StatusCode":200,"IsSuccessStatusCode":true}"#,
    )]);
    let operation = scene
        .arm
        .delete(&EXTENSIONS, &scene.id, &[("forceDelete", "true")], &scene.limits())
        .await
        .unwrap();
    assert_eq!(operation, None);
    assert!(scene.log()[0].ends_with("?api-version=2024-11-01&forceDelete=true"));
}

#[tokio::test(start_paused = true)]
async fn a_put_that_answers_404_is_refused() {
    let scene = Scene::new(vec![error(404, "NotFound", "who knows")]);
    let error =
        scene.arm.put(&EXTENSIONS, &scene.id, &json!({}), &scene.limits()).await.unwrap_err();
    assert!(error.is_not_found() && !error.is_parent_missing());
    assert_eq!(scene.log(), ["0 PUT object"]);
}

#[tokio::test(start_paused = true)]
async fn names_are_escaped_in_the_url() {
    let scene = Scene::new(vec![answer(404, "")]);
    let id = "/subscriptions/s/resourceGroups/grüppe(1)/providers/Microsoft.Kubernetes/connectedClusters/c".parse().unwrap();
    scene.arm.get(&crate::rp::CONNECTED_CLUSTERS, &id, &scene.limits()).await.unwrap();
    assert!(scene.log()[0].contains("/resourceGroups/gr%C3%BCppe(1)/"), "{:?}", scene.log());
}
