//! `ValidateListResourceConfig`: what is wrong in the configuration of a list.

use super::{Capabilities, config};
use crate::caught::caught;
use crate::dynamic_value::DynamicValue;
use crate::failure::Failure;
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
        let answer = caught(async { self.validated_list(&request, &secrets) }).await;
        let diagnostics =
            answer.and_then(|answer| answer).unwrap_or_else(Failure::into_diagnostics);
        Response { diagnostics: secrets.redact_all(diagnostics) }
    }

    fn validated_list(&self, request: &Request, secrets: &Secrets) -> Result<Diagnostics, Failure> {
        let twin = self.list(&request.type_name)?;
        let author = |config: &_| twin.validate(config);
        config::validated(twin.schema(), &request.config, Capabilities::default(), secrets, author)
    }
}
