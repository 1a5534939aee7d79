//! The account of `az login`. It comes last, because it is used unless something else is asked for.

use std::sync::Arc;

use azure::credential::{self, TokenSource};
use framework::Diagnostic;

use super::unsupported::find_refusal;
use super::{Method, SignInContext, SignInMethod, client_id};
use crate::config::Config;
use crate::config::environment::{Resolved, SettingValue, Source};

pub(super) const METHOD: Method = Method {
    usage: "use_cli = true (ARM_USE_CLI), after az login",
    is_unknown: |config| config.use_cli.is_unknown(),
    choose,
};

#[derive(Debug)]
pub(crate) struct AzureCli;

fn choose(config: &Config, source: &Source<'_>) -> Resolved<Option<Arc<dyn SignInMethod>>> {
    let use_cli = source.flag("use_cli", config.use_cli)?;
    match find_refusal(config, source)? {
        // Whoever says so signs in by it in place of what is not supported.
        Some(_) if use_cli == Some(true) => return Ok(Some(Arc::new(AzureCli))),
        Some(refusal) => return Err(refusal),
        None => {}
    }
    if let Some(client) = client_id(config, source)? {
        return Err(missing_proof_error(&client));
    }
    let is_used = use_cli.unwrap_or(true);
    Ok(is_used.then(|| Arc::new(AzureCli) as Arc<dyn SignInMethod>))
}

impl SignInMethod for AzureCli {
    fn token_source(&self, context: &SignInContext<'_>) -> Box<dyn TokenSource> {
        let (tenant, subscription) = (context.tenant_id, context.subscription_id);
        Box::new(credential::AzureCli::new(
            tenant.map(str::to_owned),
            subscription.map(str::to_owned),
        ))
    }
}

fn missing_proof_error(client: &SettingValue) -> Diagnostic {
    Diagnostic::error("Sign-in is not complete")
        .detail(format!(
            "{} names a service principal, and its secret is missing. The provider does not sign in \
             as anybody else in its place, so the account of the Azure CLI is not used.\n\n\
             Set `client_secret` (ARM_CLIENT_SECRET) or `client_secret_file_path` \
             (ARM_CLIENT_SECRET_FILE_PATH), with `tenant_id` (ARM_TENANT_ID); or `access_token` \
             (AZUREML_ACCESS_TOKEN). If the principal proves itself in a way that this version of the \
             provider does not support, write in this block which way it is, such as \
             `use_oidc = true`, and `use_cli = true` to sign in as the Azure CLI is signed in.",
            client.origin
        ))
        .at(client.argument)
}
