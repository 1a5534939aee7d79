//! `ValidateDataResourceConfig`: what is wrong in the configuration of a data source.

use super::{Capabilities, config};
use crate::caught::caught;
use crate::dynamic_value::DynamicValue;
use crate::failure::Failure;
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
        let answer = caught(async { self.validated_data_source(&request, &secrets) }).await;
        let diagnostics =
            answer.and_then(|answer| answer).unwrap_or_else(Failure::into_diagnostics);
        Response { diagnostics: secrets.redact_all(diagnostics) }
    }

    fn validated_data_source(
        &self, request: &Request, secrets: &Secrets,
    ) -> Result<Diagnostics, Failure> {
        let twin = self.data_source(&request.type_name)?;
        let author = |config: &_| twin.validate(config);
        config::validated(twin.schema(), &request.config, Capabilities::default(), secrets, author)
    }
}
