//! The secrets of a call, and how they are removed from what leaves it.
//!
//! Whoever learns a secret tells a [`Secrets`]: the framework those that the schema marks, a
//! provider its credentials and what it fetches. What a service says may repeat any of them, in any
//! form, so every text that leaves a call is redacted.

mod collect;
mod decoded_text;
mod encoded_forms;
mod patterns;
mod search;
mod service_text;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use encoded_forms::Form;
use search::SearchedText;
use vocabulary::{Diagnostic, Diagnostics};

pub(crate) use service_text::redact_service_texts;

/// What stands for a secret in a text.
pub const REDACTED: &str = "(sensitive)";

/// The secrets of a call, or of a provider, which prints none of them. Clones share what they learn.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Inner>);

#[derive(Default)]
struct Inner {
    forms: RwLock<BTreeSet<Form>>,
    /// What is known beyond the call.
    above: Vec<Secrets>,
    /// Who learns what is learned here.
    sharing: Option<Secrets>,
}

/// All that somebody holds and that know anything, for the log: it has no call of its own.
static HELD: Mutex<Vec<Weak<Inner>>> = Mutex::new(Vec::new());

impl Secrets {
    /// Nothing of its own yet; what `above` learns is known here too.
    pub(crate) fn inherit(above: Vec<Secrets>) -> Secrets {
        Secrets(Arc::new(Inner { above, ..Inner::default() }))
    }

    /// The same, telling `with` what is learned.
    pub(crate) fn inherit_and_share(above: Vec<Secrets>, with: Secrets) -> Secrets {
        Secrets(Arc::new(Inner { above, sharing: Some(with), ..Inner::default() }))
    }

    /// What learns each secret that a client comes by.
    pub fn observer(&self) -> Arc<dyn Fn(&str) + Send + Sync> {
        let secrets = self.clone();
        Arc::new(move |secret: &str| secrets.learn(secret))
    }

    /// Learns a secret: its encoded forms, its lines, and a key inside it, are secret as well.
    pub fn learn(&self, secret: &str) {
        if let Some(other) = &self.0.sharing {
            other.learn(secret);
        }
        if self.contains(secret) {
            return;
        }
        let learned = encoded_forms::of(secret);
        if learned.is_empty() {
            return;
        }
        let mut forms = self.0.forms.write().unwrap_or_else(PoisonError::into_inner);
        if forms.is_empty() {
            self.hold();
        }
        forms.extend(learned);
    }

    /// The text without any secret that is known, and without what looks like one.
    pub fn redact(&self, text: &str) -> String {
        match self.find(text) {
            found if found.is_empty() => replace(text, patterns::find(text)),
            found => replace(text, found.into_iter().chain(patterns::find(text)).collect()),
        }
    }

    /// Whether one that is known stands in the text.
    pub(crate) fn stand_in(&self, text: &str) -> bool {
        !self.find(text).is_empty()
    }

    /// The same messages without any secret.
    pub(crate) fn redact_all(&self, diagnostics: Diagnostics) -> Diagnostics {
        let redact = |found: Diagnostic| Diagnostic {
            summary: self.redact(&found.summary),
            detail: self.redact(&found.detail),
            ..found
        };
        diagnostics.into_iter().map(redact).collect()
    }

    fn contains(&self, secret: &str) -> bool {
        let forms = self.0.forms.read().unwrap_or_else(PoisonError::into_inner);
        encoded_forms::raw(secret).is_none_or(|raw| forms.contains(&raw))
    }

    /// Where the secrets stand that are known here and above.
    fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if self.is_empty() {
            return found;
        }
        self.find_in(&SearchedText::of(text), &mut found);
        found
    }

    fn is_empty(&self) -> bool {
        let forms = self.0.forms.read().unwrap_or_else(PoisonError::into_inner);
        forms.is_empty() && self.0.above.iter().all(Secrets::is_empty)
    }

    fn find_in(&self, text: &SearchedText, found: &mut Vec<Range<usize>>) {
        let forms = self.0.forms.read().unwrap_or_else(PoisonError::into_inner);
        forms.iter().for_each(|form| text.find(form, found));
        self.0.above.iter().for_each(|above| above.find_in(text, found));
    }

    fn hold(&self) {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|other| other.strong_count() > 0);
        held.push(Arc::downgrade(&self.0));
    }
}

/// A text without the secrets of all calls in flight and of the provider: for a log.
pub fn redact_active(text: &str) -> String {
    let held: Vec<_> = {
        let held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().filter_map(Weak::upgrade).map(Secrets).collect()
    };
    Secrets::inherit(held).redact(text)
}

/// The text with the mark in place of these parts.
fn replace(text: &str, mut parts: Vec<Range<usize>>) -> String {
    // What is redacted already is no secret, whatever the secrets are called.
    let marks: Vec<_> =
        text.match_indices(REDACTED).map(|(at, _)| at..at + REDACTED.len()).collect();
    let inside =
        |part: &Range<usize>, mark: &Range<usize>| mark.start <= part.start && part.end <= mark.end;
    parts.retain(|part| !marks.iter().any(|mark| inside(part, mark)));
    parts.sort_by_key(|part| part.start);
    let (mut redacted, mut end) = (String::with_capacity(text.len()), 0);
    for part in parts {
        if part.start >= end {
            redacted.push_str(&text[end..part.start]);
            redacted.push_str(REDACTED);
        }
        end = end.max(part.end);
    }
    redacted + &text[end..]
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}
