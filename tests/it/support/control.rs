//! One request at a time to a server of this test, in the clear or over TLS.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// Where the server is, and whose certificates it presents if it speaks TLS.
pub(super) struct Control {
    address: String,
    /// What the paths of Azure and of Kubernetes ask for; the emulator's own ones do not look at it.
    token: String,
    authority: Option<PathBuf>,
    /// A certificate and its key, both PEM, of a client that has no token.
    certificate: Option<[String; 2]>,
}

/// The status of an answer and its text, or why there is none.
pub(super) type Answer = Result<(StatusCode, String), Box<dyn Error>>;

impl Control {
    /// `endpoint` is an origin: `https://127.0.0.1:40000`.
    pub(super) fn new(endpoint: &str, token: &str, authority: Option<PathBuf>) -> Self {
        let address =
            endpoint.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        Self { address, token: token.to_owned(), authority, certificate: None }
    }

    /// Of a client that shows a certificate and no token.
    pub(super) fn with_certificate(
        endpoint: &str, certificate: [String; 2], authority: PathBuf,
    ) -> Self {
        Self { certificate: Some(certificate), ..Self::new(endpoint, "", Some(authority)) }
    }

    /// The JSON of a successful answer; nothing is null.
    pub(super) fn ask<T: DeserializeOwned>(
        &self, method: Method, target: &str, body: Option<&Value>,
    ) -> T {
        read(target, self.send(method, target, JSON, body))
    }

    /// The same for a form.
    pub(super) fn post_form<T: DeserializeOwned>(&self, target: &str, form: &str) -> T {
        read(target, self.send_text(Method::POST, target, FORM, form.to_owned()))
    }

    /// Any answer.
    pub(super) fn send(
        &self, method: Method, target: &str, content_type: &str, body: Option<&Value>,
    ) -> Answer {
        let body = body.map(Value::to_string).unwrap_or_default();
        self.send_text(method, target, content_type, body)
    }

    fn send_text(&self, method: Method, target: &str, content_type: &str, body: String) -> Answer {
        let body = Full::new(Bytes::from(body));
        let mut request = Request::builder()
            .method(method)
            .uri(target)
            .header("Host", &self.address)
            .header("Content-Type", content_type);
        if self.certificate.is_none() {
            request = request.header("Authorization", format!("Bearer {}", self.token));
        }
        let request = request.body(body)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let answer = runtime.block_on(self.exchange(request))?;
        Ok((answer.status(), String::from_utf8(answer.into_body().to_vec())?))
    }

    /// The whole answer to a request as it is.
    pub(super) async fn exchange(
        &self, request: Request<Full<Bytes>>,
    ) -> Result<Response<Bytes>, Box<dyn Error>> {
        let stream = TcpStream::connect(&self.address).await?;
        match &self.authority {
            None => exchange_on(stream, request).await,
            Some(authority) => {
                let connector = TlsConnector::from(Arc::new(self.trusting(authority)?));
                let name = ServerName::try_from("127.0.0.1")?;
                exchange_on(connector.connect(name, stream).await?, request).await
            }
        }
    }

    fn trusting(&self, authority: &Path) -> Result<ClientConfig, Box<dyn Error>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(authority)?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots);
        Ok(match &self.certificate {
            None => config.with_no_client_auth(),
            Some([certificate, key]) => config.with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(certificate.as_bytes())?],
                PrivateKeyDer::from_pem_slice(key.as_bytes())?,
            )?,
        })
    }
}

fn read<T: DeserializeOwned>(target: &str, answer: Answer) -> T {
    let (status, text) = answer.unwrap_or_else(|error| panic!("{target}: {error}"));
    assert!(status.is_success(), "{target} answered {status}: {text}");
    let text = if text.is_empty() { "null" } else { &text };
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{target} answered {text}: {error}"))
}

async fn exchange_on<S>(
    stream: S, request: Request<Full<Bytes>>,
) -> Result<Response<Bytes>, Box<dyn Error>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
}
