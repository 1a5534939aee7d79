//! Who calls Azure: the ways to sign in, one per file, in the order in which they are considered.
//!
//! A principal that is named without its proof is an error, and a method that is chosen is never
//! passed over for another in silence: both would be to sign in as somebody else than was asked for.

mod access_token;
mod azure_cli;
mod client_secret;
#[cfg(test)]
mod tests;
mod unsupported;

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use azure::credential::TokenSource;
use azure::{Secret, Transport};
use framework::{Diagnostic, Sensitive};

use super::Config;
use super::environment::{Resolved, SettingValue, Source, variables};

pub(super) use unsupported::refuse_unsupported;

/// The ways to sign in, of which the first that the block or the environment chooses is used. A new
/// one is its file and its line here.
const METHODS: &[Method] = &[access_token::METHOD, client_secret::METHOD];
/// Used where nothing else is asked for.
const DEFAULT: Method = azure_cli::METHOD;

/// A way to sign in.
struct Method {
    /// The arguments that choose it, with their variables, as errors list them.
    usage: &'static str,
    /// Whether an argument that chooses it is not known yet.
    is_unknown: fn(&Config) -> bool,
    /// Looks whether it is chosen, and gathers what it needs.
    choose: fn(&Config, &Source<'_>) -> Chosen,
}

/// The method with all that it needs. `None`: it is not chosen.
type Chosen = Resolved<Option<Arc<dyn SignInMethod>>>;

/// A way to sign in that was chosen, with all that it needs.
pub(crate) trait SignInMethod: Any + Debug + Send + Sync {
    /// What no message and no log may show.
    fn secret(&self) -> Option<&Sensitive<String>> {
        None
    }

    /// What fetches the tokens.
    fn token_source(&self, context: &SignInContext<'_>) -> Box<dyn TokenSource>;

    /// Whether it fetches tokens for clusters as well as for Resource Manager.
    fn serves_clusters(&self) -> bool {
        true
    }
}

/// What a source of tokens may need of the other settings.
pub(crate) struct SignInContext<'a> {
    pub(crate) cloud: &'a azure::Cloud,
    pub(crate) transport: &'a Arc<dyn Transport>,
    pub(crate) tenant_id: Option<&'a str>,
    pub(crate) subscription_id: Option<&'a str>,
}

/// Who calls Azure.
#[derive(Clone, Debug, Default)]
pub(crate) struct SignIn {
    /// `None`: no way is configured, which is an error once one is needed.
    pub(crate) method: Option<Arc<dyn SignInMethod>>,
    pub(crate) tenant_id: Option<String>,
    pub(crate) subscription_id: Option<String>,
}

impl SignIn {
    /// Decides by the block, of which nothing is unknown, and the environment.
    pub(super) fn resolve(config: &Config, source: &Source<'_>) -> Resolved<SignIn> {
        Ok(SignIn {
            method: choose_method(config, source)?,
            tenant_id: source.text("tenant_id", &config.tenant_id)?,
            subscription_id: source.text("subscription_id", &config.subscription_id)?,
        })
    }

    /// The source of tokens, if there is one.
    pub(crate) fn token_sources(
        &self, cloud: &azure::Cloud, transport: &Arc<dyn Transport>,
    ) -> Vec<Box<dyn TokenSource>> {
        let (tenant_id, subscription_id) =
            (self.tenant_id.as_deref(), self.subscription_id.as_deref());
        let context = SignInContext { cloud, transport, tenant_id, subscription_id };
        self.method.iter().map(|method| method.token_source(&context)).collect()
    }

    /// The source of tokens for clusters; `None` where the method has none for them.
    pub(crate) fn cluster_token_sources(
        &self, cloud: &azure::Cloud, transport: &Arc<dyn Transport>,
    ) -> Option<Vec<Box<dyn TokenSource>>> {
        let serves = self.method.as_ref().is_none_or(|method| method.serves_clusters());
        serves.then(|| self.token_sources(cloud, transport))
    }
}

fn choose_method(config: &Config, source: &Source<'_>) -> Chosen {
    for method in METHODS.iter().chain([&DEFAULT]) {
        if let Some(chosen) = (method.choose)(config, source)? {
            return Ok(Some(chosen));
        }
    }
    Ok(None)
}

/// The ways to sign in, an indented line for each.
pub(crate) fn describe_methods() -> String {
    let usages = METHODS.iter().chain([&DEFAULT]).map(|method| method.usage);
    usages.map(|usage| format!("  {usage}")).collect::<Vec<_>>().join("\n")
}

/// The principal that is named, by its ID or by a file that holds it.
fn client_id(config: &Config, source: &Source<'_>) -> Resolved<Option<SettingValue>> {
    source.value_or_file(
        ["client_id", "client_id_file_path"],
        [config.client_id.known(), config.client_id_file_path.known()]
            .map(|text| text.map(String::as_str)),
    )
}

/// `argument` is missing beside what proves a principal.
fn incomplete_error(proof: &SettingValue, argument: &'static str) -> Diagnostic {
    let exported = variables(argument).join(" or ");
    Diagnostic::error("Sign-in is not complete")
        .detail(format!(
            "{} needs `{argument}` beside it. Set it, or {exported} in the environment.",
            proof.origin
        ))
        .at(argument)
}

/// The one place where a secret of the provider's becomes one of Azure's client.
fn to_azure(secret: &Sensitive<String>) -> Secret {
    Secret::new(secret.expose().clone())
}
