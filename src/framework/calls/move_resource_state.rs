//! `MoveResourceState`: the state of another provider's type becomes one of ours.

use super::{DynamicValue, identity};
use crate::apply::reconcile::{NOTHING_KNOWN, reconcile};
use crate::context::{Failure, Private};
use crate::dyn_types::panic;
use crate::server::Server;
use crate::traits::{MoveOrigin, MoveSource};
use vocabulary::{Diagnostic, Diagnostics};

/// The state of another type.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The address of the provider that wrote it.
    pub source_provider_address: String,
    /// The type that it was.
    pub source_type_name: String,
    /// The version of that type's schema.
    pub source_schema_version: i64,
    /// The state, as JSON.
    pub source_state: Vec<u8>,
    /// The memory of the object.
    pub source_private: Vec<u8>,
    /// The type that it is to be.
    pub target_type_name: String,
}

/// The state as one of our types.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The state; null with errors.
    pub target_state: DynamicValue,
    /// The memory of the object.
    pub target_private: Vec<u8>,
    /// Its identity, if it has one.
    pub target_identity: Option<DynamicValue>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Server {
    /// Answers `MoveResourceState`. The provider need not be configured; the client reads the
    /// object next.
    pub async fn move_resource_state(&self, request: Request) -> Response {
        let answer = panic::catch_async(async { self.try_move_state(&request) }).await;
        answer.unwrap_or_else(|failure| Response {
            diagnostics: self.secrets().redact_all(failure.into_diagnostics()),
            ..Response::default()
        })
    }

    fn try_move_state(&self, request: &Request) -> Result<Response, Failure> {
        let resource = self.resource(&request.target_type_name)?;
        let (address, name) = (&request.source_provider_address, &request.source_type_name);
        let origin = resource.move_from().iter().find(|origin| origin.is(address, name));
        let unsupported = || unsupported_error(request, resource.move_from());
        let source = MoveSource {
            origin: *origin.ok_or_else(unsupported)?,
            schema_version: request.source_schema_version,
            state: serde_json::from_slice(&request.source_state)
                .map_err(|error| unreadable_error(request, &error))?,
        };
        let mut private = Private::default();
        let model = resource.move_state(&source, &mut private)?.ok_or_else(unsupported)?;
        let schema = resource.schema();
        let state = reconcile(schema.body(), NOTHING_KNOWN, &model);
        Ok(Response {
            target_identity: identity::from_state(schema, &state, None),
            target_state: DynamicValue::encode(&state, schema)?,
            target_private: private.into_bytes(),
            diagnostics: Diagnostics::new(),
        })
    }
}

fn unsupported_error(request: &Request, supported: &[MoveOrigin]) -> Diagnostic {
    let (source, target) = (&request.source_type_name, &request.target_type_name);
    let names: Vec<_> = supported.iter().map(|origin| origin.type_name).collect();
    let others = match names.join(", ") {
        names if names.is_empty() => String::new(),
        names => format!(" It takes over {names}."),
    };
    Diagnostic::error("Move is not supported").detail(format!(
        "A {source} of {} cannot become a {target}.{others} Import the object instead, and remove \
         the old one from the state with a `removed` block.",
        request.source_provider_address,
    ))
}

fn unreadable_error(request: &Request, error: &serde_json::Error) -> Diagnostic {
    // The parser's own words may quote the state, which may hold secrets.
    Diagnostic::error("State to be moved cannot be read").detail(format!(
        "The state of the {} is no JSON object (line {}, column {}).",
        request.source_type_name,
        error.line(),
        error.column(),
    ))
}
