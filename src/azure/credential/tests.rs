//! Tokens in virtual time.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::cloud::Cloud;
use crate::resource_types::EXTENSIONS;
use crate::scripted_arm::{Scene, Script, Step, answer, error, lost, object, ok, status};
use crate::transport::TransportError;

/// Gives `token-1`, `token-2`, …; can be slow, and fail.
#[derive(Default)]
struct Mint {
    made: AtomicU32,
    lifetime: Option<u64>,
    renew_after: Option<u64>,
    /// The tenant and the claims of each request.
    asked: std::sync::Mutex<Vec<(Option<String>, Option<String>)>>,
    delay: u64,
    /// From this request on it fails.
    fails_from: Option<u32>,
}

#[async_trait::async_trait]
impl TokenSource for Arc<Mint> {
    fn name(&self) -> &'static str {
        "mint"
    }

    async fn fetch_token(&self, request: &TokenRequest<'_>) -> Result<FetchedToken, String> {
        assert_eq!(request.scope, "scope");
        let asked = (request.tenant.map(str::to_owned), request.claims.map(str::to_owned));
        self.asked.lock().unwrap().push(asked);
        let number = self.made.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::time::sleep(Duration::from_secs(self.delay)).await;
        if self.fails_from.is_some_and(|first| number >= first) {
            return Err("the mint is closed".to_owned());
        }
        let lifetime = self.lifetime.map(Duration::from_secs);
        let renew_after = self.renew_after.map(Duration::from_secs);
        let token = Sensitive::from(format!("token-{number}"));
        Ok(FetchedToken { token, lifetime, renew_after })
    }
}

impl Mint {
    fn made(&self) -> u32 {
        self.made.load(Ordering::SeqCst)
    }
}

fn scene(mint: &Arc<Mint>, script: Arc<Script>) -> Scene {
    let credential = Credential::new("scope".into(), vec![Box::new(mint.clone())]);
    Scene::with_credential(script, credential)
}

async fn read(scene: &Scene) -> Result<(), Error> {
    scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.map(|_| ())
}

