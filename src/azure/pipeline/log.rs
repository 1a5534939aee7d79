//! Logs requests and answers: what is on the list, and nothing else.

use super::{Call, Next, Policy};
use crate::error::Error;
use crate::transport::Response;
use tokio::time::Instant;

/// Headers of answers that may be logged.
const HEADERS: [&str; 9] = [
    "content-length",
    "content-type",
    "retry-after",
    "x-ms-correlation-request-id",
    "x-ms-ratelimit-remaining-subscription-deletes",
    "x-ms-ratelimit-remaining-subscription-reads",
    "x-ms-ratelimit-remaining-subscription-writes",
    "x-ms-request-id",
    "x-ms-routing-request-id",
];

/// Query keys that may be logged with their values.
const QUERY: [&str; 3] = ["api-version", "forcedelete", "underlyingresourceaction"];

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
        let client_request_id = request.header("x-ms-client-request-id");
        match &outcome {
            Ok(response) => tracing::debug!(
                method,
                path,
                query = listed_query(call),
                client_request_id,
                status = response.status,
                headers = listed_headers(response),
                milliseconds,
                "answered"
            ),
            Err(error) => {
                tracing::debug!(method, path, query = listed_query(call), client_request_id, %error, milliseconds, "no answer");
            }
        }
        outcome
    }
}

fn listed_query(call: &Call<'_>) -> String {
    let pairs = call.request.url.query_pairs();
    let listed = pairs.map(|(key, value)| {
        let shown = QUERY.contains(&key.to_ascii_lowercase().as_str());
        format!("{key}={}", if shown { &value } else { "(not logged)" })
    });
    listed.collect::<Vec<_>>().join("&")
}

fn listed_headers(response: &Response) -> String {
    let listed =
        HEADERS.iter().filter_map(|name| Some(format!("{name}: {}", response.header(name)?)));
    listed.collect::<Vec<_>>().join("; ")
}
