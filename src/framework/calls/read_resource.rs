//! `ReadResource`: what the state says, made true again.

use std::time::Instant;

use super::deadline::deadline;
use super::{Capabilities, DynamicValue, identity};
use crate::apply::reconcile::{NOTHING_KNOWN, reconcile};
use crate::context::{Failure, Private};
use crate::dyn_types::{CallContext, DynResource, Outcome, panic};
use crate::schema::timeouts::Operation;
use crate::secrets::Secrets;
use crate::server::Server;
use crate::traits::NotConfigured;
use crate::value::Value;
use vocabulary::{Diagnostic, Diagnostics};

/// The state of one object.
#[derive(Clone, Debug)]
pub struct Request {
    /// Full name of the type.
    pub type_name: String,
    /// The state; after an import only its keys.
    pub current_state: DynamicValue,
    /// The memory of the object.
    pub private: Vec<u8>,
    /// Its identity, if it has one.
    pub current_identity: Option<DynamicValue>,
    /// What the client can do.
    pub capabilities: Capabilities,
    /// When the call began.
    pub began: Instant,
}

/// The state as it is.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// Null: the object is gone. With errors, the state as it came.
    pub new_state: DynamicValue,
    /// The memory of the object.
    pub private: Vec<u8>,
    /// Its identity, if it has one.
    pub new_identity: Option<DynamicValue>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Server {
    /// Answers `ReadResource`.
    pub async fn read_resource(&self, request: Request) -> Response {
        let echo = Response {
            new_state: request.current_state.clone(),
            private: request.private.clone(),
            new_identity: request.current_identity.clone(),
            diagnostics: Diagnostics::new(),
        };
        let secrets = self.secrets_of_reading();
        let result =
            panic::catch_async(self.try_read_resource(request, echo.clone(), &secrets)).await;
        let response = match result {
            Ok(response) => response,
            Err(failure) => Response { diagnostics: failure.into_diagnostics(), ..echo },
        };
        Response { diagnostics: secrets.redact_all(response.diagnostics), ..response }
    }

    async fn try_read_resource(
        &self, request: Request, echo: Response, secrets: &Secrets,
    ) -> Result<Response, Failure> {
        let resource = self.resource(&request.type_name)?;
        let state = request.current_state.decode(resource.schema())?;
        secrets.collect(resource.schema().body(), &state);
        if state.is_null() {
            return Ok(echo);
        }
        if let Some(NotConfigured::Unknown(at)) = self.provider().not_configured() {
            return Ok(Response { diagnostics: not_refreshed(&at.to_string()).into(), ..echo });
        }
        let mut private = Private::from_bytes(request.private);
        let imported = private.take_imported();
        let deadline = deadline(resource.schema(), Operation::Read, &state, request.began);
        let call = CallContext { private, deadline, stop: self.token(), replaced: false };
        let mut outcome = resource.read(call, state.clone()).await;
        outcome.redact(resource.schema(), secrets);
        respond(resource, &state, imported, outcome, echo)
    }
}

fn respond(
    resource: &dyn DynResource, state: &Value, imported: bool, outcome: Outcome, echo: Response,
) -> Result<Response, Failure> {
    let mut diagnostics = outcome.diagnostics;
    if let Some(failure) = outcome.failure {
        diagnostics.extend(failure.into_diagnostics());
        return Ok(Response { diagnostics, ..echo });
    }
    let Some(response) = outcome.saved else {
        return Ok(Response { diagnostics, ..Response::default() });
    };
    let known = if imported { NOTHING_KNOWN } else { [Some(state), None] };
    let state_now = reconcile(resource.schema().body(), known, &response);
    let new_identity =
        identity::from_state(resource.schema(), &state_now, echo.new_identity.as_ref());
    let new_state = DynamicValue::encode(&state_now, resource.schema())?;
    Ok(Response { new_state, private: outcome.private.into_bytes(), new_identity, diagnostics })
}

fn not_refreshed(at: &str) -> Diagnostic {
    Diagnostic::warning("State is not refreshed").detail(format!(
        "The provider block is not known yet: `{}` depends on something that is not applied. The \
         plan takes the state as it was stored.",
        at.trim_start_matches('.'),
    ))
}
