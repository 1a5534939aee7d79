//! The form of sentences that users read.

/// Begins with a capital and ends with a full stop, unless it ends with `.`, `!`, `?` or `:`.
pub fn to_sentence(text: &str) -> String {
    let text = capitalize(text.trim());
    if text.ends_with(['.', '!', '?', ':']) { text } else { text + "." }
}

/// Begins with a capital, unless its first word is no plain word, such as `cluster_name` or a quotation.
pub fn capitalize(text: &str) -> String {
    let word = text.split_whitespace().next().unwrap_or_default();
    let word = word.trim_end_matches([',', ':', ';']);
    if !word.chars().all(|c| c.is_lowercase() || matches!(c, '\'' | '-')) {
        return text.to_owned();
    }
    let mut rest = text.chars();
    match rest.next() {
        Some(first) => first.to_uppercase().chain(rest).collect(),
        None => String::new(),
    }
}

/// Whether a character is invisible or changes the direction of text: Unicode's format characters and
/// its blank letters, such as U+3164. Control characters are not among them.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::to_sentence;

    #[test]
    fn a_sentence_has_a_capital_and_a_full_stop() {
        let cases = [
            ("the end", "The end."),
            ("Really?", "Really?"),
            ("\"x\" is odd", "\"x\" is odd."),
            ("", "."),
        ];
        for (text, expected) in cases {
            assert_eq!(to_sentence(text), expected);
        }
    }
}
