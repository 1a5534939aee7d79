//! `ConfigureProvider`: the provider block becomes the provider's clients.

use super::{Capabilities, DynamicValue};
use crate::context::Failure;
use crate::dyn_types::panic;
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
        let answer = panic::catch_async(async { self.try_configure_provider(&request) }).await;
        let failure = answer.err();
        let diagnostics = failure.map(Failure::into_diagnostics).unwrap_or_default();
        Response { diagnostics: self.secrets().redact_all(diagnostics) }
    }

    fn try_configure_provider(&self, request: &Request) -> Result<(), Failure> {
        self.set_terraform_version(request.terraform_version.clone());
        let schema = &self.schemas().provider;
        let config = request.config.decode(schema)?;
        self.provider_secrets().collect(schema.body(), &config);
        match first_unknown_in_time(&config, self.provider().late_blocks()) {
            Some(at) => {
                self.provider().set_unknown(at);
                Ok(())
            }
            None => self.provider().configure(&config),
        }
    }
}

/// Where the first unknown value is that must be known by now.
fn first_unknown_in_time(config: &Value, late_blocks: &[&str]) -> Option<Path> {
    let Value::Map(members) = config else { return first_unknown(config, Path::root()) };
    let in_time = members.iter().filter(|(name, _)| !late_blocks.contains(&name.as_str()));
    in_time.into_iter().find_map(|(name, value)| first_unknown(value, Path::root().attribute(name)))
}

/// Where the first unknown value is.
fn first_unknown(value: &Value, at: Path) -> Option<Path> {
    match value {
        Value::Unknown(_) => Some(at),
        Value::List(elements) => elements.iter().enumerate().find_map(|(index, element)| {
            first_unknown(element, at.clone().step(Step::position(index)))
        }),
        Value::Map(elements) => elements
            .iter()
            .find_map(|(name, value)| first_unknown(value, at.clone().attribute(name))),
        _ => None,
    }
}
