//! Diagnostics: the errors and warnings that Terraform shows to the user.

use crate::Path;

/// Whether Terraform stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Terraform stops the operation.
    Error,
    /// Terraform shows it and continues.
    Warning,
}

/// One error or warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// A short title without the user's data. The same problem always has the same title.
    pub summary: String,
    /// Full sentences: what is wrong, why, what to do. Empty when the summary says it all.
    pub detail: String,
    /// The attribute to which Terraform points.
    pub path: Option<Path>,
}

impl Diagnostic {
    /// An error with this summary, no detail and no path.
    pub fn error(summary: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, summary.into())
    }

    /// A warning with this summary, no detail and no path.
    pub fn warning(summary: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, summary.into())
    }

    /// Sets the detail.
    pub fn detail(self, detail: impl Into<String>) -> Diagnostic {
        Diagnostic { detail: detail.into(), ..self }
    }

    /// Sets the path.
    pub fn at(self, path: impl Into<Path>) -> Diagnostic {
        Diagnostic { path: Some(path.into()), ..self }
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    fn new(severity: Severity, summary: String) -> Diagnostic {
        Diagnostic { severity, summary, detail: String::new(), path: None }
    }
}

/// Diagnostics in the order in which they were added, without duplicates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
}

impl Diagnostics {
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    /// Adds a diagnostic, unless an equal one is there.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.items.contains(&diagnostic) {
            self.items.push(diagnostic);
        }
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.items.iter().any(Diagnostic::is_error)
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.items.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Diagnostics {
        Diagnostics { items: vec![diagnostic] }
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
        self.items.into_iter()
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
