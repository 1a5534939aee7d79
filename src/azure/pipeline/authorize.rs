//! Lends a request the bearer token, and to no host but one.

use std::sync::Arc;

use vocabulary::Sensitive;

use super::{Call, Next, Policy};
use crate::cloud::CloudSource;
use crate::credential::{Credential, find_claims};
use crate::error::Error;
use crate::headers;
use crate::secrets::SecretObserver;
use crate::transport::Response;
use crate::url_trust::is_same_origin;

/// Adds the tokens to requests to the configured endpoint; refuses every other. A 401 drops the
/// token that was used, and the request is sent once more if there is another: with the claims that
/// the service asks for, where it does (continuous access evaluation).
pub(super) struct Authorize {
    pub(super) cloud: CloudSource,
    pub(super) credential: Credential,
    pub(super) on_secret: SecretObserver,
}

impl Authorize {
    async fn attach_tokens(&self, call: &mut Call<'_>) -> Result<Arc<Sensitive<String>>, Error> {
        let token = self.credential.token(&call.options).await?;
        self.attach(headers::AUTHORIZATION, std::slice::from_ref(&token), call);
        let auxiliary = self.credential.auxiliary_tokens(&call.options).await?;
        if !auxiliary.is_empty() {
            self.attach(headers::AUXILIARY_AUTHORIZATION, &auxiliary, call);
        }
        Ok(token)
    }

    fn attach(&self, name: &'static str, tokens: &[Arc<Sensitive<String>>], call: &mut Call<'_>) {
        for token in tokens {
            (self.on_secret)(token.expose());
        }
        let all: Vec<_> = tokens.iter().map(|token| format!("Bearer {}", token.expose())).collect();
        call.request.set_secret_header(name, &all.join(", "));
    }
}

#[async_trait::async_trait]
impl Policy for Authorize {
    async fn send(&self, call: &mut Call<'_>, next: Next<'_>) -> Result<Response, Error> {
        let endpoint = self.cloud.endpoint(&call.options).await?;
        if !is_same_origin(&call.request.url, endpoint) {
            return Err(Error::UnusableResponse {
                method: call.request.method.to_string(),
                url: crate::error::excerpt(&call.request.url.origin().ascii_serialization()),
                reason: format!(
                    "only {endpoint} is given the token, and no request goes elsewhere"
                ),
            });
        }
        let token = self.attach_tokens(call).await?;
        let response = next.send(call).await?;
        if response.status != 401 {
            return Ok(response);
        }
        self.credential.forget(&token, find_claims(&response));
        let fresh = self.attach_tokens(call).await?;
        if fresh == token {
            return Ok(response);
        }
        next.send(call).await
    }
}
