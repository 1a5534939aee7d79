//! What the schema marks as secret, wherever it stands in a value.

use super::Secrets;
use crate::schema::walk::{Object, Pairing};
use crate::schema::{Attribute, Body, Node};
use crate::value::Value;

impl Secrets {
    /// Learns every sensitive and every write-only value.
    pub(crate) fn collect(&self, body: &Body, value: &Value) {
        self.collect_from(&Object::root(body, [Some(value)]));
    }

    fn collect_from(&self, object: &Object<'_, 1>) {
        for member in object.members() {
            let [value] = member.or_null();
            match member.node {
                Node::Attribute(attribute) if is_secret(attribute) => self.learn_leaves(value),
                node if has_secrets(node) => {
                    member.objects(Pairing::Of(0)).for_each(|nested| self.collect_from(&nested));
                }
                _ => {}
            }
        }
    }

    fn learn_leaves(&self, value: &Value) {
        match value {
            Value::String(secret) => self.learn(secret),
            Value::List(elements) => elements.iter().for_each(|element| self.learn_leaves(element)),
            Value::Map(elements) => {
                for element in elements.values() {
                    self.learn_leaves(element);
                }
            }
            Value::Dynamic(inside) => self.learn_leaves(&inside.1),
            _ => {}
        }
    }
}

fn has_secrets(node: Node<'_>) -> bool {
    let is_one = matches!(node, Node::Attribute(attribute) if is_secret(attribute));
    is_one || node.nested().is_some_and(|(_, body)| body.nodes().any(has_secrets))
}

fn is_secret(attribute: &Attribute) -> bool {
    attribute.sensitive || attribute.write_only
}
