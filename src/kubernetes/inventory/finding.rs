//! What a plan would meet in a cluster.

use vocabulary::{Path, Severity};

/// Something that a plan would meet in the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// An error: what is planned would not work. A warning: somebody should look at it.
    pub severity: Severity,
    /// The attribute to look at, counted from what is checked.
    pub path: Path,
    /// Its kind, without names: hosts fold warnings of one summary.
    pub summary: String,
    /// What was found: a lower-case sentence without a full stop.
    pub cause: String,
    /// What to do about it: a lower-case sentence without a full stop.
    pub fix: String,
}

impl Finding {
    /// A finding that keeps what is planned from working.
    pub fn new(
        path: Path, summary: impl Into<String>, cause: impl Into<String>, fix: impl Into<String>,
    ) -> Finding {
        let (summary, cause, fix) = (summary.into(), cause.into(), fix.into());
        Finding { severity: Severity::Error, path, summary, cause, fix }
    }

    /// The same as a warning if `is_note`.
    pub(crate) fn into_note_if(self, is_note: bool) -> Finding {
        if is_note { Finding { severity: Severity::Warning, ..self } } else { self }
    }
}
