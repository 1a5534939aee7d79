//! The host's own check of a plan, as our postcondition: core's `AssertPlanValid`.
//!
//! A plan may only say what the configuration says, or what the state says where both are set and
//! the provider holds them for the same, or anything where the provider is the one who sets it.

use crate::schema::walk::{Member, Object, Pairing};
use crate::schema::{Attribute, Block, Node, Presence, Schema};
use crate::value::Value;
use vocabulary::{Diagnostic, Diagnostics, Path};

/// Errors for everything that core would refuse.
pub(crate) fn verify_plan(
    schema: &Schema, prior: Option<&Value>, config: &Value, planned: &Value,
) -> Diagnostics {
    let mut verifier = Verifier { diagnostics: Diagnostics::new() };
    verifier.verify_object(&Object::root(schema.body(), [Some(planned), Some(config), prior]));
    verifier.diagnostics
}

struct Verifier {
    diagnostics: Diagnostics,
}

/// The plan leads: what it has is held to the configuration and the state.
const PLANNED: usize = 0;
const CONFIG: usize = 1;

const ABSENT: &str = "it is planned as absent, but the configuration has it";
const PRESENT: &str = "it is planned, but the configuration does not have it";
const OTHER: &str = "it is neither what the configuration says nor what the state says";
const UNKNOWN: &str = "it is planned as unknown, but the configuration knows it";
const UNKNOWN_BLOCK: &str = "a block cannot be planned as unknown, only what is in it";

impl Verifier {
    fn verify_object(&mut self, object: &Object<'_, 3>) {
        if self.is_present(object.or_null(), || object.path()) {
            for member in object.members() {
                match member.node {
                    Node::Attribute(attribute) => self.verify_attribute(attribute, &member),
                    Node::Block(block) => self.verify_block(block, &member),
                }
            }
        }
    }

    fn verify_block(&mut self, block: &Block, member: &Member<'_, 3>) {
        let [planned, config, _] = member.or_null();
        if equal_ignoring_refinements(planned, config) {
            return;
        }
        if let Some(text) = block_fault(block, planned, config) {
            return self.push_fault(&member.path(), text);
        }
        for object in member.objects(Pairing::Of(PLANNED)) {
            if object.or_null()[PLANNED].is_unknown() {
                self.push_fault(&object.path(), UNKNOWN_BLOCK);
            } else {
                self.verify_object(&object);
            }
        }
    }

    fn verify_attribute(&mut self, attribute: &Attribute, member: &Member<'_, 3>) {
        let [planned, config, prior] = member.or_null();
        if attribute.write_only && !(planned.is_null() || planned.is_unknown()) {
            return self.push_fault(&member.path(), "it is write-only and must be null");
        }
        // Under `ignore_changes` even the configuration of a computed attribute may be set.
        let same =
            equal_ignoring_refinements(planned, config) || attribute.presence == Presence::Computed;
        if same || (attribute.write_only && planned.is_null()) {
            return;
        }
        if config.is_null() {
            if !attribute.is_computed() {
                let text = "it is not computed, and the configuration does not set it";
                self.push_fault(&member.path(), text);
            }
            return;
        }
        if prior.is_null() || !equal_ignoring_refinements(planned, prior) {
            self.verify_nested(member);
        }
    }

    /// An attribute that is neither the configured nor the prior one: only what is nested in it may
    /// be.
    fn verify_nested(&mut self, member: &Member<'_, 3>) {
        if member.node.nested().is_none() {
            return self.push_fault(&member.path(), OTHER);
        }
        if !self.is_present(member.or_null(), || member.path()) {
            return;
        }
        if !member.has_same_elements(PLANNED, CONFIG) {
            return self
                .push_fault(&member.path(), "the plan has other elements than the configuration");
        }
        for object in member.objects(Pairing::Of(PLANNED)) {
            let [planned, config, _] = object.or_null();
            if !equal_ignoring_refinements(planned, config) {
                self.verify_object(&object);
            }
        }
    }

    /// Whether there is an object to look into; it must be there if and only if it is configured.
    fn is_present(&mut self, values: [&Value; 3], path: impl FnOnce() -> Path) -> bool {
        let [planned, config, _] = values;
        let text = match (planned.is_null(), config.is_null()) {
            (true, false) => ABSENT,
            (false, true) => PRESENT,
            (true, true) => return false,
            (false, false) if planned.is_unknown() => UNKNOWN,
            (false, false) => return true,
        };
        self.push_fault(&path(), text);
        false
    }

    /// Says nothing of the values: they may be secrets.
    fn push_fault(&mut self, at: &Path, text: &str) {
        let error = Diagnostic::error("Provider produced an invalid plan").detail(format!(
            "At {at}: {text}.\n\n\
             This is a bug in the provider, which should be reported in its issue tracker.",
        ));
        self.diagnostics.push(error.at(at.clone()));
    }
}

/// What is wrong with a block before anybody looks into it.
fn block_fault(block: &Block, planned: &Value, config: &Value) -> Option<&'static str> {
    if config.is_unknown() {
        return Some("it is planned, but whether there is such a block is not known");
    }
    if planned.is_unknown() {
        return Some(UNKNOWN_BLOCK);
    }
    match (planned.as_list(), config.as_list()) {
        _ if !block.is_list() => None,
        (None, _) | (_, None) => Some("no block is an empty list, not null"),
        (Some(planned), Some(config)) if planned.len() != config.len() => {
            Some("the plan has another number of blocks than the configuration")
        }
        _ => None,
    }
}

/// Whether both are the same, whatever is known of unknown values.
pub(crate) fn equal_ignoring_refinements(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Unknown(_), Value::Unknown(_)) => true,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal_ignoring_refinements(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|((k, a), (l, b))| k == l && equal_ignoring_refinements(a, b))
        }
        (a, b) => a == b,
    }
}
