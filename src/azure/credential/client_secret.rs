//! A service principal with a secret.

use std::sync::Arc;

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, RetryOptions};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};

use super::identity_transport::IdentityTransport;
use super::{FetchedToken, TokenSource, describe_error, fetched_token};
use crate::cloud::Cloud;
use crate::transport::Transport;

/// A service principal's client secret, exchanged at `{authority}/{tenant}/oauth2/v2.0/token`. The
/// authority must be https.
pub struct ClientSecret {
    authority: String,
    tenant: String,
    client: String,
    secret: Secret,
    transport: Arc<dyn Transport>,
}

impl ClientSecret {
    /// The principal `client` of `tenant`, at the cloud's authority.
    pub fn new(
        cloud: &Cloud, tenant: String, client: String, secret: Secret,
        transport: Arc<dyn Transport>,
    ) -> Self {
        Self { authority: cloud.authority().to_string(), tenant, client, secret, transport }
    }

    fn options(&self) -> ClientSecretCredentialOptions {
        let mut custom = CustomConfiguration::default();
        custom.authority_host.clone_from(&self.authority);
        let client_options = ClientOptions {
            cloud: Some(Arc::new(CloudConfiguration::Custom(custom))),
            transport: Some(IdentityTransport::wrap(self.transport.clone())),
            // The transport retries as everything else here does: honouring what the server asks
            // for.
            retry: RetryOptions::none(),
            ..ClientOptions::default()
        };
        ClientSecretCredentialOptions { client_options }
    }
}

#[async_trait::async_trait]
impl TokenSource for ClientSecret {
    fn name(&self) -> &'static str {
        "client secret"
    }

    /// A credential of `azure_identity` for each token: its own cache would give a refused token
    /// again.
    async fn fetch_token(&self, scope: &str) -> Result<FetchedToken, String> {
        let describe = |error: azure_core::Error| describe_error(&error, &[&self.secret]);
        let (client, secret) = (self.client.clone(), self.secret.clone());
        let credential =
            ClientSecretCredential::new(&self.tenant, client, secret, Some(self.options()))
                .map_err(describe)?;
        credential.get_token(&[scope], None).await.map(fetched_token).map_err(describe)
    }
}
