//! A principal that another issuer vouches for: its token is the assertion.
//!
//! <https://learn.microsoft.com/entra/workload-id/workload-identity-federation>

mod azure_devops;
mod github;
mod request_url;
#[cfg(test)]
mod tests;
mod token;
mod token_file;

pub use azure_devops::AzureDevOps;
pub use github::GitHub;
pub use request_url::{RequestUrl, RequestUrlError};
pub use token::IdToken;
pub use token_file::IdTokenFile;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use vocabulary::Sensitive;

use super::token_endpoint::{Principal, Proof, TokenEndpoint};
use super::{FetchedToken, TokenRequest, TokenSource};
use crate::cloud::CloudSource;
use crate::error::clean_text;
use crate::transport::Transport;

/// The audience of a token that is to be exchanged.
const TOKEN_EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";

/// Where the tokens of the other issuer come from.
#[async_trait::async_trait]
pub trait IdTokenSource: Send + Sync {
    /// The current token. It is asked for anew each time, since these tokens end after minutes. The
    /// error is a reason without any secret.
    async fn fetch_id_token(&self) -> Result<Sensitive<String>, String>;

    /// What a fetch that is under way waits for.
    fn waits_for(&self) -> Option<String> {
        None
    }
}

/// A principal whose application trusts the issuer of a token. The authority must be https.
pub struct FederatedIdentity {
    name: &'static str,
    endpoint: TokenEndpoint,
    issuer: Box<dyn IdTokenSource>,
}

impl FederatedIdentity {
    /// The principal at the cloud's authority; `name` is what a message calls this way to sign in.
    pub fn new(
        name: &'static str, cloud: impl Into<CloudSource>, principal: Principal,
        issuer: Box<dyn IdTokenSource>, transport: Arc<dyn Transport>,
    ) -> Self {
        Self { name, endpoint: TokenEndpoint::new(cloud.into(), principal, transport), issuer }
    }
}

#[async_trait::async_trait]
impl TokenSource for FederatedIdentity {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn fetch_token(&self, request: &TokenRequest<'_>) -> Result<FetchedToken, String> {
        let token = self.issuer.fetch_id_token().await?;
        let claims = read_claims(token.expose()).ok_or("what was given is no JSON web token")?;
        let outcome = self.endpoint.exchange(Proof::Assertion(&token), request).await;
        outcome.map_err(|reason| format!("{reason} {}", describe_claims(&claims)))
    }

    fn waits_for(&self) -> Option<String> {
        self.issuer.waits_for().or_else(|| self.endpoint.waits_for())
    }
}

/// The claims of a token, which nobody has verified.
fn read_claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

/// What a federated credential is compared with.
fn describe_claims(claims: &Value) -> String {
    let claim = |name: &str| match &claims[name] {
        Value::String(text) => clean_text(text),
        Value::Null => "none".to_owned(),
        other => clean_text(&other.to_string()),
    };
    let (issuer, subject, audience) = (claim("iss"), claim("sub"), claim("aud"));
    format!("The token's issuer is {issuer}, its subject {subject}, its audience {audience}.")
}
