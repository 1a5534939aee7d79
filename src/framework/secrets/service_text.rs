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
use crate::context::Private;
use crate::schema::walk::Object;
use crate::schema::{Body, Node, ServiceText};
use crate::value::Value;

/// The name of the memory's entry.
const ENTRY: &str = "$struck";

/// What was redacted from the texts of one object.
#[derive(Default, Serialize, Deserialize)]
struct RedactedTexts {
    salt: String,
    /// The redacted texts by the hash of what the service wrote.
    texts: BTreeMap<String, String>,
}

/// Redacts the texts of an response that the schema says are the service's own.
pub(crate) fn redact_service_texts(
    body: &Body, response: &mut Value, secrets: &Secrets, private: &mut Private,
) {
    if !body.nodes().any(has_texts) {
        return;
    }
    let before = private.get(ENTRY).unwrap_or_default();
    let mut redaction = ServiceTextRedaction { secrets, before, texts: BTreeMap::new() };
    redaction.redact_object(&Object::root(body, []), response);
    match redaction.texts {
        texts if texts.is_empty() => private.forget(ENTRY),
        texts => private.set(ENTRY, &RedactedTexts { salt: redaction.before.salt, texts }),
    }
}

struct ServiceTextRedaction<'a> {
    secrets: &'a Secrets,
    before: RedactedTexts,
    texts: BTreeMap<String, String>,
}

impl ServiceTextRedaction<'_> {
    fn redact_object(&mut self, object: &Object<'_, 0>, response: &mut Value) {
        object.members_mut(response, |member, value| match (member.node, value) {
            (Node::Attribute(attribute), Value::String(text))
                if attribute.service_text.is_some_and(|kind| kind.may_repeat_secret(text)) =>
            {
                *text = self.redact(text);
            }
            (node, value) if has_texts(node) => {
                member.objects_mut(value, |nested, value| self.redact_object(nested, value));
            }
            _ => {}
        });
    }

    fn redact(&mut self, text: &str) -> String {
        // Of the state itself, where a call has brought nothing newer.
        let own = self.before.texts.iter().filter(|(_, redacted)| *redacted == text);
        self.texts.extend(own.map(|(hash, redacted)| (hash.clone(), redacted.clone())));
        let known = self.before.redact(text).cloned();
        if known.is_none() && !self.secrets.stand_in(text) {
            return self.secrets.redact(text);
        }
        let redacted = self.secrets.redact(&known.unwrap_or_else(|| text.to_owned()));
        self.texts.insert(self.before.hash(text), redacted.clone());
        redacted
    }
}

impl RedactedTexts {
    fn redact(&self, text: &str) -> Option<&String> {
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
    fn may_repeat_secret(self, text: &str) -> bool {
        let identifier = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
        self == ServiceText::Words || !text.chars().all(identifier)
    }
}
