//! What the extension's health check says, in words.

use aml::health;
use vocabulary::{capitalised, sentence};

/// What the extension's health check and Helm report in a message: a paragraph for each cause.
/// `None`: nothing is known.
pub(super) fn describe_health(message: &str) -> Option<String> {
    let known = health::causes(message).into_iter();
    let known = known.map(|known| {
        let (sign, cause, fix) = (capitalised(known.sign), known.cause, known.fix);
        format!("{sign}: {} {}", sentence(cause), sentence(fix))
    });
    let known = known.collect::<Vec<_>>().join("\n\n");
    (!known.is_empty()).then_some(known)
}
