//! The way to clusters, against an ARM in memory.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use azure::credential::{FetchedToken, TokenRequest, TokenSource};
use azure::{CallOptions, CancellationToken, Credential, Id, Method};
use framework::{Secrets, Sensitive};
use kubernetes::connection::Arguments;
use kubernetes::connection::ExecPolicy;
use serde_json::{Value, json};

use super::{ClusterError, Clusters, ReachedCluster, aks_scope};
use crate::config::{ClusterConnection, ClusterSettings};
use crate::explain::Error;
use crate::tests::{Memory, Rule};

const AKS: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c";
const ARC: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Kubernetes/connectedClusters/c";

fn clusters(settings: ClusterSettings) -> Clusters {
    Clusters::new(settings, None, "test".to_owned(), Secrets::default())
}

/// A connection to a server at this address, for these clusters or for every one.
fn written(address: &str, ids: Option<&[&str]>) -> ClusterSettings {
    let arguments = Arguments { address: Some(address.to_owned()), ..Arguments::default() };
    ClusterSettings {
        connection: Some(ClusterConnection::Written {
            kubeconfig: Vec::new(),
            context: None,
            exec: ExecPolicy::Forbidden,
            arguments: Box::new(arguments),
        }),
        cluster_ids: ids.map(|ids| ids.iter().map(|id| id.to_lowercase()).collect()),
        ..ClusterSettings::default()
    }
}

async fn reach(
    clusters: &Clusters, azure: &Memory, id: &str,
) -> Result<ReachedCluster, ClusterError> {
    let stop = CancellationToken::new();
    let options = CallOptions::new(Instant::now() + Duration::from_mins(1), &stop);
    let id: Id = id.parse().unwrap();
    clusters.reach(&azure.provider().arm, &id, &options).await
}

async fn refusal(clusters: &Clusters, azure: &Memory, id: &str) -> ClusterError {
    reach(clusters, azure, id).await.map(|_| ()).expect_err("no way")
}

fn text_of(error: ClusterError) -> String {
    match Error::from(error) {
        Error::Diagnostics(failure) => {
            let told = failure.into_diagnostics();
            let texts = told.iter().map(|each| format!("{}: {}", each.summary, each.detail));
            texts.collect::<Vec<_>>().join("\n")
        }
        Error::Azure(failure) => failure.error.to_string(),
    }
}

/// The answer of `listClusterUserCredential`, with base64 that is no secret.
fn answer() -> Value {
    json!({ "kubeconfigs": [{ "name": "clusterUser", "value": include_str!("tests/kubeconfig.b64") }] })
}

fn telling(status: u16, body: Value) -> Memory {
    let azure = Memory::default().with(AKS, json!({ "properties": { "fqdn": "c.hcp.example" } }));
    let path = "/listClusterUserCredential";
    azure.rule(Rule { method: Method::POST, path, status, body, times: usize::MAX });
    azure
}

#[tokio::test]
async fn a_cluster_of_aks_is_reached_by_what_azure_says_and_asked_for_once() {
    let (clusters, azure) = (clusters(ClusterSettings::default()), telling(200, answer()));
    let reached = reach(&clusters, &azure, AKS).await.expect("a way");
    assert_eq!(reached.unverified, None);
    reach(&clusters, &azure, &AKS.to_uppercase().replace("/SUBSCRIPTIONS", "/subscriptions"))
        .await
        .ok();
    let asked = ["POST listClusterUserCredential?format=exec"];
    assert_eq!(azure.writes(), asked);
    clusters.forget(&AKS.parse().unwrap());
    reach(&clusters, &azure, AKS).await.expect("a way");
    assert_eq!(azure.writes(), asked);
}

