//! `ValidateDataResourceConfig`: what is wrong in the configuration of a data source.

use super::config_check::validate_config;
use super::{Capabilities, DynamicValue};
use crate::context::Failure;
use crate::dyn_types::panic;
use crate::secrets::Secrets;
use crate::server::Server;
use vocabulary::Diagnostics;

/// The configuration of one data source.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Full name of the data source.
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
    /// Answers `ValidateDataResourceConfig`.
    pub async fn validate_data_resource_config(&self, request: Request) -> Response {
        let secrets = self.secrets();
        let answer =
            panic::catch_async(async { self.try_validate_data_source(&request, &secrets) }).await;
        let diagnostics = answer.unwrap_or_else(Failure::into_diagnostics);
        Response { diagnostics: secrets.redact_all(diagnostics) }
    }

    fn try_validate_data_source(
        &self, request: &Request, secrets: &Secrets,
    ) -> Result<Diagnostics, Failure> {
        let data_source = self.data_source(&request.type_name)?;
        let author = |config: &_| data_source.validate(config);
        validate_config(
            data_source.schema(),
            &request.config,
            Capabilities::default(),
            secrets,
            author,
        )
    }
}
