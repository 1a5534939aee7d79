//! Who calls Azure: the ways to sign in, one per file, in the order in which they are considered.
//!
//! A principal that is named without its proof is an error, and a method that is chosen is never
//! passed over for another in silence: both would be to sign in as somebody else than was asked for.

mod access_token;
mod azure_cli;
mod client_certificate;
mod client_secret;
mod managed_identity;
mod messages;
mod oidc;
#[cfg(test)]
mod tests;
mod workload_identity;

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use azure::Transport;
use azure::credential::{Principal, TokenSource};
use framework::{Diagnostic, Sensitive};

pub(crate) use messages::{CERTIFICATE, MESSAGES};

use super::Config;
use super::environment::{Resolved, SettingValue, Source, variables};
use messages::INCOMPLETE;

/// The ways to sign in, of which the first that the block or the environment chooses is used: a token
/// that is ready, then azurerm's in its order. A new one is its file and its line here.
const METHODS: &[Method] = &[
    access_token::METHOD,
    client_certificate::METHOD,
    client_secret::METHOD,
    oidc::METHOD,
    workload_identity::METHOD,
    managed_identity::METHOD,
];
/// Used where nothing else is asked for.
const DEFAULT: Method = azure_cli::METHOD;
/// <https://learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant>
const MAX_AUXILIARY_TENANTS: usize = 3;

/// A way to sign in.
struct Method {
    /// What its source of tokens is called.
    name: &'static str,
    /// The arguments that choose it, with their variables, as errors list them.
    usage: &'static str,
    /// Looks whether it is chosen, and gathers what it needs.
    choose: fn(&Config, &Source<'_>) -> Chosen,
}

/// The method with all that it needs. `None`: it is not chosen.
type Chosen = Resolved<Option<Arc<dyn SignInMethod>>>;

/// A way to sign in that was chosen, with all that it needs.
pub(crate) trait SignInMethod: Any + Debug + Send + Sync {
    /// What no message and no log may show.
    fn secrets(&self) -> Vec<&Sensitive<String>> {
        Vec::new()
    }

    /// What fetches the tokens.
    fn token_source(&self, context: &SignInContext<'_>) -> Box<dyn TokenSource>;

    /// Whether it can sign in to several tenants.
    fn has_tenants(&self) -> bool {
        true
    }

    /// Whether it fetches tokens for clusters as well as for Resource Manager.
    fn serves_clusters(&self) -> bool {
        true
    }
}

/// How Azure is reached.
pub(crate) struct Services<'a> {
    pub(crate) cloud: &'a azure::CloudSource,
    pub(crate) transport: &'a Arc<dyn Transport>,
    /// The same without a proxy, for what is on this machine or beside it.
    pub(crate) direct_transport: &'a Arc<dyn Transport>,
}

/// What a source of tokens may need of the other settings.
pub(crate) struct SignInContext<'a> {
    pub(crate) cloud: &'a azure::CloudSource,
    pub(crate) transport: &'a Arc<dyn Transport>,
    /// The same without a proxy, for what is on this machine or beside it.
    pub(crate) direct_transport: &'a Arc<dyn Transport>,
    pub(crate) tenant_id: Option<&'a str>,
    pub(crate) subscription_id: Option<&'a str>,
}

/// Who calls Azure.
#[derive(Clone, Debug, Default)]
pub(crate) struct SignIn {
    /// `None`: no way is configured, which is an error once one is needed.
    pub(crate) method: Option<Arc<dyn SignInMethod>>,
    pub(crate) tenant_id: Option<String>,
    /// The tenants whose tokens go with each request besides.
    pub(crate) auxiliary_tenant_ids: Vec<String>,
    pub(crate) subscription_id: Option<String>,
}

impl SignIn {
    /// Decides by the block, of which nothing is unknown, and the environment.
    pub(super) fn resolve(config: &Config, source: &Source<'_>) -> Resolved<SignIn> {
        let method = choose_method(config, source)?;
        let tenants = source.texts("auxiliary_tenant_ids", &config.auxiliary_tenant_ids)?;
        let has_tenants = method.as_ref().is_none_or(|method| method.has_tenants());
        if let Some(refusal) = refuse_tenants(&tenants, has_tenants) {
            return Err(refusal);
        }
        Ok(SignIn {
            method,
            tenant_id: source.text("tenant_id", &config.tenant_id)?,
            auxiliary_tenant_ids: tenants,
            subscription_id: source.text("subscription_id", &config.subscription_id)?,
        })
    }

