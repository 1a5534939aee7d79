//! What is polled and how often.

use super::{create, creates, delete, fails};
use crate::error::Error;
use crate::resource_types::EXTENSIONS;
use crate::scripted_arm::{OPERATION, Scene, answer, error, object, ok, reset, status};

fn location() -> crate::scripted_arm::Step {
    answer(202, "").with("location", OPERATION)
}

fn begun() -> crate::scripted_arm::Step {
    object(201, "Creating").follow_async()
}

#[tokio::test(start_paused = true)]
async fn location_is_polled_until_it_is_no_longer_202() {
    let steps = vec![
        location(),
        location(),
        location(),
        object(200, "Succeeded"),
        object(200, "Succeeded"),
    ];
    let log =
        ["0 PUT object", "1 GET operation", "2 GET operation", "3 GET operation", "3 GET object"];
    creates(steps, &log).await;
}

#[tokio::test(start_paused = true)]
async fn async_operation_is_polled_until_it_succeeds() {
    let steps = vec![
        begun(),
        status("InProgress"),
        status("InProgress"),
        status("Succeeded"),
        object(200, "Succeeded"),
    ];
    let log =
        ["0 PUT object", "1 GET operation", "2 GET operation", "3 GET operation", "3 GET object"];
    creates(steps, &log).await;
}