/// The tokens of all requests, in order.
fn tokens(scene: &Scene) -> Vec<String> {
    scene.log();
    let token =
        |seen: &crate::scripted_arm::Seen| seen.request.header("authorization").unwrap().to_owned();
    scene.script.seen().iter().map(|seen| token(seen).replace("Bearer ", "")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_hundred_callers_cause_one_token_request() {
    let mint = Arc::new(Mint { lifetime: Some(3600), delay: 5, ..Mint::default() });
    let scene = scene(&mint, Script::new(vec![], Some(ok("{}"))));
    let deadline = scene.options().deadline;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (arm, id, stop) = (scene.arm.clone(), scene.id.clone(), scene.stop.clone());
        calls.spawn(async move {
            arm.get(&EXTENSIONS, &id, &CallOptions::new(deadline, &stop)).await.map(|_| ())
        });
    }
    assert!(calls.join_all().await.iter().all(Result::is_ok));
    assert_eq!((mint.made(), tokens(&scene)), (1, vec!["token-1".to_owned(); 100]));
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_shared_by_all_who_waited_for_it() {
    let mint = Arc::new(Mint { delay: 5, fails_from: Some(1), ..Mint::default() });
    let scene = scene(&mint, Script::new(vec![], None));
    let (one, two, three) = tokio::join!(read(&scene), read(&scene), read(&scene));
    for outcome in [one, two, three] {
        assert_eq!(
            outcome.unwrap_err().to_string(),
            "no credential works: mint: the mint is closed"
        );
    }
    assert_eq!(mint.made(), 1);
    read(&scene).await.unwrap_err();
    assert_eq!(mint.made(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_five_minutes_before_its_end() {
    let mint = Arc::new(Mint { lifetime: Some(3600), ..Mint::default() });
    let scene = scene(&mint, Script::new(vec![], Some(ok("{}"))));
    for seconds in [0, 3299, 2] {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        read(&scene).await.unwrap();
    }
    assert_eq!(tokens(&scene), ["token-1", "token-1", "token-2"]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_early_renewal_is_harmless_and_rare() {
    let mint = Arc::new(Mint { lifetime: Some(3600), fails_from: Some(2), ..Mint::default() });
    let scene = scene(&mint, Script::new(vec![], Some(ok("{}")))).within(7200);
    for seconds in [0, 3400, 10, 10, 20] {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        read(&scene).await.unwrap();
    }
    assert_eq!(tokens(&scene), vec!["token-1"; 5]);
    assert_eq!(mint.made(), 3, "one at first, one at 3400 s, one 30 s later");
    tokio::time::advance(Duration::from_secs(200)).await;
    assert!(matches!(read(&scene).await, Err(Error::Credential { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_slow_early_renewal_delays_its_caller_by_seconds_only() {
    let mint = Arc::new(Mint { lifetime: Some(3600), delay: 60, ..Mint::default() });
    let scene = scene(&mint, Script::new(vec![], Some(ok("{}")))).within(7200);
    read(&scene).await.unwrap();
    tokio::time::advance(Duration::from_secs(3400)).await;
    let began = Instant::now();
    read(&scene).await.unwrap();
    assert!(began.elapsed() <= RENEWAL_TIMEOUT, "{:?}", began.elapsed());
    assert_eq!(tokens(&scene), ["token-1", "token-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_during_a_wait_is_replaced() {
    let mint = Arc::new(Mint { lifetime: Some(310), ..Mint::default() });
    let polls = (0..40).map(|_| status("Creating"));
    let first = object(201, "Creating").follow_async();
    let ends = [status("Succeeded"), object(200, "Succeeded")];
    let scene =
        scene(&mint, Script::new([first].into_iter().chain(polls).chain(ends).collect(), None));
    let options = scene.options();
    let body = serde_json::json!({});
    let accepted = scene.arm.put(&EXTENSIONS, &scene.id, &body, &options).await.unwrap();
    scene
        .arm
        .wait_until_done(&EXTENSIONS, &scene.id, accepted.operation.as_ref(), &options)
        .await
        .unwrap();
    let used = tokens(&scene);
    assert_eq!(used.len(), 43);
    assert!(mint.made() > 1 && used.last() == Some(&format!("token-{}", mint.made())), "{used:?}");
}

#[tokio::test(start_paused = true)]
async fn a_401_drops_the_token_and_is_tried_once_more() {
    let challenge = r#"Bearer error="insufficient_claims", claims="eyJhIjoxfQ==""#;
    let challenged = answer(401, "").with("www-authenticate", challenge);
    let nonsense = answer(401, "").with("www-authenticate", &challenge.replace("eyJ", "???"));
    for (refused, claims) in
        [(answer(401, ""), None), (challenged, Some(r#"{"a":1}"#)), (nonsense, None)]
    {
        let mint = Arc::new(Mint { lifetime: Some(3600), ..Mint::default() });
        let scene = scene(&mint, Script::new(vec![refused], Some(ok("{}"))));
        read(&scene).await.unwrap();
        read(&scene).await.unwrap();
        assert_eq!(tokens(&scene), ["token-1", "token-2", "token-2"]);
        let asked: Vec<_> = mint.asked.lock().unwrap().iter().map(|(_, it)| it.clone()).collect();
        assert_eq!(asked, [None, claims.map(str::to_owned)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_401_is_an_error() {
    let mint = Arc::new(Mint { lifetime: Some(3600), ..Mint::default() });
    let refused = error(401, "InvalidAuthenticationToken", "expired");
    let scene = scene(&mint, Script::new(vec![refused.clone(), refused], None));
    let error = read(&scene).await.unwrap_err();
    assert!(error.is_unauthenticated() && error.code() == Some("InvalidAuthenticationToken"));
    assert_eq!(tokens(&scene), ["token-1", "token-2"]);
}

/// The challenge of continuous access evaluation is not asked for, and one that comes is a 401 as
/// any other: whatever it says, there is one more try, of a fresh token, at the same endpoint.
#[tokio::test(start_paused = true)]
async fn no_challenge_makes_a_loop_or_leads_elsewhere() {
    let claims = r#"error="insufficient_claims", claims="#;
    for challenge in [
        format!(r#"Bearer {claims}"no base64!""#),
        format!(r#"Bearer {claims}"""#),
        format!(r#"PoP realm=", Bearer {claims}"eyJhIjoxfQ==", Basic"#),
        r#"Bearer authorization_uri="https://evil.example/t", resource="https://evil.example""#
            .into(),
        "?=,,==".into(),
    ] {
        let mint = Arc::new(Mint { lifetime: Some(3600), ..Mint::default() });
        let refused = error(401, "InvalidAuthenticationToken", "no");
        let refused = refused.with("www-authenticate", &challenge);
        let scene = scene(&mint, Script::new(vec![refused.clone(), refused], None));
        let error = read(&scene).await.unwrap_err();
        assert!(error.is_unauthenticated(), "{challenge}: {error}");
        assert_eq!(tokens(&scene), ["token-1", "token-2"], "{challenge}");
        assert_eq!(scene.requests(), ["GET object", "GET object"], "{challenge}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_and_a_deadline_end_a_token_request() {
    let mint = Arc::new(Mint { delay: 1000, ..Mint::default() });
    let scene = scene(&mint, Script::new(vec![], None)).within(20);
    assert!(matches!(read(&scene).await, Err(Error::DeadlineExceeded(_))));
    assert_eq!(scene.options().time_left(), Duration::ZERO);
    let scene = Scene { timeout: Duration::from_hours(1), ..scene };
    let stop = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        scene.stop.cancel();
    };
    assert!(matches!(tokio::join!(read(&scene), stop).0, Err(Error::Stopped)));
}

#[tokio::test(start_paused = true)]
async fn every_method_is_tried_in_order_and_each_reason_told() {
    let closed = || Arc::new(Mint { fails_from: Some(1), ..Mint::default() });
    let empty = AccessToken::new(&Sensitive::from(""));
    let methods: Vec<Box<dyn TokenSource>> = vec![Box::new(empty), Box::new(closed())];
    let scene =
        Scene::with_credential(Script::new(vec![], None), Credential::new("scope".into(), methods));
    let expected =
        "no credential works: access token: the token is empty; mint: the mint is closed";
    assert_eq!(read(&scene).await.unwrap_err().to_string(), expected);

    let open = Arc::new(Mint::default());
    let methods: Vec<Box<dyn TokenSource>> = vec![Box::new(closed()), Box::new(open)];
    let script = Script::new(vec![ok("{}")], None);
    let scene = Scene::with_credential(script, Credential::new("scope".into(), methods));
    read(&scene).await.unwrap();
    assert_eq!(tokens(&scene), ["token-1"]);

    let scene =
        Scene::with_credential(Script::new(vec![], None), Credential::new("scope".into(), vec![]));
    assert_eq!(
        read(&scene).await.unwrap_err().to_string(),
        "no credential works: none is configured"
    );
}

const SECRET: &str = "canary&secret";

pub(super) fn cloud() -> Cloud {
    Cloud::from_endpoint("https://arm.example", None, Some("login.example")).unwrap()
}

pub(super) fn principal() -> Principal {
    Principal { tenant: "tenant".to_owned(), client: "client".to_owned() }
}

pub(super) fn request(scope: &str) -> TokenRequest<'_> {
    TokenRequest { scope, tenant: None, claims: None }
}

/// A client secret at a scripted token endpoint.
fn client_secret(steps: Vec<Step>) -> (ClientSecret, Arc<Script>) {
    let script = Script::new(steps, None);
    (ClientSecret::new(cloud(), principal(), Sensitive::from(SECRET), script.clone()), script)
}

#[tokio::test(start_paused = true)]
async fn a_client_secret_is_exchanged_and_the_endpoint_given_time() {
    let token = ok(r#"{"token_type":"Bearer","expires_in":3600,"access_token":"canary-token"}"#);
    let refused = lost(TransportError::Unreachable("connection refused".into()));
    let busy = answer(429, "").with("retry-after", "20");
    let (method, script) = client_secret(vec![refused, answer(503, ""), busy, token]);
    let fresh = method
        .fetch_token(&request("https://arm.example/.default"))
        .await
        .unwrap_or_else(|reason| panic!("{reason}"));
    assert_eq!(fresh.token.expose(), "canary-token");
    let lifetime = fresh.lifetime.unwrap().as_secs();
    assert!((3590..=3600).contains(&lifetime), "{lifetime}");
    let seen = script.seen();
    assert_eq!(seen.len(), 4);
    assert!(seen[3].at.saturating_sub(seen[2].at) >= Duration::from_secs(20));
    for seen in seen {
        assert_eq!(seen.request.url.as_str(), "https://login.example/tenant/oauth2/v2.0/token");
        assert_eq!(seen.request.method, crate::Method::POST);
        let body = String::from_utf8(seen.request.body.unwrap()).unwrap();
        let form = "client_id=client&client_secret=canary%26secret&grant_type=client_credentials&scope=https%3A%2F%2Farm.example%2F.default&claims=%7B%22access_token%22%3A%7B%22xms_cc%22%3A%7B%22values%22%3A%5B%22cp1%22%5D%7D%7D%7D";
        assert_eq!(body, form);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_client_is_told_once_and_without_the_secret() {
    let told = format!(
        r#"{{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret {SECRET}","error_codes":[7000215]}}"#
    );
    let (method, script) = client_secret(vec![answer(401, &told)]);
    let reason = method.fetch_token(&request("scope")).await.err().unwrap();
    assert!(reason.contains("AADSTS7000215") && !reason.contains("canary"), "{reason}");
    assert!(!reason.contains('\n'), "{reason}");
    assert!(reason.contains("(sensitive)") && reason.contains("not its ID"), "{reason}");
    assert_eq!(script.seen().len(), 1);
    let (method, script) =
        client_secret(vec![lost(TransportError::Tls("invalid peer certificate".into()))]);
    let reason = method.fetch_token(&request("scope")).await.err().unwrap();
    assert!(reason.contains("login.example: TLS: invalid peer certificate"), "{reason}");
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_plain_http_authority_is_refused_with_a_reason() {
    let cloud =
        Cloud::from_endpoint("http://127.0.0.1:1", None, Some("http://127.0.0.1:2")).unwrap();
    let script = Script::new(vec![], None);
    let method = ClientSecret::new(&cloud, principal(), Sensitive::from(SECRET), script);
    let reason = method.fetch_token(&request("scope")).await.err().unwrap();
    assert!(reason.contains("HTTPS"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn another_service_gets_the_current_token_and_one_in_place_of_what_it_rejects() {
    let mint = Arc::new(Mint { lifetime: Some(3600), ..Mint::default() });
    let credential = Credential::new("scope".into(), vec![Box::new(mint.clone())]);
    for (rejected, expected) in [
        (None, "token-1"),
        (None, "token-1"),
        (Some("token-0"), "token-1"),
        (Some("token-1"), "token-2"),
        (Some("token-1"), "token-2"),
    ] {
        let token = credential.bearer_token(rejected).await.unwrap();
        assert_eq!(token.expose(), expected, "{rejected:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn claims_are_asked_for_once_and_a_second_challenge_is_the_error() {
    let challenge = r#"Bearer error="insufficient_claims", claims="eyJhIjoxfQ==""#;
    let refused = || answer(401, "").with("www-authenticate", challenge);
    let mint = Arc::new(Mint { lifetime: Some(3600), ..Mint::default() });
    let scene = scene(&mint, Script::new(vec![refused(), refused()], Some(ok("{}")))).within(7200);
    assert!(read(&scene).await.unwrap_err().is_unauthenticated());
    assert_eq!(tokens(&scene), ["token-1", "token-2"], "one replay");
    read(&scene).await.unwrap();
    tokio::time::advance(Duration::from_secs(3400)).await;
    read(&scene).await.unwrap();
    let asked: Vec<_> = mint.asked.lock().unwrap().iter().map(|(_, it)| it.is_some()).collect();
    assert_eq!(asked, [false, true, false], "a renewal does not repeat the claims");
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_when_its_issuer_says() {
    let mint =
        Arc::new(Mint { lifetime: Some(86_400), renew_after: Some(43_200), ..Mint::default() });
    let scene = scene(&mint, Script::new(vec![], Some(ok("{}")))).within(86_400);
    for seconds in [0, 43_100, 200] {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        read(&scene).await.unwrap();
    }
    assert_eq!(tokens(&scene), ["token-1", "token-1", "token-2"]);
}

#[tokio::test(start_paused = true)]
async fn tokens_of_auxiliary_tenants_go_beside_the_token() {
    let mint = Arc::new(Mint { lifetime: Some(3600), ..Mint::default() });
    let credential = Credential::new("scope".into(), vec![Box::new(mint.clone())]);
    let credential = credential.with_auxiliary_tenants(&["one".into(), "two".into()]);
    let script = Script::new(vec![ok("{}"), answer(401, "")], Some(ok("{}")));
    let scene = Scene::with_credential(script, credential);
    for _ in 0..2 {
        read(&scene).await.unwrap();
    }
    let sent: Vec<_> = scene.script.seen().into_iter().map(|seen| seen.request).collect();
    let of = |name: &str| -> Vec<_> {
        sent.iter().map(|request| request.header(name).unwrap().to_owned()).collect()
    };
    assert_eq!(of("authorization"), ["Bearer token-1", "Bearer token-1", "Bearer token-4"]);
    let (first, fresh) = ("Bearer token-2, Bearer token-3", "Bearer token-5, Bearer token-6");
    assert_eq!(of("x-ms-authorization-auxiliary"), [first, first, fresh]);
    let asked: Vec<_> = mint.asked.lock().unwrap().iter().map(|(it, _)| it.clone()).collect();
    let [one, two] = ["one", "two"].map(|tenant| Some(tenant.to_owned()));
    assert_eq!(asked, [None, one.clone(), two.clone(), None, one, two]);
    for token in 1..=6 {
        let learned = scene.script.learned.lock().unwrap();
        assert!(learned.contains(&format!("token-{token}")), "{learned:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_no_header_carries_is_an_error_and_white_space_around_it_is_none() {
    for (token, is_usable) in [
        ("token", true),
        ("token\n", true),
        (" token\r\n", true),
        ("two words", false),
        ("two\nlines", false),
        ("nul\0", false),
        ("gr\u{fc}n", false),
        ("\n", false),
    ] {
        let source = AccessToken::new(&Sensitive::from(token));
        let credential = Credential::new("scope".into(), vec![Box::new(source)]);
        let scene = Scene::with_credential(Script::new(vec![], Some(ok("{}"))), credential);
        let outcome = read(&scene).await;
        assert_eq!(outcome.is_ok(), is_usable, "{token:?}: {outcome:?}");
        let sent = if is_usable { vec!["token".to_owned()] } else { vec![] };
        assert_eq!(tokens(&scene), sent, "{token:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_while_signing_in_names_what_was_waited_for() {
    let refused = lost(TransportError::Interrupted("connection reset by peer".into()));
    for (steps, expected) in [
        (vec![ok("{}").after(1000)], "client secret: https://login.example has not answered"),
        (vec![refused], "client secret: https://login.example: the connection broke"),
        (
            vec![answer(503, "").with("retry-after", "9")],
            "https://login.example: the last answer was 503 Service Unavailable",
        ),
    ] {
        let script = Script::new(steps, Some(answer(503, "").after(1000)));
        let method =
            ClientSecret::new(cloud(), principal(), Sensitive::from(SECRET), script.clone());
        let credential = Credential::new("scope".into(), vec![Box::new(method)]);
        let scene = Scene::with_credential(script, credential).within(8);
        let error = read(&scene).await.unwrap_err();
        assert!(matches!(error, Error::DeadlineExceeded(_)), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_request_names_tenant_and_claims() {
    let token = ok(r#"{"expires_in":"3600","refresh_in":1800,"access_token":"canary-token"}"#);
    let (method, script) = client_secret(vec![token]);
    let claims = r#"{"access_token":{"acrs":{}}}"#;
    let asked = TokenRequest { scope: "s", tenant: Some("other.example"), claims: Some(claims) };
    let fresh = method.fetch_token(&asked).await.unwrap_or_else(|reason| panic!("{reason}"));
    assert_eq!(fresh.renew_after, Some(Duration::from_mins(30)));
    let sent = script.seen().remove(0).request;
    assert_eq!(sent.url.as_str(), "https://login.example/other.example/oauth2/v2.0/token");
    let body = String::from_utf8(sent.body.unwrap()).unwrap();
    let form: std::collections::HashMap<_, _> =
        url::form_urlencoded::parse(body.as_bytes()).collect();
    let claims: serde_json::Value = serde_json::from_str(&form["claims"]).unwrap();
    let expected = serde_json::json!({ "acrs": {}, "xms_cc": { "values": ["cp1"] } });
    assert_eq!((&*form["scope"], &claims["access_token"]), ("s", &expected));
    for tenant in ["", "a/b", "a b", "a?b", "../x"] {
        let asked = TokenRequest { tenant: Some(tenant), ..asked };
        assert!(method.fetch_token(&asked).await.err().unwrap().contains("tenant"), "{tenant}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_token_is_told_without_a_parsers_words() {
    for (step, expected) in [
        (ok("<html>canary</html>"), "200 OK brought no token"),
        (ok(r#"{"access_token":""}"#), "200 OK brought no token"),
        (ok(r#"{"access_token":["canary"]}"#), "200 OK brought no token"),
        (answer(302, "").with("location", "https://canary"), "302 Found without a reason"),
        (answer(400, "canary"), "400 Bad Request without a reason"),
        (answer(400, r#"{"error":"invalid_request"}"#), "invalid_request"),
        (
            answer(
                400,
                r#"{"error_description":"AADSTS90002: no\r\n tenant","error_codes":[90002]}"#,
            ),
            "AADSTS90002: no tenant Check `tenant_id`",
        ),
    ] {
        let (method, script) = client_secret(vec![step]);
        let reason = method.fetch_token(&request("scope")).await.err().unwrap();
        assert!(reason.starts_with(expected) && !reason.contains("canary"), "{reason}");
        assert_eq!(script.seen().len(), 1, "{expected}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_error_of_entra_that_is_known_has_its_fix() {
    for known in super::ENTRA_ERRORS {
        for code in known.codes {
            let number = code.trim_start_matches("AADSTS");
            let told =
                format!(r#"{{"error_description":"{code}: no.","error_codes":[1,{number}]}}"#);
            let (method, _) = client_secret(vec![answer(400, &told)]);
            let reason = method.fetch_token(&request("scope")).await.err().unwrap();
            assert_eq!(reason, format!("{code}: no. {}", known.fix));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_certificate_signs_an_assertion_for_its_own_application_and_endpoint() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let pem = include_bytes!("../../../tests/fixtures/sign_in/bundle.pem");
    let bundle = Arc::new(CertificateBundle::read(pem, &Sensitive::from("")).unwrap());
    let token = ok(r#"{"expires_in":3600,"access_token":"canary-token"}"#);
    let told = r#"{"error_description":"AADSTS700027: ASSERTION","error_codes":[700027]}"#;
    let script = Script::new(vec![token.clone(), token, answer(401, told)], None);
    let method = ClientCertificate::new(cloud(), principal(), Arc::clone(&bundle), script.clone());
    for _ in 0..2 {
        assert!(method.fetch_token(&request("scope")).await.is_ok());
    }
    let reason = method.fetch_token(&request("scope")).await.err().unwrap();
    assert!(reason.contains("Upload the certificate"), "{reason}");
    let mut ids = std::collections::BTreeSet::new();
    for seen in script.seen() {
        let body = seen.request.body.unwrap();
        let form: std::collections::HashMap<_, _> = url::form_urlencoded::parse(&body).collect();
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        assert_eq!(form["client_assertion_type"], kind);
        let parts: Vec<_> = form["client_assertion"].split('.').collect();
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let read = |part| -> serde_json::Value { serde_json::from_slice(&decode(part)).unwrap() };
        let (header, claims) = (read(parts[0]), read(parts[1]));
        // `openssl x509 -fingerprint -sha256` of the certificate, as base64.
        assert_eq!(header["x5t#S256"], "97ug09wwl98-Aimv_oYJkkD378AwVvhlqld0g44GFmg");
        assert_eq!((&header["alg"], &header["typ"]), (&"PS256".into(), &"JWT".into()));
        assert_eq!(claims["aud"], "https://login.example/tenant/oauth2/v2.0/token");
        assert_eq!((&claims["iss"], &claims["sub"]), (&"client".into(), &"client".into()));
        let lasts = claims["exp"].as_u64().unwrap() - claims["nbf"].as_u64().unwrap();
        assert!((300..=600).contains(&lasts), "{lasts} s");
        ids.insert(claims["jti"].as_str().unwrap().to_owned());
        let key = ring::signature::UnparsedPublicKey::new(
            &ring::signature::RSA_PSS_2048_8192_SHA256,
            bundle.key().public().as_ref(),
        );
        let signed = format!("{}.{}", parts[0], parts[1]);
        key.verify(signed.as_bytes(), &decode(parts[2])).expect("the signature is its own");
    }
    assert_eq!(ids.len(), 3, "no ID is used twice");
}
