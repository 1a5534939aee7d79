//! The token endpoint, `OpenID` metadata and the cloud's description.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::kit::{Azure, GROUP, request, url_of};
use crate::entra::{CLIENT_ID, CLIENT_SECRET};
use crate::http::{Request, Response};
use crate::seed::TENANT;

const FORM: [(&str, &str); 4] = [
    ("client_id", CLIENT_ID),
    ("client_secret", CLIENT_SECRET),
    ("grant_type", "client_credentials"),
    ("scope", "http%3A%2F%2F127.0.0.1%3A1%2F.default"),
];

/// Asks for a token with one field of the form replaced.
async fn ask(azure: &Azure, tenant: &str, field: &str, value: &str) -> Response {
    let fields =
        FORM.map(|(name, usual)| format!("{name}={}", if name == field { value } else { usual }));
    let url = format!("/{tenant}/oauth2/v2.0/token");
    let body = fields.join("&").into_bytes();
    let request = Request { body, ..request("POST", &url, &Value::Null) };
    azure.answer(request).await
}

#[tokio::test(start_paused = true)]
async fn a_client_secret_gives_a_token_that_works() {
    let azure = Azure::new();
    let response = ask(&azure, TENANT, "", "").await;
    let token = response.content();
    assert_eq!((response.status, &token["token_type"]), (200, &json!("Bearer")));
    assert_eq!(token["expires_in"], 3599);
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let headers = BTreeMap::from([("authorization".to_owned(), bearer)]);
    let url = url_of(GROUP);
    let asked = Request { headers, ..request("GET", &url, &Value::Null) };
    let response = azure.answer(asked).await;
    assert_eq!(response.status, 200);
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
        let response = ask(&azure, tenant, field, value).await;
        let body = response.content();
        assert_eq!((response.status, &body["error"]), (status, &json!(error)));
        assert_eq!(body["error_codes"], json!([number]));
        let description = body["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{number}: ")), "{description}");
        assert!(!description.contains(CLIENT_SECRET));
        for name in ["timestamp", "trace_id", "correlation_id", "error_uri"] {
            assert!(body[name].is_string(), "{name}");
        }
    }
}

/// Asks with a form of one's own.
async fn ask_with(azure: &Azure, path: &str, fields: &[(&str, &str)]) -> Response {
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", value.replace('+', "%2B")));
    let body = pairs.collect::<Vec<_>>().join("&").into_bytes();
    let url = format!("/{TENANT}/{path}");
    let request = Request { body, ..request("POST", &url, &Value::Null) };
    azure.answer(request).await
}

#[tokio::test(start_paused = true)]
async fn a_scope_may_have_the_words_of_open_id() {
    let azure = Azure::new();
    let here = FORM[3].1;
    for (scope, error) in [
        (format!("{here} openid offline_access profile"), None),
        (format!("openid+profile+{here}"), None),
        (format!("{here}%20email"), None),
        (here.replace("%2F.default", "%2F%2F.default"), None),
        ("openid offline_access".to_owned(), Some("invalid_scope")),
        (format!("{here} {here}"), Some("invalid_scope")),
        (format!("{here} User.Read"), Some("invalid_scope")),
        ("https://graph.microsoft.com/.default openid".to_owned(), Some("invalid_resource")),
    ] {
        let response = ask(&azure, TENANT, "scope", &scope).await.content();
        assert_eq!(response["error"].as_str(), error, "{scope}");
        assert_eq!(response["access_token"].is_string(), error.is_none(), "{scope}");
    }
}

/// A token of another issuer with these claims, whose signature nobody checks.
fn assertion(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2lnbmF0dXJl", part(&json!({"alg": "RS256"})), part(claims))
}

#[tokio::test(start_paused = true)]
async fn an_assertion_is_answered_for_what_it_is() {
    let azure = Azure::new();
    let jwt = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let good = json!({
        "iss": "https://token.actions.githubusercontent.com",
        "sub": "repo:contoso/ml:ref:refs/heads/main",
        "aud": "api://AzureADTokenExchange",
        "exp": 4_000_000_000_u64,
    });
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        assertion(&claims)
    };
    for (kind, assertion, number) in [
        (jwt, assertion(&good), 0),
        (jwt, with("aud", json!(["other", "api://AzureADTokenExchange"])), 0),
        (jwt, with("aud", json!("https://github.com/contoso")), 700_212),
        (jwt, with("sub", Value::Null), 700_213),
        (jwt, with("iss", Value::Null), 700_214),
        (jwt, with("exp", json!(1_000_000_000)), 700_024),
        (jwt, with("iss", json!(CLIENT_ID)), 700_027),
        (jwt, "not-a-token".to_owned(), 50_027),
        (jwt, "a.b.c".to_owned(), 50_027),
        ("password", assertion(&good), 50_027),
    ] {
        let fields = [
            ("client_id", CLIENT_ID),
            ("client_assertion_type", kind),
            ("client_assertion", &assertion),
            FORM[2],
            FORM[3],
        ];
        let response = ask_with(&azure, "oauth2/v2.0/token", &fields).await;
        let body = response.content();
        if number == 0 {
            assert!(body["access_token"].is_string(), "{assertion}: {body}");
        } else {
            assert_eq!(
                (response.status, &body["error"]),
                (401, &json!("invalid_client")),
                "{body}"
            );
            assert_eq!(body["error_codes"], json!([number]), "{body}");
            assert!(!body.to_string().contains("must contain"), "{body}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_older_token_endpoint_takes_a_resource() {
    let azure = Azure::new();
    let form = |resource| [FORM[0], FORM[1], FORM[2], ("resource", resource)];
    for resource in ["http://127.0.0.1:1", "http://127.0.0.1:1/"] {
        let token = ask_with(&azure, "oauth2/token", &form(resource)).await.content();
        assert_eq!((&token["expires_in"], &token["resource"]), (&json!("3599"), &json!(resource)));
        assert!(token["expires_on"].as_str().unwrap().parse::<u64>().is_ok());
        let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
        let headers = BTreeMap::from([("authorization".to_owned(), bearer)]);
        let url = url_of(GROUP);
        let asked = Request { headers, ..request("GET", &url, &Value::Null) };
        let response = azure.answer(asked).await;
        assert_eq!(response.status, 200);
    }
    let refused = ask_with(&azure, "oauth2/token", &form("https://graph.windows.net")).await;
    assert_eq!(refused.content()["error"], "invalid_resource");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_clouds_finds_what_it_needs() {
    let azure = Azure::new();
    for version in ["2019-05-01", "2020-06-01", "2022-09-01"] {
        let url = format!("/metadata/endpoints?api-version={version}");
        let response = azure.get(&url).await.content();
        let cloud = if response.is_array() { response[0].clone() } else { response };
        for path in [
            "/name",
            "/portal",
            "/resourceManager",
            "/authentication/loginEndpoint",
            "/suffixes/storage",
        ] {
            assert!(cloud.pointer(path).is_some_and(Value::is_string), "{version} {path}");
        }
        assert!(!cloud.to_string().contains("azure.com"), "none of Azure's names");
    }
    let oldest = azure.get("/metadata/endpoints?api-version=2015-01-01").await.content();
    let keys: Vec<_> = oldest.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["authentication", "galleryEndpoint", "graphEndpoint", "portalEndpoint"]);
    assert_eq!(oldest["authentication"]["audiences"], json!(["http://127.0.0.1:1"]));
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
