//! Over real sockets and real files: HTTP, TLS, broken connections, recording and the state file.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::kit::{Azure, GROUP, arc, extension, extension_id, extension_url, url_of};
use crate::options::Options;
use crate::{Emulator, InProcess, serve};

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// Sends a request by hand and gives everything that comes back.
async fn talk(
    mut stream: impl AsyncRead + AsyncWrite + Unpin, emulator: &Emulator, head: &str,
) -> String {
    let token = &emulator.environment()["AZUREML_ACCESS_TOKEN"];
    let text = format!(
        "{head} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    // A server that cuts the connection may end TLS or the stream with an error; what came counts.
    let _ = stream.read_to_end(&mut response).await;
    String::from_utf8(response).unwrap()
}

async fn connect(emulator: &Emulator) -> TcpStream {
    let (_, address) = emulator.endpoint().split_once("://").unwrap();
    TcpStream::connect(address).await.unwrap()
}

async fn ask(emulator: &Emulator, head: &str) -> String {
    talk(connect(emulator).await, emulator, head).await
}

fn script(emulator: &Emulator, then: Value) {
    emulator.cloud.state().faults.add(json!({"then": then})).unwrap();
}

#[tokio::test]
async fn it_answers_over_http() {
    let emulator = serve(Options::default()).await.unwrap();
    assert!(emulator.endpoint().starts_with("http://127.0.0.1:"));
    let environment = emulator.environment();
    assert_eq!(environment["ARM_RESOURCE_MANAGER_ENDPOINT"], emulator.endpoint());
    assert_eq!(environment.get("ARM_CLIENT_SECRET"), None, "no secret goes in the clear");
    let response = ask(&emulator, &format!("GET {}", url_of(GROUP))).await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.contains("\"name\":\"rg-arc\""), "{response}");
    assert!(response.contains("\r\ndate: "), "{response}");
    let page = ask(&emulator, "GET /").await;
    assert!(page.starts_with("HTTP/1.1 403 "), "`x` is no name of loopback: {page}");
}

