//! `ApplyResourceChange`: what was planned is made true, and what is true is said.

use std::time::Instant;

use super::deadline::deadline;
use super::{DynamicValue, identity};
use crate::apply::reconcile::reconcile;
use crate::apply::{pin_planned_computed, verify_result, with_write_only_values};
use crate::context::{Failure, Private};
use crate::dyn_types::{CallContext, DynResource, Outcome, panic};
use crate::plan::changed_names;
use crate::schema::Schema;
use crate::schema::timeouts::Operation;
use crate::secrets::Secrets;
use crate::server::Server;
use crate::value::Value;
use vocabulary::{Diagnostic, Diagnostics, Severity};

/// How to keep what a create has made before it failed.
const UNTAINT: &str = "What was made is in the state, and Terraform marks it as tainted: the next \
                       plan replaces it. To keep it instead, untaint it, then apply \
                       again:\n\n  terraform untaint ADDRESS";

/// What is and what was planned.
#[derive(Clone, Debug)]
pub struct Request {
    /// Full name of the type.
    pub type_name: String,
    /// The state; null in a create.
    pub prior_state: DynamicValue,
    /// The plan; null in a delete.
    pub planned_state: DynamicValue,
    /// As the user wrote it, wholly known; null in a delete.
    pub config: DynamicValue,
    /// The memory that the plan gave.
    pub planned_private: Vec<u8>,
    /// The identity that the plan gave.
    pub planned_identity: Option<DynamicValue>,
    /// When the call began.
    pub began: Instant,
}

/// What is true now. State and diagnostics leave together.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// Null: there is no object.
    pub new_state: DynamicValue,
    /// The memory of the object.
    pub private: Vec<u8>,
    /// Its identity, if it has one.
    pub new_identity: Option<DynamicValue>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Server {
    /// Answers `ApplyResourceChange`: a create, an update or a delete, by what is null.
    pub async fn apply_resource_change(&self, request: Request) -> Response {
        // What is left of the object if all else fails: what was there before.
        let mut before = Response {
            new_state: request.prior_state.clone(),
            private: request.planned_private.clone(),
            new_identity: None,
            diagnostics: Diagnostics::new(),
        };
        if !before.new_state.is_null() {
            before.new_identity.clone_from(&request.planned_identity);
        }
        let secrets = self.secrets();
        let applied = panic::catch_async(self.try_apply(request, &before, &secrets)).await;
        let response = match applied {
            Ok(response) => response,
            Err(failure) => Response { diagnostics: failure.into_diagnostics(), ..before },
        };
        Response { diagnostics: secrets.redact_all(response.diagnostics), ..response }
    }

    async fn try_apply(
        &self, request: Request, before: &Response, secrets: &Secrets,
    ) -> Result<Response, Failure> {
        let resource = self.resource(&request.type_name)?;
        let schema = resource.schema();
        let prior = request.prior_state.decode(schema)?;
        let planned = request.planned_state.decode(schema)?;
        let config = request.config.decode(schema)?;
        for value in [&prior, &planned, &config] {
            secrets.collect(schema.body(), value);
        }
        let operation = match (prior.is_null(), planned.is_null()) {
            (_, true) => Operation::Delete,
            (true, false) => Operation::Create,
            (false, false) => Operation::Update,
        };
        let with_timeouts = if planned.is_null() { &prior } else { &planned };
        let deadline = deadline(schema, operation, with_timeouts, request.began);
        let mut private = Private::from_bytes(request.planned_private);
        let replaced = private.take_replaced();
        if !planned.is_null() {
            private.remember_written(&written_names(schema, &config));
        }
        let call = CallContext { private, deadline, stop: self.token(), replaced };
        let identity = request.planned_identity;
        let apply = Apply { resource, prior, planned, config, identity, secrets };
        match operation {
            Operation::Create | Operation::Read => {
                apply.create(call).await.map(with_untaint_advice)
            }
            Operation::Update => apply.update(call).await,
            Operation::Delete => Ok(apply.delete(call, before).await),
        }
    }
}

/// The attributes that the user wrote, of those that remember it.
fn written_names(schema: &Schema, config: &Value) -> Vec<&'static str> {
    let remembered = schema.attributes().iter().filter(|each| each.remembers_written);
    let names = remembered.map(|each| each.name);
    names.filter(|name| config.get(name).is_some_and(|value| !value.is_null())).collect()
}

struct Apply<'a> {
    resource: &'a dyn DynResource,
    prior: Value,
    planned: Value,
    config: Value,
    identity: Option<DynamicValue>,
    secrets: &'a Secrets,
}

