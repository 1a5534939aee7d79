//! How long-running operations end.

use std::time::Duration;

use tokio::time::Instant;

use super::{create, creates, delete, fails};
use crate::call_options::CallOptions;
use crate::error::Error;
use crate::resource_types::EXTENSIONS;
use crate::scripted_arm::{OPERATION, Scene, Step, answer, error, object, ok, status};

const LOG: [&str; 3] = ["0 PUT object", "1 GET operation", "1 GET object"];

fn begun() -> Step {
    object(201, "Creating").follow_async()
}

#[tokio::test(start_paused = true)]
async fn the_error_is_found_wherever_it_stands() {
    let nested = r#"{"status":"Failed","error":{"code":"Outer","message":"o","details":[{"code":"Inner","message":"helm said no"}]}}"#;
    let below =
        r#"{"status":"Failed","properties":{"error":{"code":"Inner","message":"helm said no"}}}"#;
    let state = r#"{"properties":{"provisioningState":"Failed"},"error":{"code":"Inner","message":"helm said no"}}"#;
    for body in [nested, below, state] {
        let error = fails(vec![begun(), ok(body), object(200, "Failed")], &LOG).await;
        assert!(error.has_code("inner"), "{error:?}");
        assert_eq!(error.service_error().unwrap().innermost().message, "helm said no");
        assert!(error.to_string().contains("Inner: helm said no"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_statuses_of_the_extension_are_told_too() {
    let object = ok(r#"{"properties":{"provisioningState":"Failed","statuses":[
        {"code":"InstallationFailed","level":"Error","message":"pods are pending"}]}}"#);
    let failed = ok(
        r#"{"status":"Failed","error":{"code":"ExtensionOperationFailed","message":"timed out"}}"#,
    );
    let error = fails(vec![begun(), failed, object], &LOG).await;
    let text = error.to_string();
    assert!(
        text.contains("ExtensionOperationFailed: timed out") && text.contains("pods are pending"),
        "{text}"
    );
    assert_eq!(error.code(), Some("ExtensionOperationFailed"));
    assert_eq!(error.object().unwrap().provisioning_state(), Some("Failed"));
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_one_whatever_status_carries_it() {
    for code in [200, 400, 409] {
        let failed = answer(code, r#"{"status":"Failed","error":{"code":"Nope","message":"no"}}"#);
        let error = fails(vec![begun(), failed, object(200, "Failed")], &LOG).await;
        assert!(
            matches!(&error, Error::OperationFailed(failure) if failure.status == "Failed"),
            "{code}: {error}"
        );
        assert_eq!(error.code(), Some("Nope"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_without_reason_says_where_to_look() {
    let failed = status("Failed")
        .with("x-ms-request-id", "req-1")
        .with("x-ms-correlation-request-id", "cor-1");
    let error = fails(vec![begun(), failed.clone(), object(200, "Failed")], &LOG).await;
    let text = error.to_string();
    for expected in ["Failed", "/subscriptions/s/Ops/1", "req-1", "cor-1", "no reason"] {
        assert!(text.contains(expected), "{text}");
    }
    let told = ok(
        r#"{"properties":{"provisioningState":"Failed","errorInfo":{"code":"Own","message":"mine"}}}"#,
    );
    let error = fails(vec![begun(), failed.clone(), told], &LOG).await;
    assert_eq!(error.code(), Some("Own"));
    let told = ok(
        r#"{"properties":{"provisioningState":"Failed","provisioningErrors":[{"error":{"code":"Ml","message":"m"}}]}}"#,
    );
    assert_eq!(fails(vec![begun(), failed, told], &LOG).await.code(), Some("Ml"));
}

#[tokio::test(start_paused = true)]
async fn cancelled_is_worded_as_cancelled() {
    let cancelled =
        ok(r#"{"status":"Canceled","error":{"code":"Stopped","message":"by an operator"}}"#);
    let text = fails(vec![begun(), cancelled, object(200, "Canceled")], &LOG).await.to_string();
    assert!(text.contains("was cancelled") && text.contains("Stopped: by an operator"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn the_object_may_take_its_time_to_show() {
    for code in [404, 403] {
        let steps = vec![
            begun(),
            status("Succeeded"),
            answer(code, ""),
            answer(code, ""),
            object(200, "Succeeded"),
        ];
        creates(
            steps,
            &["0 PUT object", "1 GET operation", "1 GET object", "1 GET object", "2 GET object"],
        )
        .await;
    }
    let scene =
        Scene::endless(vec![begun(), status("Succeeded")], error(403, "AuthorizationFailed", "no"));
    assert!(create(&scene).await.unwrap_err().is_forbidden());
    let last = scene.script.seen().last().unwrap().at.as_secs();
    assert!((100..=190).contains(&last), "gave up after {last} s");
}

#[tokio::test(start_paused = true)]
async fn a_state_that_lags_behind_its_operation_is_waited_for() {
    let steps =
        vec![begun(), status("Succeeded"), object(200, "Creating"), object(200, "Succeeded")];
    creates(steps, &["0 PUT object", "1 GET operation", "1 GET object", "1 GET object"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_failed_object_after_a_good_operation_is_an_error_with_the_object() {
    let failed = ok(
        r#"{"properties":{"provisioningState":"Failed","errorInfo":{"code":"Late","message":"after all"}}}"#,
    );
    let error = fails(vec![begun(), status("Succeeded"), failed], &LOG).await;
    assert_eq!(error.code(), Some("Late"));
    assert_eq!(error.object().unwrap().provisioning_state(), Some("Failed"));
}

#[tokio::test(start_paused = true)]
async fn the_final_read_is_retried() {
    let scene =
        Scene::new(vec![begun(), status("Succeeded"), answer(503, ""), object(200, "Succeeded")]);
    create(&scene).await.unwrap();
    assert_eq!(scene.requests(), ["PUT object", "GET operation", "GET object", "GET object"]);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_a_sleep_and_a_request_alike() {
    let in_flight = || status("Creating").after(100);
    for (steps, seconds) in [
        (vec![begun(), status("Creating")], 1),
        (vec![begun(), status("Creating"), in_flight()], 25),
    ] {
        let scene = Scene::new(steps).within(seconds);
        let Err(Error::DeadlineExceeded(deadline)) = create(&scene).await else {
            panic!("no deadline")
        };
        assert_eq!(
            (deadline.elapsed.as_secs(), deadline.status.as_deref()),
            (seconds, Some("Creating"))
        );
        assert_eq!(deadline.url.as_deref(), Some("https://arm.example/subscriptions/s/Ops/1"));
        assert_eq!(scene.options().time_left(), Duration::ZERO);
        scene.log();
    }
}

/// Runs a create that is stopped after some seconds, and tells how long it went on.
async fn stopped_after(
    scene: &Scene, seconds: u64,
) -> (Result<crate::ArmResource, Error>, Duration) {
    let stop = async {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        scene.stop.cancel();
        Instant::now()
    };
    let (outcome, at) = tokio::join!(create(scene), stop);
    (outcome, at.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_sleep_and_a_request_within_a_second() {
    for steps in [
        vec![begun(), status("Creating").with("retry-after", "50")],
        vec![begun(), status("Creating").after(50)],
        vec![begun().after(50)],
        vec![answer(503, "").with("retry-after", "50")],
    ] {
        let scene = Scene::new(steps);
        let (outcome, late) = stopped_after(&scene, 12).await;
        assert!(matches!(outcome, Err(Error::Stopped)), "{outcome:?}");
        assert!(late < Duration::from_secs(1), "{late:?}");
        scene.log();
    }
}

#[tokio::test(start_paused = true)]
async fn the_answer_to_a_write_in_flight_is_not_thrown_away() {
    let scene = Scene::new(vec![begun().after(12)]);
    let body = serde_json::json!({});
    let options = scene.options();
    let put = scene.arm.put(&EXTENSIONS, &scene.id, &body, &options);
    let stop = async {
        tokio::time::sleep(Duration::from_millis(11_500)).await;
        scene.stop.cancel();
    };
    let (accepted, ()) = tokio::join!(put, stop);
    assert!(accepted.unwrap().operation.is_some());
    let after = scene.arm.get(&EXTENSIONS, &scene.id, &options).await;
    assert!(matches!(after, Err(Error::Stopped)));
    assert_eq!(scene.log(), ["0 PUT object"]);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_whose_operation_is_gone_has_ended() {
    let first = answer(202, "").follow_async();
    let scene = Scene::new(vec![first, status("Deleting"), answer(404, ""), answer(404, "")]);
    delete(&scene).await.unwrap();
    assert_eq!(
        scene.log(),
        ["0 DELETE object", "1 GET operation", "2 GET operation", "2 GET object"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_deletion_may_end_with_a_204() {
    let by_location = answer(202, "").with("location", OPERATION);
    for first in [answer(202, "").follow_async(), by_location] {
        let scene = Scene::new(vec![first, answer(204, ""), answer(404, "")]);
        delete(&scene).await.unwrap();
        assert_eq!(scene.log(), ["0 DELETE object", "1 GET operation", "1 GET object"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_is_confirmed_until_404() {
    let first = answer(202, "").with("location", OPERATION);
    let lingers = [object(200, "Deleting"), object(200, "Succeeded")];
    let gone = [answer(404, ""), answer(404, "")];
    let scene = Scene::new([first, ok("")].into_iter().chain(lingers).chain(gone).collect());
    delete(&scene).await.unwrap();
    let log = [
        "0 DELETE object",
        "1 GET operation",
        "1 GET object",
        "1 GET object",
        "2 GET object",
        "3 GET object",
    ];
    assert_eq!(scene.log(), log);
    let scene = Scene::endless(vec![answer(200, "{}")], object(200, "Deleting")).within(100);
    let Err(Error::DeadlineExceeded(deadline)) = delete(&scene).await else {
        panic!("no deadline")
    };
    assert_eq!(deadline.status.as_deref(), Some("Deleting"));
    scene.log();
}

#[tokio::test(start_paused = true)]
async fn an_object_that_comes_back_is_not_gone_until_its_absence_holds() {
    let (there, gone) = (object(200, "Deleting"), answer(404, ""));
    let begun = [answer(202, "").follow_async(), status("Succeeded")];
    let looks = [there.clone(), gone.clone(), there, gone.clone(), gone];
    let scene = Scene::new(begun.into_iter().chain(looks).collect());
    delete(&scene).await.unwrap();
    assert_eq!(scene.requests().len(), 7, "the last two looks in a row found nothing");
}

#[tokio::test(start_paused = true)]
async fn an_absent_object_is_deleted_already() {
    for first in [answer(404, ""), answer(204, ""), error(404, "ResourceGroupNotFound", "no group")]
    {
        let scene = Scene::new(vec![first, answer(404, "")]);
        delete(&scene).await.unwrap();
        assert_eq!(scene.log(), ["0 DELETE object", "0 GET object"]);
    }
    let gone = error(404, "ParentResourceNotFound", "no cluster");
    let scene = Scene::new(vec![answer(200, ""), gone]);
    delete(&scene).await.unwrap();
    scene.log();
}

#[tokio::test(start_paused = true)]
async fn another_operation_is_waited_for_before_the_delete_is_sent_again() {
    let busy =
        error(409, "OperationInProgress", "an update is in progress").with("retry-after", "5");
    let steps = vec![busy, answer(202, "").follow_async(), status("Succeeded"), answer(404, "")];
    let scene = Scene::new(steps);
    delete(&scene).await.unwrap();
    assert_eq!(
        scene.log(),
        ["0 DELETE object", "5 DELETE object", "6 GET operation", "6 GET object"]
    );
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_in_the_services_words() {
    let told = std::sync::Mutex::new(Vec::new());
    let scene = Scene::new(vec![
        begun(),
        status("Marinating"),
        ok(
            r#"{"status": "Marinating", "error": {"code": "Slow", "message": "the pods\u001b start"}}"#,
        ),
        ok("<p>busy</p>"),
        status("Succeeded"),
        object(200, "Succeeded"),
    ]);
    let listener = |progress: &crate::Progress<'_>| told.lock().unwrap().push(progress.to_string());
    let options: CallOptions<'_> = scene.options().with_progress(&listener);
    let operation = super::operation_after(&scene).await;
    scene.arm.wait_until_done(&EXTENSIONS, &scene.id, operation.as_ref(), &options).await.unwrap();
    assert_eq!(
        *told.lock().unwrap(),
        [
            "running after 0 s",
            "Marinating after 1 s",
            "Marinating after 2 s: the pods start",
            "Marinating after 3 s: GET https://arm.example/subscriptions/s/Ops/1: the answer is not \
             JSON: expected value at line 1 column 1",
        ]
    );
}
