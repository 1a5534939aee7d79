//! What the extension's health check says, in words.

use aml::health;
use vocabulary::{capitalize, to_sentence};

/// What the extension's health check and Helm report in a message: a paragraph for each cause.
/// `None`: nothing is known.
pub(super) fn describe_health(message: &str) -> Option<String> {
    let known = health::find_causes(message).into_iter();
    let known = known.map(|known| {
        let (symptom, cause, fix) = (capitalize(known.symptom), known.cause, known.fix);
        format!("{symptom}: {} {}", to_sentence(cause), to_sentence(fix))
    });
    let known = known.collect::<Vec<_>>().join("\n\n");
    (!known.is_empty()).then_some(known)
}
