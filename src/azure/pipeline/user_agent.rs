//! Says who asks.

use super::{Call, Next, Policy};
use crate::error::Error;
use crate::transport::Response;

/// Sets `User-Agent`.
pub(super) struct UserAgent(pub(super) String);

#[async_trait::async_trait]
impl Policy for UserAgent {
    async fn send(&self, call: &mut Call<'_>, next: Next<'_>) -> Result<Response, Error> {
        call.request.set_header("user-agent", &self.0);
        next.send(call).await
    }
}
