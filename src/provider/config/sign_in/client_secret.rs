//! A service principal and its secret.

use std::sync::Arc;

use azure::credential::{self, TokenSource};
use framework::Sensitive;

use super::{Method, SignInContext, SignInMethod, client_id, incomplete_error, to_azure};
use crate::config::Config;
use crate::config::environment::{Resolved, SettingValue, Source};

pub(super) const METHOD: Method = Method {
    usage: "tenant_id, client_id and client_secret (ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET)",
    is_unknown: |config| {
        config.client_secret.is_unknown() || config.client_secret_file_path.is_unknown()
    },
    choose,
};

#[derive(Debug)]
pub(crate) struct ClientSecret {
    pub(crate) tenant_id: String,
    pub(crate) client_id: String,
    pub(crate) secret: Sensitive<String>,
}

fn choose(config: &Config, source: &Source<'_>) -> Resolved<Option<Arc<dyn SignInMethod>>> {
    let client = client_id(config, source)?;
    let Some(secret) = client_secret(config, source)? else { return Ok(None) };
    let Some(tenant_id) = source.text("tenant_id", &config.tenant_id)? else {
        return Err(incomplete_error(&secret, "tenant_id"));
    };
    let Some(client) = client else { return Err(incomplete_error(&secret, "client_id")) };
    let client_id = client.value.expose().clone();
    Ok(Some(Arc::new(ClientSecret { tenant_id, client_id, secret: secret.value })))
}

/// The secret itself, or what a file holds.
fn client_secret(config: &Config, source: &Source<'_>) -> Resolved<Option<SettingValue>> {
    let written = config.client_secret.known().map(|secret| secret.expose().as_str());
    source.value_or_file(
        ["client_secret", "client_secret_file_path"],
        [written, config.client_secret_file_path.known().map(String::as_str)],
    )
}

impl SignInMethod for ClientSecret {
    fn secret(&self) -> Option<&Sensitive<String>> {
        Some(&self.secret)
    }

    fn token_source(&self, context: &SignInContext<'_>) -> Box<dyn TokenSource> {
        Box::new(credential::ClientSecret::new(
            context.cloud,
            self.tenant_id.clone(),
            self.client_id.clone(),
            to_azure(&self.secret),
            context.transport.clone(),
        ))
    }
}
