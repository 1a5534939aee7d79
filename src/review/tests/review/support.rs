//! Plans, and the Markdown of a review taken apart by a parser.

use std::path::PathBuf;

/// A file of this crate's tests.
pub(crate) fn path(folder: &str, name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder).join(name)
}

/// A plan of `fixtures/`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(path("fixtures", &format!("{name}.json"))).unwrap()
}

/// The Markdown of a plan.
pub(crate) fn rendered(plan: &[u8]) -> String {
    review::markdown(&review::review(plan).unwrap())
}
