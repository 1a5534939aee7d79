//! The host's own check of a result, as our postcondition: core's `AssertObjectCompatible`.
//!
//! Every value that was planned as known must come back as it was planned.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::path::{Path, Step};
use crate::schema::{Block, Body, Nesting, Schema};
use crate::value::Value;

/// Errors for everything that core would refuse.
pub(crate) fn result(schema: &Schema, planned: &Value, actual: &Value) -> Diagnostics {
    let mut verifier = Verifier { found: Diagnostics::new() };
    verifier.object(schema.body(), planned, actual, &Path::root());
    verifier.found
}

struct Verifier {
    found: Diagnostics,
}

impl Verifier {
    fn object(&mut self, body: &Body, planned: &Value, actual: &Value, at: &Path) {
        match (planned.is_null(), actual.is_null()) {
            (true, false) => self.fault(at, "it was absent and is now present"),
            (false, true) => self.fault(at, "it was present and is now absent"),
            (true, true) => {}
            (false, false) => self.fields(body, planned, actual, at),
        }
    }

    fn fields(&mut self, body: &Body, planned: &Value, actual: &Value, at: &Path) {
        if planned.is_unknown() {
            return;
        }
        for each in &body.attributes {
            let at = at.clone().attribute(each.name);
            let mut faults = Vec::new();
            value(field(planned, each.name), field(actual, each.name), &at, &mut faults);
            match faults.as_slice() {
                // Where in a secret it differs is nobody's business.
                [_, ..] if each.sensitive => self.fault(&at, "its value changed"),
                faults => faults.iter().for_each(|(at, text)| self.fault(at, text)),
            }
        }
        for each in &body.blocks {
            let at = at.clone().attribute(each.name);
            self.block(each, field(planned, each.name), field(actual, each.name), &at);
        }
    }

    fn block(&mut self, block: &Block, planned: &Value, actual: &Value, at: &Path) {
        // A block of which nothing was known may have become none.
        if planned.is_unknown() {
            return;
        }
        match (block.nesting, planned, actual) {
            (Nesting::List, Value::List(planned), Value::List(actual)) => {
                if planned.len() != actual.len() {
                    return self.fault(at, "the number of blocks changed");
                }
                for (index, (planned, actual)) in planned.iter().zip(actual).enumerate() {
                    self.object(&block.body, planned, actual, &at.clone().index(index));
                }
            }
            (Nesting::List, ..) => {}
            (_, planned, actual) => self.object(&block.body, planned, actual, at),
        }
    }

    fn fault(&mut self, at: &Path, text: &str) {
        let error = Diagnostic::error("Result differs from the plan").detail(format!(
            "At {at}: {text}. What is true now was saved; the next plan shows the difference.",
        ));
        self.found.push(error.at(at.clone()));
    }
}

fn field<'a>(side: &'a Value, name: &str) -> &'a Value {
    side.get(name).unwrap_or(&Value::Null)
}

/// What is wrong with a value, and where in it. Values are not quoted: they may be secrets.
fn value(planned: &Value, actual: &Value, at: &Path, found: &mut Vec<(Path, &'static str)>) {
    let mut fault = |text| found.push((at.clone(), text));
    match (planned, actual) {
        (Value::Unknown(_), _) | (Value::Null, Value::Null) => {}
        (_, Value::Unknown(_)) => fault("it was known and is now unknown"),
        (Value::Null, _) => fault("it was null and is now set"),
        (_, Value::Null) => fault("it was set and is now null"),
        (Value::Map(planned), Value::Map(actual)) => {
            for (key, planned) in planned {
                let at = at.clone().step(Step::Key(key.clone()));
                match actual.get(key) {
                    Some(actual) => value(planned, actual, &at, found),
                    None => found.push((at, "the element has vanished")),
                }
            }
            for key in actual.keys().filter(|key| !planned.contains_key(*key)) {
                found.push((at.clone().key(key), "the element has appeared"));
            }
        }
        (Value::List(planned), Value::List(actual)) => {
            for (index, (planned, actual)) in planned.iter().zip(actual).enumerate() {
                value(planned, actual, &at.clone().index(index), found);
            }
            for index in actual.len()..planned.len() {
                found.push((at.clone().index(index), "the element has vanished"));
            }
            for index in planned.len()..actual.len() {
                found.push((at.clone().index(index), "the element has appeared"));
            }
        }
        (planned, actual) if planned == actual => {}
        _ => fault("its value changed"),
    }
}
