//! What the provider prints of errors that it knows, as tables: diagnostics fill their texts in, and the
//! guide to troubleshooting lists them.

use framework::Diagnostic;

/// A message of the provider's own. In its texts, what stands in braces is a placeholder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message {
    /// What a user sees first.
    pub(crate) summary: &'static str,
    /// What it is of, where several have this summary; else empty.
    pub(crate) of: &'static str,
    /// Why it came, and what to do unless `fix` says it.
    pub(crate) detail: &'static str,
    /// What to do, as paragraphs of its own; else empty.
    pub(crate) fix: &'static str,
}

impl Message {
    /// The error, with these values in the place of the placeholders, such as `id`.
    pub(crate) fn error(&self, values: &[(&str, &str)]) -> Diagnostic {
        let parts = [self.detail, self.fix].into_iter().filter(|part| !part.is_empty());
        let parts: Vec<_> = parts.map(|part| fill(part, values)).collect();
        Diagnostic::error(self.summary).detail(parts.join("\n\n"))
    }

    /// The message as the guide to troubleshooting lists it.
    pub(crate) fn row(&self) -> (&'static str, Explanation) {
        let Message { summary, of, detail, fix } = *self;
        // What differs each time explains nothing.
        let (cause, fix) = if detail == "{why}" { (fix, "") } else { (detail, fix) };
        let (cause, fix) = (cause.to_owned(), fix.to_owned());
        (summary, Explanation { of, known_by: String::new(), cause, fix })
    }
}

/// The text with values in the place of its placeholders. A value is not looked at again.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let value = after.split_once('}').and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((*value, after))
        });
        let (text, left) = value.unwrap_or(("{", after));
        filled.push_str(text);
        rest = left;
    }
    filled + rest
}

/// A part of the guide to troubleshooting.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Its heading.
    pub title: &'static str,
    /// What stands below the heading: one paragraph of Markdown.
    pub introduction: &'static str,
    /// In the order of the table that they come from.
    pub entries: Vec<Entry>,
}

/// Something that is printed, and what it means.
#[derive(Clone, Debug)]
pub struct Entry {
    /// A code, or words of the message; `…` for what differs.
    pub printed: &'static str,
    /// Of several, the first whose `of` is so.
    pub explanations: Vec<Explanation>,
}

/// What something means, and what to do. In its texts, what stands in braces is a placeholder, and
/// lines that begin with two spaces are commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What the error is of; empty: of anything.
    pub of: &'static str,
    /// The texts by which it is known, as Markdown; empty where what is printed tells.
    pub known_by: String,
    /// Why it came. Never empty.
    pub cause: String,
    /// What to do; empty where the cause says it.
    pub fix: String,
}

impl Entry {
    /// One entry for all that is printed alike, each explanation once.
    pub(crate) fn group(rows: impl IntoIterator<Item = (&'static str, Explanation)>) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for (printed, explanation) in rows {
            match entries.iter_mut().find(|entry| entry.printed == printed) {
                Some(entry) if entry.explanations.contains(&explanation) => {}
                Some(entry) => entry.explanations.push(explanation),
                None => entries.push(Entry { printed, explanations: vec![explanation] }),
            }
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_once_and_other_braces_stay() {
        for (text, expected) in [
            ("{id} of {id}", "{name} of {name}"),
            ("{ mode = \"x\" }, {other}, {", "{ mode = \"x\" }, {other}, {"),
            ("a {name}b", "a 1b"),
        ] {
            assert_eq!(fill(text, &[("id", "{name}"), ("name", "1")]), expected);
        }
    }

    #[test]
    fn what_is_printed_alike_is_one_entry() {
        let rows = [("A", "one"), ("B", "two"), ("A", "three"), ("A", "one")];
        let rows = rows.map(|(summary, detail)| Message { summary, of: "", detail, fix: "" }.row());
        let entries = Entry::group(rows);
        let causes: Vec<Vec<_>> = entries
            .iter()
            .map(|entry| entry.explanations.iter().map(|it| &*it.cause).collect())
            .collect();
        assert_eq!(causes, [vec!["one", "three"], vec!["two"]]);
    }
}
