//! What is wrong with an input, and what to do about it.

use crate::{Diagnostic, Diagnostics, Path, Severity, Step, capitalize, to_sentence};

/// Something about an input that its author has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Refused, or only noted.
    pub severity: Severity,
    /// Where it is. Whoever finds it says from where the path counts.
    pub path: Path,
    /// What is wrong: a lower-case sentence without a full stop.
    pub cause: String,
    /// What to do about it: a lower-case sentence without a full stop.
    pub fix: String,
}

impl Problem {
    /// The input is refused.
    pub fn error(path: Path, cause: impl Into<String>, fix: impl Into<String>) -> Problem {
        Problem { severity: Severity::Error, path, cause: cause.into(), fix: fix.into() }
    }

    /// The input is accepted, but somebody should look at it.
    pub fn warning(path: Path, cause: impl Into<String>, fix: impl Into<String>) -> Problem {
        Problem { severity: Severity::Warning, path, cause: cause.into(), fix: fix.into() }
    }

    /// Whether the input is refused because of it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The same with its path counted from further out.
    pub fn below(self, outer: impl Into<Path>) -> Problem {
        Problem { path: outer.into().join(self.path), ..self }
    }
}

impl Diagnostics {
    /// Adds problems of the value at a path, each at its own path below that.
    pub fn report(&mut self, outer: impl Into<Path>, problems: impl IntoIterator<Item = Problem>) {
        let outer = outer.into();
        self.extend(problems.into_iter().map(|problem| problem.below(outer.clone()).into()));
    }
}

/// An error names the attribute in its summary; a warning has its cause there.
impl From<Problem> for Diagnostic {
    fn from(Problem { severity, path, cause, fix }: Problem) -> Diagnostic {
        let fix = to_sentence(&fix);
        let diagnostic = match severity {
            Severity::Error => Diagnostic::error(format!("Invalid {}", root_attribute(&path)))
                .detail(format!("{}\n\n{fix}", to_sentence(&cause))),
            Severity::Warning => Diagnostic::warning(capitalize(&cause)).detail(fix),
        };
        diagnostic.at(path)
    }
}

fn root_attribute(path: &Path) -> &str {
    match path.steps().first() {
        Some(Step::Attribute(name)) => name,
        _ => "configuration",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_reported_below_the_attribute_that_was_checked() {
        let path = Path::root().key("a");
        let error = Problem::error(path.clone(), "\"a\" is odd", "did you mean b?");
        let warning = Problem::warning(path, "it is slow", "leave it out");
        let mut found = Diagnostics::new();
        found.report("sizes", [error, warning]);
        let at = Path::from("sizes").key("a");
        let expected = [
            Diagnostic::error("Invalid sizes").detail("\"a\" is odd.\n\nDid you mean b?"),
            Diagnostic::warning("It is slow").detail("Leave it out."),
        ];
        assert_eq!(found, expected.map(|one| one.at(at.clone())).into_iter().collect());
    }

    #[test]
    fn a_problem_of_the_whole_is_one_of_the_configuration() {
        let found = Diagnostic::from(Problem::error(Path::root(), "it is empty", "fill it"));
        assert_eq!(found.summary, "Invalid configuration");
        assert_eq!(found.path, Some(Path::root()));
    }
}
