//! What becomes of a write whose operation cannot be followed.

use serde_json::{Value, json};

use super::delete;
use crate::error::Error;
use crate::lro::Operation;
use crate::resource_types::{COMPUTES, EXTENSIONS, ResourceType};
use crate::scripted_arm::{Scene, Step, answer, error, object, ok, reset, status};
use crate::transport::TransportError;

/// How a write ends.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// With the object.
    Well,
    /// Nobody knows, and the next apply finds out.
    UnknownOutcome,
    /// With the service's failure.
    Failed,
    /// With what the poll met.
    Refused,
}

/// Every way in which an operation's own URL ends to be of use. The last answers for ever.
fn refusals() -> Vec<(&'static str, Step)> {
    vec![
        ("401", answer(401, "")),
        ("403", error(403, "AuthorizationFailed", "may not read the status")),
        ("404", answer(404, "").with("retry-after", "1")),
        ("302", answer(302, "").with("location", "https://login.example/")),
        ("307", answer(307, "").with("location", "/elsewhere")),
        ("400", error(400, "BadRequest", "no such version")),
        ("410", answer(410, "")),
        ("TLS", crate::scripted_arm::lost(TransportError::Tls("unknown issuer".into()))),
        ("too large", crate::scripted_arm::lost(TransportError::TooLarge(64))),
    ]
}

fn held(state: &str, value: &str) -> Step {
    let id = Scene::new(Vec::new()).id.to_string();
    ok(&json!({"id": id, "properties": {"provisioningState": state, "a": value}}).to_string())
}

