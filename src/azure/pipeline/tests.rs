//! What is logged of a request, and what is not.

use std::sync::Arc;

use proptest::prelude::*;
use reqwest::header::HeaderValue;
use serde_json::json;

use crate::Cloud;
use crate::credential::{
    AccessToken, ClientSecret, Credential, Principal, TokenSource, find_claims,
};
use crate::resource_types::EXTENSIONS;
use crate::scripted_arm::{CLUSTER, EXTENSION, Scene, Script, answer, error, object, ok, status};
use crate::transport::Response;
use testing::LoggedLines;
use vocabulary::Sensitive;

const CANARY: &str = "canary-Zq7&x";

#[tokio::test(start_paused = true)]
async fn nothing_secret_is_logged_at_any_level() {
    let events = LoggedLines::catch();
    let login = Cloud::from_endpoint("https://arm.example", None, Some("login.example")).unwrap();
    let refused = json!({"error": "invalid_client", "error_description": format!("not {CANARY}")});
    let endpoint = Script::new(vec![answer(401, &refused.to_string())], None);
    let principal = Principal { tenant: "t".into(), client: "c".into() };
    let secret = ClientSecret::new(&login, principal, Sensitive::from(CANARY), endpoint);
    let token = AccessToken::new(&Sensitive::from(format!("token-{CANARY}")));
    let methods: Vec<Box<dyn TokenSource>> = vec![Box::new(secret), Box::new(token)];

    let message = format!("the setting {CANARY} is bad, and so is the token token-{CANARY}");
    let busy = error(503, "Busy", &message).with("set-cookie", CANARY);
    let steps = vec![
        busy,
        ok(&json!({"id": format!("{CLUSTER}{EXTENSION}"), "primaryConnectionString": CANARY})
            .to_string()),
        error(400, "Bad", &message),
    ];
    let script = Script::new(steps, None);
    let scene =
        Scene::with_credential(Arc::clone(&script), Credential::new("scope".into(), methods));
    let (arm, id, options) = (&scene.arm, &scene.id, scene.options());
    let body = json!({"properties": {"configurationProtectedSettings": {"key": CANARY}}});
    arm.put(&EXTENSIONS, id, &body, &options).await.unwrap();
    let refusal = arm.put(&EXTENSIONS, id, &body, &options).await.unwrap_err();

    assert!(!format!("{refusal} {refusal:?}").contains("canary"), "{refusal:?}");
    let lines = events.lines();
    assert!(lines.iter().any(|line| line.contains("status=503")), "{lines:#?}");
    let encoded = ["canary", "Y2FuYXJ5"];
    let leaks: Vec<_> =
        lines.iter().filter(|line| encoded.iter().any(|text| line.contains(text))).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}

#[tokio::test(start_paused = true)]
async fn headers_and_query_keys_are_logged_by_an_allow_list() {
    let events = LoggedLines::catch();
    let answered =
        answer(404, "").with("x-ms-request-id", "req-1").with("x-secret", "hidden-header");
    let scene = Scene::new(vec![answered]);
    let query = [("forceDelete", "true"), ("sig", "hidden-signature")];
    scene.arm.delete(&EXTENSIONS, &scene.id, &query, &scene.options()).await.unwrap();
    let lines = events.lines().join("\n");
    for expected in [
        "method=\"DELETE\"",
        "status=404",
        "x-ms-request-id: req-1",
        "forceDelete=true",
        "sig=(not logged)",
    ] {
        assert!(lines.contains(expected), "{expected}: {lines}");
    }
    assert!(!lines.contains("hidden"), "{lines}");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_status_is_logged_once() {
    let events = LoggedLines::catch();
    let polls = (0..5).map(|_| status("Marinating"));
    let first = object(201, "Creating").follow_async();
    let ends = [status("Succeeded"), object(200, "Succeeded")];
    let scene = Scene::new([first].into_iter().chain(polls).chain(ends).collect());
    let accepted =
        scene.arm.put(&EXTENSIONS, &scene.id, &json!({}), &scene.options()).await.unwrap();
    scene
        .arm
        .wait_until_done(&EXTENSIONS, &scene.id, accepted.operation.as_ref(), &scene.options())
        .await
        .unwrap();
    let lines = events.lines();
    assert_eq!(
        lines.iter().filter(|line| line.contains("counts as running")).count(),
        1,
        "{lines:#?}"
    );
}

proptest! {
    // A file of seeds beside the crates would be taken for a crate.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a server writes there is claims in JSON or nothing, and what it means to ask is found
    /// behind whatever comes first.
    #[test]
    fn any_challenge_is_harmless(text in "[ -~]{0,80}", before in "(Basic realm=\"[a-z ,=]{0,9}\", )?") {
        let mut answered = Response::new(401, "");
        let headers = &mut answered.headers;
        headers.insert("www-authenticate", HeaderValue::from_str(&text).unwrap());
        if let Some(claims) = find_claims(&answered) {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&claims).unwrap().is_object());
            prop_assert!(claims.len() <= text.len());
        }
        let asked = format!(r#"{before}Bearer error="insufficient_claims", claims="eyJhIjoxfQ==""#);
        answered.headers.insert("www-authenticate", HeaderValue::from_str(&asked).unwrap());
        prop_assert_eq!(find_claims(&answered), Some(r#"{"a":1}"#.to_owned()));
    }
}
