//! What the provider works with: the block, completed from the environment.

use framework::{Attr, Diagnostic};

use super::environment::{Lookup, Resolved, Source};
use super::{Cloud, ClusterSettings, Config, SignIn};

/// Everything that the clients are built from.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) sign_in: SignIn,
    pub(crate) cloud: Cloud,
    pub(crate) headers: Headers,
    pub(crate) clusters: ClusterSettings,
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
    /// Completes the block, of which nothing is unknown beyond `kubernetes`, and reads the files that
    /// it names for Azure.
    pub(crate) fn resolve(config: &Config, lookup: Lookup<'_>) -> Resolved<Settings> {
        let source = Source { lookup };
        let sign_in = SignIn::resolve(config, &source)?;
        let headers = Headers {
            partner: partner(config, &source)?,
            correlation: source.text("correlation_request_id", &Attr::Null)?,
            without_correlation: source
                .flag("disable_correlation_request_id", config.disable_correlation_request_id)?
                .unwrap_or_default(),
        };
        let clusters = ClusterSettings::resolve(config, &source)?;
        Ok(Settings { sign_in, cloud: Cloud::resolve(config, &source)?, headers, clusters })
    }
}

/// What is wrong with a partner's ID. The service takes any header and attributes nothing.
pub(super) fn refuse_partner(partner: &str) -> Option<Diagnostic> {
    let is_guid = partner.len() == 36 && uuid::Uuid::try_parse(partner).is_ok();
    (!is_guid && !partner.is_empty()).then(|| {
        Diagnostic::error("Invalid partner ID")
            .detail(format!(
                "`partner_id` (ARM_PARTNER_ID) is {partner:?}. It must be a GUID such as \
                 00000000-0000-0000-0000-00000000000a."
            ))
            .at("partner_id")
    })
}

fn partner(config: &Config, source: &Source<'_>) -> Resolved<Option<String>> {
    let partner = source.text("partner_id", &config.partner_id)?;
    match partner.as_deref().and_then(refuse_partner) {
        Some(refusal) => Err(refusal),
        None => Ok(partner),
    }
}
