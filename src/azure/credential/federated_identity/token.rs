//! A token that was given.

use azure_core::credentials::Secret;

use super::IdTokenSource;

/// A ready token of another issuer. It can only be used until it ends, mostly some minutes.
pub struct IdToken(Secret);

impl IdToken {
    /// Wraps a token, without the white space around it.
    pub fn new(token: &Secret) -> Self {
        Self(Secret::new(token.secret().trim().to_owned()))
    }
}

#[async_trait::async_trait]
impl IdTokenSource for IdToken {
    async fn fetch_id_token(&self) -> Result<Secret, String> {
        Ok(self.0.clone())
    }
}
