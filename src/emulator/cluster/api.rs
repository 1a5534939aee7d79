//! Requests to an API server, one after the other on one connection.

use std::error::Error;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::kubeconfig::Kubeconfig;

type Failed = Box<dyn Error + Send + Sync>;

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";

pub(super) struct Client {
    kubeconfig: Kubeconfig,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    pub(super) fn new(kubeconfig: Kubeconfig) -> Self {
        Self { kubeconfig, connection: None }
    }

    pub(super) async fn list(&mut self, path: &str) -> Result<Vec<Value>, Failed> {
        let (status, answer) = self.send(Method::GET, path, JSON, &Value::Null).await?;
        expect(status.is_success(), path, status, &answer)?;
        Ok(answer["items"].as_array().cloned().unwrap_or_default())
    }

    /// Creates an object unless it is there.
    pub(super) async fn create(&mut self, path: &str, object: &Value) -> Result<(), Failed> {
        let (status, answer) = self.send(Method::POST, path, JSON, object).await?;
        expect(status.is_success() || status == StatusCode::CONFLICT, path, status, &answer)
    }

    pub(super) async fn merge(&mut self, path: &str, change: &Value) -> Result<(), Failed> {
        let (status, answer) = self.send(Method::PATCH, path, MERGE_PATCH, change).await?;
        expect(status.is_success(), path, status, &answer)
    }

    /// Deletes an object at once if it is there: no kubelet would end a pod.
    pub(super) async fn delete(&mut self, path: &str) -> Result<(), Failed> {
        let now = json!({"gracePeriodSeconds": 0});
        let (status, answer) = self.send(Method::DELETE, path, JSON, &now).await?;
        expect(status.is_success() || status == StatusCode::NOT_FOUND, path, status, &answer)
    }

    async fn send(
        &mut self, method: Method, path: &str, content_type: &str, body: &Value,
    ) -> Result<(StatusCode, Value), Failed> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", self.kubeconfig.host())
            .header("content-type", content_type);
        if let Some(token) = self.kubeconfig.user["token"].as_str() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Full::new(Bytes::from(body)))?;
        let response = self.connection().await?.send_request(request).await?;
        let status = response.status();
        let bytes = response.into_body().collect().await?.to_bytes();
        Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }

    /// The connection of the last request, or a new one where the server has closed it.
    async fn connection(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, Failed> {
        let usable = match &mut self.connection {
            Some(connection) => connection.ready().await.is_ok(),
            None => false,
        };
        if !usable {
            self.connection = None;
        }
        if self.connection.is_none() {
            self.connection = Some(connect(&self.kubeconfig).await?);
        }
        self.connection.as_mut().ok_or_else(|| "there is no connection".into())
    }
}

async fn connect(kubeconfig: &Kubeconfig) -> Result<SendRequest<Full<Bytes>>, Failed> {
    let server = kubeconfig.server();
    let (scheme, rest) = server.split_once("://").unwrap_or(("https", server));
    let authority = rest.split('/').next().unwrap_or_default();
    let address = match (authority.contains(':'), scheme) {
        (true, _) => authority.to_owned(),
        (false, "http") => format!("{authority}:80"),
        (false, _) => format!("{authority}:443"),
    };
    let stream =
        TcpStream::connect(&address).await.map_err(|error| format!("{server}: {error}"))?;
    if scheme == "http" {
        return speak_http(stream).await;
    }
    let connector = TlsConnector::from(Arc::new(client_config(kubeconfig)?));
    let name = ServerName::try_from(kubeconfig.host().to_owned())?;
    speak_http(connector.connect(name, stream).await?).await
}

async fn speak_http<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, Failed>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

fn client_config(kubeconfig: &Kubeconfig) -> Result<ClientConfig, Failed> {
    let data = |object: &Value, name: &str| -> Result<Vec<u8>, Failed> {
        Ok(STANDARD.decode(object[name].as_str().unwrap_or_default())?)
    };
    let mut roots = RootCertStore::empty();
    let authority = data(&kubeconfig.cluster, "certificate-authority-data")?;
    for certificate in CertificateDer::pem_slice_iter(&authority) {
        roots.add(certificate?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    if kubeconfig.user["client-certificate-data"].is_null() {
        return Ok(config.with_no_client_auth());
    }
    let certificates = data(&kubeconfig.user, "client-certificate-data")?;
    let certificates =
        CertificateDer::pem_slice_iter(&certificates).collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(&data(&kubeconfig.user, "client-key-data")?)?;
    Ok(config.with_client_auth_cert(certificates, key)?)
}

fn expect(is_good: bool, path: &str, status: StatusCode, answer: &Value) -> Result<(), Failed> {
    if is_good { Ok(()) } else { Err(format!("{path} answered {status}: {answer}").into()) }
}
