//! What the schema marks as secret, wherever it stands in a value.

use super::Secrets;
use crate::schema::{Attribute, Body, Kind, Nesting};
use crate::value::Value;

impl Secrets {
    /// Learns every sensitive and every write-only value.
    pub(crate) fn collect(&self, body: &Body, value: &Value) {
        if value.is_null() {
            return;
        }
        self.attributes(&body.attributes, value);
        for block in &body.blocks {
            let Some(inside) = value.get(block.name) else { continue };
            match inside {
                Value::List(elements) => {
                    for element in elements {
                        self.collect(&block.body, element);
                    }
                }
                inside => self.collect(&block.body, inside),
            }
        }
    }

    fn attributes(&self, attributes: &[Attribute], value: &Value) {
        for attribute in attributes.iter().filter(|attribute| has_secrets(attribute)) {
            let Some(inside) = value.get(attribute.name) else { continue };
            match (&attribute.kind, inside) {
                _ if attribute.sensitive || attribute.write_only => self.leaves(inside),
                (Kind::Nested(Nesting::List, nested), Value::List(elements)) => {
                    for element in elements {
                        self.attributes(nested, element);
                    }
                }
                (Kind::Nested(Nesting::Map, nested), Value::Map(elements)) => {
                    for element in elements.values() {
                        self.attributes(nested, element);
                    }
                }
                (Kind::Nested(_, nested), inside) => self.attributes(nested, inside),
                (Kind::Leaf(_), _) => {}
            }
        }
    }

    fn leaves(&self, value: &Value) {
        match value {
            Value::String(secret) => self.learn(secret),
            Value::List(elements) => elements.iter().for_each(|element| self.leaves(element)),
            Value::Map(elements) => elements.values().for_each(|element| self.leaves(element)),
            Value::Dynamic(inside) => self.leaves(&inside.1),
            _ => {}
        }
    }
}

fn has_secrets(attribute: &Attribute) -> bool {
    attribute.sensitive || attribute.write_only || attribute.nested().iter().any(has_secrets)
}
