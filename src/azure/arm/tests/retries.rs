//! What is sent again.

use std::time::Duration;

use serde_json::json;

use super::create;
use crate::error::Error;
use crate::resource_types::EXTENSIONS;
use crate::scripted_arm::{Scene, Step, answer, error, lost, object, ok, reset, status};
use crate::transport::TransportError;

/// Calls one verb against a script, and gives the requests that were made.
async fn requests_of(verb: &str, steps: Vec<Step>) -> (Result<(), Error>, Vec<String>) {
    let scene = Scene::new(steps);
    let (arm, id, options, body) = (&scene.arm, &scene.id, scene.options(), json!({"a": [1, 2]}));
    let outcome = match verb {
        "GET" => arm.get(&EXTENSIONS, id, &options).await.map(|_| ()),
        "PUT" => arm.put(&EXTENSIONS, id, &body, &options).await.map(|_| ()),
        "PATCH" => arm.patch(&EXTENSIONS, id, &body, &options).await.map(|_| ()),
        "DELETE" => arm.delete(&EXTENSIONS, id, &[], &options).await.map(|_| ()),
        _ => arm.post(&EXTENSIONS, id, "listKeys", &options).await.map(|_| ()),
    };
    let same_id = |seen: &crate::scripted_arm::Seen| {
        seen.request.header("x-ms-client-request-id").map(str::to_owned)
    };
    let ids: std::collections::HashSet<_> = scene.script.seen().iter().map(same_id).collect();
    assert_eq!(ids.len(), 1, "the tries of one request share their ID");
    (outcome, scene.requests())
}

const VERBS: [&str; 5] = ["GET", "PUT", "PATCH", "DELETE", "POST"];

