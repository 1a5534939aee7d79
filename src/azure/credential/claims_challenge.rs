//! What a service asks of the next token when it refuses one (continuous access evaluation).
//!
//! <https://learn.microsoft.com/entra/identity-platform/claims-challenge>

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::headers;
use crate::transport::Response;

/// Services pad, or not, and write either alphabet.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const ENGINES: [GeneralPurpose; 2] = [
    GeneralPurpose::new(&alphabet::STANDARD, LENIENT),
    GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT),
];

/// The claims of the first usable challenge of an answer, as JSON.
pub(crate) fn find_claims(answer: &Response) -> Option<String> {
    let headers = answer.headers.get_all(headers::WWW_AUTHENTICATE);
    headers.iter().filter_map(|header| header.to_str().ok()).find_map(claims_of_header)
}

/// The claims of the first challenge that has them, of all that a header holds.
fn claims_of_header(header: &str) -> Option<String> {
    let challenges = split_challenges(header).into_iter();
    let mut insufficient = challenges.filter(|challenge| {
        let scheme = challenge.scheme.eq_ignore_ascii_case("Bearer");
        scheme && challenge.parameter("error") == Some("insufficient_claims")
    });
    insufficient.find_map(|challenge| decode_claims(challenge.parameter("claims")?))
}

fn decode_claims(text: &str) -> Option<String> {
    let bytes = ENGINES.iter().find_map(|engine| engine.decode(text).ok())?;
    let claims = String::from_utf8(bytes).ok()?;
    let value: serde_json::Value = serde_json::from_str(&claims).ok()?;
    value.is_object().then_some(claims)
}

/// A scheme and its parameters (RFC 9110, section 11.6.1).
struct Challenge {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

fn split_challenges(header: &str) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    for item in split_items(header) {
        let (name, value) = item.split_once('=').unwrap_or((&item, ""));
        // A new scheme stands before the first of its parameters.
        let name = match name.trim().rsplit_once(char::is_whitespace) {
            Some((scheme, name)) => {
                challenges.push(Challenge { scheme: scheme.trim().into(), parameters: vec![] });
                name
            }
            None if value.is_empty() => {
                challenges.push(Challenge { scheme: name.trim().into(), parameters: vec![] });
                continue;
            }
            None => name.trim(),
        };
        if let Some(challenge) = challenges.last_mut() {
            challenge.parameters.push((name.to_owned(), unquote(value.trim())));
        }
    }
    challenges
}

/// The parts between commas that stand outside of quotes.
fn split_items(header: &str) -> Vec<String> {
    let (mut items, mut item) = (Vec::new(), String::new());
    let (mut is_quoted, mut is_escaped) = (false, false);
    for letter in header.chars() {
        match letter {
            ',' if !is_quoted => items.push(std::mem::take(&mut item)),
            _ => {
                is_quoted ^= letter == '"' && !is_escaped;
                is_escaped = is_quoted && letter == '\\' && !is_escaped;
                item.push(letter);
            }
        }
    }
    items.push(item);
    items.retain(|item| !item.trim().is_empty());
    items
}

fn unquote(value: &str) -> String {
    let Some(inside) = value.strip_prefix('"') else { return value.to_owned() };
    let inside = inside.strip_suffix('"').unwrap_or(inside);
    let mut letters = inside.chars();
    std::iter::from_fn(|| match letters.next()? {
        '\\' => letters.next(),
        letter => Some(letter),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usable_challenge_is_found_and_no_other() {
        let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#;
        let base64 = base64::engine::general_purpose::STANDARD.encode(claims);
        let unpadded = base64.trim_end_matches('=');
        let good = format!(r#"Bearer error="insufficient_claims", claims="{base64}""#);
        for (header, is_found) in [
            (good.clone(), true),
            (format!(r#"bearer realm="", ERROR=insufficient_claims,claims={unpadded}"#), true),
            (format!(r#"Bearer claims="{base64}", error="insufficient_claims""#), true),
            (format!(r#"Bearer realm="a, \"b", {}"#, &good[7..]), true),
            // Several, of which the first has none, or nonsense.
            (format!("Negotiate, {good}"), true),
            (format!(r#"Basic realm="x", PoP nonce="y", {good}"#), true),
            (format!(r#"Bearer error="insufficient_claims", claims="?", {good}"#), true),
            (good.replace("insufficient_claims", "invalid_token"), false),
            (good.replace("Bearer", "PoP"), false),
            (r#"Bearer error="insufficient_claims", claims="not base64""#.to_owned(), false),
            (r#"Bearer error="insufficient_claims", claims="eyJ""#.to_owned(), false),
            (r#"Bearer error="insufficient_claims", claims="WzFd""#.to_owned(), false),
            (r#"Bearer error="insufficient_claims""#.to_owned(), false),
            ("Bearer".to_owned(), false),
            (String::new(), false),
            (r#"",=,",\"#.to_owned(), false),
        ] {
            let found = claims_of_header(&header);
            assert_eq!(found.as_deref(), is_found.then_some(claims), "{header}");
        }
    }
}
