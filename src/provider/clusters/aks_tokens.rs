//! Tokens of the provider's own sign-in for clusters of AKS.

use azure::Credential;
use framework::Sensitive;
use kubernetes::connection::BearerTokenSource;
use kubernetes::connection::aks::SERVER_APPLICATION;

/// The credential for the application of AKS, if the provider can have one.
pub(super) struct AksTokens(pub(super) Option<Credential>);

/// The scope of tokens for clusters of AKS.
pub(crate) fn scope() -> String {
    format!("{SERVER_APPLICATION}/.default")
}

#[async_trait::async_trait]
impl BearerTokenSource for AksTokens {
    async fn bearer_token(
        &self, rejected: Option<&Sensitive<String>>,
    ) -> Result<Sensitive<String>, String> {
        let Some(credential) = &self.0 else {
            return Err("`access_token` of the provider is for Azure Resource Manager and not for \
                        clusters. Write a token for the cluster as `token` of the block `kubernetes`, \
                        or sign in another way"
                .to_owned());
        };
        let rejected = rejected.map(|token| token.expose().as_str());
        let token = credential.bearer_token(rejected).await;
        token.map(|token| token.expose().to_owned().into()).map_err(|error| error.to_string())
    }
}
