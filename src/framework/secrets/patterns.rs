//! What looks like a secret, whoever it belongs to: keys of connection strings, PEM blocks, JSON web
//! tokens.

use std::ops::Range;

/// Names whose value is a key, in small letters, in connection strings and in JSON.
const KEYS: [&str; 5] =
    ["sharedaccesskey", "accountkey", "primarykey", "secondarykey", "primarysharedkey"];
/// A shorter value is a placeholder.
const SHORTEST_KEY: usize = 8;
/// The beginning of a JSON object in base64: of the head and of the claims of a token.
const OBJECT: &str = "eyJ";
/// A shorter word is no token.
const SHORTEST_TOKEN: usize = 20;

/// Where they stand.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // The same bytes in small letters: places are the same.
    let lower_case = text.to_ascii_lowercase();
    for name in KEYS {
        let after = lower_case.match_indices(name).map(|(at, _)| at + name.len());
        found.extend(after.filter_map(|at| key_value(text, at)));
    }
    found.extend(pem_blocks(text));
    found.extend(json_web_tokens(text));
    found
}

/// The value behind `=`, `%3D` or `":`.
fn key_value(text: &str, mut at: usize) -> Option<Range<usize>> {
    let mut assigned = false;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '"' | '\\' | '\'' | ' ' => {}
            '=' | ':' if !assigned => assigned = true,
            '%' if !assigned && text[at..].to_ascii_lowercase().starts_with("%3d") => {
                assigned = true;
                at += 2;
            }
            _ => break,
        }
        at += c.len_utf8();
    }
    let is_part = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '%' | '-' | '_' | '\\')
    };
    let value = text[at..].split(|c| !is_part(c)).next().unwrap_or_default();
    let value = &value[..value.to_ascii_lowercase().find("%3b").unwrap_or(value.len())];
    (assigned && value.len() >= SHORTEST_KEY).then(|| at..at + value.len())
}

/// From `-----BEGIN` to the end of its `-----END` line, or of what is left of the block.
fn pem_blocks(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (begin, _) in text.match_indices("-----BEGIN ") {
        if found.last().is_some_and(|last| begin < last.end) {
            continue;
        }
        let Some(head) = text[begin + 5..].find("-----").map(|at| begin + 5 + at + 5) else {
            continue;
        };
        let end = match text[head..].find("-----END ") {
            Some(at) => {
                let foot = head + at + 5;
                text[foot..].find("-----").map_or(text.len(), |at| foot + at + 5)
            }
            None => head + base64_length(&text[head..]),
        };
        let inside = text[head..end].chars().filter(char::is_ascii_alphanumeric).count();
        if inside >= SHORTEST_KEY {
            found.push(begin..end);
        }
    }
    found
}

/// How far base64 and line breaks go, escaped ones too.
fn base64_length(text: &str) -> usize {
    let is_part = |c: char| {
        c.is_ascii_alphanumeric() || c.is_whitespace() || matches!(c, '+' | '/' | '=' | '\\')
    };
    // Words of a sentence that follows are no base64: a line of it is long.
    let mut end = 0;
    for word in text.split_inclusive(|c: char| c.is_whitespace() || c == '\\') {
        let own = word.trim_end_matches(|c: char| c.is_whitespace() || c == '\\');
        if !own.chars().all(is_part) || (end > 0 && !own.is_empty() && own.len() < SHORTEST_KEY) {
            let kept = own.find(|c| !is_part(c)).filter(|&at| at >= SHORTEST_KEY);
            return end + kept.unwrap_or(0);
        }
        end += word.len();
    }
    end
}

fn json_web_tokens(text: &str) -> impl Iterator<Item = Range<usize>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=');
    text.match_indices(OBJECT).filter_map(move |(at, _)| {
        let before = text[..at].chars().next_back();
        let word = text[at..].split(|c| !is_part(c)).next().unwrap_or_default();
        let word = word.trim_end_matches('.');
        let cut = text[at + word.len()..].starts_with('…');
        let several = word.matches('.').count() >= 1 || cut;
        let begins = !before.is_some_and(|c| c.is_ascii_alphanumeric());
        (begins && several && word.len() >= SHORTEST_TOKEN).then(|| at..at + word.len())
    })
}
