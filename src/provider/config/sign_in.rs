//! Who calls Azure: the one decision between the ways to sign in.
//!
//! A principal that is named without its proof is an error, and a method that is chosen is never
//! passed over for another in silence: both would be to sign in as somebody else than was asked for.

use framework::{Attr, Diagnostic, Diagnostics, Sensitive};

use super::environment::{Given, Settled, Source, variables};
use super::{Config, unsupported};

/// Who calls Azure.
#[derive(Clone, Debug, Default)]
pub(crate) struct SignIn {
    pub(crate) method: Method,
    pub(crate) tenant_id: Option<String>,
    pub(crate) subscription_id: Option<String>,
}

/// How it is proved.
#[derive(Clone, Debug, Default)]
pub(crate) enum Method {
    /// A token that is ready.
    AccessToken(Sensitive<String>),
    /// A service principal and its secret.
    ClientSecret { tenant_id: String, client_id: String, client_secret: Sensitive<String> },
    /// The account of `az login`.
    AzureCli,
    /// No way is configured, which is told when one is needed.
    #[default]
    None,
}

impl SignIn {
    /// Decides by the block, of which nothing is unknown, and the environment.
    pub(super) fn settle(config: &Config, source: &Source<'_>) -> Settled<SignIn> {
        Ok(SignIn {
            method: Method::settle(config, source)?,
            tenant_id: source.text("tenant_id", &config.tenant_id)?,
            subscription_id: source.text("subscription_id", &config.subscription_id)?,
        })
    }
}

impl Method {
    fn settle(config: &Config, source: &Source<'_>) -> Settled<Method> {
        if let Some(token) = source.secret("access_token", &config.access_token)? {
            return Ok(Method::AccessToken(token));
        }
        let client = client(config, source)?;
        if let Some(secret) = secret(config, source)? {
            return Method::with_secret(config, source, client, secret);
        }
        let use_cli = source.flag("use_cli", config.use_cli)?;
        match (Missing::first(config, source)?, client, use_cli) {
            (Some(_), _, Some(true)) => Ok(Method::AzureCli),
            (Some(missing), _, _) => Err(missing.refuse()),
            (None, Some(client), _) => Err(unproved(&client)),
            (None, None, Some(false)) => Ok(Method::None),
            (None, None, _) => Ok(Method::AzureCli),
        }
    }

    fn with_secret(
        config: &Config, source: &Source<'_>, client: Option<Given>, secret: Given,
    ) -> Settled<Method> {
        let Some(tenant_id) = source.text("tenant_id", &config.tenant_id)? else {
            return Err(incomplete(&secret, "tenant_id"));
        };
        let Some(client) = client else { return Err(incomplete(&secret, "client_id")) };
        let client_id = client.value.expose().clone();
        Ok(Method::ClientSecret { tenant_id, client_id, client_secret: secret.value })
    }
}

fn client(config: &Config, source: &Source<'_>) -> Settled<Option<Given>> {
    source.value_or_file(
        ["client_id", "client_id_file_path"],
        [config.client_id.known(), config.client_id_file_path.known()]
            .map(|text| text.map(String::as_str)),
    )
}

fn secret(config: &Config, source: &Source<'_>) -> Settled<Option<Given>> {
    let written = config.client_secret.known().map(|secret| secret.expose().as_str());
    source.value_or_file(
        ["client_secret", "client_secret_file_path"],
        [written, config.client_secret_file_path.known().map(String::as_str)],
    )
}

fn incomplete(secret: &Given, argument: &'static str) -> Diagnostic {
    let exported = variables(argument).join(" or ");
    Diagnostic::error("Sign-in is not complete")
        .detail(format!(
            "{} needs `{argument}` beside it. Set it, or {exported} in the environment.",
            secret.by
        ))
        .at(argument)
}

fn unproved(client: &Given) -> Diagnostic {
    Diagnostic::error("Sign-in is not complete")
        .detail(format!(
            "{} names a service principal, and its secret is missing. The provider does not sign in \
             as anybody else in its place, so the account of the Azure CLI is not used.\n\n\
             Set `client_secret` (ARM_CLIENT_SECRET) or `client_secret_file_path` \
             (ARM_CLIENT_SECRET_FILE_PATH), with `tenant_id` (ARM_TENANT_ID); or `access_token` \
             (AZUREML_ACCESS_TOKEN). If the principal proves itself in a way that this version of the \
             provider does not support, write in this block which way it is, such as \
             `use_oidc = true`, and `use_cli = true` to sign in as the Azure CLI is signed in.",
            client.by
        ))
        .at(client.argument)
}

// === methods that this version lacks ===

/// A method that is chosen and that this version does not have.
struct Missing {
    argument: &'static str,
    /// Whether the block chooses it, or else the environment.
    written: bool,
}

impl Missing {
    fn refuse(&self) -> Diagnostic {
        let Missing { argument, written } = self;
        let chosen = if *written {
            format!("`{argument}` is not supported by this version of the provider.")
        } else {
            format!(
                "The environment chooses `{argument}` ({}), which is not supported by this version \
                 of the provider. The variable may stay as it is for other providers.",
                variables(argument).join(", ")
            )
        };
        unsupported(argument).detail(format!(
            "{chosen} Write in the block `provider \"azureml\"` how to sign in instead:\n\n  \
             use_cli = true, after az login\n  \
             tenant_id, client_id and client_secret\n  \
             access_token"
        ))
    }

    /// The first that is chosen.
    fn first(config: &Config, source: &Source<'_>) -> Settled<Option<Missing>> {
        if let Some(argument) = written(config).next() {
            return Ok(Some(Missing { argument, written: true }));
        }
        for (argument, switch) in switches(config) {
            if source.flag(argument, switch)?.unwrap_or_default() {
                return Ok(Some(Missing { argument, written: false }));
            }
        }
        for argument in ["client_certificate", "client_certificate_path"] {
            if source.text(argument, &Attr::Null)?.is_some() {
                return Ok(Some(Missing { argument, written: false }));
            }
        }
        Ok(None)
    }
}

/// Refuses what the block chooses and this version lacks, all at once and without any credential at
/// hand, unless it also says, or may come to say, how to sign in instead.
pub(super) fn refuse_missing(config: &Config, source: &Source<'_>, found: &mut Diagnostics) {
    let instead = config.access_token.is_unknown()
        || config.client_secret.is_unknown()
        || config.use_cli.is_unknown()
        || matches!(source.secret("access_token", &config.access_token), Ok(Some(_)))
        || matches!(secret(config, source), Ok(Some(_)))
        || matches!(source.flag("use_cli", config.use_cli), Ok(Some(true)));
    for argument in written(config).filter(|_| !instead) {
        found.push(Missing { argument, written: true }.refuse());
    }
}

fn switches(config: &Config) -> [(&'static str, Attr<bool>); 3] {
    [
        ("use_oidc", config.use_oidc),
        ("use_msi", config.use_msi),
        ("use_aks_workload_identity", config.use_aks_workload_identity),
    ]
}

/// What the block itself chooses.
fn written(config: &Config) -> impl Iterator<Item = &'static str> {
    let on = |(argument, switch): (_, Attr<bool>)| (argument, switch.into_known() == Some(true));
    let certificate = config.client_certificate.known();
    let certificate = certificate.is_some_and(|bundle| !bundle.expose().is_empty());
    let path = config.client_certificate_path.known().is_some_and(|path| !path.is_empty());
    let certificates = [("client_certificate", certificate), ("client_certificate_path", path)];
    let all = switches(config).map(on).into_iter().chain(certificates);
    all.filter_map(|(argument, chosen)| chosen.then_some(argument))
}
