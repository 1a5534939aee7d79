//! Workflow commands of GitHub Actions, which shows them beside the lines of a pull request.

use super::Annotation;

/// `::warning file=…,line=…::…`, a line for each warning.
pub(crate) fn workflow_commands(annotations: &[Annotation]) -> String {
    annotations.iter().map(command).collect()
}

fn command(annotation: &Annotation) -> String {
    let place = annotation
        .place
        .as_ref()
        .map(|place| format!("file={},line={},", escape_property(&place.file), place.line));
    let module = annotation.module.as_ref().map(|name| format!(", {name}"));
    let title = format!("Azure ML{}", module.unwrap_or_default());
    let (place, title) = (place.unwrap_or_default(), escape_property(&title));
    format!("::warning {place}title={title}::{}\n", escape(&annotation.message()))
}

/// As the toolkit of GitHub Actions escapes a message.
fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The same of a property, which ends at a comma or a colon.
fn escape_property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{escape, escape_property};

    #[test]
    fn nothing_ends_a_command_or_begins_another() {
        assert_eq!(escape("100%\r\n::error::x"), "100%25%0D%0A::error::x");
        assert_eq!(escape_property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
    }
}
