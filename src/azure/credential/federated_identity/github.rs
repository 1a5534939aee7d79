//! The tokens of GitHub Actions, and of what works in the same way.
//!
//! <https://docs.github.com/actions/reference/security/oidc>

use std::sync::Arc;

use vocabulary::Sensitive;

use super::request_url::{RequestUrl, Requester};
use super::{IdTokenSource, TOKEN_EXCHANGE_AUDIENCE};
use crate::transport::{Method, Transport};

/// The URL and the token with which a job of GitHub Actions asks for its own tokens.
pub struct GitHub {
    url: RequestUrl,
    requester: Requester,
}

impl GitHub {
    /// What `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN` hold.
    pub fn new(url: RequestUrl, token: &Sensitive<String>, transport: Arc<dyn Transport>) -> Self {
        Self { url, requester: Requester::new(token, transport) }
    }
}

#[async_trait::async_trait]
impl IdTokenSource for GitHub {
    async fn fetch_id_token(&self) -> Result<Sensitive<String>, String> {
        let url = self.url.with_parameters(&[("audience", TOKEN_EXCHANGE_AUDIENCE)]);
        self.requester.ask(Method::GET, url, "value").await
    }

    fn waits_for(&self) -> Option<String> {
        self.requester.waits_for()
    }
}
