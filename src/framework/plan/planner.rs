//! The steps of a plan, in their order.

use serde_json::Value as Json;

use super::computed::Modified;
use super::{
    PreserveScope, Replacement, mark_computed_unknown, preserve_prior, proposed_state,
    replacement_warning, replacements, unknown_respellings, verify_plan,
};
use crate::context::{Failure, Private};
use crate::dyn_types::{DynResource, PlanInput};
use crate::schema::semantic_equality::semantically_equal;
use crate::value::Value;
use vocabulary::Diagnostics;

/// The inputs of a plan, except private state.
pub(crate) struct Planner<'a> {
    pub(crate) resource: &'a dyn DynResource,
    pub(crate) type_name: &'a str,
    pub(crate) config: Value,
    /// `None` in a create.
    pub(crate) prior: Option<Value>,
    pub(crate) preserve: PreserveScope,
}

/// The result of a plan.
pub(crate) struct PlannedChange {
    pub(crate) state: Value,
    /// Whether a look outside is wanted.
    pub(crate) wants_check: bool,
    pub(crate) replacements: Vec<Replacement>,
    /// What a replacement is given of the old object's memory.
    pub(crate) handed_on: Vec<(&'static str, Json)>,
    /// If one is an error, the other fields mean nothing.
    pub(crate) diagnostics: Diagnostics,
}

impl Planner<'_> {
    /// Plans in this order: defaults, prior values that are semantically equal, computed values that
    /// become unknown, the resource's own plan, computed values again, replacements, Terraform's checks.
    pub(crate) fn plan(&self, private: &Private) -> Result<PlannedChange, Failure> {
        let schema = self.resource.schema();
        let (config, prior) = (&self.config, self.prior.as_ref());
        let proposed = self.propose_state();
        let mut planned = proposed.clone();
        mark_computed_unknown(schema, config, prior, &mut planned, &[]);
        let replaces = !self.find_replacements(&planned, &[]).is_empty();
        let input = PlanInput { config, prior, planned: &planned, private, replaces };
        let output = self.resource.plan(&input)?;
        let modified = output.decisions.planned;
        if !modified.is_empty() {
            // From the beginning: a modified attribute may leave or make other values unknown.
            planned = proposed;
            self.insert_modified(&modified, &output.planned, &mut planned);
            mark_computed_unknown(schema, config, prior, &mut planned, &modified);
        }
        let mut replacements = self.find_replacements(&planned, &modified);
        replacements.extend(output.decisions.replacements);
        let mut diagnostics = output.diagnostics;
        if let Some(prior) = prior {
            diagnostics.extend(unknown_respellings(schema, prior, &planned));
        }
        let warnings = replacements.iter().map(|each| replacement_warning(self.type_name, each));
        diagnostics.extend(warnings);
        diagnostics.extend(verify_plan(schema, prior, config, &planned));
        let (handed_on, wants_check) = (output.decisions.handed_on, output.wants_check);
        Ok(PlannedChange { state: planned, wants_check, replacements, handed_on, diagnostics })
    }

    /// The configuration with defaults, and with computed values of the prior state.
    fn propose_state(&self) -> Value {
        let (schema, prior) = (self.resource.schema(), self.prior.as_ref());
        let mut proposed = proposed_state(schema.body(), &self.config, prior);
        if let Some(prior) = prior {
            preserve_prior(schema.body(), &self.config, prior, &mut proposed, self.preserve);
        }
        proposed
    }

    /// Puts the attributes that the resource modified into the plan. A prior value that is semantically
    /// equal stays as it is written.
    fn insert_modified(&self, modified: Modified<'_>, output: &Value, planned: &mut Value) {
        let Value::Map(planned) = planned else { return };
        for attribute in self.resource.schema().attributes() {
            let name = attribute.name;
            let Some(value) = output.get(name).filter(|_| modified.contains(&name)) else {
                continue;
            };
            let prior = self.prior.as_ref().and_then(|prior| prior.get(name));
            let prior = prior.filter(|prior| !prior.is_null());
            let prior = prior.filter(|prior| semantically_equal(attribute, prior, value));
            planned.insert(name.to_owned(), prior.unwrap_or(value).clone());
        }
    }

    fn find_replacements(&self, planned: &Value, modified: Modified<'_>) -> Vec<Replacement> {
        let Some(prior) = &self.prior else { return Vec::new() };
        replacements(self.resource.schema().body(), &self.config, prior, planned, modified)
    }
}
