//! Hashes that are told.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The hash of a text, with the name of its algorithm.
pub(crate) fn hash(text: &str) -> String {
    let bytes = Sha256::digest(text.as_bytes());
    bytes.iter().fold("sha256:".to_owned(), |mut digest, byte| {
        // Writing to a string cannot fail.
        _ = write!(digest, "{byte:02x}");
        digest
    })
}
