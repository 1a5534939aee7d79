//! A token that is already there: of a broker, or of the emulator.

use azure_core::credentials::Secret;

use super::{FetchedToken, TokenSource};

/// A ready bearer token. It is used until the service refuses it.
pub struct AccessToken(Secret);

impl AccessToken {
    /// Wraps a token.
    pub fn new(token: Secret) -> Self {
        Self(token)
    }
}

#[async_trait::async_trait]
impl TokenSource for AccessToken {
    fn name(&self) -> &'static str {
        "access token"
    }

    async fn fetch_token(&self, _scope: &str) -> Result<FetchedToken, String> {
        match self.0.secret() {
            "" => Err("the token is empty".to_owned()),
            _ => Ok(FetchedToken { token: self.0.clone(), lifetime: None }),
        }
    }
}
