//! The steps of a plan, in their order.

use super::computed::Decided;
use super::{
    PreserveScope, Replacement, mark_computed_unknown, preserve_prior, proposed_state,
    replacement_warning, replacements, unknown_respellings, verify_plan,
};
use crate::context::{Failure, Private};
use crate::dyn_types::{DynResource, PlanInput};
use crate::schema::semantic_equality::semantically_equal;
use crate::value::Value;
use vocabulary::Diagnostics;

/// Everything that a plan follows from: the same in, the same out.
pub(crate) struct Planner<'a> {
    pub(crate) resource: &'a dyn DynResource,
    pub(crate) type_name: &'a str,
    pub(crate) config: Value,
    /// `None` in a create.
    pub(crate) prior: Option<Value>,
    pub(crate) preserve: PreserveScope,
}

/// What a plan comes to.
pub(crate) struct PlannedChange {
    pub(crate) state: Value,
    pub(crate) replacements: Vec<Replacement>,
    /// With an error among them, the rest means nothing.
    pub(crate) diagnostics: Diagnostics,
}

impl Planner<'_> {
    /// Defaults → whose spelling → computed values → the author's say → computed values again,
    /// because of what the author decided → replacements → the host's own check.
    pub(crate) fn plan(&self, private: &Private) -> Result<PlannedChange, Failure> {
        let schema = self.resource.schema();
        let (config, prior) = (&self.config, self.prior.as_ref());
        let base = self.proposed_state();
        let mut planned = base.clone();
        mark_computed_unknown(schema, config, prior, &mut planned, &[]);
        let replaces = !self.replacements(&planned, &[]).is_empty();
        let input = PlanInput { config, prior, planned: &planned, private, replaces };
        let output = self.resource.plan(&input)?;
        let decided = output.decisions.planned;
        if !decided.is_empty() {
            planned = base;
            self.insert_decided(&decided, &output.planned, &mut planned);
            mark_computed_unknown(schema, config, prior, &mut planned, &decided);
        }
        let mut replacements = self.replacements(&planned, &decided);
        replacements.extend(output.decisions.replacements);
        let mut diagnostics = output.diagnostics;
        if let Some(prior) = prior {
            diagnostics.extend(unknown_respellings(schema, prior, &planned));
        }
        let warnings = replacements.iter().map(|each| replacement_warning(self.type_name, each));
        diagnostics.extend(warnings);
        diagnostics.extend(verify_plan(schema, prior, config, &planned));
        Ok(PlannedChange { state: planned, replacements, diagnostics })
    }

    /// The plan with computed values as they are in the state.
    fn proposed_state(&self) -> Value {
        let (schema, prior) = (self.resource.schema(), self.prior.as_ref());
        let mut proposed = proposed_state(schema.body(), &self.config, prior);
        if let Some(prior) = prior {
            preserve_prior(schema.body(), &self.config, prior, &mut proposed, self.preserve);
        }
        proposed
    }

    /// Puts the values that the author decided into the plan, in the spelling of the state.
    fn insert_decided(&self, decided: Decided<'_>, output: &Value, planned: &mut Value) {
        let Value::Map(planned) = planned else { return };
        for attribute in self.resource.schema().attributes() {
            let name = attribute.name;
            let Some(value) = output.get(name).filter(|_| decided.contains(&name)) else {
                continue;
            };
            let prior = self.prior.as_ref().and_then(|prior| prior.get(name));
            let prior = prior.filter(|prior| !prior.is_null());
            let prior = prior.filter(|prior| semantically_equal(attribute, prior, value));
            planned.insert(name.to_owned(), prior.unwrap_or(value).clone());
        }
    }

    fn replacements(&self, planned: &Value, decided: Decided<'_>) -> Vec<Replacement> {
        let Some(prior) = &self.prior else { return Vec::new() };
        replacements(self.resource.schema().body(), &self.config, prior, planned, decided)
    }
}
