//! Where a pipeline asks for its token.

use std::sync::Arc;

use serde_json::Value;
use url::Url;
use vocabulary::Sensitive;

use crate::cloud::is_loopback;
use crate::credential::identity_transport::{IdentityTransport, Patience};
use crate::headers;
use crate::transport::{Method, Request, Transport};

/// A URL that gives the tokens of a pipeline to who shows its request token. It is HTTPS, and no
/// redirect is followed.
#[derive(Clone, Debug)]
pub struct RequestUrl(Url);

/// Why a URL is not asked for a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestUrlError {
    /// It cannot be parsed.
    #[error("it is not a URL")]
    NotAUrl,
    /// The request token would be read on the way.
    #[error("it is not https")]
    Insecure,
    /// A user or a password.
    #[error("it holds a user or a password")]
    ExtraParts,
}

impl RequestUrl {
    /// Checks a URL. Plain http is accepted for loopback hosts only.
    pub fn parse(text: &str) -> Result<Self, RequestUrlError> {
        let url = Url::parse(text.trim()).map_err(|_| RequestUrlError::NotAUrl)?;
        let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        if !is_safe {
            return Err(RequestUrlError::Insecure);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RequestUrlError::ExtraParts);
        }
        Ok(Self(url))
    }

    /// The URL with parameters in place of those of their names, and the others as they are.
    pub(super) fn with_parameters(&self, parameters: &[(&str, &str)]) -> Url {
        let is_kept = |name: &str| !parameters.iter().any(|(given, _)| *given == name);
        let kept: Vec<_> =
            self.0.query_pairs().into_owned().filter(|(name, _)| is_kept(name)).collect();
        let mut url = self.0.clone();
        url.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(parameters);
        url
    }
}

/// What asks with a request token.
pub(super) struct Requester {
    token: Sensitive<String>,
    transport: IdentityTransport,
}

impl Requester {
    pub(super) fn new(token: &Sensitive<String>, transport: Arc<dyn Transport>) -> Self {
        let token = Sensitive::from(token.expose().trim().to_owned());
        Self { token, transport: IdentityTransport::new(transport) }
    }

    /// The token that an answer has as this member.
    pub(super) async fn ask(
        &self, method: Method, url: Url, member: &str,
    ) -> Result<Sensitive<String>, String> {
        let origin = url.origin().ascii_serialization();
        let mut request = Request::new(method, url);
        request.set_header("accept", "application/json");
        request.set_header("content-type", "application/json");
        // Azure DevOps leads to a page to sign in otherwise.
        request.set_header("x-tfs-fedauthredirect", "Suppress");
        let bearer = format!("Bearer {}", self.token.expose());
        request.set_secret_header(headers::AUTHORIZATION, &bearer);
        let answer = self.transport.send(&request, Patience::ORDINARY).await?;
        if !answer.is_success() {
            let fix = if matches!(answer.status, 401 | 403) {
                "; the request token is not accepted, or the job may not ask for tokens"
            } else {
                ""
            };
            return Err(format!("{origin} gave no token: {}{fix}", answer.status_text()));
        }
        let body = answer.json().unwrap_or(Value::Null);
        let token = body[member].as_str().filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| format!("{origin} answered without a `{member}`"))?;
        Ok(Sensitive::from(token.to_owned()))
    }

    pub(super) fn waits_for(&self) -> Option<String> {
        self.transport.waits_for()
    }
}
