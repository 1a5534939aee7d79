//! What is looked for of a secret: itself, its base64 and hexadecimal digits, and what is secret inside of it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroize;

/// A shorter text is redacted as a whole word only: inside of words it would riddle every message.
const LONG: usize = 8;
/// A shorter one is no secret worth the name, and a word of every message.
const SHORTEST: usize = 4;
/// A shorter stretch of base64 proves nothing.
const SHORTEST_STRETCH: usize = 12;
/// How often a secret is looked into: a key in a connection string in a document.
const DEEPEST: usize = 3;

/// One text that is looked for.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Form {
    pub(super) text: String,
    /// Whether it counts between other letters as well.
    pub(super) anywhere: bool,
}

impl Form {
    fn new(text: String) -> Form {
        let digits = text.chars().all(|c| c.is_ascii_digit());
        let anywhere = !digits && text.chars().count() >= LONG;
        Form { text, anywhere }
    }
}

impl Drop for Form {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

/// The secret as it is; `None` if it is too common to be one.
pub(super) fn raw(secret: &str) -> Option<Form> {
    let secret = secret.trim();
    (!is_common(secret)).then(|| Form::new(secret.to_owned()))
}

/// All forms of a secret.
pub(super) fn of(secret: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    collect_forms(secret, 0, &mut forms);
    forms
}

/// Whether a text would be found everywhere, whatever it is used for.
fn is_common(text: &str) -> bool {
    let short = text.chars().count();
    let number = short < LONG && text.parse::<f64>().is_ok();
    let word = ["true", "false", "null", "none"].iter().any(|word| text.eq_ignore_ascii_case(word));
    short < SHORTEST || number || word
}

fn collect_forms(secret: &str, depth: usize, forms: &mut Vec<Form>) {
    let Some(raw) = raw(secret) else { return };
    base64(&raw.text, forms);
    if secret != raw.text {
        base64(secret, forms);
    }
    let digits = hexadecimal(&raw.text);
    forms.extend([digits.to_uppercase(), digits].map(Form::new));
    if depth < DEEPEST {
        for part in inner_secrets(&raw.text) {
            collect_forms(&part, depth + 1, forms);
        }
    }
    forms.push(raw);
}

fn hexadecimal(secret: &str) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    secret.bytes().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect()
}

/// Its base64, and what is left of that where it is part of a longer text: the letters in the
/// middle, at each of the three places where it may begin.
fn base64(secret: &str, forms: &mut Vec<Form>) {
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        forms.push(Form::new(engine.encode(secret)));
        for before in 0..3 {
            let longer = [&[0; 2][..before], secret.as_bytes()].concat();
            let whole = longer.len() * 8 / 6;
            let own = (before * 8).div_ceil(6)..whole;
            let letters = engine.encode(longer);
            if own.len() >= SHORTEST_STRETCH {
                forms.push(Form::new(letters[own].to_owned()));
            }
        }
    }
}

// === what is secret inside of a secret ===

fn inner_secrets(secret: &str) -> Vec<String> {
    let mut parts = Vec::new();
    parts.extend(long_lines(secret));
    parts.extend(connection_string_keys(secret));
    parts.extend(url_password(secret));
    parts.extend(base64_content(secret));
    if let Ok(document @ serde_json::Value::Object(_)) = serde_json::from_str(secret) {
        collect_json_secrets(&document, false, &mut parts);
    }
    parts
}

/// The lines of a PEM file and of everything else that has several.
fn long_lines(secret: &str) -> impl Iterator<Item = String> {
    let several = secret.contains('\n');
    let long = |line: &&str| line.chars().count() >= LONG && !line.starts_with("-----");
    let lines = secret.lines().map(str::trim).filter(move |line| several && long(line));
    lines.map(str::to_owned)
}

/// The keys of a connection string: `Endpoint=…;SharedAccessKeyName=…;SharedAccessKey=…`.
fn connection_string_keys(secret: &str) -> impl Iterator<Item = String> {
    let pairs = secret.split(';').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, _)| is_secret_name(name)).map(|(_, value)| value.to_owned())
}

/// The password of a URL.
fn url_password(secret: &str) -> Option<String> {
    let (_, rest) = secret.split_once("://")?;
    let (login, _) = rest.split(['/', '?', '#']).next()?.rsplit_once('@')?;
    login.split_once(':').map(|(_, password)| password.to_owned())
}

/// What a secret says that is itself base64.
fn base64_content(secret: &str) -> Option<String> {
    let letters: String = secret.split_whitespace().collect();
    let bytes = STANDARD_NO_PAD.decode(letters.trim_end_matches('=')).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let printable = text.chars().all(|c| !c.is_control() || c.is_whitespace());
    (printable && text.chars().count() >= SHORTEST_STRETCH).then_some(text)
}

fn collect_json_secrets(value: &serde_json::Value, secret: bool, parts: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) if secret => parts.push(text.clone()),
        serde_json::Value::Array(items) => {
            for item in items {
                collect_json_secrets(item, secret, parts);
            }
        }
        serde_json::Value::Object(members) => {
            for (name, member) in members {
                collect_json_secrets(member, secret || is_secret_name(name), parts);
            }
        }
        _ => {}
    }
}

fn is_secret_name(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    let secret = ["key", "secret", "password", "pwd", "token", "signature", "auth"];
    !name.ends_with("name") && secret.iter().any(|word| name.contains(word))
}
