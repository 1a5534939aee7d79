//! A token that is already there: of a broker, or of the emulator.

use super::{Fresh, TokenMethod};
use azure_core::credentials::Secret;

/// A ready bearer token. It is used until the service refuses it.
pub struct AccessToken(Secret);

impl AccessToken {
    /// Wraps a token.
    pub fn new(token: Secret) -> Self {
        Self(token)
    }
}

#[async_trait::async_trait]
impl TokenMethod for AccessToken {
    fn name(&self) -> &'static str {
        "access token"
    }

    async fn fetch(&self, _scope: &str) -> Result<Fresh, String> {
        match self.0.secret() {
            "" => Err("the token is empty".to_owned()),
            _ => Ok(Fresh { token: self.0.clone(), lifetime: None }),
        }
    }
}
