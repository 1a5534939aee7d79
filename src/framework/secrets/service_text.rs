//! Texts of a service in a state: redacted, and remembered.
//!
//! A read does not know the write-only values of the configuration. What was redacted therefore leaves
//! a salted hash in the object's memory, and while the service repeats it, the redacted text stays.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Secrets;
use crate::private::Private;
use crate::schema::walk::Object;
use crate::schema::{Body, Node, ServiceText};
use crate::value::Value;

/// The name of the memory's entry.
const ENTRY: &str = "$struck";

/// What was redacted from the texts of one object.
#[derive(Default, Serialize, Deserialize)]
struct Memory {
    salt: String,
    /// The redacted texts by the hash of what the service wrote.
    texts: BTreeMap<String, String>,
}

/// Redacts the texts of an answer that the schema says are the service's own.
pub(crate) fn redact_service_texts(
    body: &Body, answer: &mut Value, secrets: &Secrets, private: &mut Private,
) {
    if !body.nodes().any(has_texts) {
        return;
    }
    let before = private.get(ENTRY).unwrap_or_default();
    let mut redact = Redact { secrets, before, texts: BTreeMap::new() };
    redact.object(&Object::root(body, []), answer);
    match redact.texts {
        texts if texts.is_empty() => private.forget(ENTRY),
        texts => private.set(ENTRY, &Memory { salt: redact.before.salt, texts }),
    }
}

struct Redact<'a> {
    secrets: &'a Secrets,
    before: Memory,
    texts: BTreeMap<String, String>,
}

impl Redact<'_> {
    fn object(&mut self, object: &Object<'_, 0>, answer: &mut Value) {
        object.members_mut(answer, |member, value| match (member.node, value) {
            (Node::Attribute(attribute), Value::String(text))
                if attribute.service_text.is_some_and(|kind| kind.may_tell(text)) =>
            {
                *text = self.text(text);
            }
            (node, value) if has_texts(node) => {
                member.objects_mut(value, |nested, value| self.object(nested, value));
            }
            _ => {}
        });
    }

    fn text(&mut self, text: &str) -> String {
        // Of the state itself, where a call has brought nothing newer.
        let own = self.before.texts.iter().filter(|(_, redacted)| *redacted == text);
        self.texts.extend(own.map(|(hash, redacted)| (hash.clone(), redacted.clone())));
        let known = self.before.redacted(text).cloned();
        if known.is_none() && !self.secrets.stand_in(text) {
            return self.secrets.redact(text);
        }
        let redacted = self.secrets.redact(&known.unwrap_or_else(|| text.to_owned()));
        self.texts.insert(self.before.hash(text), redacted.clone());
        redacted
    }
}

impl Memory {
    fn redacted(&self, text: &str) -> Option<&String> {
        if self.texts.is_empty() { None } else { self.texts.get(&hash(&self.salt, text)) }
    }

    fn hash(&mut self, text: &str) -> String {
        if self.salt.is_empty() {
            // Each of these is keyed by the system's own randomness.
            let random = || format!("{:016x}", RandomState::new().build_hasher().finish());
            self.salt = random() + &random();
        }
        hash(&self.salt, text)
    }
}

fn hash(salt: &str, text: &str) -> String {
    STANDARD_NO_PAD.encode(Sha256::new().chain_update(salt).chain_update(text).finalize())
}

fn has_texts(node: Node<'_>) -> bool {
    let is_one = matches!(node, Node::Attribute(attribute) if attribute.service_text.is_some());
    is_one || node.nested().is_some_and(|(_, body)| body.nodes().any(has_texts))
}

impl ServiceText {
    /// Whether a secret may stand in this one.
    fn may_tell(self, text: &str) -> bool {
        let identifier = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
        self == ServiceText::Words || !text.chars().all(identifier)
    }
}
