//! `MoveResourceState`: the state of another provider's type becomes one of ours.

use crate::closed::Closed;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::server::Server;

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
    pub target_state: Closed,
    /// The memory of the object.
    pub target_private: Vec<u8>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Server {
    /// Answers `MoveResourceState`: no type takes another's state over.
    #[expect(clippy::unused_async, reason = "all calls are awaited alike")]
    pub async fn move_resource_state(&self, request: Request) -> Response {
        let error = Diagnostic::error("Move is not supported").detail(format!(
            "A {} cannot become a {}. Import the object instead, and remove the old one from the \
             state with a `removed` block.",
            request.source_type_name, request.target_type_name,
        ));
        Response { diagnostics: error.into(), ..Response::default() }
    }
}
