//! HTTP/1.1 and HTTP/2 on one port: which of them is spoken, and what each makes of a fault.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::kit::{GROUP, arc, url_of};
use crate::options::Options;
use crate::{Emulator, serve};

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// An emulator over TLS.
struct Server {
    emulator: Emulator,
    _folder: Option<TempDir>,
}

impl Server {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tls = Some(folder.path().to_owned());
        let emulator = serve(Options { tls, ..Options::default() }).await.unwrap();
        Self { emulator, _folder: Some(folder) }
    }

    /// A connection of a client that offers these protocols, and the one that was agreed on.
    async fn connect(&self, offers: &[&str]) -> (TlsStream<TcpStream>, Option<String>) {
        let mut roots = RootCertStore::empty();
        let file = &self.emulator.environment()["AZUREML_CA_CERTIFICATE_PATH"];
        roots.add(CertificateDer::from_pem_file(file).unwrap()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = offers.iter().map(|it| it.as_bytes().to_vec()).collect();
        let stream = self.socket().await;
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        let agreed = stream.get_ref().1.alpn_protocol();
        let agreed = agreed.map(|it| String::from_utf8(it.to_vec()).unwrap());
        (stream, agreed)
    }

    async fn socket(&self) -> TcpStream {
        let (_, address) = self.emulator.endpoint().split_once("://").unwrap();
        TcpStream::connect(address).await.unwrap()
    }

    fn request<B>(&self, method: &str, url: &str, body: B) -> hyper::Request<B> {
        let token = &self.emulator.environment()["AZUREML_ACCESS_TOKEN"];
        hyper::Request::builder()
            .method(method)
            .uri(format!("{}{url}", self.emulator.endpoint()))
            .header("Authorization", format!("Bearer {token}"))
            .body(body)
            .unwrap()
    }

    fn script(&self, when: Value, then: Value) {
        let rule = json!({"when": when, "then": then});
        self.emulator.cloud.state().faults.add(rule).unwrap();
    }

    /// The log, unfinished requests included.
    fn log(&self) -> Value {
        self.emulator.cloud.state().log.entries(true)
    }

    async fn waits_until_one_is_held(&self) {
        let mut changes = self.emulator.exchanges_changed();
        let held = tokio::time::timeout(PATIENCE, async {
            while self.emulator.cloud.state().log.count_held() == 0 {
                changes.changed().await.unwrap();
            }
        });
        held.await.expect("one is held");
    }
}

/// A connection on which requests are made.
#[derive(Clone)]
enum Client {
    Http1(Arc<tokio::sync::Mutex<http1::SendRequest<Empty<Bytes>>>>),
    Http2(h2::client::SendRequest<Bytes>),
}

impl Client {
    async fn http1<S>(stream: S) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self::Http1(Arc::new(sender.into()))
    }

    async fn http2<S>(stream: S) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        Self::Http2(sender)
    }

    /// The status and how many bytes the body has, or how the exchange broke.
    async fn ask(&self, server: &Server, method: &str, url: &str) -> Result<(u16, usize), String> {
        match self {
            Self::Http1(sender) => ask_http1(&mut *sender.lock().await, server, method, url).await,
            Self::Http2(sender) => ask_http2(sender.clone(), server.request(method, url, ())).await,
        }
    }
}

async fn ask_http1(
    sender: &mut http1::SendRequest<Empty<Bytes>>, server: &Server, method: &str, url: &str,
) -> Result<(u16, usize), String> {
    sender.ready().await.map_err(|_| "no connection".to_owned())?;
    let mut request = server.request(method, url, Empty::new());
    request.headers_mut().insert("host", "x".parse().unwrap());
    let response = sender.send_request(request).await.map_err(|_| "closed".to_owned())?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await;
    body.map(|it| (status, it.to_bytes().len())).map_err(|_| "closed in the body".to_owned())
}

