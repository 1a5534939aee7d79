//! Looks for secrets where they must not be: in any form, whole or cut off at either end.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value as Json;

/// So many letters at an end of a form betray it.
const TELLING: usize = 12;

/// The first of these secrets, each with what it is called, of which a part stands in a text: what
/// it is called, and the part.
pub fn find_leak<'a>(
    text: &str, secrets: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Option<String> {
    let parts: Vec<(&str, String)> = secrets
        .into_iter()
        .flat_map(|(name, secret)| {
            let parts = forms(secret).into_iter().flat_map(|form| ends(&squeeze(&form)));
            parts.map(move |part| (name, part))
        })
        .collect();
    let text = squeeze(text);
    let found = find_first(text.as_bytes(), &parts)?;
    Some(format!("{}: {:?}", found.0, found.1))
}

/// In one go, whatever the number of parts: a log is long.
fn find_first<'a, 'b>(
    text: &[u8], parts: &'a [(&'b str, String)],
) -> Option<&'a (&'b str, String)> {
    let begin = |pair: &[u8]| usize::from(pair[0]) << 8 | usize::from(pair[1]);
    let mut begins = vec![false; 1 << 16];
    for (_, part) in parts.iter().filter(|(_, part)| part.len() > 1) {
        begins[begin(part.as_bytes())] = true;
    }
    let places = text.windows(2).enumerate().filter(|(_, pair)| begins[begin(pair)]);
    places.map(|(at, _)| &text[at..]).find_map(|rest| {
        parts.iter().find(|(_, part)| part.len() > 1 && rest.starts_with(part.as_bytes()))
    })
}

/// A secret as it is, and as it looks encoded: what a service may repeat of it.
pub fn forms(secret: &str) -> Vec<String> {
    let once = escape(secret);
    let hex = secret.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let mut forms = vec![
        secret.to_owned(),
        escape(&once),
        once,
        percent(secret, |byte| format!("%{byte:02X}")),
        percent(secret, |byte| format!("%{byte:02x}")),
        hex.to_uppercase(),
        hex,
    ];
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for before in 0..3 {
            // In a longer text it may begin at three places; the letters at its ends are not its own.
            let longer = engine.encode([&[0; 2][..before], secret.as_bytes()].concat());
            let own = (before * 8).div_ceil(6)..(before + secret.len()) * 8 / 6;
            forms.push(longer[own].to_owned());
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

/// As in a text of JSON.
fn escape(text: &str) -> String {
    let quoted = Json::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn percent(text: &str, hex: fn(u8) -> String) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let one = |byte| if is_plain(byte) { char::from(byte).into() } else { hex(byte) };
    text.bytes().map(one).collect()
}

fn ends(form: &str) -> Vec<String> {
    let letters: Vec<char> = form.chars().collect();
    if letters.len() <= TELLING {
        return vec![form.to_owned()];
    }
    [&letters[..TELLING], &letters[letters.len() - TELLING..]].map(String::from_iter).to_vec()
}

/// Without white space and escaped line breaks, which hide what they split.
fn squeeze(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '\\' || c.is_whitespace()) {
        squeezed.push_str(&rest[..at]);
        rest = &rest[at..];
        let backslashes = rest.len() - rest.trim_start_matches('\\').len();
        let after = &rest[backslashes..];
        rest = if backslashes == 0 {
            rest.trim_start()
        } else if after.starts_with(['n', 'r']) {
            &after[1..]
        } else {
            squeezed.push_str(&rest[..backslashes]);
            after
        };
    }
    squeezed + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECRET: &str = "w7Qz/Pr0tected+\"7f\"&end-9k";

    fn leaks(text: &str) -> bool {
        find_leak(text, [("the secret", SECRET)]).is_some()
    }

    #[test]
    fn a_secret_is_found_in_every_form_and_in_part() {
        let nested = json!({ "body": json!({ "a": SECRET }).to_string() }).to_string();
        let encoded = STANDARD_NO_PAD.encode(SECRET);
        let lines = |text: &str, by: &str| {
            text.chars().fold(String::new(), |all, c| all + &format!("{c}{by}"))
        };
        let hex = SECRET.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}"));
        for text in [
            SECRET,
            &nested,
            &encoded,
            &lines(&encoded, "\n  "),
            &lines(SECRET, "\\n"),
            &lines(SECRET, "\\\\n"),
            &STANDARD_NO_PAD.encode(format!("user:{SECRET}")),
            &URL_SAFE_NO_PAD.encode(format!("a {SECRET} b")),
            "w7Qz%2FPr0tected%2B%227f%22%26end-9k",
            "w7Qz%2fPr0tected%2b%227f%22%26end-9k",
            &hex,
            "cut off: w7Qz/Pr0tecte…",
            "…+\"7f\"&end-9k",
        ] {
            assert!(leaks(&format!("before {text} after")), "{text}");
        }
        for text in ["", "nothing of it", "w7Qz/Pr0te is too little", "Pr0tected"] {
            assert!(!leaks(text), "{text}");
        }
    }

    #[test]
    fn what_was_found_is_named() {
        let secrets = [("one", "first-secret-1"), ("other", "second-secret-2")];
        let found = find_leak("it is second-secret-2", secrets);
        assert_eq!(found.as_deref(), Some("other: \"second-secre\""));
    }
}