#[tokio::test(start_paused = true)]
async fn a_200_without_header_is_done() {
    creates(
        vec![object(200, "Succeeded"), object(200, "Succeeded")],
        &["0 PUT object", "0 GET object"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_200_without_header_while_creating_watches_the_object() {
    let steps = vec![
        object(200, "Creating"),
        object(200, "Creating"),
        object(200, "Succeeded"),
        object(200, "Succeeded"),
    ];
    creates(steps, &["0 PUT object", "1 GET object", "2 GET object", "2 GET object"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_201_without_header_and_state_is_done() {
    let bare =
        serde_json::json!({"id": Scene::new(vec![]).id.to_string(), "name": "e"}).to_string();
    let scene = Scene::new(vec![answer(201, &bare), ok(&bare)]);
    assert_eq!(create(&scene).await.unwrap().name(), Some("e"));
    assert_eq!(scene.log(), ["0 PUT object", "0 GET object"]);
}

#[tokio::test(start_paused = true)]
async fn a_terminal_state_beside_a_header_is_done() {
    let steps = vec![object(201, "Succeeded").follow_async(), object(200, "Succeeded")];
    creates(steps, &["0 PUT object", "0 GET object"]).await;
}

#[tokio::test(start_paused = true)]
async fn the_async_url_is_preferred_to_location() {
    let first =
        location().follow_async().with("location", "https://arm.example/subscriptions/s/other");
    let log = ["0 PUT object", "1 GET operation", "1 GET object"];
    creates(vec![first, status("Succeeded"), object(200, "Succeeded")], &log).await;
    let first = answer(202, "")
        .with("operation-location", OPERATION)
        .with("location", "/subscriptions/s/other");
    creates(vec![first, status("Succeeded"), object(200, "Succeeded")], &log).await;
}

#[tokio::test(start_paused = true)]
async fn a_202_to_delete_without_a_header_is_an_error_that_names_it() {
    let scene = Scene::new(vec![answer(202, "")]);
    let text = delete(&scene).await.unwrap_err().to_string();
    assert!(text.contains("Azure-AsyncOperation") && text.contains("202 Accepted"), "{text}");
    assert_eq!(scene.log(), ["0 DELETE object"]);
}

#[tokio::test(start_paused = true)]
async fn a_204_is_success_without_a_body() {
    creates(vec![answer(204, ""), object(200, "Succeeded")], &["0 PUT object", "0 GET object"])
        .await;
    let log = ["0 PUT object", "1 GET operation", "1 GET object"];
    creates(vec![begun(), answer(204, ""), object(200, "Succeeded")], &log).await;
    creates(vec![location(), answer(204, ""), object(200, "Succeeded")], &log).await;
}

#[tokio::test(start_paused = true)]
async fn each_pause_follows_the_newest_answer() {
    let steps = vec![
        begun().with("retry-after", "7"),
        status("InProgress").with("retry-after", "3"),
        status("InProgress"),
        status("Succeeded").with("retry-after", "50"),
        object(200, "Succeeded"),
    ];
    let log = [
        "0 PUT object",
        "7 GET operation",
        "10 GET operation",
        "12 GET operation",
        "12 GET object",
    ];
    creates(steps, &log).await;
}

#[tokio::test(start_paused = true)]
async fn forms_of_retry_after() {
    let now = "Wed, 21 Oct 2015 07:28:00 GMT";
    for (headers, second) in [
        (vec![("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT"), ("date", now)], 30),
        (vec![("retry-after", "Wed, 21 Oct 2015 07:00:00 GMT"), ("date", now)], 1),
        (vec![("retry-after-ms", "4000"), ("retry-after", "9")], 4),
        (vec![("x-ms-retry-after-ms", "5000"), ("retry-after", "9")], 5),
        (vec![("retry-after", "1.5")], 1),
        (vec![("retry-after", "-4")], 1),
        (vec![("retry-after", "soon")], 1),
        (vec![("retry-after", "0")], 1),
        (vec![("retry-after", "1000000000")], 60),
    ] {
        let first = headers.into_iter().fold(begun(), |step, (name, value)| step.with(name, value));
        let polled = format!("{second} GET operation");
        let read = format!("{second} GET object");
        creates(
            vec![first, status("Succeeded"), object(200, "Succeeded")],
            &["0 PUT object", &polled, &read],
        )
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_huge_retry_after_does_not_outlast_the_deadline() {
    let scene = Scene::new(vec![begun().with("retry-after", "1000000000")]).within(30);
    assert!(matches!(create(&scene).await, Err(Error::DeadlineExceeded(_))));
    assert_eq!(scene.log(), ["0 PUT object"]);
    assert_eq!(scene.options().time_left().as_secs(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_404_on_a_poll_is_tolerated() {
    let steps = vec![begun(), answer(404, ""), status("Succeeded"), object(200, "Succeeded")];
    creates(steps, &["0 PUT object", "1 GET operation", "2 GET operation", "2 GET object"]).await;
    let missing = error(404, "NotFound", "not yet");
    let steps = vec![
        begun(),
        status("Creating"),
        missing,
        status("Creating"),
        status("Succeeded"),
        object(200, "Succeeded"),
    ];
    let scene = Scene::new(steps);
    create(&scene).await.unwrap();
    assert_eq!(scene.log().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_404_for_ever_ends_with_the_url() {
    let scene = Scene::endless(vec![begun()], answer(404, ""));
    let text = create(&scene).await.unwrap_err().to_string();
    assert!(text.contains("/subscriptions/s/Ops/1") && text.contains("404"), "{text}");
    // Twenty times the operation, then as often its object.
    assert_eq!(asked(&scene, "operation"), (1, 37));
    assert_eq!(asked(&scene, "object"), (37, 69));
    let scene = Scene::endless(
        vec![begun().with("retry-after", "1")],
        answer(404, "").with("retry-after", "1"),
    );
    create(&scene).await.unwrap_err();
    assert_eq!(scene.log().len(), 1 + 20 + 20);
}

/// In which second something was asked for the first and for the last time.
fn asked(scene: &Scene, target: &str) -> (u64, u64) {
    let lines = scene.log();
    let of_target = lines.iter().filter_map(|line| line.strip_suffix(&format!(" GET {target}")));
    let mut seconds = of_target.map(|second| second.parse().unwrap());
    let first = seconds.next().unwrap();
    (first, seconds.next_back().unwrap_or(first))
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_fails_in_passing_goes_on() {
    for code in [408, 429, 500, 502, 503, 504] {
        let steps = vec![
            begun(),
            answer(code, "<html>busy</html>"),
            status("Succeeded"),
            object(200, "Succeeded"),
        ];
        let scene = Scene::new(steps);
        create(&scene).await.unwrap();
        assert_eq!(
            scene.requests(),
            ["PUT object", "GET operation", "GET operation", "GET object"],
            "{code}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_5xx_for_ever_ends_at_the_deadline_with_the_last_error() {
    let scene = Scene::endless(vec![begun(), status("Creating")], error(503, "Busy", "try later"))
        .within(600);
    let Err(Error::DeadlineExceeded(deadline)) = create(&scene).await else {
        panic!("no deadline")
    };
    assert_eq!(deadline.status.as_deref(), Some("Creating"));
    assert_eq!(deadline.url.as_deref(), Some("https://arm.example/subscriptions/s/Ops/1"));
    assert_eq!(deadline.elapsed.as_secs(), 600);
    let text = deadline.to_string();
    assert!(text.contains("Busy: try later") && text.contains("600 s"), "{text}");
    assert_eq!(scene.options().time_left().as_secs(), 0);
    assert!((10..40).contains(&scene.log().len()), "{:?}", scene.log());
}

#[tokio::test(start_paused = true)]
async fn a_lost_poll_counts_as_failed_and_polling_goes_on() {
    let slow = status("Succeeded").after(1000);
    let steps = vec![begun(), reset(), slow, status("Succeeded"), object(200, "Succeeded")];
    let scene = Scene::new(steps);
    create(&scene).await.unwrap();
    let log = ["PUT object", "GET operation", "GET operation", "GET operation", "GET object"];
    assert_eq!(scene.requests(), log);
}

#[tokio::test(start_paused = true)]
async fn a_200_with_an_empty_body_is_done() {
    let log = ["0 PUT object", "1 GET operation", "1 GET object"];
    creates(vec![location(), ok(""), object(200, "Succeeded")], &log).await;
    creates(
        vec![object(202, "Creating"), ok(""), object(200, "Succeeded")],
        &["0 PUT object", "1 GET object", "1 GET object"],
    )
    .await;
    // On a status URL the object decides: still going on, then done.
    let steps = vec![
        begun(),
        ok(""),
        object(200, "Creating"),
        ok(""),
        object(200, "Succeeded"),
        object(200, "Succeeded"),
    ];
    let log = [
        "0 PUT object",
        "1 GET operation",
        "1 GET object",
        "2 GET operation",
        "2 GET object",
        "2 GET object",
    ];
    creates(steps, &log).await;
}

#[tokio::test(start_paused = true)]
async fn a_202_with_an_empty_body_is_running() {
    let steps = vec![begun(), answer(202, ""), status("Succeeded"), object(200, "Succeeded")];
    creates(steps, &["0 PUT object", "1 GET operation", "2 GET operation", "2 GET object"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_with_200_is_a_failed_poll() {
    let page = || ok("<html><body>please\u{1b}[2J wait</body></html>");
    let steps = vec![begun(), page(), status("Succeeded"), object(200, "Succeeded")];
    creates(steps, &["0 PUT object", "1 GET operation", "2 GET operation", "2 GET object"]).await;
    let scene = Scene::endless(vec![begun()], page()).within(60);
    let text = create(&scene).await.unwrap_err().to_string();
    assert!(text.contains("not JSON") && !text.contains('\u{1b}'), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_byte_order_mark_is_skipped() {
    let marked = ok("\u{feff}{\"status\":\"Succeeded\"}");
    let read = ok("\u{feff}{\"properties\":{\"provisioningState\":\"Succeeded\"}}");
    creates(vec![begun(), marked, read], &["0 PUT object", "1 GET operation", "1 GET object"])
        .await;
}

#[tokio::test(start_paused = true)]
async fn terminal_states_in_any_casing() {
    let steps = vec![begun(), status("sUCCEEDED"), object(200, "Succeeded")];
    creates(steps, &["0 PUT object", "1 GET operation", "1 GET object"]).await;
    for word in ["canceled", "Cancelled", "FAILED"] {
        let log = ["0 PUT object", "1 GET operation", "1 GET object"];
        let error = fails(vec![begun(), status(word), object(200, "Failed")], &log).await;
        let Error::OperationFailed(failure) = error else { panic!("{error}") };
        assert_eq!((failure.status.as_str(), failure.is_cancelled()), (word, word != "FAILED"));
    }
}

#[tokio::test(start_paused = true)]
async fn completed_is_decided_by_the_object() {
    let steps = vec![
        begun(),
        status("Completed"),
        object(200, "Updating"),
        status("Completed"),
        object(200, "Succeeded"),
        object(200, "Succeeded"),
    ];
    let log = [
        "0 PUT object",
        "1 GET operation",
        "1 GET object",
        "2 GET operation",
        "2 GET object",
        "2 GET object",
    ];
    creates(steps, &log).await;
}

#[tokio::test(start_paused = true)]
async fn an_unknown_status_is_running() {
    let steps = vec![
        begun(),
        status("Marinating"),
        status("Marinating"),
        status("Succeeded"),
        object(200, "Succeeded"),
    ];
    let log =
        ["0 PUT object", "1 GET operation", "2 GET operation", "3 GET operation", "3 GET object"];
    creates(steps, &log).await;
}

#[tokio::test(start_paused = true)]
async fn a_relative_location_is_resolved() {
    let steps = vec![
        answer(202, "").with("location", "/subscriptions/s/Ops/7?x=y"),
        ok(""),
        object(200, "Succeeded"),
    ];
    creates(steps, &["0 PUT object", "1 GET /subscriptions/s/Ops/7?x=y", "1 GET object"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_polling_url_is_used_byte_for_byte() {
    let path = format!(
        "/subscriptions/S/Ops/1?api-Version=2021-09-01&service=new&t={}&d=%2F%2f+",
        "x".repeat(6000)
    );
    let first = answer(202, "").with("azure-asyncoperation", &format!("https://arm.example{path}"));
    let polled = format!("1 GET {path}");
    let steps = vec![first, status("Succeeded"), object(200, "Succeeded")];
    creates(steps, &["0 PUT object", &polled, "1 GET object"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_location_that_is_the_object_is_no_header() {
    let id = Scene::new(vec![]).id.to_string();
    let (id, version) = (id.to_uppercase(), EXTENSIONS.api_version);
    let itself = format!("https://arm.example{id}?api-version={version}");
    let steps = vec![object(201, "Succeeded").with("location", &itself), object(200, "Succeeded")];
    creates(steps, &["0 PUT object", "0 GET object"]).await;
    let steps = vec![
        object(202, "Creating").with("location", &itself),
        object(200, "Succeeded"),
        object(200, "Succeeded"),
    ];
    creates(steps, &["0 PUT object", "1 GET object", "1 GET object"]).await;
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_stored_and_resumed() {
    let scene = Scene::new(vec![
        begun().with("retry-after", "2"),
        status("Succeeded"),
        object(200, "Succeeded"),
    ]);
    let operation = super::operation_after(&scene).await.unwrap();
    let stored = serde_json::to_string(&operation).unwrap();
    let resumed = serde_json::from_str(&stored).unwrap();
    assert_eq!(stored, serde_json::to_string(&resumed).unwrap());
    assert!(!stored.contains("properties"), "what was sent is not stored: {stored}");
    scene
        .arm
        .wait_until_done(&EXTENSIONS, &scene.id, Some(&resumed), &scene.options())
        .await
        .unwrap();
    assert_eq!(scene.log(), ["0 PUT object", "2 GET operation", "2 GET object"]);
}
