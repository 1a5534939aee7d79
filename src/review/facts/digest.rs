//! A hash of the facts, by which an apply knows the plan that was reviewed.

use serde_json::Value as Json;

use super::Review;
use crate::digest::hash;

/// What differs between programs and versions that plan the same, what follows from the rest, and what
/// changes by itself from minute to minute.
const LEFT_OUT: [&str; 6] = [
    "format_version",
    "terraform_version",
    "plan_format_version",
    "has_changes",
    "digest",
    "capacity",
];

/// The hash of everything that the review tells. Values that are never shown are not in it, so that
/// nobody finds one by trying.
pub(super) fn digest(review: &Review) -> String {
    let mut facts = serde_json::to_value(review).unwrap_or_default();
    if let Json::Object(facts) = &mut facts {
        facts.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    }
    hash(&facts.to_string())
}
