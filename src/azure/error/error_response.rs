//! An error answer of the service.

use std::fmt;
use std::time::Duration;

use super::{ServiceError, clean_text};
use crate::headers;
use crate::transport::{Request, Response};

/// The service answered a request with an error.
#[derive(Clone, Debug)]
pub struct ErrorResponse {
    /// What the service says.
    pub error: ServiceError,
    /// The method of the request.
    pub method: String,
    /// Its URL, without the query.
    pub url: String,
    /// The IDs to give to support.
    pub ids: RequestIds,
    /// The HTTP status: what it means is said by the predicates of [`super::Error`].
    pub(crate) status: u16,
    pub(crate) parent_missing: bool,
    pub(crate) retry_after: Option<Duration>,
}

/// The IDs by which a request is found in the service's logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestIds {
    /// `x-ms-client-request-id`, chosen by this client.
    pub client: Option<String>,
    /// `x-ms-request-id`.
    pub request: Option<String>,
    /// `x-ms-correlation-request-id`.
    pub correlation: Option<String>,
}

impl ErrorResponse {
    /// Reads an error answer; `request` is what it answers, whose secrets are not repeated.
    pub(crate) fn read(request: &Request, response: &Response) -> Self {
        let mut error = ServiceError::read(response);
        crate::secrets::redact(request, &mut error);
        Self {
            error,
            method: request.method.to_string(),
            url: url_without_query(request),
            ids: RequestIds::read(request, response),
            status: response.status,
            parent_missing: false,
            retry_after: crate::retry_after::requested_pause(response),
        }
    }
}

impl RequestIds {
    pub(crate) fn read(request: &Request, response: &Response) -> Self {
        Self {
            client: request.header(headers::CLIENT_REQUEST_ID).map(clean_text),
            request: response.header(headers::REQUEST_ID).map(clean_text),
            correlation: response.header(headers::CORRELATION_REQUEST_ID).map(clean_text),
        }
    }
}

/// A request's URL without query.
pub(crate) fn url_without_query(request: &Request) -> String {
    let mut url = request.url.clone();
    url.set_query(None);
    url.to_string()
}

impl fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} answered {}: {}", self.method, self.url, self.status, self.error)?;
        write!(f, "{}", self.ids)
    }
}

impl fmt::Display for RequestIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = [
            ("request", &self.request),
            ("correlation", &self.correlation),
            ("client request", &self.client),
        ];
        let known =
            each.iter().filter_map(|(name, id)| Some(format!("{name} ID {}", id.as_ref()?)));
        let known: Vec<String> = known.collect();
        if known.is_empty() { Ok(()) } else { write!(f, " ({})", known.join(", ")) }
    }
}

impl std::error::Error for ErrorResponse {}
