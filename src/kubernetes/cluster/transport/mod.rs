//! How a request reaches the API server: HTTP/1.1, over TLS, straight or through a proxy.
//!
//! It does nothing by itself: it retries nothing, knows no credential but the client certificate, and
//! takes the proxy that it is given.

mod connector;
mod tls;

use std::error::Error as StdError;

use bytes::Bytes;
use http::Uri;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::connection::{ClientCertificate, Connection};
use crate::error::Error;
use connector::Connector;

pub(crate) type Request = http::Request<Full<Bytes>>;
pub(crate) type Response = http::Response<UnsyncBoxBody<Bytes, BoxError>>;
pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// What sends requests: the way to an API server, or a script in tests.
#[async_trait::async_trait]
pub(crate) trait Transport: Send + Sync {
    /// Sends once. The address of the request begins below that of the server.
    async fn send(&self, request: Request) -> Result<Response, BoxError>;
}

/// The way to an API server, whose connections are used again.
pub(super) struct HttpTransport {
    server: Uri,
    client: Client<Connector, Full<Bytes>>,
}

impl HttpTransport {
    /// The way that a connection describes, with this client certificate. Connects nowhere.
    pub(super) fn new(
        connection: &Connection, certificate: Option<&ClientCertificate>,
    ) -> Result<Self, Error> {
        let server = connection.server.url.clone();
        let proxy = match &connection.proxy {
            Some(proxy) => proxy.address_for(&server)?,
            None => None,
        };
        let connector = connector::connect_by(proxy, &connection.server, certificate)?;
        Ok(Self { server, client: Client::builder(TokioExecutor::new()).build(connector) })
    }

    /// The address of a path and its query below the server, which may have a path of its own.
    fn address(&self, below: &Uri) -> Result<Uri, http::Error> {
        let prefix = self.server.path().trim_end_matches('/');
        let below = below.path_and_query().map_or("/", |below| below.as_str());
        let mut parts = self.server.clone().into_parts();
        parts.path_and_query = Some(format!("{prefix}{below}").parse()?);
        Ok(Uri::from_parts(parts)?)
    }
}

#[async_trait::async_trait]
impl Transport for HttpTransport {
    async fn send(&self, mut request: Request) -> Result<Response, BoxError> {
        *request.uri_mut() = self.address(request.uri())?;
        let response = self.client.request(request).await?;
        Ok(response.map(|body| body.map_err(BoxError::from).boxed_unsync()))
    }
}
