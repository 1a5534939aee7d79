//! What a plugin complains of, as far as it may be shown.

/// How many lines are shown, and how long they may be together.
const MAX_LINES: usize = 5;
const MAX_CHARS: usize = 1000;
/// What stands for a secret in a text.
const REDACTED: &str = "(sensitive)";
/// A shorter value is struck where it is a word of its own.
const MIN_PART_CHARS: usize = 8;

/// The last lines of stderr behind a colon, without the texts that are hidden, their lines, and what
/// looks like a token.
pub(super) fn last_lines(stderr: &[u8], hidden: &[&str]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let printable = |line: &str| line.chars().filter(|c| !c.is_control()).collect::<String>();
    let lines: Vec<_> =
        text.lines().map(printable).filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(MAX_LINES)..].join(" / ");
    let mut told = strike_tokens(&last);
    for text in hidden {
        told = strike(&told, text.trim());
        let lines = text.lines().map(str::trim).filter(|_| text.trim().contains('\n'));
        told = lines.fold(told, |told, line| strike(&told, line));
    }
    let surplus = told.chars().count().saturating_sub(MAX_CHARS);
    if surplus > 0 {
        // Whoever strikes secrets must see that the first word may be the end of a longer one.
        told = "…".chars().chain(told.chars().skip(surplus)).collect();
    }
    if told.is_empty() { String::new() } else { format!(": {}", told.trim()) }
}

fn strike(text: &str, secret: &str) -> String {
    let says_nothing = secret.is_empty()
        || secret.bytes().all(|byte| byte.is_ascii_digit())
        || ["true", "false"].iter().any(|word| secret.eq_ignore_ascii_case(word));
    if says_nothing {
        return text.to_owned();
    }
    if secret.chars().count() >= MIN_PART_CHARS {
        return text.replace(secret, REDACTED);
    }
    replace_words(text, |word| word == secret)
}

/// Strikes JSON Web Tokens, which need not be among the variables.
fn strike_tokens(text: &str) -> String {
    let is_token = |word: &str| word.starts_with("eyJ") && word.matches('.').count() >= 1;
    replace_words(text, is_token)
}

/// Replaces words of which a condition is true; a word has the characters of a token.
fn replace_words(text: &str, is_secret: impl Fn(&str) -> bool) -> String {
    let is_part = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let mut told = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        told.push_str(if is_secret(word) { REDACTED } else { word });
        let gap = after.find(is_part).unwrap_or(after.len());
        told.push_str(&after[..gap]);
        rest = &after[gap..];
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_and_tokens_are_struck() {
        for (said, values, expected) in [
            ("", vec![], ""),
            ("first\n\n second\n", vec![], ": first /  second"),
            ("1\n2\n3\n4\n5\n6", vec![], ": 2 / 3 / 4 / 5 / 6"),
            ("password longsecret-1x", vec!["longsecret-1"], ": password (sensitive)x"),
            ("pw abc, abcd", vec!["abc"], ": pw (sensitive), abcd"),
            ("true is 1", vec!["true", "1"], ": true is 1"),
            ("got eyJhbGciOi.eyJzdWIi.c2ln!", vec![], ": got (sensitive)!"),
            ("\u{1b}[31mred", vec![], ": [31mred"),
            (
                "env\nKEY=first-line\nsecond-line\nend",
                vec!["first-line\nsecond-line\n"],
                ": env / KEY=(sensitive) / (sensitive) / end",
            ),
        ] {
            assert_eq!(last_lines(said.as_bytes(), &values), expected, "{said}");
        }
        let cut = last_lines("x".repeat(5000).as_bytes(), &[]);
        assert!(cut.starts_with(": …x") && cut.chars().count() == MAX_CHARS + 3, "{cut}");
    }
}
