//! One request at a time to an emulator, in the clear or over TLS.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Where the emulator is, and whose certificates it presents if it speaks TLS.
pub(super) struct Control {
    address: String,
    /// What the paths of Azure ask for; the emulator's own ones do not look at it.
    token: String,
    authority: Option<PathBuf>,
}

impl Control {
    /// `endpoint` is an origin: `https://127.0.0.1:40000`.
    pub(super) fn new(endpoint: &str, token: &str, authority: Option<PathBuf>) -> Self {
        let address =
            endpoint.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        Self { address, token: token.to_owned(), authority }
    }

    /// The JSON of a successful answer; nothing is null.
    pub(super) fn ask<T: DeserializeOwned>(
        &self, method: Method, target: &str, body: Option<&Value>,
    ) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime starts");
        let text = runtime.block_on(self.exchange(method, target, body));
        let text = if text.is_empty() { "null" } else { &text };
        serde_json::from_str(text)
            .unwrap_or_else(|error| panic!("{target} answered {text}: {error}"))
    }

    async fn exchange(&self, method: Method, target: &str, body: Option<&Value>) -> String {
        let stream = TcpStream::connect(&self.address).await.expect("the emulator listens");
        match &self.authority {
            None => self.send(stream, method, target, body).await,
            Some(authority) => {
                let connector = TlsConnector::from(Arc::new(trusting(authority)));
                let name = ServerName::try_from("127.0.0.1").expect("an address is a name");
                let stream =
                    connector.connect(name, stream).await.expect("the certificate is good");
                self.send(stream, method, target, body).await
            }
        }
    }

    async fn send<S>(&self, stream: S, method: Method, target: &str, body: Option<&Value>) -> String
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.expect("the emulator speaks HTTP");
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header("Host", &self.address)
            .header("Content-Type", "application/json")
            .header("Authorization", format!("Bearer {}", self.token))
            .body(Full::new(Bytes::from(body.map(Value::to_string).unwrap_or_default())))
            .expect("the request is well formed");
        let answer = sender.send_request(request).await.expect("the emulator answers");
        let status = answer.status();
        let bytes = answer.into_body().collect().await.expect("the answer is whole").to_bytes();
        let text = String::from_utf8(bytes.to_vec()).expect("the answer is text");
        assert!(status.is_success(), "{target} answered {status}: {text}");
        text
    }
}

fn trusting(authority: &Path) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(authority)
        .expect("the authority's certificate is a PEM file");
    roots.add(certificate).expect("the authority's certificate is well formed");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the default versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
