//! What gives tokens, or says where they are given, leads nowhere by a redirect.

use std::sync::Arc;
use std::time::Duration;

use super::federated_identity::{
    AzureDevOps, FederatedIdentity, GitHub, IdTokenSource, RequestUrl,
};
use super::managed_identity::{IdentityEndpoint, ManagedIdentity};
use super::tests::{cloud, principal, request};
use super::{ClientSecret, TokenSource};
use crate::client::Client;
use crate::cloud::{CloudSource, Endpoints, MetadataHost};
use crate::lying_server::{Heard, LyingServer, Places, response};
use crate::scripted_arm::{Script, answer};
use crate::transport::Transport;
use vocabulary::Sensitive;

/// Longest for one token: nothing but somebody else takes so long.
const LIMIT: Duration = Duration::from_secs(20);

/// The services that give tokens, each on this machine, redirect to somebody else: nobody but the
/// service hears of it, and no secret is in what is told.
#[tokio::test]
async fn nothing_that_gives_a_token_leads_elsewhere() {
    let lie = |heard: &Heard, places: Places| {
        let digits: String = heard.target.chars().filter(char::is_ascii_digit).take(3).collect();
        let to = format!("location: http://127.0.0.1:{}/elsewhere\r\n", places.other);
        let page = format!("<a href=\"http://127.0.0.1:{}/elsewhere\">canary</a>", places.other);
        response(digits.parse().unwrap_or(500), &to, &page)
    };
    let server = LyingServer::start(lie).await;
    let direct: Arc<dyn Transport> = Arc::new(Client::direct(None));
    let canary = Sensitive::from("canary-of-the-request");
    for status in [301, 302, 303, 307, 308] {
        let url = || format!("{}/{status}/token", server.url()).parse().unwrap();
        let request_url = || RequestUrl::parse(&format!("{}/{status}/id", server.url())).unwrap();
        let managed = |endpoint| ManagedIdentity::new(endpoint, None, direct.clone());
        let federated = |issuer: Box<dyn IdTokenSource>| {
            FederatedIdentity::new("OIDC", cloud(), principal(), issuer, direct.clone())
        };
        let key_folder = std::env::temp_dir();
        let sources: [Box<dyn TokenSource>; 5] = [
            Box::new(managed(IdentityEndpoint::Imds { url: url() })),
            Box::new(managed(IdentityEndpoint::AppService { url: url(), header: canary.clone() })),
            Box::new(managed(IdentityEndpoint::ArcServer { url: url(), key_folder })),
            Box::new(federated(Box::new(GitHub::new(request_url(), &canary, direct.clone())))),
            Box::new(federated(Box::new(AzureDevOps::new(
                request_url(),
                &canary,
                "connection".to_owned(),
                direct.clone(),
            )))),
        ];
        for (at, source) in sources.iter().enumerate() {
            let scope = request("https://arm.example/.default");
            let fetched = tokio::time::timeout(LIMIT, source.fetch_token(&scope)).await;
            let reason = fetched.expect("nothing is waited for").err().expect("it is redirected");
            assert!(reason.contains(&status.to_string()), "{at} {status}: {reason}");
            assert!(!reason.contains("canary"), "{at} {status}: {reason}");
        }
        // One request each, and one to see whether there is a metadata service.
        assert_eq!(server.heard(&format!("/{status}/")).len(), sources.len() + 1);
    }
    server.nobody_else_was_asked();
}

/// The login host is https, so it is a script here; the client that it is asked by follows nothing.
#[tokio::test(start_paused = true)]
async fn a_login_host_that_redirects_is_asked_once() {
    for status in [301, 302, 303, 307, 308] {
        let moved = answer(status, "").with("location", "https://evil.example/token");
        let script = Script::new(vec![moved], None);
        let secret = Sensitive::from("canary-of-the-principal");
        let method = ClientSecret::new(cloud(), principal(), secret, script.clone());
        let reason = method.fetch_token(&request("scope")).await.err().unwrap();
        assert!(reason.contains(&status.to_string()), "{reason}");
        assert!(!reason.contains("canary") && !reason.contains("evil"), "{reason}");
        assert_eq!(script.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_metadata_host_that_redirects_is_asked_once() {
    let lie = |heard: &Heard, places: Places| {
        let elsewhere = format!("http://127.0.0.1:{}", places.other);
        if heard.target.starts_with("/metadata") {
            return response(307, &format!("location: {elsewhere}{}\r\n", heard.target), "");
        }
        response(500, "", "")
    };
    let server = LyingServer::start(lie).await;
    let host = MetadataHost::parse(&server.url()).unwrap();
    let transport: Arc<dyn Transport> = Arc::new(Client::new(None, None));
    let source = CloudSource::described_by(host, None, Endpoints::default(), transport);
    let told = tokio::time::timeout(LIMIT, source.cloud()).await;
    let reason = told.expect("nothing is waited for").unwrap_err();
    assert!(reason.contains("redirect"), "{reason}");
    server.nobody_else_was_asked();
    assert_eq!(server.heard("").len(), 1);
}
