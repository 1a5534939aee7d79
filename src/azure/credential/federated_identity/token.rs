//! A token that was given.

use vocabulary::Sensitive;

use super::IdTokenSource;

/// A ready token of another issuer. It can only be used until it ends, mostly some minutes.
pub struct IdToken(Sensitive<String>);

impl IdToken {
    /// Wraps a token, without the white space around it.
    pub fn new(token: &Sensitive<String>) -> Self {
        Self(Sensitive::from(token.expose().trim().to_owned()))
    }
}

#[async_trait::async_trait]
impl IdTokenSource for IdToken {
    async fn fetch_id_token(&self) -> Result<Sensitive<String>, String> {
        Ok(self.0.clone())
    }
}
