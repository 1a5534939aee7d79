//! Texts on their way to a terminal. They quote names, keys and IDs that others wrote, so nothing
//! in them may move the cursor, hide, or bury the rest.

use std::fmt::Write;

use vocabulary::is_invisible;

/// Longest word shown whole, in characters. The longest that is worth reading is a polling URL.
const MAX_WORD_CHARS: usize = 1_000;
/// What is shown of a longer one.
const WORD_HEAD_CHARS: usize = 200;
/// Longest text shown whole, in characters.
const MAX_TEXT_CHARS: usize = 16_000;

/// The same text with every character visible: what a terminal would obey or hide stands as its
/// code, such as `\u{200b}`, and what is too long is cut, with its length beside it.
pub(super) fn printable(text: &str) -> String {
    if text.len() <= MAX_WORD_CHARS && !text.chars().any(is_hidden) {
        return text.to_owned();
    }
    let words = text.split_inclusive(char::is_whitespace);
    let shown = words.fold(String::with_capacity(text.len().min(MAX_TEXT_CHARS)), |shown, word| {
        let (head, cut) = truncate_word(word);
        let mut shown = head.chars().fold(shown, push_visible);
        shown.push_str(&cut);
        shown
    });
    truncate_middle(shown)
}

/// A word, or the head of a long one and how long it is.
fn truncate_word(word: &str) -> (&str, String) {
    let Some(_) = word.char_indices().nth(MAX_WORD_CHARS) else { return (word, String::new()) };
    let end = word.char_indices().nth(WORD_HEAD_CHARS).map_or(word.len(), |(at, _)| at);
    let bare = word.trim_end();
    (&word[..end], format!("… ({} characters){}", bare.chars().count(), &word[bare.len()..]))
}

fn push_visible(mut shown: String, c: char) -> String {
    if is_hidden(c) {
        // Writing into a String cannot fail.
        let _ = write!(shown, "{}", c.escape_unicode());
    } else {
        shown.push(c);
    }
    shown
}

/// What a terminal obeys or does not show: control characters but line feed and tab, separators of
/// lines, and the format characters of Unicode, such as zero-width spaces and text direction.
fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        c if c.is_ascii() => c.is_ascii_control(),
        '\u{2028}' | '\u{2029}' => true,
        c => c.is_control() || is_invisible(c),
    }
}

/// Beginning and end of a text that is too long: the end says what to do.
fn truncate_middle(text: String) -> String {
    let length = text.chars().count();
    if length <= MAX_TEXT_CHARS {
        return text;
    }
    let head: String = text.chars().take(MAX_TEXT_CHARS / 2).collect();
    let tail: String = text.chars().skip(length - MAX_TEXT_CHARS / 2).collect();
    format!("{head}\n… ({} characters left out)\n{tail}", length - MAX_TEXT_CHARS / 2 * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_hides_or_commands_stands_as_its_code() {
        for (text, expected) in [
            ("a\u{200b}b", "a\\u{200b}b"),
            ("\u{feff}name", "\\u{feff}name"),
            ("one\u{2028}two\u{2029}", "one\\u{2028}two\\u{2029}"),
            ("\u{202e}evil", "\\u{202e}evil"),
            ("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}"),
            ("over\rwritten", "over\\u{d}written"),
            ("soft\u{ad}hyphen", "soft\\u{ad}hyphen"),
            ("tag\u{e0041}s", "tag\\u{e0041}s"),
            ("next\u{85}line", "next\\u{85}line"),
            ("blank\u{3164}", "blank\\u{3164}"),
            ("lines\nand\ttabs", "lines\nand\ttabs"),
            ("東京, ñ, e\u{301}, \u{1f600}, …", "東京, ñ, e\u{301}, \u{1f600}, …"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }

    #[test]
    fn a_name_of_a_megabyte_is_cut_and_what_follows_is_not() {
        let name = "n".repeat(1 << 20);
        let shown = printable(&format!("There is no {name:?}. Choose another name."));
        assert!(shown.starts_with("There is no \"nnn"), "{}", &shown[..40]);
        assert!(shown.ends_with("… (1048579 characters) Choose another name."), "{shown}");
        let url = format!("https://arm.example/{}", "x".repeat(900));
        assert_eq!(printable(&url), url);
    }

    #[test]
    fn a_text_of_many_words_keeps_its_beginning_and_its_end() {
        let shown = printable(&format!("First. {} Last.", "word ".repeat(1 << 18)));
        assert!(shown.starts_with("First. word"), "{}", &shown[..40]);
        assert!(shown.ends_with("word  Last."), "{}", &shown[shown.len() - 40..]);
        assert!(shown.contains("characters left out"));
        assert!(shown.chars().count() < MAX_TEXT_CHARS + 60);
    }
}
