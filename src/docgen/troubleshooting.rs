//! The lists of the guide to troubleshooting, from the tables that the provider's diagnostics are made of.

use provider::{TroubleshootingEntry, TroubleshootingExplanation, TroubleshootingTopic};

/// A section for each topic, with a heading for each thing that is printed, by the alphabet.
pub(crate) fn sections(topics: &[TroubleshootingTopic]) -> String {
    topics.iter().map(section).collect::<Vec<_>>().join("\n\n")
}

fn section(topic: &TroubleshootingTopic) -> String {
    let mut entries: Vec<_> = topic.entries.iter().collect();
    entries.sort_by_key(|entry| entry.printed.to_lowercase());
    let entries = entries.into_iter().map(render_entry);
    let head = format!("## {}\n\n{}", topic.title, topic.introduction);
    [head].into_iter().chain(entries).collect::<Vec<_>>().join("\n\n")
}

fn render_entry(entry: &TroubleshootingEntry) -> String {
    let explanations = match &entry.explanations[..] {
        [only] => vec![render_explanation(only, &describe_condition(only, ""))],
        all => all
            .iter()
            .map(|it| render_explanation(it, &describe_condition(it, "Otherwise")))
            .collect(),
    };
    let head = format!("### {}", entry.printed);
    [head].into_iter().chain(explanations).collect::<Vec<_>>().join("\n\n")
}

/// When an explanation is the one; `otherwise` where nothing is said of that.
fn describe_condition(explanation: &TroubleshootingExplanation, otherwise: &str) -> String {
    match (explanation.of, &*explanation.known_by) {
        ("", "") => otherwise.to_owned(),
        ("", known_by) => format!("With {known_by}"),
        (of, "") => format!("Of {of}"),
        (of, known_by) => format!("Of {of}, with {known_by}"),
    }
}

fn render_explanation(explanation: &TroubleshootingExplanation, condition: &str) -> String {
    let condition = match condition {
        "" => String::new(),
        condition => format!("*{condition}:* "),
    };
    let cause = format!("{condition}{}", render_text(&explanation.cause));
    let fix = render_text(&explanation.fix);
    if fix.is_empty() { cause } else { format!("{cause}\n\n{fix}") }
}

/// A text of a diagnostic as Markdown: indented lines are code.
fn render_text(text: &str) -> String {
    text.split("\n\n").map(render_paragraph).collect::<Vec<_>>().join("\n\n")
}

fn render_paragraph(paragraph: &str) -> String {
    if paragraph.lines().all(|line| line.starts_with("  ")) && !paragraph.is_empty() {
        let lines: Vec<_> = paragraph.lines().map(|line| &line[2..]).collect();
        let is_command =
            ["az ", "kubectl ", "terraform "].iter().any(|it| lines[0].starts_with(it));
        let language = if is_command { "shell" } else { "text" };
        return format!("```{language}\n{}\n```", fill(&lines.join("\n"), ["<", ">"]));
    }
    let parts = paragraph.split('`').enumerate().map(|(at, part)| {
        let is_code = at % 2 == 1;
        if is_code { fill(part, ["<", ">"]) } else { fill(&escape(part), ["`<", ">`"]) }
    });
    parts.collect::<Vec<_>>().join("`")
}

/// What Markdown would take for a tag or for emphasis.
fn escape(text: &str) -> String {
    text.replace('<', "\\<").replace('*', "\\*")
}

/// The text with its placeholders between these marks: `{cluster_name}` is the name of the cluster.
fn fill(text: &str, [open, close]: [&str; 2]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let is_letter = |letter: char| letter.is_ascii_lowercase() || letter == '_';
        let (text, left) = match after.split_once('}') {
            Some(("noun", left)) => ("object".to_owned(), left),
            Some((name, left)) if !name.is_empty() && name.chars().all(is_letter) => {
                (format!("{open}{}{close}", name.replace('_', " ")), left)
            }
            _ => ("{".to_owned(), after),
        };
        filled.push_str(&text);
        rest = left;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_markdown() {
        for (text, expected) in [
            ("The {noun} of {group}.", "The object of `<group>`."),
            ("Set `a = \"{name}\"` in <it>, *.x", "Set `a = \"<name>\"` in \\<it>, \\*.x"),
            ("Write `timeouts { {timeout} = 1 }`.", "Write `timeouts { <timeout> = 1 }`."),
            (
                "Look:\n\n  az x --name {cluster_name}\n  az y\n\nThen go on.",
                "Look:\n\n```shell\naz x --name <cluster name>\naz y\n```\n\nThen go on.",
            ),
            ("One of\n\n  use_cli", "One of\n\n```text\nuse_cli\n```"),
        ] {
            assert_eq!(render_text(text), expected);
        }
    }

    #[test]
    fn entries_stand_by_the_alphabet_with_what_they_are_of() {
        let explanation = |of, cause: &str, fix: &str, known_by: &str| TroubleshootingExplanation {
            of,
            known_by: known_by.to_owned(),
            cause: cause.to_owned(),
            fix: fix.to_owned(),
        };
        let entry = |printed, explanations| TroubleshootingEntry { printed, explanations };
        let topic = TroubleshootingTopic {
            title: "Errors",
            introduction: "All.",
            entries: vec![
                entry(
                    "b",
                    vec![
                        explanation("a relay", "One.", "Do.", ""),
                        explanation("", "Two.", "", ""),
                    ],
                ),
                entry("A", vec![explanation("", "Three.", "", "`three`")]),
            ],
        };
        assert_eq!(
            sections(&[topic]),
            "## Errors\n\nAll.\n\n### A\n\n*With `three`:* Three.\n\n### b\n\n\
             *Of a relay:* One.\n\nDo.\n\n*Otherwise:* Two."
        );
    }
}
