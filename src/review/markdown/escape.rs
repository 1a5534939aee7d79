//! Text that somebody else wrote, made harmless: it can neither end a cell, a line or a code span, nor
//! start markup, link, mention anybody or turn the direction of what follows.

use std::fmt::Write;

/// A longer name or value is cut.
const LONGEST: usize = 300;
/// A longer sentence is cut, such as the message of a check.
const LONGEST_SENTENCE: usize = 1_000;
/// Keeps hosts from making links and mentions of plain text.
const BREAK: char = '\u{200b}';

/// A name or a value as a code span, in tables too. It is shown as it is, save that what cannot be
/// seen is spelled out, and that quotes show an empty text and spaces at its ends.
pub(super) fn code(text: &str) -> String {
    let (text, cut) = shorten(text, LONGEST);
    let seen = visible(text);
    let seen = if seen.trim() == seen && !seen.is_empty() { seen } else { format!("\"{seen}\"") };
    let seen = if cut { seen + "…" } else { seen };
    // Where a table splits at a pipe differs between hosts; behind an entity there is none.
    if seen.contains('|') { html_code(&seen) } else { span(&seen) }
}

fn span(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn html_code(text: &str) -> String {
    let mut escaped = String::from("<code>");
    for c in text.chars() {
        match c {
            // Writing to a string cannot fail.
            c if c.is_ascii_punctuation() => _ = write!(escaped, "&#{};", u32::from(c)),
            c => escaped.push(c),
        }
    }
    escaped + "</code>"
}

/// A sentence as text on one line. What stands between backticks becomes a code span.
pub(super) fn escape_prose(sentence: &str) -> String {
    let (sentence, cut) = shorten(sentence, LONGEST_SENTENCE);
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let sentence = words.join(" ") + if cut { "…" } else { "" };
    let parts: Vec<&str> = sentence.split('`').collect();
    let last = parts.len() - 1;
    let mut escaped = String::new();
    for (n, part) in parts.into_iter().enumerate() {
        match n % 2 {
            0 => escaped += &plain(&visible(part)),
            _ if n == last => escaped = escaped + "\\`" + &plain(&visible(part)),
            _ => escaped += &code(part),
        }
    }
    escaped
}

fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '|' => escaped += "&#124;",
            '\\' | '*' | '_' | '[' | ']' | '~' | '$' => escaped.extend(['\\', c]),
            '@' | '#' | '!' => escaped.extend([c, BREAK]),
            '/' if before == ':' => escaped.extend([BREAK, c]),
            '.' if before.eq_ignore_ascii_case(&'w') => escaped.extend([BREAK, c]),
            c => escaped.push(c),
        }
        before = c;
    }
    escaped
}

pub(super) fn shorten(text: &str, most: usize) -> (&str, bool) {
    match text.char_indices().nth(most) {
        Some((end, _)) => (&text[..end], true),
        None => (text, false),
    }
}

/// Spells out what cannot be seen: line ends, controls, and characters that turn the direction of
/// the text or take no room.
pub(crate) fn visible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => seen += "\\n",
            '\r' => seen += "\\r",
            '\t' => seen += "\\t",
            c if is_hidden(c) => _ = write!(seen, "\\u{{{:04X}}}", u32::from(c)),
            c => seen.push(c),
        }
    }
    seen
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::{code, escape_prose};

    #[test]
    fn a_value_is_a_code_span() {
        let cases = [
            ("gpu", "`gpu`"),
            ("", "`\"\"`"),
            (" a", "`\" a\"`"),
            ("a`b", "``a`b``"),
            ("``", "``` `` ```"),
            ("a\nb", "`a\\nb`"),
            ("a\u{202e}b", "`a\\u{202E}b`"),
            ("@team <b>", "`@team <b>`"),
            ("a|b", "<code>a&#124;b</code>"),
            ("a|<b>`", "<code>a&#124;&#60;b&#62;&#96;</code>"),
        ];
        for (text, expected) in cases {
            assert_eq!(code(text), expected, "{text:?}");
        }
        let long = code(&"x".repeat(1000));
        assert!(long.chars().count() < 310 && long.ends_with("…`"), "{long}");
    }

    #[test]
    fn a_sentence_stays_text() {
        let cases = [
            ("write `a = {}` here", "write `a = {}` here"),
            ("odd ` one", "odd \\` one"),
            ("<b> & *x* [y](z)", "&lt;b&gt; &amp; \\*x\\* \\[y\\](z)"),
            ("ask @team", "ask @\u{200b}team"),
            ("see #1", "see #\u{200b}1"),
            ("https://a.b", "https:\u{200b}//a.b"),
            ("www.a.b", "www\u{200b}.a.b"),
            ("a\n# b\t", "a #\u{200b} b"),
        ];
        for (sentence, expected) in cases {
            assert_eq!(escape_prose(sentence), expected, "{sentence:?}");
        }
    }
}
