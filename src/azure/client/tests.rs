//! The real client against real sockets on loopback.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::transport::Method;

/// `{"a":"zipped, and long enough to be cut in two"}`.
const ZIPPED: [u8; 68] = [
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 74, 84, 178, 82, 170, 202, 44, 40, 72, 77, 209, 81,
    72, 204, 75, 81, 200, 201, 207, 75, 87, 72, 205, 203, 47, 77, 207, 80, 40, 201, 87, 72, 74, 85,
    72, 46, 45, 81, 200, 204, 83, 40, 41, 207, 87, 170, 5, 0, 148, 99, 45, 70, 48, 0, 0, 0,
];

/// Reads one request's head, as far as it comes.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read_buf(&mut head).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// Reads one request's head, answers with these bytes, and closes.
async fn answer_with(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &[u8]) {
    read_head(&mut stream).await;
    let _ = stream.write_all(answer).await;
    let _ = stream.shutdown().await;
}

/// Sends one GET to a server that answers like this, over plain http.
async fn answered(answer: impl Into<Vec<u8>>) -> Result<Response, TransportError> {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x?a=%2f", listener.local_addr().unwrap()).parse().unwrap();
    let serve = async {
        let (stream, _) = listener.accept().await.unwrap();
        answer_with(stream, &answer).await;
    };
    let client = Client::new(None, None);
    let request = Request::new(Method::GET, url);
    tokio::join!(client.send(&request), serve).0
}

fn zipped(body: &[u8], length: usize) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn a_complete_answer_comes_through() {
    let answer =
        "HTTP/1.1 202 Accepted\r\nazure-AsyncOperation: /op\r\nContent-Length: 2\r\n\r\n{}";
    let response = answered(answer).await.unwrap();
    assert_eq!((response.status, response.body.as_slice()), (202, b"{}".as_slice()));
    assert_eq!(response.header("Azure-AsyncOperation"), Some("/op"));
    let response = answered(zipped(&ZIPPED, ZIPPED.len())).await.unwrap();
    assert_eq!(response.json().unwrap()["a"], "zipped, and long enough to be cut in two");
}

#[tokio::test]
async fn a_refused_connection_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let error = Client::new(None, None).send(&Request::new(Method::GET, url)).await.unwrap_err();
    assert!(
        matches!(&error, TransportError::Unreachable(text) if text.contains("refused")),
        "{error:?}"
    );
}

#[tokio::test]
async fn broken_answers_are_never_taken_for_whole() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n";
    for (case, answer) in [
        ("r11 closed before the headers", Vec::new()),
        ("r12 closed in the headers", b"HTTP/1.1 200 OK\r\nContent-".to_vec()),
        (
            "r13 shorter than its length",
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}".to_vec(),
        ),
        ("r14 chunked and cut off", chunked.as_bytes().to_vec()),
        ("r15 gzip and cut off", zipped(&ZIPPED[..40], ZIPPED.len())),
        ("r15 gzip that ends early", zipped(&ZIPPED[..40], 40)),
    ] {
        let outcome = answered(answer).await;
        assert!(matches!(outcome, Err(TransportError::Interrupted(_))), "{case}: {outcome:?}");
    }
}

/// The server closes a connection that is kept for later just as the next request is on its way.
#[tokio::test]
async fn a_pooled_connection_that_the_server_closes_is_replaced() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await.unwrap();
        read_head(&mut stream).await;
        drop(stream);
        let (stream, _) = listener.accept().await.unwrap();
        answer_with(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]").await;
    };
    let client = Client::new(None, None);
    let request = Request::new(Method::GET, url);
    let requests = async {
        assert_eq!(client.send(&request).await.unwrap().body, b"{}");
        match client.send(&request).await {
            // An answer that is cut off is asked for again.
            Err(TransportError::Interrupted(_)) => client.send(&request).await,
            outcome => outcome,
        }
    };
    assert_eq!(tokio::join!(requests, serve).0.unwrap().body, b"[]");
}

