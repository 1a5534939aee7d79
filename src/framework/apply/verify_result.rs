//! The host's own check of a result, as our postcondition: core's `AssertObjectCompatible`.
//!
//! Every value that was planned as known must come back as it was planned.

use crate::schema::walk::{Member, Object, Pairing};
use crate::schema::{Attribute, Node, Schema};
use crate::value::Value;
use vocabulary::{Diagnostic, Diagnostics, Path, Step};

/// Errors for everything that core would refuse.
pub(crate) fn verify_result(schema: &Schema, planned: &Value, actual: &Value) -> Diagnostics {
    let mut verifier = Verifier { diagnostics: Diagnostics::new() };
    verifier.verify_object(&Object::root(schema.body(), [Some(planned), Some(actual)]));
    verifier.diagnostics
}

struct Verifier {
    diagnostics: Diagnostics,
}

impl Verifier {
    fn verify_object(&mut self, object: &Object<'_, 2>) {
        let [planned, actual] = object.or_null();
        match (planned.is_null(), actual.is_null()) {
            (true, false) => self.push_fault(&object.path(), "it was absent and is now present"),
            (false, true) => self.push_fault(&object.path(), "it was present and is now absent"),
            (true, true) => {}
            (false, false) if planned.is_unknown() => {}
            (false, false) => object.members().for_each(|member| match member.node {
                Node::Attribute(attribute) => self.verify_attribute(attribute, &member),
                Node::Block(_) => self.verify_block(&member),
            }),
        }
    }

    fn verify_attribute(&mut self, attribute: &Attribute, member: &Member<'_, 2>) {
        let [planned, actual] = member.or_null();
        if planned == actual {
            return;
        }
        let (at, mut faults) = (member.path(), Vec::new());
        find_differences(planned, actual, &at, &mut faults);
        match faults.as_slice() {
            // Where in a secret it differs is nobody's business.
            [_, ..] if attribute.sensitive => self.push_fault(&at, "its value changed"),
            faults => faults.iter().for_each(|(at, text)| self.push_fault(at, text)),
        }
    }

    fn verify_block(&mut self, member: &Member<'_, 2>) {
        match member.or_null() {
            // A block of which nothing was known may have become none.
            [Value::Unknown(_), _] => {}
            [Value::List(planned), Value::List(actual)] if planned.len() != actual.len() => {
                self.push_fault(&member.path(), "the number of blocks changed");
            }
            _ => member.objects(Pairing::Common).for_each(|object| self.verify_object(&object)),
        }
    }

    fn push_fault(&mut self, at: &Path, text: &str) {
        let error = Diagnostic::error("Result differs from the plan").detail(format!(
            "At {at}: {text}. What is true now was saved; the next plan shows the difference.",
        ));
        self.diagnostics.push(error.at(at.clone()));
    }
}

/// What is wrong with a value, and where in it. Values are not quoted: they may be secrets.
fn find_differences(
    planned: &Value, actual: &Value, at: &Path, faults: &mut Vec<(Path, &'static str)>,
) {
    let mut fault = |text| faults.push((at.clone(), text));
    match (planned, actual) {
        (Value::Unknown(_), _) | (Value::Null, Value::Null) => {}
        (_, Value::Unknown(_)) => fault("it was known and is now unknown"),
        (Value::Null, _) => fault("it was null and is now set"),
        (_, Value::Null) => fault("it was set and is now null"),
        (Value::Map(planned), Value::Map(actual)) => {
            for (key, planned) in planned {
                let at = at.clone().step(Step::Key(key.clone()));
                match actual.get(key) {
                    Some(actual) => find_differences(planned, actual, &at, faults),
                    None => faults.push((at, "the element has vanished")),
                }
            }
            for key in actual.keys().filter(|key| !planned.contains_key(*key)) {
                faults.push((at.clone().key(key), "the element has appeared"));
            }
        }
        (Value::List(planned), Value::List(actual)) => {
            for (index, (planned, actual)) in planned.iter().zip(actual).enumerate() {
                find_differences(planned, actual, &at.clone().index(index), faults);
            }
            for index in actual.len()..planned.len() {
                faults.push((at.clone().index(index), "the element has vanished"));
            }
            for index in planned.len()..actual.len() {
                faults.push((at.clone().index(index), "the element has appeared"));
            }
        }
        (planned, actual) if planned == actual => {}
        _ => fault("its value changed"),
    }
}
