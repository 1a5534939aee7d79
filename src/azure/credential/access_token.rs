//! A token that is already there: of a broker, or of the emulator.

use azure_core::credentials::Secret;

use super::{FetchedToken, TokenRequest, TokenSource};

/// A ready bearer token. It is used until the service refuses it.
pub struct AccessToken(Secret);

impl AccessToken {
    /// Wraps a token, without the white space around it that comes with files and shells.
    pub fn new(token: &Secret) -> Self {
        Self(Secret::new(token.secret().trim().to_owned()))
    }
}

#[async_trait::async_trait]
impl TokenSource for AccessToken {
    fn name(&self) -> &'static str {
        "access token"
    }

    async fn fetch_token(&self, request: &TokenRequest<'_>) -> Result<FetchedToken, String> {
        match self.0.secret() {
            "" => Err("the token is empty".to_owned()),
            _ if request.tenant.is_some() => {
                Err("it is of one tenant, and `auxiliary_tenant_ids` names others".to_owned())
            }
            _ => Ok(FetchedToken::new(self.0.clone(), None)),
        }
    }
}
