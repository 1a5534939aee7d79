//! The token endpoint, `OpenID` metadata and the cloud's description.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Azure, GROUP, request};
use crate::entra::{CLIENT_ID, CLIENT_SECRET};
use crate::exchange::{Answer, Request};
use crate::seed::TENANT;
use crate::world::Delivery;

const FORM: [(&str, &str); 4] = [
    ("client_id", CLIENT_ID),
    ("client_secret", CLIENT_SECRET),
    ("grant_type", "client_credentials"),
    ("scope", "http%3A%2F%2F127.0.0.1%3A1%2F.default"),
];

/// Asks for a token with one field of the form replaced.
async fn ask(azure: &Azure, tenant: &str, field: &str, value: &str) -> Answer {
    let fields =
        FORM.map(|(name, usual)| format!("{name}={}", if name == field { value } else { usual }));
    let url = format!("/{tenant}/oauth2/v2.0/token");
    let body = fields.join("&").into_bytes();
    let request = Request { body, ..request("POST", &url, &Value::Null) };
    match azure.world.exchange(request).await {
        Delivery::Whole(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_secret_gives_a_token_that_works() {
    let azure = Azure::new();
    let answer = ask(&azure, TENANT, "", "").await;
    let token = answer.content();
    assert_eq!((answer.status, &token["token_type"]), (200, &json!("Bearer")));
    assert_eq!(token["expires_in"], 3599);
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let headers = BTreeMap::from([("authorization".to_owned(), bearer)]);
    let url = format!("{GROUP}?api-version=2022-09-01");
    let asked = Request { headers, ..request("GET", &url, &Value::Null) };
    let Delivery::Whole(answer) = azure.world.exchange(asked).await else { panic!("no answer") };
    assert_eq!(answer.status, 200);
}

#[tokio::test(start_paused = true)]
async fn refusals_are_worded_as_entra_words_them() {
    let azure = Azure::new();
    for (tenant, field, value, status, error, number) in [
        (TENANT, "client_secret", "wrong", 401, "invalid_client", 7_000_215),
        (TENANT, "client_secret", "", 401, "invalid_client", 7_000_218),
        (TENANT, "client_id", "other", 400, "unauthorized_client", 700_016),
        (TENANT, "grant_type", "password", 400, "unsupported_grant_type", 70003),
        (TENANT, "scope", "x", 400, "invalid_scope", 70011),
        (
            TENANT,
            "scope",
            "https://management.azure.com/.default",
            400,
            "invalid_resource",
            500_011,
        ),
        ("contoso", "", "", 400, "invalid_request", 90002),
    ] {
        let answer = ask(&azure, tenant, field, value).await;
        let body = answer.content();
        assert_eq!((answer.status, &body["error"]), (status, &json!(error)));
        assert_eq!(body["error_codes"], json!([number]));
        let description = body["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{number}: ")), "{description}");
        assert!(!description.contains(CLIENT_SECRET));
        for name in ["timestamp", "trace_id", "correlation_id", "error_uri"] {
            assert!(body[name].is_string(), "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn metadata_leads_back_here() {
    let azure = Azure::new();
    let url = format!("/{TENANT}/v2.0/.well-known/openid-configuration");
    let openid = azure.get(&url).await.content();
    assert_eq!(openid["token_endpoint"], format!("http://127.0.0.1:1/{TENANT}/oauth2/v2.0/token"));
    let cloud = azure.get("/metadata/endpoints?api-version=2022-09-01").await.content();
    assert_eq!(cloud["resourceManager"], "http://127.0.0.1:1");
    assert_eq!(cloud["authentication"]["loginEndpoint"], "http://127.0.0.1:1");
    assert_eq!(cloud["authentication"]["audiences"], json!(["http://127.0.0.1:1"]));
    let old = azure.get("/metadata/endpoints?api-version=2019-05-01").await.content();
    assert_eq!(old, json!([cloud]));
    assert_eq!(azure.get("/metadata/endpoints").await.status, 400);
}
