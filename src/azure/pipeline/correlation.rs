//! Gives each request the IDs by which it is found in the service's logs.

use super::{Call, Next, Policy};
use crate::error::Error;
use crate::headers;
use crate::transport::Response;

/// Sets `x-ms-client-request-id`, new for each request and kept by its retries, and
/// `x-ms-correlation-request-id`, the same for all of a process. The latter can be turned off.
pub(super) struct Correlation(pub(super) Option<String>);

#[async_trait::async_trait]
impl Policy for Correlation {
    async fn send(&self, call: &mut Call<'_>, next: Next<'_>) -> Result<Response, Error> {
        call.request.set_header(headers::CLIENT_REQUEST_ID, &uuid::Uuid::new_v4().to_string());
        if let Some(id) = &self.0 {
            call.request.set_header(headers::CORRELATION_REQUEST_ID, id);
        }
        next.send(call).await
    }
}
