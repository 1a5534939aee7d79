//! Lets `azure_identity` send over this crate's transport, with this crate's retries.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Transport as IdentityClient};
use reqwest::header::{HeaderName, HeaderValue};
use tokio::time::Instant;

use crate::retry::{Attempts, Decision, decide, random_jitter};
use crate::transport::{Method, Request, Response, Transport, TransportError};

/// Longest wait for one answer of a token endpoint.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// The caller's deadline ends the retries; this is only what the decision is told.
const UNBOUNDED: Duration = Duration::from_hours(24);

/// An HTTP client of `azure_core`'s kind around a [`Transport`].
pub(super) struct IdentityTransport {
    inner: Arc<dyn Transport>,
    /// Whether the endpoint has answered anything yet.
    has_answered: AtomicBool,
}

impl IdentityTransport {
    pub(super) fn wrap(transport: Arc<dyn Transport>) -> IdentityClient {
        IdentityClient::new(Arc::new(Self {
            inner: transport,
            has_answered: AtomicBool::new(false),
        }))
    }

    /// Asking for a token changes nothing, so it may be asked again. Dropped by the caller at the
    /// deadline.
    async fn send_with_retries(&self, request: &Request) -> Result<Response, TransportError> {
        let began = Instant::now();
        let mut made = 0;
        loop {
            made += 1;
            let outcome = tokio::time::timeout(ATTEMPT_TIMEOUT, self.inner.send(request)).await;
            let outcome =
                outcome.unwrap_or(Err(TransportError::TimedOut(ATTEMPT_TIMEOUT.as_secs())));
            self.has_answered.fetch_or(outcome.is_ok(), Ordering::Relaxed);
            let tries = Attempts {
                made,
                remaining: UNBOUNDED,
                elapsed: began.elapsed(),
                has_answered: self.has_answered.load(Ordering::Relaxed),
                jitter: random_jitter(),
            };
            match decide(outcome.as_ref(), tries) {
                Decision::Retry(pause) => tokio::time::sleep(pause).await,
                Decision::Stop | Decision::PauseTooLong(_) => return outcome,
            }
        }
    }
}

#[async_trait::async_trait]
impl HttpClient for IdentityTransport {
    async fn execute_request(
        &self, request: &azure_core::http::Request,
    ) -> azure_core::Result<AsyncRawResponse> {
        let request = convert_request(request)?;
        let answer = self.send_with_retries(&request).await.map_err(|error| {
            let origin = request.url.origin().ascii_serialization();
            Error::with_message(ErrorKind::Io, format!("{origin}: {error}"))
        })?;
        let headers = answer.headers.iter().filter_map(|(name, value)| {
            Some((name.as_str().to_owned().into(), value.to_str().ok()?.to_owned().into()))
        });
        let headers = Headers::from(headers.collect::<std::collections::HashMap<_, _>>());
        Ok(AsyncRawResponse::from_bytes(answer.status.into(), headers, answer.body))
    }
}

fn convert_request(request: &azure_core::http::Request) -> azure_core::Result<Request> {
    let method = Method::from_bytes(request.method().as_ref().as_bytes());
    let method = method.map_err(|error| Error::new(ErrorKind::DataConversion, error))?;
    let mut translated = Request::new(method, request.url().clone());
    for (name, value) in request.headers().iter() {
        let pair = HeaderName::from_bytes(name.as_str().as_bytes())
            .ok()
            .zip(HeaderValue::from_str(value.as_str()).ok());
        if let Some((name, value)) = pair {
            translated.headers.insert(name, value);
        }
    }
    match request.body() {
        Body::Bytes(bytes) if bytes.is_empty() => {}
        Body::Bytes(bytes) => translated.body = Some(bytes.to_vec()),
        Body::SeekableStream(_) => {
            return Err(Error::with_message(ErrorKind::Other, "a token request is never streamed"));
        }
    }
    Ok(translated)
}

impl fmt::Debug for IdentityTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityTransport")
    }
}
