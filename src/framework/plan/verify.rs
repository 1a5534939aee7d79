//! The host's own check of a plan, as our postcondition: core's `AssertPlanValid`.
//!
//! A plan may only say what the configuration says, or what the state says where both are set and
//! the provider holds them for the same, or anything where the provider is the one who sets it.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::path::Path;
use crate::schema::{Attribute, Block, Body, Kind, Nesting, Presence, Schema};
use crate::value::Value;

/// Errors for everything that core would refuse.
pub(crate) fn plan(
    schema: &Schema, prior: Option<&Value>, config: &Value, planned: &Value,
) -> Diagnostics {
    let mut verifier = Verifier { found: Diagnostics::new() };
    let prior = prior.unwrap_or(&Value::Null);
    verifier.object(schema.body(), Sides { prior, config, planned }, &Path::root());
    verifier.found
}

struct Verifier {
    found: Diagnostics,
}

/// One place in the state, the configuration and the plan. The state is null where it has no such
/// place.
#[derive(Clone, Copy)]
struct Sides<'a> {
    prior: &'a Value,
    config: &'a Value,
    planned: &'a Value,
}

const NOTHING: &Value = &Value::Null;

const ABSENT: &str = "it is planned as absent, but the configuration has it";
const PRESENT: &str = "it is planned, but the configuration does not have it";
const OTHER: &str = "it is neither what the configuration says nor what the state says";

impl<'a> Sides<'a> {
    fn field(self, name: &str) -> Self {
        let of = |side: &'a Value| side.get(name).unwrap_or(NOTHING);
        Sides { prior: of(self.prior), config: of(self.config), planned: of(self.planned) }
    }

    fn index(self, index: usize) -> Self {
        let of = |side: &'a Value| side.as_list().and_then(|it| it.get(index)).unwrap_or(NOTHING);
        Sides { prior: of(self.prior), config: of(self.config), planned: of(self.planned) }
    }
}

impl Verifier {
    fn object(&mut self, body: &Body, sides: Sides<'_>, at: &Path) {
        if !self.present(sides, at) {
            return;
        }
        self.attributes(&body.attributes, sides, at);
        for block in &body.blocks {
            self.block(block, sides.field(block.name), &at.clone().attribute(block.name));
        }
    }

    fn block(&mut self, block: &Block, sides: Sides<'_>, at: &Path) {
        let Sides { config, planned, .. } = sides;
        if equal(planned, config) {
            return;
        }
        if config.is_unknown() {
            return self.fault(at, "it is planned, but whether there is such a block is not known");
        }
        if planned.is_unknown() {
            return self.fault(at, "a block cannot be planned as unknown, only what is in it");
        }
        match (block.nesting, planned.as_list(), config.as_list()) {
            (Nesting::List, None, _) | (Nesting::List, _, None) => {
                self.fault(at, "no block is an empty list, not null");
            }
            (Nesting::List, Some(planned), Some(config)) if planned.len() != config.len() => {
                self.fault(at, "the plan has another number of blocks than the configuration");
            }
            (Nesting::List, Some(planned), Some(_)) => {
                for (index, element) in planned.iter().enumerate() {
                    let at = at.clone().index(index);
                    if element.is_unknown() {
                        self.fault(&at, "a block cannot be planned as unknown, only what is in it");
                    } else {
                        self.object(&block.body, sides.index(index), &at);
                    }
                }
            }
            (Nesting::Single | Nesting::Map, ..) => self.object(&block.body, sides, at),
        }
    }

    fn attributes(&mut self, attributes: &[Attribute], sides: Sides<'_>, at: &Path) {
        for each in attributes {
            self.attribute(each, sides.field(each.name), &at.clone().attribute(each.name));
        }
    }

    fn attribute(&mut self, attribute: &Attribute, sides: Sides<'_>, at: &Path) {
        let Sides { prior, config, planned } = sides;
        if attribute.write_only && !(planned.is_null() || planned.is_unknown()) {
            return self.fault(at, "it is write-only and must be null");
        }
        // Under `ignore_changes` even the configuration of a computed attribute may be set.
        let same = equal(planned, config) || attribute.presence == Presence::Computed;
        if same || (attribute.write_only && planned.is_null()) {
            return;
        }
        if config.is_null() {
            if !attribute.is_computed() {
                self.fault(at, "it is not computed, and the configuration does not set it");
            }
            return;
        }
        if !prior.is_null() && equal(planned, prior) {
            return;
        }
        match &attribute.kind {
            Kind::Leaf(_) => self.fault(at, OTHER),
            Kind::Nested(nesting, attributes) => self.nested(*nesting, attributes, sides, at),
        }
    }

    fn nested(&mut self, nesting: Nesting, attributes: &[Attribute], sides: Sides<'_>, at: &Path) {
        if !self.present(sides, at) {
            return;
        }
        match (nesting, sides.planned, sides.config) {
            (Nesting::Single, ..) => self.attributes(attributes, sides, at),
            (Nesting::List, Value::List(planned), Value::List(config))
                if planned.len() == config.len() =>
            {
                for index in 0..planned.len() {
                    self.element(attributes, sides.index(index), &at.clone().index(index));
                }
            }
            (Nesting::Map, Value::Map(planned), Value::Map(config))
                if planned.keys().eq(config.keys()) =>
            {
                for key in planned.keys() {
                    self.element(attributes, sides.field(key), &at.clone().key(key));
                }
            }
            _ => self.fault(at, "the plan has other elements than the configuration"),
        }
    }

    fn element(&mut self, attributes: &[Attribute], sides: Sides<'_>, at: &Path) {
        if !equal(sides.planned, sides.config) && self.present(sides, at) {
            self.attributes(attributes, sides, at);
        }
    }

    /// Whether there is an object to look into; it must be there if and only if it is configured.
    fn present(&mut self, sides: Sides<'_>, at: &Path) -> bool {
        match (sides.planned.is_null(), sides.config.is_null()) {
            (true, false) => self.fault(at, ABSENT),
            (false, true) => self.fault(at, PRESENT),
            (true, true) => {}
            (false, false) if sides.planned.is_unknown() => {
                self.fault(at, "it is planned as unknown, but the configuration knows it");
            }
            (false, false) => return true,
        }
        false
    }

    /// Says nothing of the values: they may be secrets.
    fn fault(&mut self, at: &Path, text: &str) {
        let error = Diagnostic::error("Provider produced an invalid plan").detail(format!(
            "At {at}: {text}.\n\n\
             This is a bug in the provider, which should be reported in its issue tracker.",
        ));
        self.found.push(error.at(at.clone()));
    }
}

/// Whether both are the same, whatever is known of unknown values.
pub(crate) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Unknown(_), Value::Unknown(_)) => true,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && equal(a, b))
        }
        (a, b) => a == b,
    }
}
