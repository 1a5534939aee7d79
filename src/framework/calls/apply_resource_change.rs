//! `ApplyResourceChange`: what was planned is made true, and what is true is said.

use std::time::Instant;

use super::deadline::deadline;
use crate::answer;
use crate::apply::{hold, verify, with_secrets};
use crate::caught::caught;
use crate::dynamic_value::DynamicValue;
use crate::erased::{Call, Ended, ResourceTwin};
use crate::failure::Failure;
use crate::identity;
use crate::plan::changes;
use crate::private::Private;
use crate::schema::Schema;
use crate::secrets::Secrets;
use crate::server::Server;
use crate::timeouts::Operation;
use crate::value::Value;
use vocabulary::{Diagnostic, Diagnostics, Severity};

/// How to keep what a create has made before it failed.
const UNTAINT: &str = "What was made is in the state, and Terraform marks it as tainted: the next \
                       plan replaces it. To keep it instead, take the mark off, then apply \
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
        let applied = caught(self.applied(request, &before, &secrets)).await;
        let response = match applied.and_then(|answer| answer) {
            Ok(response) => response,
            Err(failure) => Response { diagnostics: failure.into_diagnostics(), ..before },
        };
        Response { diagnostics: secrets.redact_all(response.diagnostics), ..response }
    }

    async fn applied(
        &self, request: Request, before: &Response, secrets: &Secrets,
    ) -> Result<Response, Failure> {
        let twin = self.resource(&request.type_name)?;
        let schema = twin.schema();
        let prior = request.prior_state.open(schema)?;
        let planned = request.planned_state.open(schema)?;
        let config = request.config.open(schema)?;
        for value in [&prior, &planned, &config] {
            secrets.collect(schema.body(), value);
        }
        let operation = match (prior.is_null(), planned.is_null()) {
            (_, true) => Operation::Delete,
            (true, false) => Operation::Create,
            (false, false) => Operation::Update,
        };
        let timed = if planned.is_null() { &prior } else { &planned };
        let deadline = deadline(schema, operation, timed, request.began);
        let mut private = Private::open(request.planned_private);
        let replaced = private.take_replaced();
        if !planned.is_null() {
            private.remember_written(&written(schema, &config));
        }
        let call = Call { private, deadline, stop: self.token(), replaced };
        let identity = request.planned_identity;
        let change = Change { twin, prior, planned, config, identity, secrets };
        match operation {
            Operation::Create | Operation::Read => change.create(call).await.map(with_way_out),
            Operation::Update => change.update(call).await,
            Operation::Delete => Ok(change.delete(call, before).await),
        }
    }
}

/// The attributes that the user wrote, of those that remember it.
fn written(schema: &Schema, config: &Value) -> Vec<&'static str> {
    let remembered = schema.attributes().iter().filter(|each| each.remembers_written);
    let names = remembered.map(|each| each.name);
    names.filter(|name| config.get(name).is_some_and(|value| !value.is_null())).collect()
}

struct Change<'a> {
    twin: &'a dyn ResourceTwin,
    prior: Value,
    planned: Value,
    config: Value,
    identity: Option<DynamicValue>,
    secrets: &'a Secrets,
}

impl Change<'_> {
    async fn create(self, call: Call) -> Result<Response, Failure> {
        let mut ended = self.twin.create(call, self.with_secrets()).await;
        let resumable = ended.failure.as_ref().is_some_and(Failure::is_resumable);
        let mut diagnostics = std::mem::take(&mut ended.diagnostics);
        match ended.failure.take() {
            // An error would taint what was made, and the next apply could not resume it.
            Some(failure) if resumable && ended.saved.is_some() => {
                diagnostics.extend(failure.into_diagnostics().into_iter().map(warning));
                return self.answer(None, ended, diagnostics);
            }
            Some(failure) => diagnostics.extend(failure.into_diagnostics()),
            None if ended.saved.is_none() => {
                diagnostics.push(not_saved());
                ended.saved = Some(self.planned.clone());
            }
            None => {}
        }
        self.answer(None, ended, diagnostics)
    }

    async fn update(self, call: Call) -> Result<Response, Failure> {
        if changes(self.twin.schema(), &self.prior, &self.planned).is_empty() {
            // What changes is Terraform's alone.
            let ended = Ended::without_call(self.planned.clone(), call.private);
            return self.answer(None, ended, Diagnostics::new());
        }
        let mut ended = self.twin.update(call, self.prior.clone(), self.with_secrets()).await;
        let mut diagnostics = std::mem::take(&mut ended.diagnostics);
        match ended.failure.take() {
            Some(failure) => diagnostics.extend(failure.into_diagnostics()),
            None if ended.saved.is_none() => diagnostics.push(not_saved()),
            None => return self.answer(None, ended, diagnostics),
        }
        // What is true now is a mix of what was and what was planned, and so is what the user has
        // said of it.
        ended.saved.get_or_insert_with(|| self.prior.clone());
        self.answer(Some(&self.prior), ended, diagnostics)
    }

    async fn delete(self, call: Call, before: &Response) -> Response {
        let new_identity = identity::of(self.twin.schema(), &self.prior, self.identity.as_ref());
        let ended = self.twin.delete(call, self.prior).await;
        let mut diagnostics = ended.diagnostics;
        let Some(failure) = ended.failure else {
            return Response { diagnostics, ..Response::default() };
        };
        diagnostics.extend(failure.into_diagnostics());
        Response { private: ended.private.close(), new_identity, diagnostics, ..before.clone() }
    }

    /// The plan with the write-only values, which only the configuration has.
    fn with_secrets(&self) -> Value {
        with_secrets(self.twin.schema().body(), &self.config, &self.planned)
    }

    fn answer(
        &self, earlier: Option<&Value>, mut ended: Ended, mut diagnostics: Diagnostics,
    ) -> Result<Response, Failure> {
        let schema = self.twin.schema();
        ended.redact(schema, self.secrets);
        let private = ended.private.close();
        let Some(saved) = ended.saved else {
            return Ok(Response { private, diagnostics, ..Response::default() });
        };
        let mut settled = answer::settle(schema.body(), [Some(&self.planned), earlier], &saved);
        if !diagnostics.has_errors() {
            hold(schema, &self.planned, &mut settled);
            diagnostics.extend(verify::result(schema, &self.planned, &settled));
        }
        let new_identity = identity::of(schema, &settled, self.identity.as_ref());
        let new_state = DynamicValue::of(&settled, schema)?;
        Ok(Response { new_state, private, new_identity, diagnostics })
    }
}

/// An error of a create taints what is in the state by then, and only a user can take that back.
fn with_way_out(response: Response) -> Response {
    let is_said = |it: &Diagnostic| it.detail.contains("terraform untaint");
    let last_error = response.diagnostics.iter().rposition(Diagnostic::is_error);
    let Some(last_error) = last_error.filter(|_| !response.new_state.is_null()) else {
        return response;
    };
    if response.diagnostics.iter().any(is_said) {
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

fn warning(diagnostic: Diagnostic) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..diagnostic }
}

fn not_saved() -> Diagnostic {
    Diagnostic::error("Result was not saved").detail(
        "The call ended well and said nothing of the object.\n\n\
         This is a bug in the provider, which should be reported in its issue tracker.",
    )
}