#[tokio::test]
async fn it_answers_over_tls_with_its_own_authority() {
    let folder = tempfile::tempdir().unwrap();
    let tls = Some(folder.path().join("tls"));
    let emulator = serve(Options { tls, ..Options::default() }).await.unwrap();
    assert!(emulator.endpoint().starts_with("https://127.0.0.1:"));
    let environment = emulator.environment();
    assert!(environment.contains_key("ARM_CLIENT_SECRET"));
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(&environment["AZUREML_CA_CERTIFICATE_PATH"]);
    roots.add(authority.unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    for name in ["127.0.0.1", "localhost"] {
        let stream = connect(&emulator).await;
        let stream = connector.connect(ServerName::try_from(name).unwrap(), stream).await.unwrap();
        let response = talk(stream, &emulator, &format!("GET {}", url_of(GROUP))).await;
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    }
    let stream = connect(&emulator).await;
    let foreign = ServerName::try_from("management.azure.com").unwrap();
    assert!(connector.connect(foreign, stream).await.is_err());
}

#[tokio::test]
async fn a_cut_body_ends_before_its_length() {
    let emulator = serve(Options::default()).await.unwrap();
    let head = format!("GET {}", url_of(GROUP));
    let whole = ask(&emulator, &head).await;
    script(&emulator, json!({"truncate": 5}));
    let cut = ask(&emulator, &head).await;
    let body = |response: &str| response.split_once("\r\n\r\n").unwrap().1.to_owned();
    let length = |response: &str| {
        response.split_once("content-length: ").unwrap().1.split_once('\r').unwrap().0.to_owned()
    };
    assert_eq!(length(&cut), length(&whole));
    assert_eq!(body(&cut), body(&whole)[..5]);
}

#[tokio::test]
async fn a_reset_gives_no_answer() {
    let emulator = serve(Options::default()).await.unwrap();
    script(&emulator, json!({"reset": true}));
    assert_eq!(ask(&emulator, &format!("GET {}", url_of("/subscriptions"))).await, "");
    script(&emulator, json!({"accept_then_reset": true}));
    assert_eq!(ask(&emulator, &format!("GET {}", url_of("/subscriptions"))).await, "");
}

#[tokio::test]
async fn a_request_is_carried_out_though_its_client_is_gone() {
    let emulator = serve(Options::default()).await.unwrap();
    script(&emulator, json!({"hold": "request"}));
    let mut stream = connect(&emulator).await;
    let token = &emulator.environment()["AZUREML_ACCESS_TOKEN"];
    let url = extension_url(&arc("amlarc-cluster"));
    let body = extension().to_string();
    let text = format!(
        "PUT {url} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    waits_until(&emulator, |pending| pending[0]["held"] == "request").await;
    drop(stream);
    let id = extension_id(&arc("amlarc-cluster"));
    assert!(emulator.cloud.state().store.get(&id).is_none());
    emulator.cloud.state().faults.release();
    waits_until(&emulator, |pending| pending[0]["status"] == 201).await;
    assert!(emulator.cloud.state().store.get(&id).is_some());
}

/// Waits until the log is so, unfinished requests included.
async fn waits_until(emulator: &Emulator, is_so: impl Fn(&Value) -> bool) {
    let mut changes = emulator.exchanges_changed();
    let so = tokio::time::timeout(PATIENCE, async {
        while !is_so(&emulator.cloud.state().log.entries(true)) {
            changes.changed().await.unwrap();
        }
    });
    so.await.expect("it comes");
}

#[tokio::test(start_paused = true)]
async fn it_answers_without_a_socket() {
    let azure = InProcess::new(Options::default(), "https://arm.example").unwrap();
    let ask = async |method: &str, target: &str, body: &str| {
        let token = ("authorization".to_owned(), format!("Bearer {}", azure.token()));
        azure.exchange(method, target, [token].into(), body.into()).await
    };
    let answer = ask("GET", &url_of(GROUP), "").await.unwrap();
    assert_eq!(answer.status, 200);
    let group: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(group["name"], "rg-arc");
    let rule = r#"{"then": {"hold": "request", "reset": true}}"#;
    assert_eq!(ask("POST", "/emulator/faults", rule).await.unwrap().status, 204);
    let (url, mut changes) = (url_of(GROUP), azure.exchanges_changed());
    let (broken, ()) = tokio::join!(ask("GET", &url, ""), async {
        while azure.held() == 0 {
            changes.changed().await.unwrap();
        }
        assert_eq!(azure.pending(), 1);
        ask("POST", "/emulator/held/release", "").await.unwrap();
    });
    assert!(broken.is_none());
    assert_eq!((azure.held(), azure.pending()), (0, 0));
}

#[tokio::test]
async fn it_stops() {
    let emulator = serve(Options::default()).await.unwrap();
    let address = emulator.endpoint().trim_start_matches("http://").to_owned();
    let mut idle = connect(&emulator).await;
    emulator.stop().await;
    assert_eq!(idle.read(&mut [0; 1]).await.unwrap_or(0), 0, "open connections end");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error() {
    let first = serve(Options::default()).await.unwrap();
    let port = first.endpoint().rsplit(':').next().unwrap().parse().unwrap();
    let error = serve(Options { port, ..Options::default() }).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}

#[tokio::test(start_paused = true)]
async fn exchanges_are_recorded_without_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let azure = Azure::with(Options { record: Some(folder.path().into()), ..Options::default() });
    azure.put(&extension_url(&arc("amlarc-cluster")), extension()).await;
    azure.get("/emulator/objects").await;
    azure.post("/common/oauth2/v2.0/token", Value::Null).await;
    azure.get(&extension_url(&arc("amlarc-cluster"))).await;
    let mut names: Vec<_> =
        folder.path().read_dir().unwrap().map(|it| it.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["00001-PUT.json", "00003-GET.json"]);
    let text = std::fs::read_to_string(folder.path().join("00001-PUT.json")).unwrap();
    assert!(!text.contains(&azure.token));
    let record: Value = serde_json::from_str(&text).unwrap();
    let (sent, got) = (&record["liveRequest"], &record["liveResponse"]);
    assert_eq!((&sent["method"], &sent["body"]), (&json!("PUT"), &extension()));
    assert_eq!(sent["query"], json!({"api-version": "2024-11-01"}));
    assert_eq!(sent["url"], format!("http://127.0.0.1:1{}", extension_url(&arc("amlarc-cluster"))));
    assert_eq!(
        (&got["statusCode"], &got["body"]["name"]),
        (&json!("201"), &json!("amlarc-compute"))
    );
    assert!(got["headers"]["azure-asyncoperation"].is_string());
    assert_eq!(record["scripted"], false);
}

#[tokio::test(start_paused = true)]
async fn a_record_says_whether_the_answer_was_scripted() {
    let folder = tempfile::tempdir().unwrap();
    let azure = Azure::with(Options { record: Some(folder.path().into()), ..Options::default() });
    let rules = json!([
        {"then": {"status": 500}},
        {"then": {"truncate": 9}, "after": 1},
        {"then": {"delay_ms": 1, "lag_ms": 1}, "after": 2},
    ]);
    azure.script(rules).await;
    for _ in 0..4 {
        azure.deliver("GET", &url_of(arc("amlarc-cluster")), Value::Null).await;
    }
    let marked = (1..5).map(|number| {
        let file = folder.path().join(format!("{number:05}-GET.json"));
        serde_json::from_slice::<Value>(&std::fs::read(file).unwrap()).unwrap()["scripted"].clone()
    });
    assert_eq!(marked.collect::<Vec<_>>(), [true, true, false, false]);
}

#[tokio::test(start_paused = true)]
async fn the_state_file_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        state: Some(folder.path().join("state.json")),
        operation_duration: Duration::from_secs(10),
        ..Options::default()
    };
    let azure = Azure::with(options.clone());
    let url = extension_url(&arc("amlarc-cluster"));
    let accepted = azure.put(&url, extension()).await;
    drop(azure);
    tokio::time::advance(Duration::from_secs(100)).await;
    let azure = Azure::with(options);
    let stored = azure.stored(&extension_id(&arc("amlarc-cluster"))).await;
    assert_eq!(
        stored["properties"]["provisioningState"], "Creating",
        "no time passes while it is off"
    );
    assert!(stored["properties"]["configurationProtectedSettings"].to_string().contains("sb://r"));
    assert_eq!(azure.poll(&accepted).await.content()["status"], "Creating");
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(azure.poll(&accepted).await.content()["status"], "Succeeded");
    assert_eq!(azure.get(&url).await.state(), "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_fails_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let state = Some(folder.path().join("gone").join("state.json"));
    let azure = Azure::with(Options { state, ..Options::default() });
    let response = azure.get(&url_of(GROUP)).await;
    assert_eq!((response.status, response.code().as_str()), (500, "EmulatorStorageFailed"));
}
