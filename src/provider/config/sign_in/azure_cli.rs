//! The account of `az login`. It comes last, because it is used unless something else is asked for.

use std::sync::Arc;

use azure::credential::{self, TokenSource};
use framework::Diagnostic;

use super::messages::NO_PROOF;
use super::{Chosen, Method, SignInContext, SignInMethod, client_id};
use crate::config::Config;
use crate::config::environment::{Resolved, SettingValue, Source};
use crate::config::programs::withheld_variables;

pub(super) const METHOD: Method =
    Method { name: "Azure CLI", usage: "use_cli = true (ARM_USE_CLI), after az login", choose };

#[derive(Debug)]
pub(crate) struct AzureCli;

fn choose(config: &Config, source: &Source<'_>) -> Chosen {
    let use_cli = source.flag("use_cli", config.use_cli)?;
    // Whoever says both signs in by it where the principal has nothing to prove itself with.
    let is_in_its_place = use_cli == Some(true) && names_a_way_of_its_own(config, source)?;
    let client = client_id(config, source)?.filter(|_| !is_in_its_place);
    if let Some(client) = client {
        return Err(missing_proof_error(&client));
    }
    let is_used = use_cli.unwrap_or(true);
    Ok(is_used.then(|| Arc::new(AzureCli) as Arc<dyn SignInMethod>))
}

/// Whether the principal is said to prove itself without anything that is configured.
fn names_a_way_of_its_own(config: &Config, source: &Source<'_>) -> Resolved<bool> {
    let oidc = source.flag("use_oidc", config.use_oidc)?;
    let workload = source.flag("use_aks_workload_identity", config.use_aks_workload_identity)?;
    Ok(oidc == Some(true) || workload == Some(true))
}

impl SignInMethod for AzureCli {
    fn token_source(&self, context: &SignInContext<'_>) -> Box<dyn TokenSource> {
        let (tenant, subscription) = (context.tenant_id, context.subscription_id);
        let (tenant, subscription) = (tenant.map(str::to_owned), subscription.map(str::to_owned));
        let az = credential::AzureCli::new(tenant, subscription);
        Box::new(az.without_variables(withheld_variables()))
    }
}

fn missing_proof_error(client: &SettingValue) -> Diagnostic {
    NO_PROOF.error(&[("client", &client.origin)]).at(client.argument)
}