async fn ask_http2(
    sender: h2::client::SendRequest<Bytes>, request: hyper::Request<()>,
) -> Result<(u16, usize), String> {
    let mut sender = sender.ready().await.map_err(|_| "no connection".to_owned())?;
    let (response, _) = sender.send_request(request, true).map_err(|error| tell(&error))?;
    let (head, mut body) = response.await.map_err(|error| tell(&error))?.into_parts();
    let mut length = 0;
    while let Some(part) = body.data().await {
        let part = part.map_err(|error| format!("{} in the body", tell(&error)))?;
        length += part.len();
    }
    Ok((head.status.as_u16(), length))
}

fn tell(error: &h2::Error) -> String {
    match error.reason() {
        Some(reason) if error.is_reset() => format!("stream ended: {reason:?}"),
        _ => "closed".to_owned(),
    }
}

#[tokio::test]
async fn the_protocol_is_the_one_that_was_agreed_on() {
    for (offers, agreed, version) in [
        (&["h2", "http/1.1"][..], Some("h2"), "HTTP/2.0"),
        (&["http/1.1", "h2"], Some("h2"), "HTTP/2.0"),
        (&["h2"], Some("h2"), "HTTP/2.0"),
        (&["http/1.1"], Some("http/1.1"), "HTTP/1.1"),
        (&[], None, "HTTP/1.1"),
    ] {
        let server = Server::start().await;
        let (stream, found) = server.connect(offers).await;
        assert_eq!(found.as_deref(), agreed, "{offers:?}");
        let client = match agreed {
            Some("h2") => Client::http2(stream).await,
            _ => Client::http1(stream).await,
        };
        assert_eq!(client.ask(&server, "GET", &url_of(GROUP)).await.unwrap().0, 200);
        assert_eq!(server.log()[0]["http_version"], version, "{offers:?}");
    }
}

/// A client without TLS may know beforehand that HTTP/2 is spoken.
#[tokio::test]
async fn http2_is_spoken_in_the_clear_to_who_begins_with_it() {
    let server = Server { emulator: serve(Options::default()).await.unwrap(), _folder: None };
    for (client, version) in [
        (Client::http1(server.socket().await).await, "HTTP/1.1"),
        (Client::http2(server.socket().await).await, "HTTP/2.0"),
    ] {
        server.emulator.cloud.state().log.clear();
        assert_eq!(client.ask(&server, "GET", &url_of(GROUP)).await.unwrap().0, 200);
        assert_eq!(server.log()[0]["http_version"], version);
    }
}

/// The host of the page is `:authority` there, which is no header.
#[tokio::test]
async fn over_http2_too_the_page_is_for_names_of_loopback() {
    let server = Server { emulator: serve(Options::default()).await.unwrap(), _folder: None };
    let own = server.emulator.endpoint().to_owned();
    for (origin, expected) in
        [(&*own, 200), ("http://localhost", 200), ("http://rebound.example", 403)]
    {
        let stream = server.socket().await;
        let Client::Http2(sender) = Client::http2(stream).await else {
            unreachable!("it is HTTP/2")
        };
        let request = hyper::Request::builder().uri(format!("{origin}/")).body(()).unwrap();
        assert_eq!(ask_http2(sender, request).await.unwrap().0, expected, "{origin}");
    }
}

