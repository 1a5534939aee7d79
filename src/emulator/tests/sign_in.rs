//! The token endpoint, `OpenID` metadata and the cloud's description.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::kit::{Azure, GROUP, request, url_of};
use crate::entra::{CLIENT_ID, CLIENT_SECRET};
use crate::http::{Request, Response};
use crate::options::Options;
use crate::seed::TENANT;

const FORM: [(&str, &str); 5] = [
    ("client_id", CLIENT_ID),
    ("client_secret", CLIENT_SECRET),
    ("grant_type", "client_credentials"),
    ("scope", "http%3A%2F%2F127.0.0.1%3A1%2F.default"),
    ("claims", "%7B%7D"),
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
        (TENANT, "claims", "cp1", 400, "invalid_request", 90_023),
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

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The number of the error that an assertion of this type gives; 0 for a token.
async fn answer_to(azure: &Azure, kind: &str, assertion: &str) -> u64 {
    let fields = [
        ("client_id", CLIENT_ID),
        ("client_assertion_type", kind),
        ("client_assertion", assertion),
        FORM[2],
        FORM[3],
    ];
    let response = ask_with(azure, "oauth2/v2.0/token", &fields).await;
    let body = response.content();
    if body["access_token"].is_string() {
        return 0;
    }
    assert_eq!((response.status, &body["error"]), (401, &json!("invalid_client")), "{body}");
    assert!(!body.to_string().contains("must contain"), "{body}");
    body["error_codes"][0].as_u64().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_federated_token_is_answered_for_what_it_is() {
    let azure = Azure::new();
    let token = |claims: Value| {
        crate::identity::sign_id_token("http://127.0.0.1:1", &azure.cloud.key, &claims).unwrap()
    };
    let good = token(json!({}));
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let other_claims = token(json!({"sub": "sc://contoso/ml/azure-apply"}));
    let (other, _) = other_claims.rsplit_once('.').unwrap();
    for (kind, assertion, number) in [
        (JWT_BEARER, good.clone(), 0),
        (JWT_BEARER, other_claims.clone(), 0),
        (JWT_BEARER, token(json!({"aud": ["other", "api://AzureADTokenExchange"]})), 0),
        (JWT_BEARER, token(json!({"aud": "https://github.com/contoso"})), 700_212),
        (JWT_BEARER, token(json!({"sub": null})), 700_213),
        (JWT_BEARER, token(json!({"sub": "repo:other/ml:ref:refs/heads/main"})), 700_213),
        (JWT_BEARER, token(json!({"iss": null})), 700_211),
        (JWT_BEARER, token(json!({"iss": "https://token.example"})), 700_211),
        (JWT_BEARER, token(json!({"exp": 1_000_000_000})), 700_024),
        (JWT_BEARER, token(json!({"exp": null})), 700_024),
        (JWT_BEARER, token(json!({"nbf": 4_000_000_000_u64})), 700_024),
        // The signature is another's.
        (JWT_BEARER, format!("{other}.{signature}"), 50_013),
        (JWT_BEARER, format!("{signed}.c2lnbmF0dXJl"), 50_013),
        (JWT_BEARER, "not-a-token".to_owned(), 50_027),
        (JWT_BEARER, "a.b.c".to_owned(), 50_027),
        (JWT_BEARER, format!("{signed}."), 50_027),
        ("password", good.clone(), 50_027),
    ] {
        assert_eq!(answer_to(&azure, kind, &assertion).await, number, "{assertion}");
    }
}

/// An assertion of the application, signed as its header says, with the key of the fixtures.
fn own_assertion(header: &Value, claims: &Value) -> String {
    let pem = include_bytes!("../../../tests/fixtures/sign_in/bundle.pem");
    let pem = x509_parser::pem::Pem::iter_from_buffer(pem).next().unwrap().unwrap();
    let key = ring::signature::RsaKeyPair::from_pkcs8(&pem.contents).unwrap();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let algorithm: &dyn ring::signature::RsaEncoding = match header["alg"].as_str() {
        Some("RS256") => &ring::signature::RSA_PKCS1_SHA256,
        _ => &ring::signature::RSA_PSS_SHA256,
    };
    let mut signature = vec![0; key.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    key.sign(algorithm, &random, signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[tokio::test(start_paused = true)]
async fn an_assertion_of_a_certificate_is_verified_in_each_part() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/sign_in/certificate.crt");
    let options = Options { client_certificates: vec![file.into()], ..Options::default() };
    let (azure, without) = (Azure::with(options), Azure::new());
    // As `openssl x509 -fingerprint` tells them, in base64.
    let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": "97ug09wwl98-Aimv_oYJkkD378AwVvhlqld0g44GFmg"});
    let old = json!({"alg": "RS256", "typ": "JWT", "x5t": "RTeYMi7VgNqsWSwArQZ6cNaf1nE"});
    let claims = json!({
        "aud": format!("http://127.0.0.1:1/{TENANT}/oauth2/v2.0/token"),
        "iss": CLIENT_ID,
        "sub": CLIENT_ID,
        "jti": "00000000-0000-0000-0000-000000000001",
        "nbf": 1_000_000_000,
        "exp": 4_000_000_000_u64,
    });
    let but = |base: &Value, name: &str, value: Value| {
        let mut changed = base.clone();
        changed[name] = value;
        changed
    };
    for (header, claims, number) in [
        (header.clone(), claims.clone(), 0),
        (old.clone(), claims.clone(), 0),
        // Signed in one way and told to be in another.
        (but(&old, "alg", json!("ES256")), claims.clone(), 700_027),
        (but(&header, "alg", json!("none")), claims.clone(), 700_027),
        (but(&header, "x5t#S256", json!("AAAA")), claims.clone(), 700_027),
        (json!({"alg": "PS256"}), claims.clone(), 700_027),
        (header.clone(), but(&claims, "aud", json!("http://127.0.0.1:1/")), 700_023),
        (header.clone(), but(&claims, "sub", json!("other")), 50_027),
        (header.clone(), but(&claims, "jti", json!("")), 50_027),
        (header.clone(), but(&claims, "jti", Value::Null), 50_027),
        (header.clone(), but(&claims, "nbf", Value::Null), 50_027),
        (header.clone(), but(&claims, "exp", json!(1_000_000_000)), 700_024),
        (header.clone(), but(&claims, "exp", Value::Null), 700_024),
        (header.clone(), but(&claims, "iss", json!("other")), 700_211),
    ] {
        let assertion = own_assertion(&header, &claims);
        assert_eq!(answer_to(&azure, JWT_BEARER, &assertion).await, number, "{header} {claims}");
    }
    let good = own_assertion(&header, &claims);
    assert_eq!(answer_to(&without, JWT_BEARER, &good).await, 700_027, "it is not registered");
    let forged = format!("{}.c2lnbmF0dXJl", good.rsplit_once('.').unwrap().0);
    assert_eq!(answer_to(&azure, JWT_BEARER, &forged).await, 700_027);
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

/// Asks an identity service with these headers.
async fn ask_identity(
    azure: &Azure, method: &str, url: &str, headers: &[(&str, &str)],
) -> Response {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let request = Request { headers: headers.collect(), ..request(method, url, &Value::Null) };
    azure.answer(request).await
}

#[tokio::test(start_paused = true)]
async fn services_of_managed_identities_refuse_what_is_not_meant_for_them() {
    let azure = Azure::new();
    let here = "resource=http%3A%2F%2F127.0.0.1%3A1";
    let imds = |query: &str| format!("/metadata/identity/oauth2/token?{query}");
    let app = |query: &str| format!("/app-service/msi/token?{query}");
    let (meta, right) = (("metadata", "true"), ("x-identity-header", "emulator-identity-header"));
    let passed_on = [meta, ("x-forwarded-for", "10.0.0.1")];
    for (url, headers, status) in [
        (imds(&format!("api-version=2018-02-01&{here}")), &[meta][..], 200),
        (
            imds(&format!(
                "api-version=2018-02-01&{here}&client_id=00000000-0000-0000-0000-0000000000c2"
            )),
            &[meta],
            200,
        ),
        (imds(&format!("api-version=2018-02-01&{here}&client_id=other")), &[meta], 400),
        (imds(&format!("api-version=2018-02-01&{here}")), &[], 400),
        (imds(&format!("api-version=2018-02-01&{here}")), &passed_on, 400),
        (imds(here), &[meta], 400),
        (imds("api-version=2018-02-01"), &[meta], 400),
        (imds("api-version=2018-02-01&resource=https%3A%2F%2Fgraph.example"), &[meta], 400),
        (app(&format!("api-version=2019-08-01&{here}")), &[right], 200),
        (app(&format!("api-version=2017-09-01&{here}")), &[right], 400),
        (app(&format!("api-version=2019-08-01&{here}")), &[("x-identity-header", "wrong")], 401),
        (app(&format!("api-version=2019-08-01&{here}")), &[], 401),
    ] {
        let response = ask_identity(&azure, "GET", &url, headers).await;
        assert_eq!(response.status, status, "{url} {headers:?}: {response:?}");
        let body = response.content();
        assert_eq!(body["access_token"].is_string(), status == 200, "{body}");
        if status == 200 {
            let bearer = format!("Bearer {}", body["access_token"].as_str().unwrap());
            let asked =
                ask_identity(&azure, "GET", &url_of(GROUP), &[("authorization", &bearer)]).await;
            assert_eq!((asked.status, body["expires_on"].is_string()), (200, true), "{body}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_arc_server_gives_its_token_for_the_key_of_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let arc_keys = Some(folder.path().join("keys"));
    let azure = Azure::with(Options { arc_keys, ..Options::default() });
    let url = "/arc/metadata/identity/oauth2/token?api-version=2020-06-01&resource=http%3A%2F%2F127.0.0.1%3A1";
    let meta = ("metadata", "true");
    assert_eq!(ask_identity(&azure, "GET", url, &[]).await.status, 400);
    let challenge = ask_identity(&azure, "GET", url, &[meta]).await;
    assert_eq!(challenge.status, 401);
    let file = challenge.header("www-authenticate").unwrap().strip_prefix("Basic realm=").unwrap();
    let key = format!("Basic {}", std::fs::read_to_string(file).unwrap());
    for (shown, status) in [("Basic wrong", 401), (key.as_str(), 200)] {
        let response = ask_identity(&azure, "GET", url, &[meta, ("authorization", shown)]).await;
        assert_eq!(response.status, status, "{response:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn pipelines_give_tokens_to_who_shows_the_request_token() {
    let azure = Azure::new();
    let right = ("authorization", "bearer emulator-request-token");
    let connection = "serviceConnectionId=00000000-0000-0000-0000-0000000000f1";
    let devops = format!("/oidc/azure-devops?api-version=7.1&{connection}");
    let exchange = "/oidc/github?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange";
    let quiet = ("x-tfs-fedauthredirect", "Suppress");
    for (method, url, headers, status, number) in [
        ("GET", exchange, &[right][..], 200, 0),
        // GitHub's own audience.
        ("GET", "/oidc/github?api-version=2.0", &[right], 200, 700_212),
        ("GET", exchange, &[], 401, 0),
        ("GET", exchange, &[("authorization", "Bearer wrong")], 401, 0),
        ("POST", &devops, &[right], 200, 0),
        ("POST", &devops, &[], 302, 0),
        ("POST", &devops, &[quiet], 401, 0),
        ("POST", "/oidc/azure-devops?api-version=7.1", &[right], 404, 0),
        ("POST", &devops.replace("7.1", "1.0"), &[right], 400, 0),
    ] {
        let response = ask_identity(&azure, method, url, headers).await;
        assert_eq!(response.status, status, "{url} {headers:?}");
        if status == 200 {
            let body = response.content();
            let token = body["value"].as_str().or(body["oidcToken"].as_str()).unwrap();
            assert_eq!(answer_to(&azure, JWT_BEARER, token).await, number, "{url}");
        }
    }
}
