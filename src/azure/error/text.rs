//! Text of others, made fit to be shown.

use vocabulary::is_invisible;

/// Longest message kept, in characters: Helm's texts are long, terminals are not.
const MAX_CHARS: usize = 4096;
/// Longest quotation of a body that is no ARM error, in characters.
const MAX_SNIPPET_CHARS: usize = 300;
/// What stands for the rest of a text that was cut off. Whoever strikes secrets looks before it for the
/// beginning of one.
const CUT: char = '…';

/// Without what a terminal would obey or hide, capped in length.
pub(crate) fn clean_text(text: &str) -> String {
    truncate(text.trim().chars().filter_map(visible_char), MAX_CHARS)
}

/// Without what a terminal would obey or hide: for texts of the service that go into a state.
pub fn strip_unprintable(text: &str) -> String {
    text.chars().filter_map(visible_char).collect()
}

/// A body that is no ARM error as one short line: without tags, without control characters.
pub(crate) fn snippet(body: &str) -> String {
    let mut inside = false;
    let visible = body.chars().map(|c| match c {
        '<' => {
            inside = true;
            ' '
        }
        '>' if inside => {
            inside = false;
            ' '
        }
        _ if inside => ' ',
        other => other,
    });
    let mut line = excerpt(&visible.collect::<String>());
    if is_cut_json(body) && !line.ends_with(CUT) {
        line.push(CUT);
    }
    line
}

/// Whether a body is the beginning of JSON: the connection may have broken in the middle of a word.
fn is_cut_json(body: &str) -> bool {
    let is_json = body.trim_start().starts_with(['{', '[']);
    is_json && serde_json::from_str::<serde::de::IgnoredAny>(body).is_err()
}

/// One short line of a text.
pub(crate) fn excerpt(text: &str) -> String {
    // Cut before the work, so that a body of megabytes costs nothing.
    let head = truncate(text.chars(), MAX_CHARS * 4);
    let line = head.split_whitespace().collect::<Vec<_>>().join(" ");
    truncate(line.chars().filter_map(visible_char), MAX_SNIPPET_CHARS)
}

fn visible_char(c: char) -> Option<char> {
    match c {
        '\n' => Some('\n'),
        '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if c.is_control() || is_invisible(c) => None,
        c => Some(c),
    }
}

fn truncate(chars: impl Iterator<Item = char>, longest: usize) -> String {
    let mut chars = chars.peekable();
    let mut kept: String = chars.by_ref().take(longest).collect();
    if chars.peek().is_some() {
        kept.push(CUT);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_length_is_capped() {
        assert_eq!(clean_text("a\u{1b}[31mred\u{7}\r\n\tb\u{202e}c\u{9b}"), "a[31mred\n bc");
        assert_eq!(clean_text(&"x".repeat(5000)).chars().count(), MAX_CHARS + 1);
        assert_eq!(clean_text(&"x".repeat(MAX_CHARS)).chars().count(), MAX_CHARS);
    }

    #[test]
    fn what_cannot_be_seen_goes() {
        for (text, expected) in [
            ("a\u{200b}b\u{feff}c", "abc"),
            ("\u{feff}first", "first"),
            ("one\u{2028}two\u{2029}three", "one two three"),
            ("zero\u{200d}width\u{2060}joiner", "zerowidthjoiner"),
            ("tag\u{e0041}s, soft\u{ad}hyphen, blank\u{3164}", "tags, softhyphen, blank"),
            ("\u{2066}left\u{2069} \u{61c}right", "left right"),
            ("東京, e\u{301}, \u{1f600}", "東京, e\u{301}, \u{1f600}"),
        ] {
            assert_eq!(clean_text(text), expected);
            assert_eq!(excerpt(text), expected);
        }
    }

    #[test]
    fn a_page_is_quoted_as_a_line() {
        let page =
            "<html><head><title>502 Bad\nGateway</title></head><body><h1>Oops</h1></body></html>";
        assert_eq!(snippet(page), "502 Bad Gateway Oops");
        assert_eq!(snippet(&"y".repeat(1 << 20)).chars().count(), MAX_SNIPPET_CHARS + 1);
        let blank = " ".repeat(MAX_CHARS * 4 - 3);
        assert_eq!(snippet(&format!("{blank}secret")), "sec…");
        assert_eq!(snippet("{\"message\": \"sec"), "{\"message\": \"sec…");
        assert_eq!(snippet("{\"message\": \"secret\"}"), "{\"message\": \"secret\"}");
    }
}
