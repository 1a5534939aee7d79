//! What PUT, PATCH and DELETE send.

use serde_json::json;

use crate::error::Error;
use crate::resource_types::{COMPUTES, EXTENSIONS, RELAY_NAMESPACES};
use crate::scripted_arm::{
    CLUSTER, EXTENSION, Scene, Step, answer, error, lost, object, ok, reset,
};
use crate::transport::TransportError;

#[tokio::test(start_paused = true)]
async fn what_was_read_is_put_back_as_it_was() {
    let read = r#"{"etag":null,"location":"eastus","properties":{"n":1.10,"x":18446744073709551616},"zones":["1"]}"#;
    let scene = Scene::new(vec![ok(read), object(200, "Succeeded")]);
    let object = scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap().unwrap();
    scene.arm.put(&EXTENSIONS, &scene.id, &object.into_value(), &scene.options()).await.unwrap();
    assert_eq!(scene.script.seen()[1].request.body.as_deref(), Some(read.as_bytes()));
    assert_eq!(scene.log(), ["0 GET object", "0 PUT object"]);
}

#[tokio::test(start_paused = true)]
async fn a_patch_says_what_was_accepted() {
    let scene = Scene::new(vec![object(202, "Updating").follow_async()]);
    let accepted = scene
        .arm
        .patch(&EXTENSIONS, &scene.id, &json!({"properties": {}}), &scene.options())
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
        scene
            .arm
            .delete(&COMPUTES, &id.unwrap(), &query, &scene.options())
            .await
            .unwrap()
            .is_some()
    );
    let line = &scene.log()[0];
    let version = COMPUTES.api_version;
    let target = format!("/computes/k?api-version={version}&underlyingResourceAction=Detach");
    assert!(line.ends_with(&target), "{line}");
}

#[tokio::test(start_paused = true)]
async fn a_delete_may_be_answered_with_any_body() {
    let scene = Scene::new(vec![ok(
        r#"{"Version":{"Major":1},"StatusCode":200,"IsSuccessStatusCode":true}"#,
    )]);
    let operation = scene
        .arm
        .delete(&EXTENSIONS, &scene.id, &[("forceDelete", "true")], &scene.options())
        .await
        .unwrap();
    assert_eq!(operation, None);
    let query = format!("?api-version={}&forceDelete=true", EXTENSIONS.api_version);
    assert!(scene.log()[0].ends_with(&query));
}

#[tokio::test(start_paused = true)]
async fn a_put_that_answers_404_is_refused() {
    let scene = Scene::new(vec![error(404, "NotFound", "who knows")]);
    let error =
        scene.arm.put(&EXTENSIONS, &scene.id, &json!({}), &scene.options()).await.unwrap_err();
    assert!(error.is_not_found() && !error.is_parent_missing());
    assert_eq!(scene.log(), ["0 PUT object"]);
}

#[tokio::test(start_paused = true)]
async fn names_are_escaped_in_the_url() {
    let scene = Scene::new(vec![answer(404, "")]);
    let id = "/subscriptions/s/resourceGroups/grüppe(1)/providers/Microsoft.Kubernetes/connectedClusters/c".parse().unwrap();
    scene.arm.get(&crate::resource_types::CONNECTED_CLUSTERS, &id, &scene.options()).await.unwrap();
    assert!(scene.log()[0].contains("/resourceGroups/gr%C3%BCppe(1)/"), "{:?}", scene.log());
}

