//! Why a call ended without success.

use vocabulary::{Diagnostic, Diagnostics, Missing};

/// Why a call ended: an error, and whether the next apply can take up the work.
#[derive(Clone, Debug)]
pub struct Failure {
    diagnostics: Diagnostics,
    resumable: bool,
}

impl Failure {
    /// The call was interrupted after something was written, and the next apply resumes it.
    ///
    /// A create that ends so is a warning, because an error would taint what it made. In any other
    /// call, and in a create that saved nothing, it is an error all the same.
    pub fn resumable(diagnostic: Diagnostic) -> Self {
        Self { resumable: true, ..Self::from(diagnostic) }
    }

    /// Whether the next apply can take up the work.
    pub fn is_resumable(&self) -> bool {
        self.resumable
    }

    /// What to tell the user.
    pub fn into_diagnostics(self) -> Diagnostics {
        self.diagnostics
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        let mut diagnostics = Diagnostics::default();
        diagnostics.push(diagnostic);
        Self { diagnostics, resumable: false }
    }
}

impl From<Missing> for Failure {
    fn from(missing: Missing) -> Self {
        let text = missing.to_string();
        Diagnostic::error("Value is missing").detail(text).into()
    }
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Self {
        Self { diagnostics, resumable: false }
    }
}