/// Over HTTP/2 a server may say that it has not looked at a request, of one stream or of the whole
/// connection.
#[tokio::test]
async fn what_an_http2_server_did_not_look_at_is_sent_again() {
    for goes_away in [false, true] {
        let Authority { pem, mut server } = authority("localhost");
        server.alpn_protocols = vec![b"h2".to_vec()];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("https://localhost:{port}/").parse().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(server));
        let serve = async {
            let mut refused = false;
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let stream = acceptor.accept(stream).await.unwrap();
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((_, mut answer))) = connection.accept().await {
                    if !std::mem::replace(&mut refused, true) {
                        if goes_away {
                            connection.abrupt_shutdown(h2::Reason::NO_ERROR);
                        } else {
                            answer.send_reset(h2::Reason::REFUSED_STREAM);
                        }
                        continue;
                    }
                    let mut body = answer.send_response(http::Response::new(()), false).unwrap();
                    body.send_data("{}".into(), true).unwrap();
                }
            }
        };
        let client = Client::new(Some(pem.into_bytes()), None);
        let request = Request::new(Method::GET, url);
        let requests = async {
            match client.send(&request).await {
                // An answer that is cut off is asked for again.
                Err(TransportError::Interrupted(_)) => client.send(&request).await,
                outcome => outcome,
            }
        };
        tokio::select! {
            outcome = requests => assert_eq!(outcome.unwrap().body, b"{}", "{goes_away}"),
            () = serve => {}
        }
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    let response = answered(answer).await.unwrap();
    assert_eq!((response.status, response.header("location")), (302, Some("http://127.0.0.1:1/")));
}

/// A certificate authority, and a server's chain and key that it signed for this name.
struct Authority {
    pem: String,
    server: rustls::ServerConfig,
}

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    install_crypto_provider();
    let server = rustls::ServerConfig::builder().with_no_client_auth();
    Authority { pem, server: server.with_single_cert(vec![leaf.der().clone()], key).unwrap() }
}

/// Sends one GET to a TLS server, trusting this bundle besides the platform's roots.
async fn over_tls(
    server: rustls::ServerConfig, trusted: Option<&str>,
) -> Result<Response, TransportError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url =
        format!("https://localhost:{}/", listener.local_addr().unwrap().port()).parse().unwrap();
    let serve = async {
        let (stream, _) = listener.accept().await.unwrap();
        if let Ok(stream) = TlsAcceptor::from(Arc::new(server)).accept(stream).await {
            answer_with(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await;
        }
    };
    let client = Client::new(trusted.map(|pem| pem.as_bytes().to_vec()), None);
    let request = Request::new(Method::GET, url);
    tokio::join!(client.send(&request), serve).0
}

#[tokio::test]
async fn a_certificate_of_the_extra_bundle_is_trusted() {
    let Authority { pem, server } = authority("localhost");
    assert_eq!(over_tls(server, Some(&pem)).await.unwrap().body, b"{}");
}

#[tokio::test]
async fn an_untrusted_certificate_and_a_wrong_name_are_told_apart() {
    let Authority { server, .. } = authority("localhost");
    let error = over_tls(server, None).await.unwrap_err();
    assert!(
        matches!(&error, TransportError::Tls(text) if text.contains("UnknownIssuer")),
        "{error:?}"
    );
    let Authority { pem, server } = authority("elsewhere.example");
    let error = over_tls(server, Some(&pem)).await.unwrap_err();
    assert!(
        matches!(&error, TransportError::Tls(text) if text.contains("not valid for name")),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_expired_certificate_is_told_as_that() {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let mut leaf = CertificateParams::new(["localhost".to_owned()]).unwrap();
    leaf.not_before = rcgen::date_time_ymd(2001, 1, 1);
    leaf.not_after = rcgen::date_time_ymd(2002, 1, 1);
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    install_crypto_provider();
    let server = rustls::ServerConfig::builder().with_no_client_auth();
    let server = server.with_single_cert(vec![leaf.der().clone()], key).unwrap();
    let error = over_tls(server, Some(&pem)).await.unwrap_err();
    assert!(matches!(&error, TransportError::Tls(text) if text.contains("expired")), "{error:?}");
}

/// Sends one GET over TLS to a server that answers the client's greeting with these bytes, and gives
/// that greeting too.
async fn greeted(answer: &[u8]) -> (TransportError, Vec<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 5];
        stream.read_exact(&mut head).await.unwrap();
        let mut greeting = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        stream.read_exact(&mut greeting).await.unwrap();
        let _ = stream.write_all(answer).await;
        let _ = stream.shutdown().await;
        greeting
    };
    let client = Client::new(None, None);
    let request = Request::new(Method::GET, url);
    let (outcome, greeting) = tokio::join!(client.send(&request), serve);
    (outcome.unwrap_err(), greeting)
}