#[tokio::test(start_paused = true)]
async fn passing_statuses_are_tried_again_by_every_verb() {
    for code in [408, 429, 500, 502, 503, 504] {
        for verb in VERBS {
            let (outcome, requests) =
                requests_of(verb, vec![answer(code, "<p>busy</p>"), object(200, "Succeeded")])
                    .await;
            outcome.unwrap_or_else(|error| panic!("{verb} {code}: {error}"));
            assert_eq!(requests.len(), 2, "{verb} {code}");
            assert_eq!(requests[0], requests[1]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_that_outlasts_the_deadline_fails_now() {
    let scene =
        Scene::new(vec![error(429, "TooManyRequests", "slow down").with("retry-after", "7200")]);
    let error = scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("7200 s") && text.contains("slow down"), "{text}");
    assert_eq!(scene.log(), ["0 GET object"]);
    assert!(scene.options().time_left() > Duration::from_secs(3500));
}

#[tokio::test(start_paused = true)]
async fn otherwise_the_full_retry_after_is_waited() {
    let scene =
        Scene::new(vec![answer(429, "").with("retry-after", "600"), object(200, "Succeeded")]);
    scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap().unwrap();
    let second = scene.script.seen()[1].at;
    assert!(second >= Duration::from_mins(10) && second < Duration::from_secs(602), "{second:?}");
}

#[tokio::test(start_paused = true)]
async fn throttling_without_retry_after_is_bounded_by_the_deadline_only() {
    let scene =
        Scene::new((0..30).map(|_| answer(429, "")).chain([object(200, "Succeeded")]).collect());
    scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap().unwrap();
    assert_eq!(scene.requests().len(), 31);
    let gaps: Vec<Duration> =
        scene.script.seen().windows(2).map(|pair| pair[1].at.saturating_sub(pair[0].at)).collect();
    assert!(gaps[0] < Duration::from_secs(2) && gaps[4] > Duration::from_secs(7), "{gaps:?}");
    let scene = Scene::endless(vec![], error(429, "TooManyRequests", "still")).within(300);
    let text =
        scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap_err().to_string();
    assert!(text.contains("300 s") && text.contains("TooManyRequests: still"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn lost_answers_are_asked_for_again() {
    let refused = || lost(TransportError::Unreachable("connection refused".into()));
    let truncated =
        || lost(TransportError::Interrupted("end of file before message length reached".into()));
    for verb in VERBS {
        let (outcome, requests) =
            requests_of(verb, vec![refused(), reset(), truncated(), object(200, "Succeeded")])
                .await;
        outcome.unwrap_or_else(|error| panic!("{verb}: {error}"));
        assert_eq!(requests.len(), 4, "{verb}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_has_answered_is_called_until_the_deadline() {
    let scene = Scene::endless(
        vec![answer(503, "busy")],
        lost(TransportError::Unreachable("connection refused".into())),
    )
    .within(300);
    let text =
        scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap_err().to_string();
    assert!(
        text.contains("300 s") && text.contains("arm.example: cannot connect: connection refused"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_never_answered_is_given_up_after_a_minute() {
    let scene =
        Scene::endless(vec![], lost(TransportError::Unreachable("connection refused".into())));
    let error = scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap_err();
    assert_eq!(error.to_string(), "https://arm.example: cannot connect: connection refused");
    let spent = scene.timeout.saturating_sub(scene.options().time_left());
    assert_eq!(spent, Duration::from_mins(1));
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_is_given_up_and_asked_for_again() {
    let (slow, at_once) = (object(200, "Succeeded").after(3600), object(200, "Succeeded"));
    let (outcome, requests) = requests_of("PUT", vec![slow, at_once]).await;
    outcome.unwrap();
    assert_eq!(requests, ["PUT object", "PUT object"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_pass_fails_at_once() {
    for error in [
        TransportError::Tls("invalid peer certificate: Expired".into()),
        TransportError::UnknownHost("no such host".into()),
        TransportError::Proxy("407".into()),
    ] {
        let (outcome, requests) = requests_of("PUT", vec![lost(error.clone())]).await;
        assert_eq!(outcome.unwrap_err().to_string(), format!("https://arm.example: {error}"));
        assert_eq!(requests, ["PUT object"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_body_is_complete_on_every_try() {
    let scene = Scene::new(vec![reset(), answer(503, ""), object(200, "Succeeded")]);
    let body = json!({"properties": {"list": [1, 2, 3], "text": "ü"}});
    scene.arm.put(&EXTENSIONS, &scene.id, &body, &scene.options()).await.unwrap();
    for seen in scene.script.seen() {
        assert_eq!(seen.request.body.as_deref(), Some(body.to_string().as_bytes()));
    }
    assert_eq!(scene.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_put_whose_answer_was_lost_ends_in_the_same_state() {
    let busy = error(409, "Conflict", "the state is Creating");
    let steps = vec![
        reset(),
        busy,
        object(200, "Creating"),
        object(200, "Creating").follow_async(),
        status("Succeeded"),
        object(200, "Succeeded"),
    ];
    let scene = Scene::new(steps);
    assert_eq!(create(&scene).await.unwrap().provisioning_state(), Some("Succeeded"));
    let log =
        ["PUT object", "PUT object", "GET object", "PUT object", "GET operation", "GET object"];
    assert_eq!(scene.requests(), log);
}

#[tokio::test(start_paused = true)]
async fn a_post_is_safe_to_repeat() {
    let (outcome, requests) = requests_of("POST", vec![reset(), ok("{}")]).await;
    outcome.unwrap();
    assert_eq!(requests.len(), 2);
    assert!(requests[0].contains("/extensions/e/listKeys?api-version="), "{}", requests[0]);
}

#[tokio::test(start_paused = true)]
async fn callers_that_met_the_same_fault_do_not_return_together() {
    let scene =
        Scene::new((0..10).map(|_| answer(503, "")).chain((0..10).map(|_| ok("{}"))).collect());
    let options = scene.options();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (arm, id, stop, deadline) =
            (scene.arm.clone(), scene.id.clone(), scene.stop.clone(), options.deadline);
        calls.spawn(async move {
            arm.get(&EXTENSIONS, &id, &crate::CallOptions::new(deadline, &stop)).await.map(|_| ())
        });
    }
    assert!(calls.join_all().await.iter().all(Result::is_ok));
    let seen = scene.script.seen();
    let returned: std::collections::HashSet<u128> =
        seen[10..].iter().map(|seen| seen.at.as_millis()).collect();
    assert!(returned.len() >= 5, "{returned:?}");
    assert_eq!(scene.requests().len(), 20);
}

/// The deadline alone ends the tries; the pauses bound how many there are until then.
#[tokio::test(start_paused = true)]
async fn an_outage_of_an_hour_costs_a_caller_hardly_more_than_a_try_a_minute() {
    let scene = Scene::endless(Vec::new(), answer(503, ""));
    let failed = scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap_err();
    assert!(matches!(failed, Error::DeadlineExceeded(_)), "{failed}");
    let seen = scene.script.seen();
    let in_the_first_minute = seen.iter().filter(|seen| seen.at.as_secs() < 60).count();
    assert!((5..=8).contains(&in_the_first_minute), "{in_the_first_minute}");
    assert!((50..=90).contains(&seen.len()), "{}", seen.len());
}

#[tokio::test(start_paused = true)]
async fn another_operation_is_waited_out_and_named() {
    for (code, message) in [
        ("AnotherOperationInProgress", "extension x is being updated"),
        ("RetryableErrorDueToAnotherOperation", "try later"),
    ] {
        let told = std::sync::Mutex::new(Vec::new());
        let busy = error(409, code, message);
        let scene =
            Scene::new(vec![busy.clone().with("retry-after", "3"), busy, object(200, "Succeeded")]);
        let listener =
            |progress: &crate::Progress<'_>| told.lock().unwrap().push(progress.to_string());
        let options = scene.options().with_progress(&listener);
        scene.arm.put(&EXTENSIONS, &scene.id, &json!({}), &options).await.unwrap();
        assert_eq!(scene.log(), ["0 PUT object", "3 PUT object", "4 PUT object"]);
        let expected = format!("waiting 3 s for another operation: {code}: {message}");
        assert_eq!(told.lock().unwrap()[0], expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_is_waited_out_only_while_the_object_changes() {
    for state in ["Creating", "Deleting"] {
        let steps =
            vec![error(409, "Conflict", "no"), object(200, state), object(200, "Succeeded")];
        let scene = Scene::new(steps);
        scene.arm.put(&EXTENSIONS, &scene.id, &json!({}), &scene.options()).await.unwrap();
        assert_eq!(scene.log(), ["0 PUT object", "0 GET object", "1 PUT object"]);
    }
    for looked_at in
        [object(200, "Succeeded"), answer(404, ""), error(403, "AuthorizationFailed", "")]
    {
        let scene = Scene::new(vec![error(409, "Conflict", "real"), looked_at]);
        let error =
            scene.arm.put(&EXTENSIONS, &scene.id, &json!({}), &scene.options()).await.unwrap_err();
        assert!(error.has_status(409) && error.code() == Some("Conflict"), "{error}");
        assert_eq!(scene.log(), ["0 PUT object", "0 GET object"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_names_the_other_operation() {
    let scene =
        Scene::endless(vec![], error(409, "AnotherOperationInProgress", "extension x")).within(25);
    let error =
        scene.arm.put(&EXTENSIONS, &scene.id, &json!({}), &scene.options()).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("25 s") && text.contains("AnotherOperationInProgress: extension x"),
        "{text}"
    );
    assert_eq!(scene.log().len(), 18);
}

#[tokio::test(start_paused = true)]
async fn a_real_409_is_an_error_at_once() {
    for code in ["MissingSubscriptionRegistration", "ScopeLocked"] {
        for verb in ["PUT", "PATCH", "DELETE"] {
            let (outcome, requests) = requests_of(verb, vec![error(409, code, "no")]).await;
            assert_eq!(outcome.unwrap_err().code(), Some(code));
            assert_eq!(requests.len(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_is_asked_once() {
    for code in [400, 401, 403, 412] {
        for verb in VERBS {
            let (outcome, requests) = requests_of(verb, vec![error(code, "Wrong", "no")]).await;
            assert_eq!(outcome.unwrap_err().code(), Some("Wrong"), "{verb} {code}");
            assert_eq!(requests.len(), 1, "{verb} {code}");
        }
    }
    for verb in VERBS {
        let (_, requests) = requests_of(verb, vec![error(404, "NotFound", "no")]).await;
        assert_eq!(requests.len(), 1, "{verb} 404");
    }
}
