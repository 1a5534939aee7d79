//! The steps of a plan, in their order.

use super::{Replacement, Units, keep, mark, propose, replacements, respelt, verify, warn};
use crate::erased::{Draft, ResourceTwin};
use crate::failure::Failure;
use crate::meaning::same;
use crate::private::Private;
use crate::value::Value;
use vocabulary::Diagnostics;

/// Everything that a plan follows from: the same in, the same out.
pub(crate) struct Change<'a> {
    pub(crate) twin: &'a dyn ResourceTwin,
    pub(crate) type_name: &'a str,
    pub(crate) config: Value,
    /// `None` in a create.
    pub(crate) prior: Option<Value>,
    pub(crate) units: Units,
}

/// What a plan comes to.
pub(crate) struct Planned {
    pub(crate) state: Value,
    pub(crate) replacements: Vec<Replacement>,
    /// With an error among them, the rest means nothing.
    pub(crate) diagnostics: Diagnostics,
}

impl Change<'_> {
    /// Defaults → whose spelling → computed values → the author's say → computed values again,
    /// because of what the author decided → replacements → the host's own check.
    pub(crate) fn plan(&self, private: &Private) -> Result<Planned, Failure> {
        let (base, mut planned) = self.before_the_author();
        let replaces = !self.replacements(&planned, &[]).is_empty();
        let (config, prior) = (&self.config, self.prior.as_ref());
        let draft = Draft { config, prior, planned: &planned, private, replaces };
        let verdict = self.twin.plan(&draft)?;
        let decided = verdict.verbs.decided;
        if !decided.is_empty() {
            planned = base;
            self.take(&decided, &verdict.planned, &mut planned);
            mark(self.twin.schema(), config, prior, &mut planned, &decided);
        }
        let mut replacements = self.replacements(&planned, &decided);
        replacements.extend(verdict.verbs.replaced);
        let mut diagnostics = verdict.diagnostics;
        if let Some(prior) = prior {
            diagnostics.extend(respelt(self.twin.schema(), prior, &planned));
        }
        diagnostics.extend(replacements.iter().map(|each| warn(self.type_name, each)));
        diagnostics.extend(verify::plan(self.twin.schema(), prior, config, &planned));
        Ok(Planned { state: planned, replacements, diagnostics })
    }

    /// The plan with computed values as they are in the state, and with them marked.
    fn before_the_author(&self) -> (Value, Value) {
        let (schema, prior) = (self.twin.schema(), self.prior.as_ref());
        let mut base = propose(schema.body(), &self.config, prior);
        if let Some(prior) = prior {
            keep(schema.body(), &self.config, prior, &mut base, self.units);
        }
        let mut marked = base.clone();
        mark(schema, &self.config, prior, &mut marked, &[]);
        (base, marked)
    }

    /// Puts the values that the author decided into the plan, in the spelling of the state.
    fn take(&self, decided: &[&'static str], verdict: &Value, planned: &mut Value) {
        let Value::Map(planned) = planned else { return };
        for attribute in self.twin.schema().attributes() {
            let name = attribute.name;
            let Some(value) = verdict.get(name).filter(|_| decided.contains(&name)) else {
                continue;
            };
            let prior = self.prior.as_ref().and_then(|prior| prior.get(name));
            let kept = prior.filter(|prior| !prior.is_null() && same(attribute, prior, value));
            planned.insert(name.to_owned(), kept.unwrap_or(value).clone());
        }
    }

    fn replacements(&self, planned: &Value, decided: &[&'static str]) -> Vec<Replacement> {
        let Some(prior) = &self.prior else { return Vec::new() };
        replacements(self.twin.schema().body(), &self.config, prior, planned, decided)
    }
}
