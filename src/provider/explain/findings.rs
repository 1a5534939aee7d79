//! What `aml` finds, on the attribute where it stands.

use aml::{Impact, Problem, Severity, Step, health};
use framework::{Diagnostic, Diagnostics, Path};

use super::{capitalised, sentence};

/// Adds what `aml` finds below an attribute.
pub(crate) trait Report {
    /// Problems of an input: cause and fix, each on its own place below `at`, or below the root
    /// where `at` is empty.
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
                Severity::Error => Diagnostic::error(format!("Invalid {}", named(&path)))
                    .detail(format!("{cause}\n\n{fix}")),
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

/// The attribute of the root that a path leads into.
fn named(path: &Path) -> &str {
    match path.steps().first() {
        Some(framework::Step::Attribute(name)) => name,
        _ => "configuration",
    }
}

fn below(at: &str, steps: &[Step]) -> Path {
    let start = if at.is_empty() { Path::root() } else { Path::from(at) };
    steps.iter().fold(start, |path, step| match step {
        Step::Attribute(name) => path.attribute(name),
        Step::Key(key) => path.key(key),
    })
}
