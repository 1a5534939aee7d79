//! Messages to the user, and the paths they point at.

use framework::{Diagnostics, Schema, Severity, Step, calls};

use super::text::printable;

use crate::proto::tfplugin6::attribute_path::step::Selector;
use crate::proto::tfplugin6::{AttributePath, Diagnostic, attribute_path, diagnostic};

/// An answer that carries messages.
pub(crate) trait HasDiagnostics {
    /// What they point at is in a configuration of this schema.
    fn shorten_paths(&mut self, schema: &Schema);
}

/// Cuts the path of each message to what hosts find in a configuration, so that they show the line
/// of the attribute and not that of the whole resource. The whole path then stands in the text.
fn shorten_each_path(found: &mut Diagnostics, schema: &Schema) {
    *found = std::mem::take(found).into_iter().map(|each| shorten_path(each, schema)).collect();
}

fn shorten_path(own: framework::Diagnostic, schema: &Schema) -> framework::Diagnostic {
    let Some(whole) = &own.path else { return own };
    let shown = schema.source_path(whole);
    let written = whole.to_string();
    let written = written.trim_start_matches('.');
    if shown == *whole || own.summary.contains(written) || own.detail.contains(written) {
        return framework::Diagnostic { path: Some(shown), ..own };
    }
    let place = format!("It stands at {written}.");
    let detail = if own.detail.is_empty() { place } else { own.detail + "\n\n" + &place };
    framework::Diagnostic { path: Some(shown), detail, ..own }
}

macro_rules! reports {
    ($($call:ident),+ $(,)?) => {$(
        impl HasDiagnostics for calls::$call::Response {
            fn shorten_paths(&mut self, schema: &Schema) {
                shorten_each_path(&mut self.diagnostics, schema);
            }
        }
    )+};
}

reports!(
    validate_provider_config,
    configure_provider,
    validate_resource_config,
    read_resource,
    plan_resource_change,
    apply_resource_change,
    import_resource_state,
    move_resource_state,
    validate_data_resource_config,
    read_data_source,
    validate_list_resource_config,
);

impl HasDiagnostics for Vec<calls::list_resource::Event> {
    fn shorten_paths(&mut self, schema: &Schema) {
        for event in self {
            shorten_each_path(&mut event.diagnostics, schema);
        }
    }
}

/// In the order in which they were found.
pub(crate) fn diagnostics(own: Diagnostics) -> Vec<Diagnostic> {
    own.into_iter().map(diagnostic).collect()
}

fn diagnostic(own: framework::Diagnostic) -> Diagnostic {
    let severity = match own.severity {
        Severity::Error => diagnostic::Severity::Error,
        Severity::Warning => diagnostic::Severity::Warning,
    };
    Diagnostic {
        severity: severity.into(),
        summary: printable(&own.summary),
        detail: printable(&own.detail),
        attribute: own.path.map(path),
    }
}

/// A path from the root of the value.
pub(crate) fn path(own: framework::Path) -> AttributePath {
    AttributePath { steps: own.into_iter().map(step).collect() }
}

fn step(own: Step) -> attribute_path::Step {
    let selector = match own {
        Step::Attribute(name) => Selector::AttributeName(name),
        Step::Key(key) => Selector::ElementKeyString(key),
        Step::Index(index) => Selector::ElementKeyInt(index),
    };
    attribute_path::Step { selector: Some(selector) }
}

#[cfg(test)]
mod tests {
    use framework::{Diagnostic as Found, Path, object, object_map, text, text_map};

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

    /// The path and the text that a host gets for an error at `at`.
    fn shorten(at: Path, detail: &str) -> (Path, String) {
        let types = object_map("types", [text_map("limits")]);
        let schema = Schema::new("").with([types, object("relay", [text("mode")])]);
        let found = Found::error("No").detail(detail).at(at);
        let mut answer = calls::validate_resource_config::Response { diagnostics: found.into() };
        answer.shorten_paths(&schema);
        let found = answer.diagnostics.iter().next().expect("one message").clone();
        (found.path.expect("a path"), found.detail)
    }

    #[test]
    fn what_hosts_cannot_find_stands_in_the_text() {
        let limits = Path::from("types").key("gpu").attribute("limits").key("cpu");
        let (path, detail) = shorten(limits.clone(), "Because.");
        assert_eq!(path, Path::from("types").key("gpu"));
        assert_eq!(detail, "Because.\n\nIt stands at types[\"gpu\"].limits[\"cpu\"].");
        let (_, detail) = shorten(limits, "");
        assert_eq!(detail, "It stands at types[\"gpu\"].limits[\"cpu\"].");
        let (path, detail) = shorten(Path::from("relay").attribute("mode"), "Set `relay.mode`.");
        assert_eq!((path, detail), (Path::from("relay"), "Set `relay.mode`.".to_owned()));
        let (path, detail) = shorten(Path::from("types").key("gpu"), "Because.");
        assert_eq!(path, Path::from("types").key("gpu"));
        assert_eq!(detail, "Because.");
    }

    #[test]
    fn nothing_hidden_reaches_the_terminal() {
        let found = Found::error("Invalid \u{200b}name").detail("It is \"a\u{2028}\u{1b}[2J\".");
        let told = diagnostics(found.into()).remove(0);
        assert_eq!(told.summary, "Invalid \\u{200b}name");
        assert_eq!(told.detail, "It is \"a\\u{2028}\\u{1b}[2J\".");
    }
}
