//! `PlanResourceChange`: what will be, as far as that is known.

use std::time::Instant;

use super::Capabilities;
use super::deadline::deadline;
use crate::caught::caught;
use crate::dynamic_value::DynamicValue;
use crate::erased::{Call, ResourceTwin};
use crate::failure::Failure;
use crate::identity;
use crate::plan::{Change, Planned, Replacement, Units};
use crate::private::Private;
use crate::secrets::Secrets;
use crate::server::Server;
use crate::timeouts::Operation;
use crate::value::Value;
use vocabulary::{Diagnostics, Path};

/// What is and what the user wants.
#[derive(Clone, Debug)]
pub struct Request {
    /// Full name of the type.
    pub type_name: String,
    /// The state; null in a create, and in the second plan of a replacement.
    pub prior_state: DynamicValue,
    /// What core proposes; null in a destroy. Only that is read: the rest follows from the others.
    pub proposed_new_state: DynamicValue,
    /// As the user wrote it; anything may be unknown.
    pub config: DynamicValue,
    /// The memory of the object.
    pub prior_private: Vec<u8>,
    /// Its identity, if it has one.
    pub prior_identity: Option<DynamicValue>,
    /// What the client can do.
    pub capabilities: Capabilities,
    /// When the call began.
    pub began: Instant,
}

/// The plan.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// What will be; null in a destroy and with errors.
    pub planned_state: DynamicValue,
    /// What makes it a replacement.
    pub requires_replace: Vec<Path>,
    /// The memory that the apply is given.
    pub planned_private: Vec<u8>,
    /// Its identity, if it has one.
    pub planned_identity: Option<DynamicValue>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Server {
    /// Answers `PlanResourceChange`: the same to the same request, always.
    pub async fn plan_resource_change(&self, request: Request) -> Response {
        let secrets = self.secrets();
        let answer = caught(self.planned(request, &secrets)).await.and_then(|answer| answer);
        let response = answer.unwrap_or_else(|failure| Response {
            diagnostics: failure.into_diagnostics(),
            ..Response::default()
        });
        Response { diagnostics: secrets.redact_all(response.diagnostics), ..response }
    }

    async fn planned(&self, request: Request, secrets: &Secrets) -> Result<Response, Failure> {
        let twin = self.resource(&request.type_name)?;
        let schema = twin.schema();
        let prior = request.prior_state.open(schema)?;
        secrets.collect(schema.body(), &prior);
        if request.proposed_new_state.is_null() {
            return Ok(Response {
                planned_identity: request.prior_identity,
                ..destroyed(twin, &prior, request.prior_private)
            });
        }
        let change = Change {
            twin,
            type_name: &request.type_name,
            config: request.config.open(schema)?,
            prior: Some(prior).filter(|prior| !prior.is_null()),
            units: Units::of(&self.terraform_version()),
        };
        secrets.collect(schema.body(), &change.config);
        let private = Private::open(request.prior_private);
        let mut plan = change.plan(&private)?;
        if plan.diagnostics.has_errors() {
            return Ok(Response { diagnostics: plan.diagnostics, ..Response::default() });
        }
        let deadline = deadline(schema, Operation::Read, &plan.state, request.began);
        let call = Call { private: private.clone(), deadline, stop: self.token(), replaced: false };
        plan.diagnostics.extend(twin.inspect(call, plan.state.clone()).await);
        let creates = change.prior.is_none();
        answer(twin, plan, private, creates, request.prior_identity.as_ref())
    }
}

fn destroyed(twin: &dyn ResourceTwin, prior: &Value, private: Vec<u8>) -> Response {
    let diagnostics = if prior.is_null() { Diagnostics::new() } else { twin.plan_destroy(prior) };
    Response { planned_private: private, diagnostics, ..Response::default() }
}

fn answer(
    twin: &dyn ResourceTwin, plan: Planned, private: Private, creates: bool,
    stored: Option<&DynamicValue>,
) -> Result<Response, Failure> {
    let mut requires_replace: Vec<Path> = Vec::new();
    for Replacement { path, .. } in plan.replacements {
        if !requires_replace.contains(&path) {
            requires_replace.push(path);
        }
    }
    // What an old object was doing is not the new one's, and the delete half is told what it
    // belongs to. A tainted object has only this half of a plan: core plans it as a create.
    let replaced = creates || !requires_replace.is_empty();
    let private = if replaced { private.replaced() } else { private };
    Ok(Response {
        planned_state: DynamicValue::of(&plan.state, twin.schema())?,
        requires_replace,
        planned_private: private.close(),
        planned_identity: identity::of(twin.schema(), &plan.state, stored),
        diagnostics: plan.diagnostics,
    })
}