    /// The source of tokens, if there is one.
    pub(crate) fn token_sources(&self, services: &Services<'_>) -> Vec<Box<dyn TokenSource>> {
        let context = SignInContext {
            cloud: services.cloud,
            transport: services.transport,
            direct_transport: services.direct_transport,
            tenant_id: self.tenant_id.as_deref(),
            subscription_id: self.subscription_id.as_deref(),
        };
        self.method.iter().map(|method| method.token_source(&context)).collect()
    }

    /// The source of tokens for clusters; `None` where the method has none for them.
    pub(crate) fn cluster_token_sources(
        &self, services: &Services<'_>,
    ) -> Option<Vec<Box<dyn TokenSource>>> {
        let serves = self.method.as_ref().is_none_or(|method| method.serves_clusters());
        serves.then(|| self.token_sources(services))
    }
}

/// What is wrong with auxiliary tenants. Azure takes three at most.
fn refuse_tenants(tenants: &[String], has_tenants: bool) -> Option<Diagnostic> {
    let problem = match tenants.len() {
        0 => return None,
        1..=MAX_AUXILIARY_TENANTS if has_tenants => return None,
        1..=MAX_AUXILIARY_TENANTS => {
            "needs a way to sign in that has a token for each tenant. A managed identity and \
             `access_token` have those of one tenant"
        }
        _ => "names more than the three tenants that Azure takes",
    };
    Some(
        Diagnostic::error("Auxiliary tenants cannot be used")
            .detail(format!("`auxiliary_tenant_ids` (ARM_AUXILIARY_TENANT_IDS) {problem}."))
            .at("auxiliary_tenant_ids"),
    )
}

fn choose_method(config: &Config, source: &Source<'_>) -> Chosen {
    for method in METHODS.iter().chain([&DEFAULT]) {
        if let Some(chosen) = (method.choose)(config, source)? {
            return Ok(Some(chosen));
        }
    }
    Ok(None)
}

/// The ways to sign in, an indented line for each: what chooses it, or that it was chosen and failed.
pub(crate) fn describe_methods(failed: &[&str]) -> String {
    let describe = |method: &Method| {
        let is_failed = failed.contains(&method.name);
        let failure = if is_failed { ": chosen, and failed as above" } else { "" };
        format!("  {}{failure}", method.usage)
    };
    METHODS.iter().chain([&DEFAULT]).map(describe).collect::<Vec<_>>().join("\n")
}

/// The principal that is named, by its ID or by a file that holds it.
fn client_id(config: &Config, source: &Source<'_>) -> Resolved<Option<SettingValue>> {
    source.value_or_file(
        ["client_id", "client_id_file_path"],
        [config.client_id.known(), config.client_id_file_path.known()]
            .map(|text| text.map(String::as_str)),
    )
}

/// The principal that `proof` proves: which it is and in which tenant is to be told too.
fn proven_principal(
    config: &Config, source: &Source<'_>, proof: &SettingValue,
) -> Resolved<Principal> {
    named_principal(config, source, &proof.origin)?
}

/// The principal that is named, or what is missing of it beside `proof`.
fn named_principal(
    config: &Config, source: &Source<'_>, proof: &str,
) -> Resolved<Result<Principal, Diagnostic>> {
    let client = client_id(config, source)?;
    let Some(tenant) = source.text("tenant_id", &config.tenant_id)? else {
        return Ok(Err(incomplete_error(proof, "tenant_id")));
    };
    let Some(client) = client else { return Ok(Err(incomplete_error(proof, "client_id"))) };
    Ok(Ok(Principal { tenant, client: client.value.expose().clone() }))
}

/// A method that is chosen and incomplete is an error, unless the Azure CLI is asked for in so many
/// words, for where the method does not work, such as at home.
fn unless_cli_is_asked_for(config: &Config, source: &Source<'_>, incomplete: Diagnostic) -> Chosen {
    match source.flag("use_cli", config.use_cli)? {
        Some(true) => Ok(None),
        _ => Err(incomplete),
    }
}

/// `argument` is missing beside what proves a principal.
fn incomplete_error(proof: &str, argument: &'static str) -> Diagnostic {
    let exported = variables(argument).join(" or ");
    let values = [("proof", proof), ("argument", argument), ("variables", &*exported)];
    INCOMPLETE.error(&values).at(argument)
}
