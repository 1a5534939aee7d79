//! Sign-in methods that this version does not support. Configuring one is an error, unless `use_cli` is
//! true as well.

use framework::{Attr, Diagnostic, Diagnostics};

use super::{DEFAULT, METHODS, Method, describe_methods};
use crate::config::environment::{Resolved, Source, variables};
use crate::config::{Config, unsupported_argument_error};

/// Why the first unsupported method that is configured is refused.
pub(super) fn find_refusal(config: &Config, source: &Source<'_>) -> Resolved<Option<Diagnostic>> {
    Ok(UnsupportedMethod::find_first(config, source)?.map(|method| method.to_diagnostic()))
}

/// A method that is configured and not supported.
struct UnsupportedMethod {
    argument: &'static str,
    /// Whether it is configured in the provider block, or else by an environment variable.
    is_in_block: bool,
}

impl UnsupportedMethod {
    fn to_diagnostic(&self) -> Diagnostic {
        let UnsupportedMethod { argument, is_in_block } = self;
        let problem = if *is_in_block {
            format!("`{argument}` is not supported by this version of the provider.")
        } else {
            format!(
                "The environment sets `{argument}` ({}), which is not supported by this version of the \
                 provider. The variable may stay as it is for other providers.",
                variables(argument).join(", ")
            )
        };
        unsupported_argument_error(argument).detail(format!(
            "{problem} Configure one of these instead, in the block `provider \"azureml\"` or by its \
             variables:\n\n{}",
            describe_methods()
        ))
    }

    /// The first of the provider block, else of the environment.
    fn find_first(config: &Config, source: &Source<'_>) -> Resolved<Option<UnsupportedMethod>> {
        if let Some(argument) = configured_arguments(config).next() {
            return Ok(Some(UnsupportedMethod { argument, is_in_block: true }));
        }
        for (argument, switch) in switches(config) {
            if source.flag(argument, switch)?.unwrap_or_default() {
                return Ok(Some(UnsupportedMethod { argument, is_in_block: false }));
            }
        }
        for argument in ["client_certificate", "client_certificate_path"] {
            if source.text(argument, &Attr::Null)?.is_some() {
                return Ok(Some(UnsupportedMethod { argument, is_in_block: false }));
            }
        }
        Ok(None)
    }
}

/// Reports every unsupported method of the provider block, unless a supported one is configured as well
/// or may be, once unknown values are known.
pub(in crate::config) fn refuse_unsupported(
    config: &Config, source: &Source<'_>, found: &mut Diagnostics,
) {
    let may_be_chosen = |method: &Method| {
        (method.is_unknown)(config) || !matches!((method.choose)(config, source), Ok(None))
    };
    let has_alternative = METHODS.iter().any(may_be_chosen)
        || (DEFAULT.is_unknown)(config)
        || matches!(source.flag("use_cli", config.use_cli), Ok(Some(true)));
    for argument in configured_arguments(config).filter(|_| !has_alternative) {
        found.push(UnsupportedMethod { argument, is_in_block: true }.to_diagnostic());
    }
}

fn switches(config: &Config) -> [(&'static str, Attr<bool>); 3] {
    [
        ("use_oidc", config.use_oidc),
        ("use_msi", config.use_msi),
        ("use_aks_workload_identity", config.use_aks_workload_identity),
    ]
}

/// The unsupported methods that the block configures.
fn configured_arguments(config: &Config) -> impl Iterator<Item = &'static str> {
    let on = |(argument, switch): (_, Attr<bool>)| (argument, switch.into_known() == Some(true));
    let certificate = config.client_certificate.known();
    let certificate = certificate.is_some_and(|bundle| !bundle.expose().is_empty());
    let path = config.client_certificate_path.known().is_some_and(|path| !path.is_empty());
    let certificates = [("client_certificate", certificate), ("client_certificate_path", path)];
    let all = switches(config).map(on).into_iter().chain(certificates);
    all.filter_map(|(argument, chosen)| chosen.then_some(argument))
}