#[tokio::test]
async fn an_answer_that_is_no_kubeconfig_is_an_error() {
    for body in
        [json!({}), json!({ "kubeconfigs": [] }), json!({ "kubeconfigs": [{ "value": "%" }] })]
    {
        let error =
            text_of(refusal(&clusters(ClusterSettings::default()), &telling(200, body), AKS).await);
        assert!(
            error.contains("kubeconfig that ARM answers for the cluster is no base64"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_azure_refuses_is_told_and_what_it_does_not_have_is_gone() {
    let refused = json!({ "error": { "code": "AuthorizationFailed", "message": "no" } });
    let error = refusal(&clusters(ClusterSettings::default()), &telling(403, refused), AKS).await;
    assert!(matches!(&error, ClusterError::Azure { .. }) && !error.is_gone());
    assert!(text_of(error).contains("AuthorizationFailed"));
    let gone = json!({ "error": { "code": "ResourceNotFound", "message": "not found" } });
    let error = refusal(&clusters(ClusterSettings::default()), &telling(404, gone), AKS).await;
    assert!(error.is_gone(), "{error:?}");
}

#[tokio::test]
async fn an_arc_cluster_needs_a_connection_and_is_told_the_command() {
    for ids in [None, Some([AKS])] {
        let settings = match &ids {
            None => ClusterSettings::default(),
            Some(ids) => written("http://127.0.0.1:1", Some(ids)),
        };
        let error = text_of(refusal(&clusters(settings), &Memory::default(), ARC).await);
        assert!(error.contains("az connectedk8s proxy -n c -g g --file FILE"), "{error}");
        assert_eq!(error.contains("not among `cluster_ids`"), ids.is_some(), "{error}");
    }
}

#[tokio::test]
async fn a_connection_for_some_clusters_leaves_the_others_to_azure() {
    let azure = telling(200, answer());
    let clusters = clusters(written("https://elsewhere.example", Some(&[ARC])));
    reach(&clusters, &azure, AKS).await.expect("by Azure");
    assert_eq!(azure.writes().len(), 1);
    assert_eq!(reach(&clusters, &azure, ARC).await.expect("as written").unverified, None);
}

#[tokio::test]
async fn a_connection_for_every_cluster_is_held_to_what_azure_says_of_aks() {
    let azure = telling(200, answer());
    let right = clusters(written("https://C.hcp.example:443", None));
    assert_eq!(reach(&right, &azure, AKS).await.expect("the same").unverified, None);
    let other = clusters(written("https://d.hcp.example", None));
    let error = text_of(refusal(&other, &azure, AKS).await);
    assert!(
        error.contains("leads to d.hcp.example") && error.contains("is c.hcp.example"),
        "{error}"
    );
    assert!(error.contains(&format!("cluster_ids = [\"{AKS}\"]")), "{error}");
    assert!(refusal(&other, &Memory::default(), AKS).await.is_gone());
    let private =
        Memory::default().with(AKS, json!({ "properties": { "privateFQDN": "D.hcp.example" } }));
    assert_eq!(reach(&other, &private, AKS).await.expect("the same").unverified, None);
    let silent = Memory::default().with(AKS, json!({ "properties": {} }));
    let reached = reach(&clusters(written("https://d.example", None)), &silent, AKS).await;
    assert!(reached.expect("nobody knows").unverified.is_some());
}

/// A server that answers each request alike.
fn api_server(status: u16, body: Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 4096]);
            let body = body.to_string();
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    address
}

#[tokio::test]
async fn a_connection_for_every_cluster_is_held_to_what_the_agents_of_arc_say() {
    let map = |name: &str| {
        json!({ "kind": "ConfigMap", "data": {
            "AZURE_SUBSCRIPTION_ID": "S", "AZURE_RESOURCE_GROUP": "G", "AZURE_RESOURCE_NAME": name } })
    };
    let status = |reason: &str, details: Value| json!({ "kind": "Status", "apiVersion": "v1", "reason": reason, "message": "no", "details": details });
    let missing = json!({ "name": "azure-clusterconfig", "kind": "configmaps" });
    for (code, body, expected) in [
        (200, map("C"), Ok(false)),
        (200, map("other"), Err("the agents in it stand for other in G of S")),
        (200, json!({ "kind": "ConfigMap" }), Ok(true)),
        (404, status("NotFound", missing), Ok(true)),
        (403, status("Forbidden", json!({})), Ok(true)),
        (401, status("Unauthorized", json!({})), Err("does not accept the credentials")),
    ] {
        let clusters = clusters(written(&api_server(code, body), None));
        match (reach(&clusters, &Memory::default(), ARC).await, expected) {
            (Ok(reached), Ok(is_unverified)) => {
                assert_eq!(reached.unverified.is_some(), is_unverified, "{code}");
            }
            (Err(error), Err(expected)) => {
                let error = text_of(error);
                assert!(error.contains(expected), "{error}");
            }
            (reached, _) => panic!("{code}: {:?}", reached.map(|_| ())),
        }
    }
}

/// A kubeconfig with what else its cluster says.
fn kubeconfig(folder: &std::path::Path, cluster: &Value) -> std::path::PathBuf {
    let mut cluster = cluster.clone();
    cluster["server"] = json!("https://cluster.example");
    let text = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "contexts": [{ "name": "c", "context": { "cluster": "k" } }],
        "clusters": [{ "name": "k", "cluster": cluster }],
    });
    let path = folder.join("kubeconfig");
    std::fs::write(&path, text.to_string()).expect("a file");
    path
}

