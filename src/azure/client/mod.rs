//! The HTTP client: reqwest over rustls with ring, built at the first request.

#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::cloud::is_loopback;
use crate::proxy::Proxy;
use crate::transport::{Request, Response, Transport, TransportError};

/// Longest wait for a connection, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// An idle connection is closed before the load balancers of Azure close it (four minutes).
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(90);
/// Largest answer accepted, in bytes: lists come in pages far below this.
const MAX_BODY_BYTES: usize = 64 << 20;

/// An HTTP client for Azure. Creating one is free: certificates are read when the first request is
/// sent. Clones share connections.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    ca_certificate_pem: Option<Vec<u8>>,
    proxy: Option<Proxy>,
    /// Whether nothing goes through a proxy.
    is_direct: bool,
    // What stays on this machine never goes through a proxy, whatever the environment says.
    local: OnceLock<Result<reqwest::Client, TransportError>>,
    remote: OnceLock<Result<reqwest::Client, TransportError>>,
}

/// Makes ring the process's crypto library for TLS. Does nothing where one is installed already.
fn install_crypto_provider() {
    // An error means that a library was installed before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Client {
    /// A client that trusts the platform's root certificates, and those of a PEM bundle besides.
    /// `proxy` is what the environment names.
    pub fn new(ca_certificate_pem: Option<Vec<u8>>, proxy: Option<Proxy>) -> Self {
        let (local, remote) = (OnceLock::new(), OnceLock::new());
        Self {
            inner: Arc::new(Inner { ca_certificate_pem, proxy, is_direct: false, local, remote }),
        }
    }

    /// The same client without a proxy, whatever the environment says: for what gives a managed
    /// identity its tokens.
    pub fn direct(ca_certificate_pem: Option<Vec<u8>>) -> Self {
        let (local, remote) = (OnceLock::new(), OnceLock::new());
        let (proxy, is_direct) = (None, true);
        Self { inner: Arc::new(Inner { ca_certificate_pem, proxy, is_direct, local, remote }) }
    }

    fn client_for(&self, request: &Request) -> Result<&reqwest::Client, TransportError> {
        let local = self.inner.is_direct || is_loopback(&request.url);
        let place = if local { &self.inner.local } else { &self.inner.remote };
        place.get_or_init(|| self.inner.build_client(local)).as_ref().map_err(Clone::clone)
    }
}

impl Inner {
    /// What a message calls the proxy that a request goes through.
    fn proxy_of(&self, request: &Request) -> Result<Option<String>, TransportError> {
        match &self.proxy {
            Some(proxy) if !is_loopback(&request.url) => proxy.name_for(&request.url),
            _ => Ok(None),
        }
    }

    fn build_client(&self, local: bool) -> Result<reqwest::Client, TransportError> {
        install_crypto_provider();
        let extra = self.parse_extra_roots()?;
        let built = client_builder(local).tls_certs_merge(extra.clone()).build();
        built.or_else(|error| {
            // A machine without any root certificate can still reach plain loopback endpoints, and
            // those of the extra file.
            tracing::warn!(%error, "the platform's root certificates cannot be used");
            let client = client_builder(local).tls_certs_only(extra).build();
            client.map_err(|error| TransportError::Client(join_sources(&error)))
        })
    }

    fn parse_extra_roots(&self) -> Result<Vec<reqwest::Certificate>, TransportError> {
        let Some(pem) = &self.ca_certificate_pem else { return Ok(Vec::new()) };
        let unreadable =
            |why: &str| TransportError::Client(format!("the CA certificate file {why}"));
        let roots = reqwest::Certificate::from_pem_bundle(pem)
            .map_err(|error| unreadable(&format!("cannot be read: {}", join_sources(&error))))?;
        if roots.is_empty() { Err(unreadable("holds no certificate")) } else { Ok(roots) }
    }
}

fn client_builder(local: bool) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(POOL_IDLE_TIMEOUT);
    if local { builder.no_proxy() } else { builder }
}

#[async_trait::async_trait]
impl Transport for Client {
    async fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let proxy = self.inner.proxy_of(request)?;
        let client = self.client_for(request)?;
        let mut sent = client
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone());
        if let Some(body) = &request.body {
            sent = sent.body(body.clone());
        }
        let sent = sent.send().await;
        let mut answer = sent.map_err(|error| classify_error(&error).through(proxy.as_deref()))?;
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| classify_error(&error))? {
            if body.len() + part.len() > MAX_BODY_BYTES {
                return Err(TransportError::TooLarge(MAX_BODY_BYTES >> 20));
            }
            body.extend_from_slice(&part);
        }
        Ok(Response {
            status: answer.status().as_u16(),
            headers: std::mem::take(answer.headers_mut()),
            body,
        })
    }
}

/// What an error of reqwest means for the caller. The kinds lie in the chain of sources; the few
/// that have no type of their own are told by the text the platform's resolver and hyper's tunnel
/// use.
fn classify_error(error: &reqwest::Error) -> TransportError {
    let text = join_sources(error);
    if let Some(tls) = error_sources(error).find_map(find_tls_error) {
        return TransportError::Tls(tls);
    }
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["proxy authorization required", "proxy authentication required"]) {
        return TransportError::Proxy("it asks for other credentials (407)".to_owned());
    }
    // Of glibc and macOS, of musl, and of Windows.
    let is_passing = says(&["emporary failure", "Try again", "temporary error"]);
    if says(&["dns error", "failed to lookup address"]) && !is_passing {
        return TransportError::UnknownHost(text);
    }
    if says(&[" parsed", "message head is too large", "Invalid chunk"]) {
        return TransportError::Malformed(text);
    }
    if error.is_builder() {
        return TransportError::Client(text);
    }
    if error.is_connect() {
        TransportError::Unreachable(text)
    } else {
        TransportError::Interrupted(text)
    }
}

fn error_sources(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let found = next?;
        next = found.source();
        Some(found)
    })
}

/// rustls hands its errors over inside an `io::Error`, or inside two, which do not show them as
/// their source.
fn find_tls_error(error: &(dyn StdError + 'static)) -> Option<String> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls.to_string());
    }
    error.downcast_ref::<io::Error>()?.get_ref().and_then(|inner| find_tls_error(inner))
}

/// The innermost texts, without the URL, whose query is nobody's business.
fn join_sources(error: &reqwest::Error) -> String {
    let mut told: Vec<String> = error_sources(error).map(ToString::to_string).collect();
    // hyper's outermost text only names the stage.
    told.retain(|text| !text.starts_with("client error ("));
    told.dedup();
    if told.is_empty() { "the request failed".to_owned() } else { told.join(": ") }
}
