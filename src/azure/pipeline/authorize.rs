//! Lends a request the bearer token, and to no host but one.

use azure_core::credentials::Secret;
use url::Url;

use super::{Call, Next, Policy};
use crate::credential::Credential;
use crate::error::Error;
use crate::headers;
use crate::secrets::SecretObserver;
use crate::transport::Response;
use crate::url_trust::is_same_origin;

/// Adds the token to requests to the configured endpoint; refuses every other. A 401 drops the
/// token that was used, and the request is sent once more if there is another.
pub(super) struct Authorize {
    pub(super) endpoint: Url,
    pub(super) credential: Credential,
    pub(super) on_secret: SecretObserver,
}

impl Authorize {
    fn attach_token(&self, token: &Secret, call: &mut Call<'_>) {
        (self.on_secret)(token.secret());
        call.request
            .set_secret_header(headers::AUTHORIZATION, &format!("Bearer {}", token.secret()));
    }
}

#[async_trait::async_trait]
impl Policy for Authorize {
    async fn send(&self, call: &mut Call<'_>, next: Next<'_>) -> Result<Response, Error> {
        if !is_same_origin(&call.request.url, &self.endpoint) {
            return Err(Error::UnusableResponse {
                method: call.request.method.to_string(),
                url: crate::error::excerpt(&call.request.url.origin().ascii_serialization()),
                reason: format!(
                    "only {} is given the token, and no request goes elsewhere",
                    self.endpoint
                ),
            });
        }
        let token = self.credential.token(&call.options).await?;
        self.attach_token(&token, call);
        let response = next.send(call).await?;
        if response.status != 401 {
            return Ok(response);
        }
        self.credential.forget(&token);
        let fresh = self.credential.token(&call.options).await?;
        if fresh == token {
            return Ok(response);
        }
        self.attach_token(&fresh, call);
        next.send(call).await
    }
}
