//! A service principal and its secret.

use std::sync::Arc;

use azure::credential::{self, Principal, TokenSource};
use framework::Sensitive;

use super::{Chosen, Method, SignInContext, SignInMethod, proven_principal};
use crate::config::Config;
use crate::config::environment::{Resolved, SettingValue, Source};

pub(super) const METHOD: Method = Method {
    name: "client secret",
    usage: "tenant_id, client_id and client_secret (ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET)",
    choose,
};

#[derive(Debug)]
pub(crate) struct ClientSecret {
    pub(crate) principal: Principal,
    pub(crate) secret: Sensitive<String>,
}

fn choose(config: &Config, source: &Source<'_>) -> Chosen {
    let Some(secret) = client_secret(config, source)? else { return Ok(None) };
    let principal = proven_principal(config, source, &secret)?;
    Ok(Some(Arc::new(ClientSecret { principal, secret: secret.value })))
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
    fn secrets(&self) -> Vec<&Sensitive<String>> {
        vec![&self.secret]
    }

    fn token_source(&self, context: &SignInContext<'_>) -> Box<dyn TokenSource> {
        Box::new(credential::ClientSecret::new(
            context.cloud,
            self.principal.clone(),
            self.secret.clone(),
            context.transport.clone(),
        ))
    }
}
