//! `PlanResourceChange`: what will be, as far as that is known.

use std::time::Instant;

use super::Capabilities;
use super::deadline::deadline;
use crate::caught::caught;
use crate::closed::Closed;
use crate::diagnostic::Diagnostics;
use crate::erased::{Call, Draft, ResourceTwin};
use crate::failure::Failure;
use crate::path::Path;
use crate::plan::{Replacement, Units, keep, mark, propose, replacements, verify, warn};
use crate::private::Private;
use crate::server::Server;
use crate::timeouts::Operation;
use crate::value::Value;

/// What is and what the user wants.
#[derive(Clone, Debug)]
pub struct Request {
    /// Full name of the type.
    pub type_name: String,
    /// The state; null in a create, and in the second plan of a replacement.
    pub prior_state: Closed,
    /// What core proposes; null in a destroy. Only that is read: the rest follows from the others.
    pub proposed_new_state: Closed,
    /// As the user wrote it; anything may be unknown.
    pub config: Closed,
    /// The memory of the object.
    pub prior_private: Vec<u8>,
    /// Its identity, if it has one.
    pub prior_identity: Option<Closed>,
    /// What the client can do.
    pub capabilities: Capabilities,
    /// When the call began.
    pub began: Instant,
}

/// The plan.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// What will be; null in a destroy and with errors.
    pub planned_state: Closed,
    /// What makes it a replacement.
    pub requires_replace: Vec<Path>,
    /// The memory that the apply is given.
    pub planned_private: Vec<u8>,
    /// Its identity, if it has one.
    pub planned_identity: Option<Closed>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Server {
    /// Answers `PlanResourceChange`: the same to the same request, always.
    pub async fn plan_resource_change(&self, request: Request) -> Response {
        let identity = request.prior_identity.clone();
        let answer = caught(self.planned(request)).await.and_then(|answer| answer);
        let response = answer.unwrap_or_else(|failure| Response {
            diagnostics: failure.into_diagnostics(),
            ..Response::default()
        });
        Response { planned_identity: identity, ..response }
    }

    async fn planned(&self, request: Request) -> Result<Response, Failure> {
        let twin = self.resource(&request.type_name)?;
        let schema = twin.schema();
        let prior = request.prior_state.open(schema)?;
        if request.proposed_new_state.open(schema)?.is_null() {
            return Ok(destroyed(twin, &prior, request.prior_private));
        }
        let config = request.config.open(schema)?;
        let prior = Some(prior).filter(|prior| !prior.is_null());
        let private = Private::open(request.prior_private);
        let change = Change { twin, config, prior, units: Units::of(&self.terraform_version()) };
        let mut plan = change.plan(&private)?;
        if plan.diagnostics.has_errors() {
            return Ok(Response { diagnostics: plan.diagnostics, ..Response::default() });
        }
        let deadline = deadline(schema, Operation::Read, &plan.planned, request.began);
        let call = Call { private: private.clone(), deadline, stop: self.token(), replaced: false };
        plan.diagnostics.extend(twin.inspect(call, plan.planned.clone()).await);
        change.answer(&request.type_name, plan, private)
    }
}

/// Everything that a plan follows from.
struct Change<'a> {
    twin: &'a dyn ResourceTwin,
    config: Value,
    /// `None` in a create.
    prior: Option<Value>,
    units: Units,
}

struct Planned {
    planned: Value,
    replacements: Vec<Replacement>,
    diagnostics: Diagnostics,
}

impl Change<'_> {
    /// The steps, in their order. Computed values are marked before the author's say, so that it
    /// sees them, and again after it, because of what it decided.
    fn plan(&self, private: &Private) -> Result<Planned, Failure> {
        let schema = self.twin.schema();
        let (config, prior) = (&self.config, self.prior.as_ref());
        let mut base = propose(schema.body(), config, prior);
        if let Some(prior) = prior {
            keep(schema.body(), config, prior, &mut base, self.units);
        }
        let mut planned = base.clone();
        mark(schema, config, prior, &mut planned, &[]);
        let replaces = !self.replacements(&planned, &[]).is_empty();
        let draft = Draft { config, prior, planned: &planned, private, replaces };
        let mut verdict = self.twin.plan(&draft)?;
        let decided = verdict.verbs.decided;
        if !decided.is_empty() {
            planned = base;
            take(&decided, &mut verdict.planned, &mut planned);
            mark(schema, config, prior, &mut planned, &decided);
        }
        let mut replacements = self.replacements(&planned, &decided);
        replacements.extend(verdict.verbs.replaced);
        Ok(Planned { planned, replacements, diagnostics: verdict.diagnostics })
    }

    fn replacements(&self, planned: &Value, decided: &[&'static str]) -> Vec<Replacement> {
        let Some(prior) = &self.prior else { return Vec::new() };
        replacements(self.twin.schema().body(), &self.config, prior, planned, decided)
    }

    fn answer(
        &self, type_name: &str, plan: Planned, private: Private,
    ) -> Result<Response, Failure> {
        let Planned { planned, replacements, mut diagnostics } = plan;
        let schema = self.twin.schema();
        diagnostics.extend(replacements.iter().map(|each| warn(type_name, each)));
        diagnostics.extend(verify::plan(schema, self.prior.as_ref(), &self.config, &planned));
        let mut requires_replace: Vec<Path> = Vec::new();
        for Replacement { path, .. } in &replacements {
            if !requires_replace.contains(path) {
                requires_replace.push(path.clone());
            }
        }
        // A create that is given a memory is the second plan of a replacement: nothing of the old
        // object's memory is the new one's, and the delete half is told what it belongs to.
        let second = self.prior.is_none() && !private.is_empty();
        let replaced = second || !replacements.is_empty();
        let planned_private = if replaced { Private::replaced() } else { private }.close();
        let planned_state = Closed::of(&planned, schema)?;
        let planned_identity = None;
        Ok(Response {
            planned_state,
            requires_replace,
            planned_private,
            planned_identity,
            diagnostics,
        })
    }
}

fn destroyed(twin: &dyn ResourceTwin, prior: &Value, private: Vec<u8>) -> Response {
    let diagnostics = if prior.is_null() { Diagnostics::new() } else { twin.plan_destroy(prior) };
    Response { planned_private: private, diagnostics, ..Response::default() }
}

/// Puts the values that the author decided into the plan.
fn take(decided: &[&'static str], verdict: &mut Value, planned: &mut Value) {
    let (Value::Map(verdict), Value::Map(planned)) = (verdict, planned) else { return };
    for name in decided {
        if let Some(value) = verdict.remove(*name) {
            planned.insert((*name).to_owned(), value);
        }
    }
}
