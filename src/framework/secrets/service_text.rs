//! Texts of a service in a state: struck, and remembered.
//!
//! A read does not know the write-only values of the configuration. What was struck therefore leaves
//! a salted hash in the object's memory, and while the service repeats it, the struck text stays.

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

/// What was struck from the texts of one object.
#[derive(Default, Serialize, Deserialize)]
struct Memory {
    salt: String,
    /// The struck texts by the hash of what the service wrote.
    texts: BTreeMap<String, String>,
}

/// Strikes the texts of an answer that the schema says are the service's own.
pub(crate) fn strike_service_texts(
    body: &Body, answer: &mut Value, secrets: &Secrets, private: &mut Private,
) {
    if !body.attributes.iter().any(has_texts) {
        return;
    }
    let before = private.get(ENTRY).unwrap_or_default();
    let mut strike = Strike { secrets, before, texts: BTreeMap::new() };
    strike.attributes(&body.attributes, answer);
    match strike.texts {
        texts if texts.is_empty() => private.forget(ENTRY),
        texts => private.set(ENTRY, &Memory { salt: strike.before.salt, texts }),
    }
}

struct Strike<'a> {
    secrets: &'a Secrets,
    before: Memory,
    texts: BTreeMap<String, String>,
}

impl Strike<'_> {
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
        let own = self.before.texts.iter().filter(|(_, struck)| *struck == text);
        self.texts.extend(own.map(|(hash, struck)| (hash.clone(), struck.clone())));
        let known = self.before.struck(text).cloned();
        if known.is_none() && !self.secrets.stand_in(text) {
            return self.secrets.strike(text);
        }
        let struck = self.secrets.strike(&known.unwrap_or_else(|| text.to_owned()));
        self.texts.insert(self.before.hash(text), struck.clone());
        struck
    }
}

impl Memory {
    fn struck(&self, text: &str) -> Option<&String> {
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