/// PUT or PATCH of `{"properties": {"a": "new"}}` and more, then a poll that is refused, then the
/// object.
async fn ends(
    kind: &ResourceType, verb: &str, refused: &Step, looks: Vec<Step>, more: Value,
) -> End {
    let mut polls = vec![refused.clone()];
    if matches!(refused.status(), Some(404)) {
        polls = vec![refused.clone(); 20];
    }
    let first = held("Updating", "new").follow_async();
    let last = looks.last().cloned().unwrap();
    let scene = Scene::endless([vec![first], polls, looks].into_iter().flatten().collect(), last);
    let mut body = json!({"properties": {"a": "new"}});
    body["properties"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let (arm, id, options) = (&scene.arm, &scene.id, scene.options());
    let accepted = match verb {
        "PUT" => arm.put(kind, id, &body, &options).await,
        _ => arm.patch(kind, id, &body, &options).await,
    };
    let operation = accepted.unwrap().operation;
    match arm.wait_until_done(kind, id, operation.as_ref(), &options).await {
        Ok(_) => End::Well,
        Err(Error::OutcomeUnknown(_)) => End::UnknownOutcome,
        Err(Error::OperationFailed(_)) => End::Failed,
        Err(_) => End::Refused,
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_is_refused_or_lost_asks_the_object() {
    let spreading = || error(403, "AuthorizationFailed", "may not read the object");
    let tables: [(&str, Vec<Step>, End); 9] = [
        ("it has settled", vec![held("Succeeded", "new")], End::Well),
        (
            "it settles later",
            vec![held("Updating", "old"), held("Creating", "old"), held("Succeeded", "new")],
            End::Well,
        ),
        ("it is as it was", vec![held("Succeeded", "old")], End::UnknownOutcome),
        (
            "it has changed to something else",
            vec![held("Updating", "old"), held("Succeeded", "old")],
            End::UnknownOutcome,
        ),
        ("it has failed", vec![held("Failed", "new")], End::Failed),
        ("it fails later", vec![held("Updating", "new"), held("Canceled", "new")], End::Failed),
        ("it may not be read", vec![answer(401, "")], End::Refused),
        (
            "it may be read once the right has spread",
            vec![spreading(), spreading(), held("Succeeded", "new")],
            End::Well,
        ),
        ("it is not there", vec![answer(404, "")], End::Refused),
    ];
    for (name, refused) in refusals() {
        for kind in [&EXTENSIONS, &COMPUTES] {
            for verb in ["PUT", "PATCH"] {
                for (about, looks, expected) in &tables {
                    let end = ends(kind, verb, &refused, looks.clone(), json!({})).await;
                    assert_eq!(end, *expected, "{name} {verb} {}: {about}", kind.noun);
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_no_answer_shows_needs_an_object_that_was_at_work() {
    let secret = || json!({"configurationProtectedSettings": {"key": "canary"}});
    for (name, refused) in refusals() {
        let rests = vec![held("Succeeded", "new")];
        let end = ends(&EXTENSIONS, "PATCH", &refused, rests, secret()).await;
        assert_eq!(end, End::UnknownOutcome, "{name}");
        let works = vec![held("Updating", "new"), held("Succeeded", "new")];
        let end = ends(&EXTENSIONS, "PATCH", &refused, works, secret()).await;
        assert_eq!(end, End::Well, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_error_is_what_the_poll_met_and_carries_the_object() {
    let refused = error(403, "AuthorizationFailed", "may not read the status");
    let (first, rests) = (held("Updating", "new").follow_async(), held("Succeeded", "old"));
    let scene = Scene::endless(vec![first, refused], rests);
    let body = json!({"properties": {"a": "new"}});
    let options = scene.options();
    let accepted = scene.arm.patch(&EXTENSIONS, &scene.id, &body, &options).await.unwrap();
    let operation = accepted.operation;
    let outcome =
        scene.arm.wait_until_done(&EXTENSIONS, &scene.id, operation.as_ref(), &options).await;
    let error = outcome.unwrap_err();
    assert!(error.has_code("AuthorizationFailed"), "{error}");
    assert_eq!(error.object().unwrap().properties()["a"], "old");
    let url = &error.error_response().unwrap().url;
    assert_eq!(url, "https://arm.example/subscriptions/s/Ops/1");
    assert_eq!(
        scene.log(),
        ["0 PATCH object", "1 GET operation", "1 GET object", "1 GET object"],
        "the object is asked at once"
    );
}

/// The object stands in for a URL that is not ours to ask. Nothing has said that it is at work.
#[tokio::test(start_paused = true)]
async fn an_answer_that_names_nothing_to_follow_proves_as_little() {
    let foreign = "https://evil.example/ops/1";
    for (first, rests, ends_well) in
        [("Updating", "new", true), ("Updating", "old", true), ("Odd", "old", true)]
    {
        let first = held(first, "new").with("azure-asyncoperation", foreign);
        let scene = Scene::endless(vec![first], held("Succeeded", rests));
        let (options, body) = (scene.options(), json!({"properties": {"a": "new"}}));
        let accepted = scene.arm.put(&EXTENSIONS, &scene.id, &body, &options).await.unwrap();
        let operation = accepted.operation;
        let outcome =
            scene.arm.wait_until_done(&EXTENSIONS, &scene.id, operation.as_ref(), &options).await;
        assert_eq!(outcome.is_ok(), ends_well, "{outcome:?}");
    }
    let first = answer(202, "").with("azure-asyncoperation", foreign);
    let scene = Scene::endless(vec![first], held("Succeeded", "old"));
    let (options, body) = (scene.options(), json!({"properties": {"a": "new"}}));
    let accepted = scene.arm.put(&EXTENSIONS, &scene.id, &body, &options).await.unwrap();
    let operation = accepted.operation;
    let outcome =
        scene.arm.wait_until_done(&EXTENSIONS, &scene.id, operation.as_ref(), &options).await;
    assert!(matches!(outcome, Err(Error::OutcomeUnknown(_))), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn a_deletion_whose_poll_is_refused_is_seen_by_its_object() {
    let gone = || answer(404, "");
    for (name, refused) in refusals() {
        if name == "404" {
            // That ends a deletion.
            continue;
        }
        let begun = || answer(202, "").follow_async();
        for (looks, ends_well) in [
            (vec![gone()], true),
            (vec![object(200, "Deleting"), object(200, "Deleting"), gone()], true),
            (vec![object(200, "Succeeded"), gone()], true),
            (vec![object(200, "Succeeded")], false),
            (vec![object(200, "Failed")], false),
            (vec![answer(401, "")], false),
        ] {
            let last = looks.last().cloned().unwrap();
            let steps = [vec![begun(), refused.clone()], looks].into_iter().flatten().collect();
            let scene = Scene::endless(steps, last);
            let outcome = delete(&scene).await;
            assert_eq!(outcome.is_ok(), ends_well, "{name}: {outcome:?}");
            let last = scene.script.seen().last().unwrap().at.as_secs();
            assert!(
                last < 200,
                "{name}: a deletion that nothing shows is not waited for: {last} s"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_goes_on_is_waited_for_and_its_deadline_tells_of_the_poll() {
    let refused = error(403, "AuthorizationFailed", "may not read the status");
    let steps = vec![held("Updating", "new").follow_async(), status("Updating"), refused];
    let scene = Scene::endless(steps, held("Updating", "new")).within(600);
    let error = super::create(&scene).await.unwrap_err();
    let Error::DeadlineExceeded(deadline) = &error else { panic!("{error}") };
    assert_eq!((deadline.elapsed.as_secs(), deadline.status.as_deref()), (600, Some("Updating")));
    assert!(error.to_string().contains("may not read the status"), "{error}");
    assert!(scene.log().len() > 20);
}

/// Resumed by another process, which compares the object itself.
#[tokio::test(start_paused = true)]
async fn a_stored_operation_ends_with_its_object() {
    let scene = Scene::new(vec![
        held("Updating", "new").follow_async(),
        reset(),
        answer(403, ""),
        held("Succeeded", "old"),
        held("Succeeded", "old"),
    ]);
    let operation = super::operation_after(&scene).await.unwrap();
    let stored = serde_json::to_string(&operation).unwrap();
    let resumed: Operation = serde_json::from_str(&stored).unwrap();
    let options = scene.options();
    scene.arm.wait_until_done(&EXTENSIONS, &scene.id, Some(&resumed), &options).await.unwrap();
    assert_eq!(scene.log().len(), 5);
}