impl Apply<'_> {
    async fn create(self, call: CallContext) -> Result<Response, Failure> {
        let mut outcome = self.resource.create(call, self.with_write_only_values()).await;
        let is_resumable = outcome.failure.as_ref().is_some_and(Failure::is_resumable);
        let mut diagnostics = std::mem::take(&mut outcome.diagnostics);
        match outcome.failure.take() {
            // An error would taint what was made, and the next apply could not resume it.
            Some(failure) if is_resumable && outcome.saved.is_some() => {
                diagnostics.extend(failure.into_diagnostics().into_iter().map(as_warning));
                return self.respond(None, outcome, diagnostics);
            }
            Some(failure) => diagnostics.extend(failure.into_diagnostics()),
            None if outcome.saved.is_none() => {
                diagnostics.push(not_saved());
                outcome.saved = Some(self.planned.clone());
            }
            None => {}
        }
        self.respond(None, outcome, diagnostics)
    }

    async fn update(self, call: CallContext) -> Result<Response, Failure> {
        if changed_names(self.resource.schema(), &self.prior, &self.planned).is_empty() {
            // What changes is Terraform's alone.
            let outcome = Outcome::without_call(self.planned.clone(), call.private);
            return self.respond(None, outcome, Diagnostics::new());
        }
        let mut outcome =
            self.resource.update(call, self.prior.clone(), self.with_write_only_values()).await;
        let mut diagnostics = std::mem::take(&mut outcome.diagnostics);
        match outcome.failure.take() {
            Some(failure) => diagnostics.extend(failure.into_diagnostics()),
            None if outcome.saved.is_none() => diagnostics.push(not_saved()),
            None => return self.respond(None, outcome, diagnostics),
        }
        // What is true now is a mix of what was and what was planned, and so is what the user has
        // said of it.
        outcome.saved.get_or_insert_with(|| self.prior.clone());
        self.respond(Some(&self.prior), outcome, diagnostics)
    }

    async fn delete(self, call: CallContext, before: &Response) -> Response {
        let new_identity =
            identity::from_state(self.resource.schema(), &self.prior, self.identity.as_ref());
        let outcome = self.resource.delete(call, self.prior).await;
        let mut diagnostics = outcome.diagnostics;
        let Some(failure) = outcome.failure else {
            return Response { diagnostics, ..Response::default() };
        };
        diagnostics.extend(failure.into_diagnostics());
        Response {
            private: outcome.private.into_bytes(),
            new_identity,
            diagnostics,
            ..before.clone()
        }
    }

    /// The plan with the write-only values, which only the configuration has.
    fn with_write_only_values(&self) -> Value {
        with_write_only_values(self.resource.schema().body(), &self.config, &self.planned)
    }

    fn respond(
        &self, earlier: Option<&Value>, mut outcome: Outcome, mut diagnostics: Diagnostics,
    ) -> Result<Response, Failure> {
        let schema = self.resource.schema();
        outcome.redact(schema, self.secrets);
        let private = outcome.private.into_bytes();
        let Some(saved) = outcome.saved else {
            return Ok(Response { private, diagnostics, ..Response::default() });
        };
        let mut state = reconcile(schema.body(), [Some(&self.planned), earlier], &saved);
        if !diagnostics.has_errors() {
            pin_planned_computed(schema, &self.planned, &mut state);
            diagnostics.extend(verify_result(schema, &self.planned, &state));
        }
        let new_identity = identity::from_state(schema, &state, self.identity.as_ref());
        let new_state = DynamicValue::encode(&state, schema)?;
        Ok(Response { new_state, private, new_identity, diagnostics })
    }
}

/// An error of a create taints what is in the state by then, and only a user can take that back.
fn with_untaint_advice(response: Response) -> Response {
    let has_advice = |it: &Diagnostic| it.detail.contains("terraform untaint");
    let last_error = response.diagnostics.iter().rposition(Diagnostic::is_error);
    let Some(last_error) = last_error.filter(|_| !response.new_state.is_null()) else {
        return response;
    };
    if response.diagnostics.iter().any(has_advice) {
        return response;
    }
    let diagnostics = response.diagnostics.into_iter().enumerate().map(|(at, diagnostic)| {
        let detail = match at == last_error {
            true if diagnostic.detail.is_empty() => UNTAINT.to_owned(),
            true => format!("{}\n\n{UNTAINT}", diagnostic.detail),
            false => diagnostic.detail,
        };
        Diagnostic { detail, ..diagnostic }
    });
    Response { diagnostics: diagnostics.collect(), ..response }
}

fn as_warning(diagnostic: Diagnostic) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..diagnostic }
}

fn not_saved() -> Diagnostic {
    Diagnostic::error("Result was not saved").detail(
        "The call ended well and said nothing of the object.\n\n\
         This is a bug in the provider, which should be reported in its issue tracker.",
    )
}