#[tokio::test]
async fn a_handshake_that_fails_is_told_as_that() {
    // A fatal alert: the versions have nothing in common.
    let refusal = [21, 3, 3, 0, 2, 2, 70];
    let page = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    for (answer, expected) in [(&refusal[..], "ProtocolVersion"), (&page[..], "corrupt message")] {
        let (error, _) = greeted(answer).await;
        assert!(
            matches!(&error, TransportError::Tls(text) if text.contains(expected)),
            "{expected}: {error:?}"
        );
        assert!(!error.is_transient());
    }
}

#[tokio::test]
async fn tls_1_2_is_the_oldest_that_is_offered() {
    let (_, greeting) = greeted(&[]).await;
    // The extension `supported_versions`: its number, its length, and the length of its list.
    let at = greeting.windows(2).position(|bytes| bytes == [0, 43]);
    let versions = &greeting[at.expect("the client says what it speaks") + 4..];
    assert_eq!(versions[..5], [4, 3, 4, 3, 3], "TLS 1.3 and 1.2");
}

/// A resolver that fails with these words.
struct Resolver(&'static str);

impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let error = io::Error::other(self.0);
        Box::pin(async { Err(error.into()) })
    }
}

/// What the resolvers of glibc, musl, macOS and Windows say.
#[tokio::test]
async fn a_name_that_is_not_known_for_the_moment_is_not_unknown() {
    for (said, is_unknown) in [
        ("failed to lookup address information: Temporary failure in name resolution", false),
        ("failed to lookup address information: Try again", false),
        (
            "This is usually a temporary error during hostname resolution and means that the \
             local server did not receive a response from an authoritative server. (os error 11002)",
            false,
        ),
        ("failed to lookup address information: Name or service not known", true),
        ("failed to lookup address information: Name does not resolve", true),
        (
            "failed to lookup address information: nodename nor servname provided, or not known",
            true,
        ),
        ("No such host is known. (os error 11001)", true),
    ] {
        let client = client_builder(true).dns_resolver(Arc::new(Resolver(said))).build().unwrap();
        let error = client.get("http://arm.example/").send().await.unwrap_err();
        let told = match classify_error(&error) {
            TransportError::UnknownHost(text) if is_unknown => text,
            TransportError::Unreachable(text) if !is_unknown => text,
            other => panic!("{said}: {other:?}"),
        };
        assert!(told.contains(said), "{told}");
    }
}

#[tokio::test]
async fn an_unreadable_bundle_is_told_and_not_ignored() {
    let bundle = "-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n";
    let client = Client::new(Some(bundle.into()), None);
    let request = Request::new(Method::GET, "https://127.0.0.1:1/".parse().unwrap());
    let error = client.send(&request).await.unwrap_err();
    assert!(matches!(error, TransportError::Client(_)), "{error:?}");
    let client = Client::new(Some("no certificate in here".into()), None);
    let error = client.send(&request).await.unwrap_err();
    assert!(
        matches!(&error, TransportError::Client(text) if text.contains("no certificate")),
        "{error:?}"
    );
}

#[test]
fn a_client_is_free_until_it_is_used() {
    let client = Client::new(None, None);
    assert!(client.inner.local.get().is_none() && client.inner.remote.get().is_none());
}

#[tokio::test]
async fn what_is_no_http_is_told_as_that() {
    let huge = "x".repeat(1 << 20);
    for (case, answer) in [
        ("a header without a name", "HTTP/1.1 200 OK\r\n: x\r\n\r\n".to_owned()),
        ("a header with a blank", "HTTP/1.1 200 OK\r\nbad header: x\r\n\r\n".to_owned()),
        ("a status that is none", "HTTP/1.1 okay\r\n\r\n".to_owned()),
        ("another protocol", "SSH-2.0-OpenSSH_9.6\r\n\r\n".to_owned()),
        ("a head without end", format!("HTTP/1.1 200 OK\r\nx: {huge}\r\n\r\n")),
        ("a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}".to_owned()),
    ] {
        let error = answered(answer).await.expect_err(case);
        assert!(matches!(error, TransportError::Malformed(_)), "{case}: {error:?}");
        assert!(error.is_invalid_response() && !error.is_unsent(), "{case}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_told_as_that() {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", MAX_BODY_BYTES + 1);
    let answer = [head.into_bytes(), vec![b' '; MAX_BODY_BYTES + 1]].concat();
    let error = answered(answer).await.unwrap_err();
    assert_eq!(error, TransportError::TooLarge(64));
    assert_eq!(error.to_string(), "the answer is larger than 64 MiB");
}
