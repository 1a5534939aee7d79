//! Services of managed identities, scripted in virtual time.

use std::sync::Arc;

use tokio::time::Instant;

use super::*;
use crate::scripted_arm::{Script, Step, answer, lost, ok};
use crate::transport::TransportError;

const REQUEST: TokenRequest<'_> =
    TokenRequest { scope: "https://arm.example/.default", tenant: None, claims: None };
const TOKEN: &str = r#"{"access_token":"canary-token","expires_in":"3599","expires_on":"1"}"#;
/// What a request without the header of a real one is answered.
const PROBED: &str = r#"{"error":"bad_request_102"}"#;

fn imds(steps: Vec<Step>, forever: Option<Step>) -> (ManagedIdentity, Arc<Script>) {
    let script = Script::new(steps, forever);
    let url = Url::parse(IdentityEndpoint::IMDS).unwrap();
    let endpoint = IdentityEndpoint::Imds { url };
    (ManagedIdentity::new(endpoint, None, script.clone()), script)
}

#[tokio::test(start_paused = true)]
async fn a_metadata_service_is_looked_for_and_then_given_time() {
    for status in [404, 410, 429, 500, 503, 511] {
        let busy = answer(status, "{}");
        let steps = vec![answer(400, PROBED), busy.clone(), busy, ok(TOKEN)];
        let (source, script) = imds(steps, None);
        let fresh = source.fetch_token(&REQUEST).await;
        let fresh = fresh.unwrap_or_else(|reason| panic!("{status}: {reason}"));
        assert_eq!(fresh.token.expose(), "canary-token");
        assert_eq!(fresh.lifetime, Some(Duration::from_secs(3599)), "counted from receipt");
        let seen = script.seen();
        assert_eq!(seen.len(), 4, "{status}");
        assert_eq!(seen[0].request.header("metadata"), None);
        for seen in &seen[1..] {
            assert_eq!(seen.request.header("metadata"), Some("true"));
            assert_eq!(
                seen.request.url.as_str(),
                "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&\
                 resource=https%3A%2F%2Farm.example"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_metadata_service_that_never_has_a_token_is_given_up() {
    let (source, script) = imds(vec![answer(400, PROBED)], Some(answer(404, "{}")));
    let began = Instant::now();
    assert!(source.fetch_token(&REQUEST).await.err().unwrap().contains("404"));
    assert!((90..180).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert!(script.seen().len() > 5);
}

#[tokio::test(start_paused = true)]
async fn each_refusal_of_a_metadata_service_is_told_once() {
    let unreachable = r#"{"error":"connecting to 169.254.169.254: A socket operation was attempted to an unreachable network"}"#;
    let nobody = r#"{"error":"invalid_request","error_description":"Identity not found"}"#;
    for (step, expected) in [
        (answer(400, nobody), "Identity not found Does this machine have an identity?"),
        (answer(403, unreachable), "there is no identity service at http://169.254.169.254"),
        (ok("<html>captive portal</html>"), "there is no identity service"),
        (ok("{}"), "200 OK brought no token"),
        (answer(302, "").with("location", "http://evil"), "there is no identity service"),
    ] {
        let (source, script) = imds(vec![answer(400, PROBED), step], None);
        let reason = source.fetch_token(&REQUEST).await.err().unwrap();
        assert!(reason.contains(expected), "{reason}");
        assert_eq!(script.seen().len(), 2, "{expected}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_without_a_metadata_service_waits_for_it_no_longer_than_five_seconds() {
    let refused = lost(TransportError::Unreachable("connection refused".into()));
    for step in [refused, ok("{}").after(1000)] {
        let (source, script) = imds(vec![step], None);
        let began = Instant::now();
        let reason = source.fetch_token(&REQUEST).await.err().unwrap();
        assert!(reason.contains("is this a machine in Azure?"), "{reason}");
        assert!(began.elapsed() <= Duration::from_secs(5), "{:?}", began.elapsed());
        assert_eq!(script.seen().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_service_is_asked_with_its_header_which_is_never_shown() {
    let ends = unix_seconds() + 600;
    let token = format!(r#"{{"access_token":"t","expires_on":"{ends}","token_type":"Bearer"}}"#);
    let refused = r#"{"statusCode":400,"message":"not with canary-header"}"#;
    let script = Script::new(vec![ok(&token), answer(400, refused)], None);
    let endpoint = IdentityEndpoint::AppService {
        url: Url::parse("http://127.0.0.1:41741/msi/token/").unwrap(),
        header: Sensitive::from("canary-header"),
    };
    let source = ManagedIdentity::new(endpoint, Some("client".to_owned()), script.clone());
    let fresh = source.fetch_token(&REQUEST).await.unwrap_or_else(|reason| panic!("{reason}"));
    assert!((590..=600).contains(&fresh.lifetime.unwrap().as_secs()));
    let sent = script.seen().remove(0).request;
    assert_eq!(sent.header("x-identity-header"), Some("canary-header"));
    assert_eq!(
        sent.url.query(),
        Some("api-version=2019-08-01&resource=https%3A%2F%2Farm.example&client_id=client")
    );
    let reason = source.fetch_token(&REQUEST).await.err().unwrap();
    assert_eq!(reason, "not with (sensitive)");
    let elsewhere = TokenRequest { tenant: Some("other"), ..REQUEST };
    assert!(source.fetch_token(&elsewhere).await.err().unwrap().contains("auxiliary_tenant_ids"));
}

/// An agent that names this file first.
fn arc_server(realm: &str, folder: &std::path::Path) -> (ManagedIdentity, Arc<Script>) {
    let challenge = answer(401, "").with("www-authenticate", realm);
    let script = Script::new(vec![challenge, ok(TOKEN)], None);
    let url = Url::parse("http://localhost:40342/metadata/identity/oauth2/token").unwrap();
    let endpoint = IdentityEndpoint::ArcServer { url, key_folder: folder.to_owned() };
    (ManagedIdentity::new(endpoint, None, script.clone()), script)
}

#[tokio::test]
async fn the_key_of_an_arc_server_is_read_from_the_agents_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("tokens");
    std::fs::create_dir_all(keys.join("below")).unwrap();
    let write = |path: &str, content: &str| {
        let path = folder.path().join(path);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let good = write("tokens/a.key", "canary-key\n");
    let dotted = good.replace("tokens/a", "tokens/below/../a");
    for realm in [
        format!("Basic realm={good}"),
        format!("basic Realm=\"{good}\""),
        format!("Basic realm={dotted}"),
    ] {
        let (source, script) = arc_server(&realm, &keys);
        let fresh = source.fetch_token(&REQUEST).await;
        assert!(fresh.is_ok(), "{realm}: {:?}", fresh.err());
        let sent: Vec<_> = script.seen().into_iter().map(|seen| seen.request).collect();
        assert_eq!(sent[0].header("authorization"), None);
        assert_eq!(sent[1].header("authorization"), Some("Basic canary-key"));
        assert_eq!(sent[1].header("metadata"), Some("true"));
    }
    let outside = write("outside.key", "canary");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&outside, keys.join("link.key")).unwrap();
    for (path, expected) in [
        (outside.clone(), "not in the folder"),
        (good.replace("a.key", "../outside.key"), "not in the folder"),
        (good.replace("a.key", "link.key"), "not in the folder"),
        (write("tokens/below/a.key", "canary"), "not in the folder"),
        (write("tokens/a.txt", "canary"), "no .key file"),
        ("/etc/passwd".to_owned(), "no .key file"),
        (write("tokens/large.key", &"c".repeat(4097)), "larger than 4096 bytes"),
        (write("tokens/empty.key", "\n"), "it is empty"),
        (good.replace("a.key", "gone.key"), "No such file"),
        ("relative.key".to_owned(), "names no file"),
        (String::new(), "names no file"),
    ] {
        let (source, script) = arc_server(&format!("Basic realm={path}"), &keys);
        let reason = source.fetch_token(&REQUEST).await.err().unwrap();
        assert!(reason.contains(expected) && !reason.contains("canary"), "{path}: {reason}");
        assert_eq!(script.seen().len(), 1, "{path}: no key is shown");
    }
    for realm in ["Bearer realm=/a.key", "Basic", "Basic other=/a.key"] {
        let (source, _) = arc_server(realm, &keys);
        assert!(source.fetch_token(&REQUEST).await.err().unwrap().contains("names no file"));
    }
}

#[tokio::test]
async fn an_arc_server_has_its_agent_on_this_machine_and_one_identity() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |url: &str, client: Option<&str>, steps: Vec<Step>| {
        let script = Script::new(steps, None);
        let endpoint = IdentityEndpoint::ArcServer {
            url: Url::parse(url).unwrap(),
            key_folder: folder.path().to_owned(),
        };
        ManagedIdentity::new(endpoint, client.map(str::to_owned), script)
    };
    for (source, expected) in [
        (ask("http://localhost:1/", Some("c"), vec![]), "the system's identity alone"),
        (ask("http://10.0.0.1:1/", None, vec![]), "is on this machine"),
        (ask("http://localhost:1/", None, vec![ok(TOKEN)]), "did not ask for a key first"),
    ] {
        let reason = source.fetch_token(&REQUEST).await.err().unwrap();
        assert!(reason.contains(expected), "{reason}");
    }
}