/// What the block itself says is warned of when it is validated.
#[tokio::test]
async fn a_connection_that_others_let_check_no_certificate_is_warned_of_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let insecure = json!({ "insecure-skip-tls-verify": true });
    for (cluster, variable, is_written, expected) in [
        (json!({}), None, false, None),
        (json!({ "insecure-skip-tls-verify": false }), None, false, None),
        (
            insecure.clone(),
            None,
            false,
            Some("With `insecure-skip-tls-verify` of the kubeconfig, "),
        ),
        (json!({}), Some(true), false, Some("With KUBE_INSECURE, ")),
        (insecure, Some(true), true, None),
    ] {
        let mut settings = written("unused", Some(&[ARC, AKS]));
        settings.is_insecure_written = is_written;
        settings.connection = Some(ClusterConnection::Written {
            kubeconfig: vec![kubeconfig(folder.path(), &cluster)],
            context: None,
            exec: ExecPolicy::Forbidden,
            arguments: Box::new(Arguments { insecure: variable, ..Arguments::default() }),
        });
        let (clusters, azure) = (clusters(settings), Memory::default());
        let first = reach(&clusters, &azure, ARC).await.expect("as written");
        let warning = clusters.insecure_warning(&first);
        assert_eq!(
            warning.as_ref().map(|it| &*it.summary),
            expected.map(|_| "Certificate of the cluster is not checked")
        );
        let detail = warning.map(|it| it.detail).unwrap_or_default();
        assert!(detail.starts_with(expected.unwrap_or_default()), "{detail}");
        // The connection is one, for whatever it is used.
        for id in [ARC, AKS] {
            let other = reach(&clusters, &azure, id).await.expect("as written");
            assert!(clusters.insecure_warning(&other).is_none(), "{cluster} {id}");
        }
    }
}

#[tokio::test]
async fn what_is_not_known_yet_stops_nothing_but_the_cluster() {
    let unknown = Some(framework::Path::from("kubernetes").attribute("host"));
    let settings = ClusterSettings { unknown, ..ClusterSettings::default() };
    let error = text_of(refusal(&clusters(settings), &Memory::default(), AKS).await);
    assert!(error.contains("`kubernetes.host` of the provider is not known"), "{error}");
}

/// Gives tokens and notes for which scope.
struct Mint(Arc<Mutex<Vec<String>>>);

#[async_trait::async_trait]
impl TokenSource for Mint {
    fn name(&self) -> &'static str {
        "mint"
    }

    async fn fetch_token(&self, request: &TokenRequest<'_>) -> Result<FetchedToken, String> {
        let mut asked = self.0.lock().unwrap();
        asked.push(request.scope.to_owned());
        let token = Sensitive::from(format!("token-{}", asked.len()));
        Ok(FetchedToken::new(token, Some(Duration::from_hours(1))))
    }
}

#[tokio::test]
async fn tokens_for_clusters_are_for_aks_and_renewed_when_one_is_refused() {
    use kubernetes::connection::BearerTokenSource as _;
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let credential = Credential::new(aks_scope(), vec![Box::new(Mint(asked.clone()))]);
    let tokens = super::AksTokens(Some(credential));
    let first = tokens.bearer_token(None).await.unwrap();
    assert!(tokens.bearer_token(None).await.unwrap() == first);
    let second = tokens.bearer_token(Some(&first)).await.unwrap();
    assert!(second != first && tokens.bearer_token(Some(&first)).await.unwrap() == second);
    let scope = "6dae42f8-4368-4678-94ff-3960e28e3630/.default";
    assert_eq!(*asked.lock().unwrap(), [scope, scope]);
    let error = super::AksTokens(None).bearer_token(None).await.map(|_| ()).expect_err("no token");
    assert!(error.contains("`access_token`") && error.contains("`kubernetes`"), "{error}");
}
