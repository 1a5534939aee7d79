//! A token that is already there: of a broker, or of the emulator.

use vocabulary::Sensitive;

use super::{FetchedToken, TokenRequest, TokenSource};

/// A ready bearer token. It is used until the service refuses it.
pub struct AccessToken(Sensitive<String>);

impl AccessToken {
    /// Wraps a token, without the white space around it that comes with files and shells.
    pub fn new(token: &Sensitive<String>) -> Self {
        Self(Sensitive::from(token.expose().trim().to_owned()))
    }
}

#[async_trait::async_trait]
impl TokenSource for AccessToken {
    fn name(&self) -> &'static str {
        "access token"
    }

    async fn fetch_token(&self, request: &TokenRequest<'_>) -> Result<FetchedToken, String> {
        match self.0.expose().as_str() {
            "" => Err("the token is empty".to_owned()),
            _ if request.tenant.is_some() => {
                Err("it is of one tenant, and `auxiliary_tenant_ids` names others".to_owned())
            }
            _ => Ok(FetchedToken::new(self.0.clone(), None)),
        }
    }
}
