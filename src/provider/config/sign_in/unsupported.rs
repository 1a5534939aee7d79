//! Methods that this version does not have: a chosen one is refused, unless the Azure CLI is chosen
//! beside it.

use std::sync::Arc;

use framework::{Attr, Diagnostic, Diagnostics};

use super::SignInMethod;
use super::azure_cli::AzureCli;
use super::client_secret::client_secret;
use crate::config::environment::{Resolved, Source, variables};
use crate::config::{Config, unsupported};

pub(super) fn choose(
    config: &Config, source: &Source<'_>,
) -> Resolved<Option<Arc<dyn SignInMethod>>> {
    let use_cli = source.flag("use_cli", config.use_cli)?;
    match Unsupported::first(config, source)? {
        None => Ok(None),
        Some(_) if use_cli == Some(true) => Ok(Some(Arc::new(AzureCli))),
        Some(method) => Err(method.refuse()),
    }
}

/// A method that is chosen and that this version does not have.
struct Unsupported {
    argument: &'static str,
    /// Whether the block chooses it, or else the environment.
    written: bool,
}

impl Unsupported {
    fn refuse(&self) -> Diagnostic {
        let Unsupported { argument, written } = self;
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
    fn first(config: &Config, source: &Source<'_>) -> Resolved<Option<Unsupported>> {
        if let Some(argument) = written(config).next() {
            return Ok(Some(Unsupported { argument, written: true }));
        }
        for (argument, switch) in switches(config) {
            if source.flag(argument, switch)?.unwrap_or_default() {
                return Ok(Some(Unsupported { argument, written: false }));
            }
        }
        for argument in ["client_certificate", "client_certificate_path"] {
            if source.text(argument, &Attr::Null)?.is_some() {
                return Ok(Some(Unsupported { argument, written: false }));
            }
        }
        Ok(None)
    }
}

/// Refuses what the block chooses and this version lacks, all at once and without any credential at
/// hand, unless it also says, or may come to say, how to sign in instead.
pub(in crate::config) fn refuse_unsupported(
    config: &Config, source: &Source<'_>, found: &mut Diagnostics,
) {
    let instead = config.access_token.is_unknown()
        || config.client_secret.is_unknown()
        || config.use_cli.is_unknown()
        || matches!(source.secret("access_token", &config.access_token), Ok(Some(_)))
        || matches!(client_secret(config, source), Ok(Some(_)))
        || matches!(source.flag("use_cli", config.use_cli), Ok(Some(true)));
    for argument in written(config).filter(|_| !instead) {
        found.push(Unsupported { argument, written: true }.refuse());
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