/// What a PUT and a PATCH of the extension are answered, and whether that is its success.
#[tokio::test(start_paused = true)]
async fn a_success_shows_the_object_that_was_written() {
    let own = |more: &str| format!(r#"{{"id":"{CLUSTER}{EXTENSION}"{more}}}"#);
    let other = own("").replace("extensions/e", "extensions/f");
    let polled = |step: Step| step.follow_async();
    let at_location = |step: Step| step.with("location", "/subscriptions/s/Ops/2");
    let status = r#"{"id":"/subscriptions/s/Ops/1","name":"1","status":"InProgress"}"#;
    for (about, step, is_usable) in [
        ("the object", ok(&own("")), true),
        ("in another casing", ok(&own("").to_uppercase().replace("\"ID\"", "\"id\"")), true),
        ("after a byte order mark", ok(&format!("\u{feff}{}", own(""))), true),
        ("201", answer(201, &own("")), true),
        ("201 and goes on", polled(object(201, "Creating")), true),
        ("202 and the object", answer(202, &own("")), true),
        ("202, empty, to be polled", polled(answer(202, "")), true),
        ("202, empty, with a location", at_location(answer(202, "")), true),
        ("202, blank, to be polled", polled(answer(202, " \n")), true),
        ("202 and its operation", polled(answer(202, status)), true),
        ("204", answer(204, ""), true),
        ("a page", ok("<html><body>sign in</body></html>"), false),
        ("a page, to be polled", polled(ok("<html>sign in</html>")), false),
        ("a page with 202", polled(answer(202, "<html>sign in</html>")), false),
        ("nothing", ok(""), false),
        ("nothing, to be polled", polled(ok("")), false),
        ("201 and nothing", answer(201, ""), false),
        ("202 and nothing to poll", answer(202, ""), false),
        ("a list", ok("[]"), false),
        ("a list of it", ok(&format!("[{}]", own(""))), false),
        ("null", ok("null"), false),
        ("a number", ok("200"), false),
        ("no ID", ok("{}"), false),
        ("no ID, to be polled", polled(ok(r#"{"properties":{}}"#)), false),
        ("an ID that is none", ok(r#"{"id":7}"#), false),
        ("an operation with 200", polled(ok(status)), false),
        ("another object", ok(&other), false),
        ("another object with 202", polled(answer(202, &other)), false),
        ("its parent", ok(&format!(r#"{{"id":"{CLUSTER}"}}"#)), false),
        ("half of it", ok(&own("")[..40]), false),
        ("203 by a proxy", answer(203, "ok"), false),
    ] {
        for verb in ["PUT", "PATCH"] {
            let scene = Scene::new(vec![step.clone()]);
            let (arm, options, body) = (&scene.arm, scene.options(), json!({}));
            let outcome = match verb {
                "PUT" => arm.put(&EXTENSIONS, &scene.id, &body, &options).await,
                _ => arm.patch(&EXTENSIONS, &scene.id, &body, &options).await,
            };
            match outcome {
                Ok(accepted) => assert!(is_usable, "{verb} {about}: {accepted:?}"),
                Err(error) => {
                    assert!(
                        !is_usable && matches!(error, Error::UnusableResponse { .. }),
                        "{about}: {error}"
                    );
                    assert!(error.may_have_arrived(), "nobody knows what became of it");
                }
            }
            scene.log();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_was_there_at_the_first_try_is_told() {
    let busy = || error(409, "AnotherOperationInProgress", "being created");
    let refused = || lost(TransportError::Unreachable("connection refused".into()));
    for (about, steps, replaced) in [
        ("made", vec![object(201, "Creating")], false),
        ("there", vec![object(200, "Succeeded")], true),
        ("there after a pause", vec![answer(429, ""), object(200, "Succeeded")], true),
        ("there after no connection", vec![refused(), object(200, "Succeeded")], true),
        ("there after the other's operation", vec![busy(), object(200, "Succeeded")], true),
        ("made by the lost try, perhaps", vec![reset(), object(200, "Succeeded")], false),
        ("by the one that was answered 503", vec![answer(503, ""), object(200, "Creating")], false),
        (
            "by the lost one, which the service was busy with",
            vec![reset(), busy(), object(200, "Succeeded")],
            false,
        ),
        ("accepted", vec![object(202, "Creating")], false),
    ] {
        let scene = Scene::new(steps);
        let (options, body) = (scene.options(), json!({}));
        let accepted = scene.arm.put(&EXTENSIONS, &scene.id, &body, &options).await.unwrap();
        assert_eq!(accepted.already_existed, replaced, "{about}");
        scene.log();
    }
    let scene = Scene::new(vec![object(200, "Succeeded")]);
    let (options, body) = (scene.options(), json!({}));
    let accepted = scene.arm.put(&RELAY_NAMESPACES, &scene.id, &body, &options).await.unwrap();
    assert!(!accepted.already_existed, "a service that answers 200 to both tells nothing");
    let scene = Scene::new(vec![object(200, "Succeeded")]);
    let (options, body) = (scene.options(), json!({}));
    let accepted = scene.arm.put(&COMPUTES, &scene.id, &body, &options).await.unwrap();
    assert!(accepted.already_existed);
}

/// Who may claim that the service has not taken a write: only one that was never connected, that
/// was told to slow down, or that met a conflict, at every try.
#[tokio::test(start_paused = true)]
async fn what_may_have_arrived() {
    let refused = || lost(TransportError::Unreachable("connection refused".into()));
    let unknown = || lost(TransportError::UnknownHost("no such host".into()));
    let busy = || error(409, "AnotherOperationInProgress", "an upgrade").with("retry-after", "5");
    let slow = || error(429, "TooManyRequests", "slow down");
    let half =
        || lost(TransportError::Interrupted("end of file before message length reached".into()));
    for (about, steps, forever, may_have_arrived) in [
        ("refused connections", vec![answer(403, "")], refused(), false),
        ("throttled", vec![], slow(), false),
        ("another operation", vec![], busy(), false),
        ("throttled for too long", vec![], slow().with("retry-after", "7200"), false),
        ("reset after sending", vec![], reset(), true),
        ("half an answer", vec![], half(), true),
        ("no answer in time", vec![], object(200, "Succeeded").after(3600), true),
        ("500", vec![], answer(500, ""), true),
        ("502", vec![], answer(502, ""), true),
        ("503", vec![], answer(503, ""), true),
        ("408", vec![], answer(408, ""), true),
        ("reset once, then refused", vec![answer(403, ""), reset()], refused(), true),
        ("reset once, then unknown", vec![answer(403, ""), reset()], unknown(), true),
        ("reset once, then throttled", vec![reset()], slow(), true),
        ("reset once, then busy", vec![reset()], busy(), true),
        (
            "503 once, then throttled for too long",
            vec![answer(503, "")],
            slow().with("retry-after", "7200"),
            true,
        ),
        ("a page", vec![], ok("<html>sign in</html>"), true),
        (
            "not HTTP",
            vec![],
            lost(TransportError::Malformed("invalid HTTP header parsed".into())),
            true,
        ),
        ("too large", vec![], lost(TransportError::TooLarge(64)), true),
        ("TLS", vec![], lost(TransportError::Tls("unknown issuer".into())), false),
        ("a proxy", vec![], lost(TransportError::Proxy("407".into())), false),
        ("refused", vec![], error(400, "BadRequest", "no"), false),
    ] {
        for verb in ["PUT", "PATCH", "DELETE"] {
            // An endpoint that has answered before is called until the deadline.
            let known = steps.first().and_then(Step::status) == Some(403);
            let scene = Scene::endless(steps.clone(), forever.clone()).within(300);
            let (arm, id, options, body) = (&scene.arm, &scene.id, scene.options(), json!({}));
            if known {
                arm.get(&EXTENSIONS, id, &options).await.unwrap_err();
            }
            let outcome = match verb {
                "PUT" => arm.put(&EXTENSIONS, id, &body, &options).await.map(drop),
                "PATCH" => arm.patch(&EXTENSIONS, id, &body, &options).await.map(drop),
                _ if about == "a page" => continue,
                _ => arm.delete(&EXTENSIONS, id, &[], &options).await.map(drop),
            };
            let error = outcome.unwrap_err();
            assert_eq!(error.may_have_arrived(), may_have_arrived, "{verb} {about}: {error}");
        }
    }
}
