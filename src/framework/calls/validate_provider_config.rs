//! `ValidateProviderConfig`: what is wrong in the provider block.

use super::config_check::validate_config;
use super::{Capabilities, DynamicValue};
use crate::context::Failure;
use crate::dyn_types::panic;
use crate::secrets::Secrets;
use crate::server::Server;
use vocabulary::Diagnostics;

/// The provider block.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// As the user wrote it; anything may be unknown.
    pub config: DynamicValue,
}

/// What is wrong.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Server {
    /// Answers `ValidateProviderConfig`.
    pub async fn validate_provider_config(&self, request: Request) -> Response {
        let secrets = self.secrets();
        let answer =
            panic::catch_async(async { self.try_validate_provider(&request, &secrets) }).await;
        let diagnostics = answer.unwrap_or_else(Failure::into_diagnostics);
        Response { diagnostics: secrets.redact_all(diagnostics) }
    }

    fn try_validate_provider(
        &self, request: &Request, secrets: &Secrets,
    ) -> Result<Diagnostics, Failure> {
        let schema = &self.schemas().provider;
        let author = |config: &_| self.provider().validate(config);
        // A provider block is never stored, so write-only makes no difference there.
        validate_config(schema, &request.config, Capabilities::ALL, secrets, author)
    }
}
