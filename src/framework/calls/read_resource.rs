//! `ReadResource`: what the state says, made true again.

use std::time::Instant;

use super::Capabilities;
use super::deadline::deadline;
use crate::answer;
use crate::caught::caught;
use crate::dynamic_value::DynamicValue;
use crate::erased::{Call, Ended, ResourceTwin};
use crate::failure::Failure;
use crate::identity;
use crate::private::Private;
use crate::provider::Unready;
use crate::secrets::Secrets;
use crate::server::Server;
use crate::timeouts::Operation;
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
        let read = caught(self.read(request, echo.clone(), &secrets)).await;
        let response = match read.and_then(|answer| answer) {
            Ok(response) => response,
            Err(failure) => Response { diagnostics: failure.into_diagnostics(), ..echo },
        };
        Response { diagnostics: secrets.redact_all(response.diagnostics), ..response }
    }

    async fn read(
        &self, request: Request, echo: Response, secrets: &Secrets,
    ) -> Result<Response, Failure> {
        let twin = self.resource(&request.type_name)?;
        let state = request.current_state.open(twin.schema())?;
        secrets.collect(twin.schema().body(), &state);
        if state.is_null() {
            return Ok(echo);
        }
        if let Some(Unready::Unknown(at)) = self.provider().unready() {
            return Ok(Response { diagnostics: not_refreshed(&at.to_string()).into(), ..echo });
        }
        let mut private = Private::open(request.private);
        let imported = private.take_imported();
        let deadline = deadline(twin.schema(), Operation::Read, &state, request.began);
        let call = Call { private, deadline, stop: self.token(), replaced: false };
        let mut ended = twin.read(call, state.clone()).await;
        ended.redact(twin.schema(), secrets);
        found(twin, &state, imported, ended, echo)
    }
}

fn found(
    twin: &dyn ResourceTwin, state: &Value, imported: bool, ended: Ended, echo: Response,
) -> Result<Response, Failure> {
    let mut diagnostics = ended.diagnostics;
    if let Some(failure) = ended.failure {
        diagnostics.extend(failure.into_diagnostics());
        return Ok(Response { diagnostics, ..echo });
    }
    let Some(answered) = ended.saved else {
        return Ok(Response { diagnostics, ..Response::default() });
    };
    let told = if imported { answer::NOTHING } else { [Some(state), None] };
    let settled = answer::settle(twin.schema().body(), told, &answered);
    let new_identity = identity::of(twin.schema(), &settled, echo.new_identity.as_ref());
    let new_state = DynamicValue::of(&settled, twin.schema())?;
    Ok(Response { new_state, private: ended.private.close(), new_identity, diagnostics })
}

fn not_refreshed(at: &str) -> Diagnostic {
    Diagnostic::warning("State is not refreshed").detail(format!(
        "The provider block is not known yet: `{}` depends on something that is not applied. The \
         plan takes the state as it was stored.",
        at.trim_start_matches('.'),
    ))
}
