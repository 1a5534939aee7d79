//! The seam to the network: a request, its answer, and what may happen instead.

pub use reqwest::Method;
use std::fmt;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

/// What sends one request and gives back the whole answer: [`crate::Client`], or a script in tests.
#[async_trait::async_trait]
pub trait Transport: Send + Sync {
    /// Sends once, without retrying or following redirects. An answer is complete or an error.
    async fn send(&self, request: &Request) -> Result<Response, TransportError>;
}

/// One HTTP request. `Debug` shows neither headers nor body.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Sent as it is, query included.
    pub url: Url,
    /// Among them, later, the bearer token.
    pub headers: HeaderMap,
    /// JSON, where there is one.
    pub body: Option<Vec<u8>>,
}

/// One HTTP answer. `Debug` shows neither headers nor body.
#[derive(Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// As received; names compare without casing.
    pub headers: HeaderMap,
    /// Complete and decompressed.
    pub body: Vec<u8>,
}

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection came about; nothing was sent.
    #[error("cannot connect: {0}")]
    Unreachable(String),
    /// The connection broke before the answer was complete; whether the request was carried out is
    /// unknown.
    #[error("the connection broke: {0}")]
    Interrupted(String),
    /// The answer took longer than one try may; whether the request was carried out is unknown.
    #[error("no complete answer within {0} s")]
    TimedOut(u64),
    /// The host name does not exist.
    #[error("unknown host: {0}")]
    UnknownHost(String),
    /// The server's certificate or its TLS is not acceptable.
    #[error("TLS: {0}")]
    Tls(String),
    /// The proxy refuses the request.
    #[error("proxy: {0}")]
    Proxy(String),
    /// What came back is no answer of HTTP; whether the request was carried out is unknown.
    #[error("the answer is not HTTP: {0}")]
    Malformed(String),
    /// The answer is larger than any of the service's; whether the request was carried out is
    /// unknown.
    #[error("the answer is larger than {0} MiB")]
    TooLarge(usize),
    /// The client cannot be built or the request cannot be expressed.
    #[error("{0}")]
    Client(String),
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: HeaderMap::new(), body: None }
    }

    /// The text of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Sets a header; one that cannot be expressed is left out.
    pub(crate) fn set_header(&mut self, name: &'static str, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
    }

    /// Sets a header whose value is never shown.
    pub(crate) fn set_secret_header(&mut self, name: &'static str, value: &str) {
        if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(true);
            self.headers.insert(HeaderName::from_static(name), value);
        }
    }
}

impl Response {
    /// An answer without headers.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: HeaderMap::new(), body: body.into() }
    }

    /// The text of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the status is a success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether there is nothing in the body.
    pub(crate) fn is_empty(&self) -> bool {
        self.text().trim_ascii().is_empty()
    }

    /// The body as JSON; a byte order mark before it is skipped.
    pub(crate) fn json(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(self.text())
    }

    /// The status with its standard phrase.
    pub(crate) fn status_text(&self) -> String {
        let phrase = reqwest::StatusCode::from_u16(self.status)
            .ok()
            .and_then(|status| status.canonical_reason());
        phrase.map_or_else(|| self.status.to_string(), |phrase| format!("{} {phrase}", self.status))
    }

    fn text(&self) -> &[u8] {
        self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body)
    }
}

impl TransportError {
    /// The same, naming the proxy on the way: where no connection came about, it is the proxy's or
    /// the proxy.
    pub(crate) fn through(self, proxy: Option<&str>) -> Self {
        match (self, proxy) {
            (Self::Unreachable(text), Some(proxy)) => {
                Self::Unreachable(format!("through the proxy {proxy}: {text}"))
            }
            (Self::UnknownHost(text), Some(proxy)) => {
                Self::UnknownHost(format!("through the proxy {proxy}: {text}"))
            }
            (Self::Proxy(text), Some(proxy)) => Self::Proxy(format!("{proxy}: {text}")),
            (error, _) => error,
        }
    }

    /// Whether the request surely never reached the service.
    pub(crate) fn is_unsent(&self) -> bool {
        !self.is_invalid_response() && !matches!(self, Self::Interrupted(_) | Self::TimedOut(_))
    }

    /// Whether something answered, and not as the service does.
    pub fn is_invalid_response(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::TooLarge(_))
    }

    /// Whether another try may fare better.
    pub(crate) fn is_transient(&self) -> bool {
        !matches!(self, Self::TooLarge(_) | Self::Tls(_) | Self::Proxy(_) | Self::Client(_))
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url.path())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status_text())
    }
}
