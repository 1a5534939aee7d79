//! Text of others, made fit to be shown.

/// Longest message kept, in characters: Helm's texts are long, terminals are not.
const LONGEST: usize = 4096;
/// Longest quotation of a body that is no ARM error, in characters.
const LONGEST_SNIPPET: usize = 300;

/// Without control characters (terminal escapes, text direction), capped in length.
pub(crate) fn clean(text: &str) -> String {
    cap(text.trim().chars().filter_map(shown), LONGEST)
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
    excerpt(&visible.collect::<String>())
}

/// One short line of a text.
pub(crate) fn excerpt(text: &str) -> String {
    // Cut before the work, so that a body of megabytes costs nothing.
    let head: String = text.chars().take(LONGEST * 4).collect();
    let line = head.split_whitespace().collect::<Vec<_>>().join(" ");
    cap(line.chars().filter_map(shown), LONGEST_SNIPPET)
}

fn shown(c: char) -> Option<char> {
    match c {
        '\n' => Some('\n'),
        '\t' => Some(' '),
        // Embeddings, overrides and isolates change the order in which a terminal shows the rest.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

fn cap(chars: impl Iterator<Item = char>, longest: usize) -> String {
    let mut chars = chars.peekable();
    let mut kept: String = chars.by_ref().take(longest).collect();
    if chars.peek().is_some() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s15_control_characters_go_and_length_is_capped() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}\r\n\tb\u{202e}c\u{9b}"), "a[31mred\n bc");
        assert_eq!(clean(&"x".repeat(5000)).chars().count(), LONGEST + 1);
        assert_eq!(clean(&"x".repeat(LONGEST)).chars().count(), LONGEST);
    }

    #[test]
    fn s15_a_page_is_quoted_as_a_line() {
        let page =
            "<html><head><title>502 Bad\nGateway</title></head><body><h1>Oops</h1></body></html>";
        assert_eq!(snippet(page), "502 Bad Gateway Oops");
        assert_eq!(snippet(&"y".repeat(1 << 20)).chars().count(), LONGEST_SNIPPET + 1);
    }
}
