//! Logs requests and answers: what is on the list, and nothing else.

use tokio::time::Instant;

use super::{Call, Next, Policy};
use crate::error::Error;
use crate::headers;
use crate::transport::Response;

/// Headers of answers that may be logged.
const LOGGED_HEADERS: [&str; 12] = [
    "content-length",
    "content-type",
    headers::RETRY_AFTER,
    headers::CORRELATION_REQUEST_ID,
    headers::REMAINING_DELETES,
    headers::REMAINING_GLOBAL_DELETES,
    headers::REMAINING_GLOBAL_READS,
    headers::REMAINING_GLOBAL_WRITES,
    headers::REMAINING_READS,
    headers::REMAINING_WRITES,
    headers::REQUEST_ID,
    "x-ms-routing-request-id",
];

/// Query keys that may be logged with their values.
const LOGGED_QUERY_KEYS: [&str; 3] = ["api-version", "forcedelete", "underlyingresourceaction"];

/// Writes one event per try, at debug level. Bodies and the token are not looked at.
pub(super) struct Log;

#[async_trait::async_trait]
impl Policy for Log {
    async fn send(&self, call: &mut Call<'_>, next: Next<'_>) -> Result<Response, Error> {
        let began = Instant::now();
        let outcome = next.send(call).await;
        let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let request = &call.request;
        let (method, path) = (request.method.as_str(), request.url.path());
        let client_request_id = request.header(headers::CLIENT_REQUEST_ID);
        match &outcome {
            Ok(response) => tracing::debug!(
                method,
                path,
                query = loggable_query(call),
                client_request_id,
                status = response.status,
                headers = loggable_headers(response),
                milliseconds,
                "answered"
            ),
            Err(error) => {
                let query = loggable_query(call);
                tracing::debug!(
                    method, path, query, client_request_id, %error, milliseconds, "no answer"
                );
            }
        }
        outcome
    }
}

fn loggable_query(call: &Call<'_>) -> String {
    let pairs = call.request.url.query_pairs();
    let listed = pairs.map(|(key, value)| {
        let shown = LOGGED_QUERY_KEYS.contains(&key.to_ascii_lowercase().as_str());
        format!("{key}={}", if shown { &value } else { "(not logged)" })
    });
    listed.collect::<Vec<_>>().join("&")
}

fn loggable_headers(response: &Response) -> String {
    let listed = LOGGED_HEADERS
        .iter()
        .filter_map(|name| Some(format!("{name}: {}", response.header(name)?)));
    listed.collect::<Vec<_>>().join("; ")
}
