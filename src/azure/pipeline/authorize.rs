//! Lends a request the bearer token, and to no host but one.

use super::{Call, Next, Policy};
use crate::credential::Credential;
use crate::error::Error;
use crate::origin::is_same;
use crate::secrets::Learn;
use crate::transport::Response;
use azure_core::credentials::Secret;
use url::Url;

/// Adds the token to requests to the configured endpoint; refuses every other. A 401 drops the token that was used, and the
/// request is sent once more if there is another.
pub(super) struct Authorize {
    pub(super) endpoint: Url,
    pub(super) credential: Credential,
    pub(super) learn: Learn,
}

impl Authorize {
    fn lend(&self, token: &Secret, call: &mut Call<'_>) {
        (self.learn)(token.secret());
        call.request.set_secret_header("authorization", &format!("Bearer {}", token.secret()));
    }
}

#[async_trait::async_trait]
impl Policy for Authorize {
    async fn send(&self, call: &mut Call<'_>, next: Next<'_>) -> Result<Response, Error> {
        if !is_same(&call.request.url, &self.endpoint) {
            return Err(Error::Unusable {
                method: call.request.method.to_string(),
                url: crate::error::excerpt(&call.request.url.origin().ascii_serialization()),
                reason: format!(
                    "only {} is given the token, and no request goes elsewhere",
                    self.endpoint
                ),
            });
        }
        let token = self.credential.token(&call.limits).await?;
        self.lend(&token, call);
        let response = next.send(call).await?;
        if response.status != 401 {
            return Ok(response);
        }
        self.credential.forget(&token);
        let fresh = self.credential.token(&call.limits).await?;
        if fresh == token {
            return Ok(response);
        }
        self.lend(&fresh, call);
        next.send(call).await
    }
}
