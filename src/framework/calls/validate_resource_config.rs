//! `ValidateResourceConfig`: what is wrong in the configuration of a managed type.

use super::config_check::validate_config;
use super::{Capabilities, DynamicValue};
use crate::context::Failure;
use crate::dyn_types::panic;
use crate::secrets::Secrets;
use crate::server::Server;
use vocabulary::Diagnostics;

/// The configuration of one object.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Full name of the type.
    pub type_name: String,
    /// As the user wrote it; anything may be unknown.
    pub config: DynamicValue,
    /// What the client can do.
    pub capabilities: Capabilities,
}

/// What is wrong.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Server {
    /// Answers `ValidateResourceConfig`.
    pub async fn validate_resource_config(&self, request: Request) -> Response {
        let secrets = self.secrets();
        let answer =
            panic::catch_async(async { self.try_validate_resource(&request, &secrets) }).await;
        let diagnostics = answer.unwrap_or_else(Failure::into_diagnostics);
        Response { diagnostics: secrets.redact_all(diagnostics) }
    }

    fn try_validate_resource(
        &self, request: &Request, secrets: &Secrets,
    ) -> Result<Diagnostics, Failure> {
        let resource = self.resource(&request.type_name)?;
        let author = |config: &_| resource.validate(config);
        validate_config(resource.schema(), &request.config, request.capabilities, secrets, author)
    }
}
