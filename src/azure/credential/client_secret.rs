//! A service principal with a secret.

use std::sync::Arc;

use vocabulary::Sensitive;

use super::token_endpoint::{Principal, Proof, TokenEndpoint};
use super::{FetchedToken, TokenRequest, TokenSource};
use crate::cloud::CloudSource;
use crate::transport::Transport;

/// A service principal's client secret. The authority must be https.
pub struct ClientSecret {
    endpoint: TokenEndpoint,
    secret: Sensitive<String>,
}

impl ClientSecret {
    /// The secret of a principal at the cloud's authority.
    pub fn new(
        cloud: impl Into<CloudSource>, principal: Principal, secret: Sensitive<String>,
        transport: Arc<dyn Transport>,
    ) -> Self {
        Self { endpoint: TokenEndpoint::new(cloud.into(), principal, transport), secret }
    }
}

#[async_trait::async_trait]
impl TokenSource for ClientSecret {
    fn name(&self) -> &'static str {
        "client secret"
    }

    async fn fetch_token(&self, request: &TokenRequest<'_>) -> Result<FetchedToken, String> {
        self.endpoint.exchange(Proof::Secret(&self.secret), request).await
    }

    fn waits_for(&self) -> Option<String> {
        self.endpoint.waits_for()
    }
}
