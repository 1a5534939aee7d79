//! `PlanResourceChange`: what will be, as far as that is known.

use std::time::Instant;

use super::deadline::deadline;
use super::{Capabilities, DynamicValue, identity};
use crate::context::{Failure, Private};
use crate::dyn_types::{CallContext, DynResource, panic};
use crate::plan::{PlannedChange, Planner, PreserveScope, Replacement};
use crate::schema::timeouts::Operation;
use crate::secrets::Secrets;
use crate::server::Server;
use crate::traits::NotConfigured;
use crate::value::Value;
use vocabulary::{Diagnostic, Diagnostics, Path};

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
    /// Answers `PlanResourceChange`: the same plan to the same request, always. Where a user asked for
    /// a look at what the plan would meet, the diagnostics tell what was found by then.
    pub async fn plan_resource_change(&self, request: Request) -> Response {
        let secrets = self.secrets();
        let answer = panic::catch_async(self.try_plan(request, &secrets)).await;
        let response = answer.unwrap_or_else(|failure| Response {
            diagnostics: failure.into_diagnostics(),
            ..Response::default()
        });
        Response { diagnostics: secrets.redact_all(response.diagnostics), ..response }
    }

    async fn try_plan(&self, request: Request, secrets: &Secrets) -> Result<Response, Failure> {
        let resource = self.resource(&request.type_name)?;
        let schema = resource.schema();
        let prior = request.prior_state.decode(schema)?;
        secrets.collect(schema.body(), &prior);
        if request.proposed_new_state.is_null() {
            let diagnostics = plan_destroy(resource, &prior);
            let (planned_private, planned_identity) =
                (request.prior_private, request.prior_identity);
            return Ok(Response {
                planned_private,
                planned_identity,
                diagnostics,
                ..Response::default()
            });
        }
        let planner = Planner {
            resource,
            type_name: &request.type_name,
            config: request.config.decode(schema)?,
            prior: Some(prior).filter(|prior| !prior.is_null()),
            preserve: PreserveScope::for_terraform(&self.terraform_version()),
        };
        secrets.collect(schema.body(), &planner.config);
        let private = Private::from_bytes(request.prior_private);
        let mut change = planner.plan(&private)?;
        if !change.diagnostics.has_errors() {
            let found = self.check_plan(&planner, &change, &private, request.began).await?;
            change.diagnostics.extend(found);
        }
        if change.diagnostics.has_errors() {
            return Ok(Response { diagnostics: change.diagnostics, ..Response::default() });
        }
        let is_create = planner.prior.is_none();
        respond(resource, change, private, is_create, request.prior_identity.as_ref())
    }

    /// What the plan would meet, if it changes something and a user asked for a look.
    async fn check_plan(
        &self, planner: &Planner<'_>, plan: &PlannedChange, private: &Private, began: Instant,
    ) -> Result<Diagnostics, Failure> {
        let (resource, state) = (planner.resource, &plan.state);
        // Core plans a replacement once more, as a create, and shows no warning of that plan.
        let is_second_plan = planner.prior.is_none() && private.is_replaced();
        let is_no_change = planner.prior.as_ref() == Some(state);
        if is_no_change || is_second_plan || !plan.wants_check {
            return Ok(Diagnostics::new());
        }
        if let Some(NotConfigured::Unknown(at)) = self.provider().not_configured() {
            return Ok(not_checked(&at).into());
        }
        let deadline = deadline(resource.schema(), Operation::Read, state, began);
        let private = private.clone();
        let call = CallContext { private, deadline, stop: self.token(), replaced: false };
        let prior = planner.prior.clone().filter(|_| plan.replacements.is_empty());
        let outcome = resource.check_plan(call, prior, state.clone()).await;
        let mut found = outcome.diagnostics;
        found.extend(outcome.failure.into_iter().flat_map(Failure::into_diagnostics));
        Ok(found)
    }
}

fn not_checked(at: &Path) -> Diagnostic {
    Diagnostic::warning("Plan is not checked").detail(format!(
        "The provider block is not known yet: `{}` depends on something that is not applied. \
         Nothing was looked at beyond the configuration and the state.",
        at.to_reference(),
    ))
}

fn plan_destroy(resource: &dyn DynResource, prior: &Value) -> Diagnostics {
    if prior.is_null() { Diagnostics::new() } else { resource.plan_destroy(prior) }
}

fn respond(
    resource: &dyn DynResource, change: PlannedChange, private: Private, is_create: bool,
    stored_identity: Option<&DynamicValue>,
) -> Result<Response, Failure> {
    let mut requires_replace: Vec<Path> = Vec::new();
    for Replacement { path, .. } in change.replacements {
        if !requires_replace.contains(&path) {
            requires_replace.push(path);
        }
    }
    // What an old object was doing is not the new one's, and the delete half is told what it
    // belongs to. A tainted object has only this half of a plan: core plans it as a create.
    let is_new_object = is_create || !requires_replace.is_empty();
    let private = if is_new_object { private.for_replacement(&change.handed_on) } else { private };
    Ok(Response {
        planned_state: DynamicValue::encode(&change.state, resource.schema())?,
        requires_replace,
        planned_private: private.into_bytes(),
        planned_identity: identity::from_state(resource.schema(), &change.state, stored_identity),
        diagnostics: change.diagnostics,
    })
}
