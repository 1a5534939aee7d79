//! Issuers and the exchange of their tokens, scripted.

use std::sync::Arc;

use super::*;
use crate::cloud::Cloud;
use crate::scripted_arm::{Script, Step, answer, ok};
use crate::transport::Method;

const REQUEST: TokenRequest<'_> = TokenRequest { scope: "s", tenant: None, claims: None };
/// `{"alg":"none"}` and the claims `{"iss":"i","sub":"repo:a","aud":["x"]}`.
const ID_TOKEN: &str =
    "eyJhbGciOiJub25lIn0.eyJpc3MiOiJpIiwic3ViIjoicmVwbzphIiwiYXVkIjpbIngiXX0.c2ln";

/// What the exchange sends and answers, with these steps of the token endpoint.
async fn exchange(
    issuer: Box<dyn IdTokenSource>, steps: Vec<Step>,
) -> (Result<FetchedToken, String>, Arc<Script>) {
    let cloud = Cloud::from_endpoint("https://arm.example", None, Some("login.example")).unwrap();
    let principal = Principal { tenant: "tenant".to_owned(), client: "client".to_owned() };
    let script = Script::new(steps, None);
    let source = FederatedIdentity::new("OIDC", &cloud, principal, issuer, script.clone());
    (source.fetch_token(&REQUEST).await, script)
}

fn fetched() -> Step {
    ok(r#"{"expires_in":3600,"access_token":"canary-token"}"#)
}

#[tokio::test(start_paused = true)]
async fn a_token_is_exchanged_and_what_it_says_is_told_when_it_is_refused() {
    let token = || Box::new(IdToken::new(&Sensitive::from(format!(" {ID_TOKEN}\n"))));
    let (fresh, script) = exchange(token(), vec![fetched()]).await;
    assert!(fresh.is_ok());
    let body = String::from_utf8(script.seen().remove(0).request.body.unwrap()).unwrap();
    assert_eq!(
        body,
        format!(
            "client_id=client&client_assertion={ID_TOKEN}&client_assertion_type=urn%3Aietf%3A\
             params%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&\
             grant_type=client_credentials&scope=s&claims=%7B%22access_token%22%3A%7B%22xms_cc%22%3A%7B%22values%22%3A%5B%22cp1%22%5D%7D%7D%7D"
        )
    );
    let told = format!(
        r#"{{"error_description":"AADSTS700213: no record for {ID_TOKEN}.","error_codes":[700213]}}"#
    );
    let (refused, _) = exchange(token(), vec![answer(400, &told)]).await;
    let reason = refused.err().unwrap();
    assert!(
        !reason.contains(ID_TOKEN) && reason.contains("Add a federated credential"),
        "{reason}"
    );
    let says = r#"issuer is i, its subject repo:a, its audience ["x"]."#;
    assert!(reason.ends_with(says), "{reason}");
}

#[tokio::test]
async fn a_token_file_is_read_anew_and_each_mistake_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let file = || Box::new(IdTokenFile::new(path.clone()));
    for (content, expected) in [
        (None, "No such file"),
        (Some(String::new()), "it is empty"),
        (Some("\n \n".to_owned()), "it is empty"),
        (Some("canary".to_owned()), "no JSON web token"),
        (Some("a.b.c".to_owned()), "no JSON web token"),
        (Some("c".repeat(70_000)), "larger than any token"),
    ] {
        if let Some(content) = &content {
            std::fs::write(&path, content).unwrap();
        }
        let (refused, script) = exchange(file(), vec![]).await;
        let reason = refused.err().unwrap();
        assert!(reason.contains(expected) && !reason.contains("canary"), "{reason}");
        assert!(script.seen().is_empty(), "nothing is sent");
    }
    let source = IdTokenFile::new(path.clone());
    for content in ["first", "second\n"] {
        std::fs::write(&path, content).unwrap();
        assert_eq!(source.fetch_id_token().await.unwrap().expose(), content.trim());
    }
}

#[tokio::test(start_paused = true)]
async fn pipelines_are_asked_as_their_documentation_says() {
    let token = Sensitive::from(" canary-request\n");
    let url = |text: &str| RequestUrl::parse(text).unwrap();
    let github = "https://pipelines.example/id?api-version=2.0&audience=other";
    let devops = "https://dev.example/o/_apis/distributedtask/oidctoken";
    for step in ["value", "oidcToken"] {
        let script = Script::new(vec![ok(&format!(r#"{{"{step}":"{ID_TOKEN}"}}"#))], None);
        let source: Box<dyn IdTokenSource> = match step {
            "value" => Box::new(GitHub::new(url(github), &token, script.clone())),
            _ => Box::new(AzureDevOps::new(url(devops), &token, "c&1".into(), script.clone())),
        };
        assert_eq!(source.fetch_id_token().await.unwrap().expose(), ID_TOKEN);
        let sent = script.seen().remove(0).request;
        assert_eq!(sent.header("authorization"), Some("Bearer canary-request"));
        let (method, expected) = match step {
            "value" => (
                Method::GET,
                "https://pipelines.example/id?api-version=2.0&\
                 audience=api%3A%2F%2FAzureADTokenExchange"
                    .to_owned(),
            ),
            _ => (Method::POST, format!("{devops}?api-version=7.1&serviceConnectionId=c%261")),
        };
        assert_eq!((sent.method, sent.url.to_string()), (method, expected));
    }
}

#[tokio::test(start_paused = true)]
async fn each_refusal_of_a_pipeline_is_told_and_no_redirect_followed() {
    for (step, expected) in [
        (answer(401, "canary"), "the request token is not accepted"),
        (answer(403, "canary"), "the request token is not accepted"),
        (answer(404, "canary"), "gave no token: 404 Not Found"),
        (answer(302, "").with("location", "https://canary.example"), "gave no token: 302 Found"),
        (ok("<html>canary</html>"), "answered without a `value`"),
        (ok(r#"{"value":""}"#), "answered without a `value`"),
        (ok(r#"{"value":["canary"]}"#), "answered without a `value`"),
    ] {
        let script = Script::new(vec![step], None);
        let url = RequestUrl::parse("https://pipelines.example/id").unwrap();
        let source = GitHub::new(url, &Sensitive::from("canary-request"), script.clone());
        let reason = source.fetch_id_token().await.err().unwrap();
        assert!(reason.contains(expected) && !reason.contains("canary"), "{reason}");
        assert_eq!(script.seen().len(), 1, "{expected}");
    }
}

#[test]
fn a_request_url_is_https_or_on_this_machine() {
    use RequestUrlError as E;
    for (text, expected) in [
        ("https://pipelines.example/x?y=z", None),
        (" https://pipelines.example\n", None),
        ("http://127.0.0.1:1/x", None),
        ("http://localhost/x", None),
        ("http://pipelines.example", Some(E::Insecure)),
        ("http://127.0.0.1.example", Some(E::Insecure)),
        ("file:///etc/passwd", Some(E::Insecure)),
        ("pipelines.example", Some(E::NotAUrl)),
        ("", Some(E::NotAUrl)),
        ("https://user@pipelines.example", Some(E::ExtraParts)),
        ("https://:canary@pipelines.example", Some(E::ExtraParts)),
    ] {
        assert_eq!(RequestUrl::parse(text).err(), expected, "{text}");
    }
}
