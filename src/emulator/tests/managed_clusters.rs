//! Credentials of AKS clusters, and the tokens that their API servers take.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

use super::kit::{Azure, aks, arc, extension, extension_url, request, url_in};
use crate::cluster::AKS_SERVER;
use crate::entra::{CLIENT_ID, CLIENT_SECRET};
use crate::http::Request;
use crate::options::Options;
use crate::seed::TENANT;

const VERSION: &str = "2025-10-01";

const KUBECONFIG: &str = "
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:7', certificate-authority-data: QQ==}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
users: [{name: u, user: {client-certificate-data: Qg==, client-key-data: Qw==}}]
";

fn azure_with_a_cluster() -> Azure {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    fs::write(&file, KUBECONFIG).unwrap();
    Azure::with(Options { kubeconfig: Some(file), ..Options::default() })
}

/// The name of the credential, and the kubeconfig.
async fn credential(azure: &Azure, action: &str) -> (Value, String) {
    let url = format!("{}/{action}", aks());
    let (url, format) = url.split_once('&').unwrap_or((&url, ""));
    let response = azure.post(&format!("{}&{format}", url_in(url, VERSION)), Value::Null).await;
    assert_eq!(response.status, 200, "{response:?}");
    let one = response.content()["kubeconfigs"][0].clone();
    let text = STANDARD.decode(one["value"].as_str().unwrap()).unwrap();
    (one["name"].clone(), String::from_utf8(text).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_cluster_without_entra_gives_its_certificate() {
    let azure = azure_with_a_cluster();
    for (action, name, context) in [
        ("listClusterUserCredential&format=exec", "clusterUser", "aks-cluster"),
        ("listClusterUserCredential", "clusterUser", "aks-cluster"),
        ("listClusterAdminCredential", "clusterAdmin", "aks-cluster-admin"),
    ] {
        let (given, config) = credential(&azure, action).await;
        assert_eq!(given, name);
        for part in [
            "server: \"https://127.0.0.1:7\"",
            "certificate-authority-data: QQ==",
            "client-key-data: Qw==",
            &format!("current-context: {context}"),
            &format!("name: {name}_rg-arc_aks-cluster"),
        ] {
            assert!(config.contains(part), "{part} is not in {config}");
        }
    }
    let cluster = azure.get(&url_in(aks(), VERSION)).await.content();
    assert_eq!(cluster["properties"]["fqdn"], "127.0.0.1", "it is the host of the server");
}

#[tokio::test(start_paused = true)]
async fn a_cluster_with_entra_tells_how_to_sign_in() {
    let azure = azure_with_a_cluster();
    let mut cluster = azure.stored(&aks()).await;
    cluster["properties"]["aadProfile"] = json!({"managed": true});
    cluster["properties"]["disableLocalAccounts"] = json!(true);
    let changed = azure.send("PUT", &format!("/emulator/objects?id={}", aks()), cluster).await;
    assert_eq!(changed.status, 204);
    for (action, there, absent) in [
        ("listClusterUserCredential&format=exec", "command: kubelogin", "auth-provider"),
        ("listClusterUserCredential&format=azure", "name: azure", "kubelogin"),
        ("listClusterUserCredential", "name: azure", "kubelogin"),
    ] {
        let (_, config) = credential(&azure, action).await;
        for part in [there, AKS_SERVER, "certificate-authority-data: QQ=="] {
            assert!(config.contains(part), "{part} is not in {config}");
        }
        assert!(!config.contains(absent) && !config.contains("client-key-data"), "{config}");
    }
    let url = url_in(format!("{}/listClusterAdminCredential", aks()), VERSION);
    let refused = azure.post(&url, Value::Null).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "BadRequest"));
}

#[tokio::test(start_paused = true)]
async fn bad_requests_for_credentials_are_refused() {
    let azure = Azure::new();
    let of = |name: &str, action: &str| {
        url_in(format!("{}/{action}", aks().replace("aks-cluster", name)), VERSION)
    };
    for (method, url, status) in [
        ("POST", of("aks-cluster", "listClusterUserCredential"), 200),
        ("POST", of("aks-cluster", "LISTCLUSTERUSERCREDENTIAL"), 200),
        ("POST", format!("{}&format=x", of("aks-cluster", "listClusterUserCredential")), 400),
        ("POST", of("gone", "listClusterUserCredential"), 404),
        ("POST", of("aks-cluster", "runCommand"), 405),
        ("DELETE", url_in(aks(), VERSION), 405),
    ] {
        assert_eq!(azure.send(method, &url, Value::Null).await.status, status, "{method} {url}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_for_aks_is_signed_by_a_published_key() {
    let azure = Azure::new();
    let form = |path: &str, named: &str| {
        let body = format!(
            "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}&{named}"
        );
        let body = body.into_bytes();
        Request { body, ..request("POST", &format!("/{TENANT}/{path}"), &Value::Null) }
    };
    for asked in [
        form("oauth2/v2.0/token", &format!("scope={AKS_SERVER}%2F.default")),
        form("oauth2/token", &format!("resource={AKS_SERVER}")),
    ] {
        let token = azure.answer(asked).await.content()["access_token"].clone();
        let token = token.as_str().unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let claims = signed.split_once('.').unwrap().1;
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let claims: Value = serde_json::from_slice(&bytes(claims)).unwrap();
        assert_eq!((&claims["aud"], &claims["tid"]), (&json!(AKS_SERVER), &json!(TENANT)));
        let path = |url: &Value| url.as_str().unwrap().replace(&azure.cloud.origin, "");
        let issuer = path(&claims["iss"]);
        let discovered = azure.get(&format!("{issuer}/.well-known/openid-configuration")).await;
        assert_eq!(discovered.content()["issuer"], claims["iss"]);
        let keys = azure.get(&path(&discovered.content()["jwks_uri"])).await.content();
        let [x, y] = ["x", "y"].map(|name| bytes(keys["keys"][0][name].as_str().unwrap()));
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, [vec![4], x, y].concat());
        key.verify(signed.as_bytes(), &bytes(signature)).expect("the key signed it");
        let arm = url_in(aks(), VERSION);
        let mut for_arm = azure.request("GET", &arm, &Value::Null);
        for_arm.headers.insert("authorization".to_owned(), format!("Bearer {token}"));
        assert_eq!(azure.answer(for_arm).await.status, 401, "it is not for Resource Manager");
    }
    assert_eq!(azure.get("/nobody/discovery/v2.0/keys").await.status, 400);
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_is_named() {
    let azure = azure_with_a_cluster();
    let refused = azure.put(&extension_url(&arc("amlarc-cluster")), extension()).await;
    assert_eq!((refused.status, refused.code().as_str()), (500, "EmulatorClusterFailed"));
    assert!(refused.message().contains("https://127.0.0.1:7"), "{}", refused.message());
}
