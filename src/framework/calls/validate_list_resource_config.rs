//! `ValidateListResourceConfig`: what is wrong in the configuration of a list.

use super::config_check::validate_config;
use super::{Capabilities, DynamicValue};
use crate::context::Failure;
use crate::dyn_types::panic;
use crate::secrets::Secrets;
use crate::server::Server;
use vocabulary::Diagnostics;

/// The configuration of one list.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Full name of the type whose objects are listed.
    pub type_name: String,
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
    /// Answers `ValidateListResourceConfig`.
    pub async fn validate_list_resource_config(&self, request: Request) -> Response {
        let secrets = self.secrets();
        let answer = panic::catch_async(async { self.try_validate_list(&request, &secrets) }).await;
        let diagnostics = answer.unwrap_or_else(Failure::into_diagnostics);
        Response { diagnostics: secrets.redact_all(diagnostics) }
    }

    fn try_validate_list(
        &self, request: &Request, secrets: &Secrets,
    ) -> Result<Diagnostics, Failure> {
        let list = self.list(&request.type_name)?;
        let author = |config: &_| list.validate(config);
        validate_config(list.schema(), &request.config, Capabilities::default(), secrets, author)
    }
}
