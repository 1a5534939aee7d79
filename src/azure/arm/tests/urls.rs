//! Where requests go, whatever servers say.

use super::{create, creates, fails};
use crate::error::Error;
use crate::lro::Operation;
use crate::resource_types::{COMPUTES, EXTENSIONS};
use crate::scripted_arm::{Scene, answer, object, ok, status};

const FOREIGN: &str = "https://eastus.rp.kubernetesconfiguration.azure.com/subscriptions/s/Ops/1?api-Version=2021-09-01&t=%2f+x";

#[tokio::test(start_paused = true)]
async fn a_redirect_is_not_followed() {
    for code in [301, 302, 303, 307, 308] {
        let error = fails(
            vec![answer(code, "").with("location", "https://evil.example/")],
            &["0 PUT object"],
        )
        .await;
        assert!(error.to_string().contains("redirect"), "{error}");
    }
    let scene = Scene::new(vec![answer(302, "").with("location", "/elsewhere")]);
    assert!(scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.is_err());
    assert_eq!(scene.log(), ["0 GET object"]);
}

#[tokio::test(start_paused = true)]
async fn a_foreign_async_url_is_asked_of_arm() {
    let first = object(201, "Creating").with("azure-asyncoperation", FOREIGN);
    let log = ["0 PUT object", "1 GET operation", "1 GET object"];
    creates(vec![first, status("Succeeded"), object(200, "Succeeded")], &log).await;
}

#[tokio::test(start_paused = true)]
async fn a_foreign_location_is_ignored_and_the_object_watched() {
    for foreign in [
        FOREIGN,
        "https://arm.example.evil/subscriptions/s/Ops/1",
        "https://arm.example@evil/subscriptions/s/Ops/1",
        "http://arm.example/subscriptions/s/Ops/1",
        "https://arm.example:8443/subscriptions/s/Ops/1",
        "https://arm.example./subscriptions/s/Ops/1",
        "//evil/subscriptions/s/Ops/1",
        "https://[::1]/subscriptions/s/Ops/1",
    ] {
        let first = object(202, "Creating").with("location", foreign);
        let log = ["0 PUT object", "1 GET object", "1 GET object"];
        creates(vec![first, object(200, "Succeeded"), object(200, "Succeeded")], &log).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_foreign_async_url_that_is_not_arms_is_ignored() {
    let first = object(201, "Creating").with("azure-asyncoperation", "https://evil.example/ops/1");
    let log = ["0 PUT object", "1 GET object", "1 GET object"];
    creates(vec![first, object(200, "Succeeded"), object(200, "Succeeded")], &log).await;
}

#[tokio::test(start_paused = true)]
async fn as_the_extension_service_answers() {
    let first = object(201, "Creating").follow_async().with("location", FOREIGN);
    let log = ["0 PUT object", "1 GET operation", "1 GET object"];
    creates(vec![first, status("Succeeded"), object(200, "Succeeded")], &log).await;
}

#[tokio::test(start_paused = true)]
async fn upper_case_is_the_same_origin() {
    let first = answer(202, "").with(
        "location",
        "HTTPS://ARM.EXAMPLE:443/subscriptions/s/Ops/1?api-Version=2021-09-01&t=%2f+x",
    );
    creates(
        vec![first, ok(""), object(200, "Succeeded")],
        &["0 PUT object", "1 GET operation", "1 GET object"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_stored_polling_url_of_another_origin_is_not_asked_but_the_object() {
    let stored = r#"{"verb":"write","follow":{"poll":"status","url":"https://evil.example/subscriptions/s/ops/1"}}"#;
    let operation: Operation = serde_json::from_str(stored).unwrap();
    for (answers, ends_well) in [
        (vec![object(200, "Succeeded"), object(200, "Succeeded")], true),
        (vec![answer(401, "")], false),
    ] {
        let scene = Scene::new(answers);
        let options = scene.options();
        let outcome =
            scene.arm.wait_until_done(&EXTENSIONS, &scene.id, Some(&operation), &options).await;
        assert!(scene.log().iter().all(|line| line == "1 GET object"), "{:?}", scene.log());
        match outcome {
            Err(Error::UnusableResponse { reason, .. }) => assert!(!ends_well, "{reason}"),
            outcome => assert!(ends_well, "{outcome:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_202_may_move_its_location_but_not_to_another_host() {
    let moved = answer(202, "").with("location", "/subscriptions/s/Ops/2");
    let astray = answer(202, "").with("location", "https://evil.example/subscriptions/s/Ops/3");
    let first = answer(202, "").with("location", "/subscriptions/s/Ops/1");
    let scene = Scene::new(vec![first, moved, astray, ok(""), object(200, "Succeeded")]);
    create(&scene).await.unwrap();
    let paths = ["/subscriptions/s/Ops/1", "/subscriptions/s/Ops/2", "/subscriptions/s/Ops/2"];
    let polls = [1, 2, 3].iter().zip(paths).map(|(at, path)| format!("{at} GET {path}"));
    let expected: Vec<String> = ["0 PUT object".to_owned()]
        .into_iter()
        .chain(polls)
        .chain(["3 GET object".to_owned()])
        .collect();
    assert_eq!(scene.log(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_next_page_on_another_host_is_an_error() {
    for link in [
        "https://evil.example/x",
        "http://arm.example/x",
        "https://arm.example:444/x",
        "https://u@arm.example/x",
    ] {
        let page = serde_json::json!({"value": [], "nextLink": link}).to_string();
        let scene = Scene::new(vec![ok(&page)]);
        let error = list(&scene).await.unwrap_err();
        assert!(error.to_string().contains("another host"), "{error}");
        assert_eq!(scene.log().len(), 1);
    }
}

/// A page that links to itself, two that link to each other, and a circle that begins late: each is
/// noticed before anything in it is read more than twice.
#[tokio::test(start_paused = true)]
async fn a_loop_of_pages_is_an_error() {
    for (links, expected) in [
        (&["/p?1", "/p?1"][..], &["/p?1"][..]),
        (&["/p?1", "/p?2", "/p?1"], &["/p?1", "/p?2"]),
        (&["/p?1", "/p?2", "/p?3", "/p?2", "/p?3"], &["/p?1", "/p?2", "/p?3", "/p?2"]),
    ] {
        let page = |link: &&str| {
            ok(&serde_json::json!({"value": [{"name": "a"}], "nextLink": link}).to_string())
        };
        let scene = Scene::new(links.iter().map(page).collect());
        assert!(list(&scene).await.unwrap_err().to_string().contains("links back"), "{links:?}");
        let asked: Vec<_> = expected.iter().map(|path| format!("0 GET {path}")).collect();
        assert_eq!(scene.log()[1..], asked);
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_pages_end() {
    let page = |at: u32| {
        let next = if at < 9_999 {
            serde_json::json!(format!("/p?{at}"))
        } else {
            serde_json::Value::Null
        };
        ok(&serde_json::json!({"value": [{"name": at.to_string()}], "nextLink": next}).to_string())
    };
    let scene = Scene::new((0..10_000).map(page).collect());
    let found = list(&scene).await.unwrap();
    assert_eq!((found.len(), found[9_999].name()), (10_000, Some("9999")));
    assert_eq!(scene.log().len(), 10_000);
}

async fn list(scene: &Scene) -> Result<Vec<crate::ArmResource>, Error> {
    let workspace = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws";
    scene.arm.list(&COMPUTES, &workspace.parse().unwrap(), &scene.options()).await
}
