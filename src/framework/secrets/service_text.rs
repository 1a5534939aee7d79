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
use crate::schema::{Attribute, Body, Kind, ServiceText};
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
    if !body.attributes.iter().any(has_texts) {
        return;
    }
    let before = private.get(ENTRY).unwrap_or_default();
    let mut redact = Redact { secrets, before, texts: BTreeMap::new() };
    redact.attributes(&body.attributes, answer);
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
    fn attributes(&mut self, attributes: &[Attribute], value: &mut Value) {
        let Value::Map(members) = value else { return };
        for attribute in attributes.iter().filter(|attribute| has_texts(attribute)) {
            let Some(inside) = members.get_mut(attribute.name) else { continue };
            match (&attribute.kind, inside) {
                (Kind::Leaf(_), Value::String(text)) => {
                    if attribute.service_text.is_some_and(|kind| kind.may_tell(text)) {
                        *text = self.text(text);
                    }
                }
                (Kind::Nested(_, nested), Value::List(elements)) => {
                    for element in elements {
                        self.attributes(nested, element);
                    }
                }
                (Kind::Nested(_, nested), inside) => self.attributes(nested, inside),
                (Kind::Leaf(_), _) => {}
            }
        }
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

fn has_texts(attribute: &Attribute) -> bool {
    attribute.service_text.is_some() || attribute.nested().iter().any(has_texts)
}

impl ServiceText {
    /// Whether a secret may stand in this one.
    fn may_tell(self, text: &str) -> bool {
        let identifier = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
        self == ServiceText::Words || !text.chars().all(identifier)
    }
}
