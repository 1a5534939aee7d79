//! What `aml` finds, on the attribute where it stands.

use aml::{Impact, Problem, Severity, Step};
use framework::{Diagnostic, Diagnostics, Path};

use super::{capitalised, sentence};

/// Adds what `aml` finds below an attribute.
pub(crate) trait Report {
    /// Problems of an input: cause and fix, each on its own place below `at`.
    fn report(&mut self, at: &str, problems: impl IntoIterator<Item = Problem>);

    /// Impacts of a change to `subject`, such as `Compute edge`. Hosts fold warnings that share a
    /// summary, so it names the subject and what changes.
    fn warn(&mut self, subject: &str, at: &str, impacts: impl IntoIterator<Item = Impact>);
}

impl Report for Diagnostics {
    fn report(&mut self, at: &str, problems: impl IntoIterator<Item = Problem>) {
        self.extend(problems.into_iter().map(|problem| {
            let path = below(at, problem.at.steps());
            let (cause, fix) = (sentence(&problem.cause), sentence(&problem.fix));
            let diagnostic = match problem.severity {
                Severity::Error => {
                    Diagnostic::error(format!("Invalid {at}")).detail(format!("{cause}\n\n{fix}"))
                }
                Severity::Warning => Diagnostic::warning(capitalised(&problem.cause)).detail(fix),
            };
            diagnostic.at(path)
        }));
    }

    fn warn(&mut self, subject: &str, at: &str, impacts: impl IntoIterator<Item = Impact>) {
        self.extend(impacts.into_iter().map(|impact| {
            Diagnostic::warning(format!("{subject}: {impact}"))
                .detail(sentence(&impact.means))
                .at(below(at, impact.at.steps()))
        }));
    }
}

fn below(at: &str, steps: &[Step]) -> Path {
    steps.iter().fold(Path::from(at), |path, step| match step {
        Step::Attribute(name) => path.attribute(name),
        Step::Key(key) => path.key(key),
    })
}
