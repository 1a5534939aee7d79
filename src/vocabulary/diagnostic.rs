//! What a user is told: a problem, where it is, why, and what to do.

use crate::Path;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The call failed.
    Error,
    /// Worth knowing; the call goes on.
    Warning,
}

/// One message to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A few words without the user's data, the same for the same problem.
    pub summary: String,
    /// Full sentences: what is wrong, why, what to do. Empty when the summary says it all.
    pub detail: String,
    /// The attribute that it is about.
    pub path: Option<Path>,
}

impl Diagnostic {
    /// A problem that ends the call.
    pub fn error(summary: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, summary.into())
    }

    /// Something worth knowing that ends nothing.
    pub fn warning(summary: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, summary.into())
    }

    /// The same with these sentences below its summary.
    pub fn detail(self, detail: impl Into<String>) -> Diagnostic {
        Diagnostic { detail: detail.into(), ..self }
    }

    /// The same at this attribute.
    pub fn at(self, path: impl Into<Path>) -> Diagnostic {
        Diagnostic { path: Some(path.into()), ..self }
    }

    /// Whether it ends the call.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    fn new(severity: Severity, summary: String) -> Diagnostic {
        Diagnostic { severity, summary, detail: String::new(), path: None }
    }
}

/// Messages in the order in which they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    /// No message yet.
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    /// Adds one message. The same message at the same place is kept once.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.found.contains(&diagnostic) {
            self.found.push(diagnostic);
        }
    }

    /// Whether one of them ends the call.
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(Diagnostic::is_error)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// The messages in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.found.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Diagnostics {
        Diagnostics { found: vec![diagnostic] }
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        diagnostics.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Diagnostics {
        let mut found = Diagnostics::new();
        found.extend(diagnostics);
        found
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_where_why_and_how_bad() {
        let error = Diagnostic::error("Invalid name").detail("It is empty.").at("name");
        assert!(error.is_error());
        assert_eq!(error.path, Some(Path::from("name")));
        assert_eq!(error.detail, "It is empty.");
        assert!(!Diagnostic::warning("Slow").is_error());
    }

    #[test]
    fn the_same_message_is_kept_once() {
        let slow = Diagnostic::warning("Slow");
        let mut found: Diagnostics = [slow.clone(), slow.clone()].into_iter().collect();
        assert_eq!((found.len(), found.has_errors()), (1, false));
        found.extend([slow.at("name"), Diagnostic::error("Gone")]);
        assert_eq!((found.len(), found.has_errors()), (3, true));
    }
}