/// What comes of a request that meets a fault, of one that waits beside it, and of one that follows on
/// the same connection. Over HTTP/1.1 the one beside has a connection of its own.
#[tokio::test]
async fn each_protocol_has_its_own_way_to_break() {
    let fine = "200 whole";
    let (reset, refused) = ("stream ended: INTERNAL_ERROR", "stream ended: REFUSED_STREAM");
    let cut = "stream ended: PROTOCOL_ERROR in the body";
    for (then, http1, http2) in [
        (json!({}), [fine, fine, fine], [fine, fine, fine]),
        (json!({"delay_ms": 1}), [fine, fine, fine], [fine, fine, fine]),
        (json!({"status": 503}), ["503 empty", fine, fine], ["503 empty", fine, fine]),
        (json!({"reset": true}), ["closed", fine, "no connection"], [reset, fine, fine]),
        (
            json!({"accept_then_reset": true}),
            ["closed", fine, "no connection"],
            [reset, fine, fine],
        ),
        (json!({"truncate": 5}), ["closed in the body", fine, "no connection"], [cut, fine, fine]),
        (json!({"truncate": 0}), ["closed in the body", fine, "no connection"], [cut, fine, fine]),
        (json!({"connection": "refuse"}), ["closed", fine, "no connection"], [refused, fine, fine]),
        (
            json!({"connection": "drop"}),
            ["closed", fine, "no connection"],
            ["closed", "closed", "no connection"],
        ),
        (
            json!({"connection": "go-away"}),
            [fine, fine, "no connection"],
            [fine, fine, "no connection"],
        ),
    ] {
        assert_eq!(outcomes("http/1.1", &then).await, http1, "HTTP/1.1 {then}");
        assert_eq!(outcomes("h2", &then).await, http2, "HTTP/2 {then}");
    }
}

/// Of the request that meets the fault, of the one beside it and of the one that follows.
async fn outcomes(protocol: &str, then: &Value) -> [String; 3] {
    let server = Arc::new(Server::start().await);
    let client = client(&server, protocol).await;
    let held =
        if protocol == "h2" { client.clone() } else { self::client(&server, protocol).await };
    server.script(json!({"path": "amlarc-cluster"}), json!({"hold": "request"}));
    server.script(json!({"path": "amlarc-small"}), then.clone());
    let beside = tokio::spawn({
        let server = Arc::clone(&server);
        async move { held.ask(&server, "GET", &url_of(arc("amlarc-cluster"))).await }
    });
    server.waits_until_one_is_held().await;
    let met = client.ask(&server, "GET", &url_of(arc("amlarc-small"))).await;
    server.emulator.cloud.state().faults.release();
    let beside = beside.await.unwrap();
    let follows = client.ask(&server, "GET", &url_of("/subscriptions")).await;
    [met, beside, follows].map(|it| match it {
        Ok((status, length)) => format!("{status} {}", if length > 50 { "whole" } else { "empty" }),
        Err(how) => how,
    })
}

async fn client(server: &Server, protocol: &str) -> Client {
    let (stream, _) = server.connect(&[protocol]).await;
    if protocol == "h2" { Client::http2(stream).await } else { Client::http1(stream).await }
}

/// A body after the answer to a HEAD would be an error of the protocol.
#[tokio::test]
async fn the_answer_to_a_head_has_no_body() {
    let server = Server::start().await;
    for protocol in ["http/1.1", "h2"] {
        let answer = client(&server, protocol).await.ask(&server, "HEAD", &url_of(GROUP)).await;
        assert_eq!(answer.unwrap().1, 0, "{protocol}");
    }
}

/// A request on a stream that its client resets is carried out all the same.
#[tokio::test]
async fn a_stream_that_its_client_gives_up_is_carried_out() {
    let server = Server::start().await;
    let (stream, _) = server.connect(&["h2"]).await;
    let Client::Http2(sender) = Client::http2(stream).await else { unreachable!("it is HTTP/2") };
    server.script(json!({}), json!({"hold": "request"}));
    let mut ready = sender.clone().ready().await.unwrap();
    let (response, mut stream) =
        ready.send_request(server.request("GET", GROUP, ()), true).unwrap();
    server.waits_until_one_is_held().await;
    stream.send_reset(h2::Reason::CANCEL);
    assert_eq!(tell(&response.await.unwrap_err()), "stream ended: CANCEL");
    server.emulator.cloud.state().faults.release();
    let after = Client::Http2(sender).ask(&server, "GET", &url_of(GROUP)).await;
    assert_eq!(after.unwrap().0, 200, "the connection goes on");
    let log = server.log();
    assert!(log[0]["status"].is_number() && log[1]["status"].is_number(), "{log:#}");
}
