//! What the provider works with: the block, completed from the environment.

use framework::{Attr, Sensitive};

use super::environment::{Lookup, Settled, Source};
use super::{Config, Endpoint, unsupported};

/// Everything that the clients are built from.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) sign_in: SignIn,
    pub(crate) cloud: Cloud,
    pub(crate) headers: Headers,
}

/// Who calls Azure.
#[derive(Clone, Debug, Default)]
pub(crate) struct SignIn {
    pub(crate) access_token: Option<Sensitive<String>>,
    pub(crate) tenant_id: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<Sensitive<String>>,
    pub(crate) use_cli: bool,
    pub(crate) subscription_id: Option<String>,
}

/// Which Azure is called.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cloud {
    pub(crate) environment: Option<String>,
    pub(crate) resource_manager_endpoint: Option<String>,
    pub(crate) resource_manager_audience: Option<String>,
    pub(crate) active_directory_authority_host: Option<String>,
    /// PEM text of certificate authorities to trust as well.
    pub(crate) ca_certificate: Option<String>,
}

/// What every request says about where it comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers {
    /// A GUID.
    pub(crate) partner: Option<String>,
    /// Of a whole run; `None`: this process takes its own.
    pub(crate) correlation: Option<String>,
    pub(crate) without_correlation: bool,
}

impl Settings {
    /// Completes the block, of which nothing is unknown, and reads the files that it names.
    pub(crate) fn settle(config: &Config, lookup: Lookup<'_>) -> Settled<Settings> {
        let source = Source { lookup };
        let sign_in = SignIn::settle(config, &source)?;
        if !sign_in.is_explicit() {
            refuse_exported(config, &source)?;
        }
        let headers = Headers {
            partner: source.text("partner_id", &config.partner_id)?,
            correlation: source.text("correlation_request_id", &Attr::Null)?,
            without_correlation: source
                .flag("disable_correlation_request_id", config.disable_correlation_request_id)?
                .unwrap_or_default(),
        };
        Ok(Settings { sign_in, cloud: Cloud::settle(config, &source)?, headers })
    }
}

impl SignIn {
    fn settle(config: &Config, source: &Source<'_>) -> Settled<SignIn> {
        let client_id = match source.text("client_id", &config.client_id)? {
            Some(written) => Some(written),
            None => source.file("client_id_file_path", &config.client_id_file_path)?,
        };
        let client_secret = match source.secret("client_secret", &config.client_secret)? {
            Some(written) => Some(written),
            None => source
                .file("client_secret_file_path", &config.client_secret_file_path)?
                .map(Sensitive::new),
        };
        Ok(SignIn {
            access_token: source.secret("access_token", &config.access_token)?,
            tenant_id: source.text("tenant_id", &config.tenant_id)?,
            client_id,
            client_secret,
            use_cli: source.flag("use_cli", config.use_cli)?.unwrap_or(true),
            subscription_id: source.text("subscription_id", &config.subscription_id)?,
        })
    }

    /// Whether something better than the Azure CLI is given.
    fn is_explicit(&self) -> bool {
        self.access_token.is_some() || self.client_secret.is_some()
    }
}

impl Cloud {
    fn settle(config: &Config, source: &Source<'_>) -> Settled<Cloud> {
        if source.text("metadata_host", &config.metadata_host)?.is_some() {
            return Err(unsupported("metadata_host").detail(
                "`metadata_host` (ARM_METADATA_HOSTNAME) is not supported by this version of the \
                 provider. Name the endpoints in the block `endpoint`.",
            ));
        }
        let none = Endpoint::default();
        let endpoint = config.endpoint.known().unwrap_or(&none);
        Ok(Cloud {
            environment: source.text("environment", &config.environment)?,
            resource_manager_endpoint: source
                .text("resource_manager_endpoint", &endpoint.resource_manager_endpoint)?,
            resource_manager_audience: source
                .text("resource_manager_audience", &endpoint.resource_manager_audience)?,
            active_directory_authority_host: source.text(
                "active_directory_authority_host",
                &endpoint.active_directory_authority_host,
            )?,
            ca_certificate: source.file("ca_certificate_path", &config.ca_certificate_path)?,
        })
    }
}

/// A way of signing in that this version does not have, chosen by the environment with nothing
/// better beside it: to pass it over would mean to sign in as somebody else.
fn refuse_exported(config: &Config, source: &Source<'_>) -> Settled<()> {
    let switches = [
        ("use_oidc", config.use_oidc),
        ("use_msi", config.use_msi),
        ("use_aks_workload_identity", config.use_aks_workload_identity),
    ];
    for (argument, written) in switches {
        if source.flag(argument, written)?.unwrap_or_default() {
            return Err(unsupported(argument).detail(exported(argument)));
        }
    }
    for argument in ["client_certificate", "client_certificate_path"] {
        if source.text(argument, &Attr::Null)?.is_some() {
            return Err(unsupported(argument).detail(exported(argument)));
        }
    }
    Ok(())
}

fn exported(argument: &str) -> String {
    format!(
        "The environment chooses `{argument}` ({}), which this version of the provider does not \
         support. Set `access_token` or `client_secret`, or unset the variable to use the Azure \
         CLI's sign-in.",
        super::environment::variables(argument).join(", ")
    )
}
