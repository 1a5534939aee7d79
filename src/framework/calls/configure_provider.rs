//! `ConfigureProvider`: the provider block becomes the provider's clients.

use super::Capabilities;
use crate::caught::caught;
use crate::dynamic_value::DynamicValue;
use crate::failure::Failure;
use crate::server::Server;
use crate::value::Value;
use vocabulary::{Diagnostics, Path, Step};

/// The provider block and who asks.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The version of the client.
    pub terraform_version: String,
    /// The provider block; while planning, something in it may be unknown.
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
    /// Answers `ConfigureProvider`. A block that is not wholly known configures nothing: calls that
    /// need the provider then say so, and the others go on.
    pub async fn configure_provider(&self, request: Request) -> Response {
        let answer = caught(async { self.configured(&request) }).await;
        let failure = answer.and_then(|answer| answer).err();
        let diagnostics = failure.map(Failure::into_diagnostics).unwrap_or_default();
        Response { diagnostics: self.secrets().redact_all(diagnostics) }
    }

    fn configured(&self, request: &Request) -> Result<(), Failure> {
        self.told_version(request.terraform_version.clone());
        let schema = &self.schemas().provider;
        let config = request.config.open(schema)?;
        self.provider_secrets().collect(schema.body(), &config);
        match unknown(&config, Path::root()) {
            Some(at) => {
                self.provider().unknown(at);
                Ok(())
            }
            None => self.provider().configure(&config),
        }
    }
}

/// Where the first unknown value is.
fn unknown(value: &Value, at: Path) -> Option<Path> {
    match value {
        Value::Unknown(_) => Some(at),
        Value::List(elements) => elements
            .iter()
            .enumerate()
            .find_map(|(index, element)| unknown(element, at.clone().step(Step::position(index)))),
        Value::Map(elements) => {
            elements.iter().find_map(|(name, inside)| unknown(inside, at.clone().attribute(name)))
        }
        _ => None,
    }
}
