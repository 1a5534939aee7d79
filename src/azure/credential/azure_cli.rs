//! Whoever is logged in to the Azure CLI.

use super::{Fresh, TokenMethod, reason, received};
use azure_core::credentials::TokenCredential;
use azure_identity::{AzureCliCredential, AzureCliCredentialOptions};
use std::time::Duration;

/// Longest wait for `az`: it takes seconds on a slow machine, and must not take the whole timeout of a resource.
const PATIENCE: Duration = Duration::from_mins(1);

/// The account of `az login`.
pub struct AzureCli {
    tenant: Option<String>,
    subscription: Option<String>,
}

impl AzureCli {
    /// The logged in account, in a tenant and of a subscription where they are given.
    pub fn new(tenant: Option<String>, subscription: Option<String>) -> Self {
        Self { tenant, subscription }
    }
}

#[async_trait::async_trait]
impl TokenMethod for AzureCli {
    fn name(&self) -> &'static str {
        "Azure CLI"
    }

    async fn fetch(&self, scope: &str) -> Result<Fresh, String> {
        let options = AzureCliCredentialOptions {
            tenant_id: self.tenant.clone(),
            subscription: self.subscription.clone(),
            ..AzureCliCredentialOptions::default()
        };
        let told = |error: azure_core::Error| reason(&error, &[]);
        let credential = AzureCliCredential::new(Some(options)).map_err(told)?;
        match tokio::time::timeout(PATIENCE, credential.get_token(&[scope], None)).await {
            Ok(outcome) => outcome.map(received).map_err(told),
            Err(_) => Err(format!(
                "`az account get-access-token` did not answer within {} s",
                PATIENCE.as_secs()
            )),
        }
    }
}
