//! Messages to the user, and the paths they point at.

use framework::{Diagnostics, Severity, Step};

use crate::proto::tfplugin6::attribute_path::step::Selector;
use crate::proto::tfplugin6::{AttributePath, Diagnostic, attribute_path, diagnostic};

/// In the order in which they were found.
pub(crate) fn diagnostics(of: Diagnostics) -> Vec<Diagnostic> {
    of.into_iter().map(diagnostic).collect()
}

fn diagnostic(of: framework::Diagnostic) -> Diagnostic {
    let severity = match of.severity {
        Severity::Error => diagnostic::Severity::Error,
        Severity::Warning => diagnostic::Severity::Warning,
    };
    Diagnostic {
        severity: severity.into(),
        summary: of.summary,
        detail: of.detail,
        attribute: of.path.map(path),
    }
}

/// A path from the root of the value.
pub(crate) fn path(of: framework::Path) -> AttributePath {
    AttributePath { steps: of.into_iter().map(step).collect() }
}

fn step(of: Step) -> attribute_path::Step {
    let selector = match of {
        Step::Attribute(name) => Selector::AttributeName(name),
        Step::Key(key) => Selector::ElementKeyString(key),
        Step::Index(index) => Selector::ElementKeyInt(index),
    };
    attribute_path::Step { selector: Some(selector) }
}

#[cfg(test)]
mod tests {
    use framework::{Diagnostic as Found, Path};

    use super::*;

    #[test]
    fn a_message_keeps_its_severity_its_words_and_its_place() {
        let at = Path::from("types").key("gpu").attribute("limits").index(2);
        let found = [Found::error("No").detail("Because."), Found::warning("Hm").at(at)];
        let [error, warning] = diagnostics(found.into_iter().collect()).try_into().unwrap();
        assert_eq!(error.severity(), diagnostic::Severity::Error);
        assert_eq!((error.summary.as_str(), error.detail.as_str()), ("No", "Because."));
        assert_eq!(error.attribute, None);
        assert_eq!(warning.severity(), diagnostic::Severity::Warning);
        let steps: Vec<_> =
            warning.attribute.unwrap().steps.into_iter().filter_map(|step| step.selector).collect();
        assert_eq!(
            steps,
            [
                Selector::AttributeName("types".into()),
                Selector::ElementKeyString("gpu".into()),
                Selector::AttributeName("limits".into()),
                Selector::ElementKeyInt(2),
            ]
        );
    }
}
