//! Kinds of secrets, the forms in which they come back, and the places where.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::{REDACTED, Secrets, redact_active, redact_service_texts};
use crate::context::Private;
use crate::schema::{Schema, objects, text, text_map};
use crate::value::Value;
use vocabulary::{Diagnostic, Diagnostics};

/// None is of use anywhere. The key of the PEM block is one of RFC 8410, section 10.3.
const KEY: &str = "zk4R+q/8Vd1+6yZ0aQwErTyUiOpLkJhGfDsAzXcVbNm=";
const CONNECTION: &str = "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=rule;SharedAccessKey=zk4R+q/8Vd1+6yZ0aQwErTyUiOpLkJhGfDsAzXcVbNm=;EntityPath=hc";
const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJ0ZXN0cyJ9.c2lnbmF0dXJl";

fn knowing(secrets: &[&str]) -> Secrets {
    let known = Secrets::default();
    for secret in secrets {
        known.learn(secret);
    }
    known
}

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn percent(text: &str, hex: fn(u8) -> String) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let one = |byte| if plain(byte) { char::from(byte).into() } else { hex(byte) };
    text.bytes().map(one).collect()
}

/// The forms of a text that a service may answer with, each by its name.
fn forms(text: &str) -> Vec<(&'static str, String)> {
    vec![
        ("as it is", text.to_owned()),
        ("base64", STANDARD.encode(text)),
        ("base64 of URLs", URL_SAFE_NO_PAD.encode(text)),
        ("base64 of a longer text", STANDARD.encode(format!("user:{text}, and more"))),
        ("percent", percent(text, |byte| format!("%{byte:02X}"))),
        ("percent in small letters", percent(text, |byte| format!("%{byte:02x}"))),
        ("JSON", json(text)),
        ("JSON in JSON", json(&json(text))),
        ("JSON of .NET", json(text).replace('+', "\\u002B").replace("\\\"", "\\u0022")),
        ("JSON with slashes", json(text).replace('/', "\\/")),
        ("HTML", text.replace('&', "&amp;").replace('"', "&quot;").replace('+', "&#x2B;")),
        (
            "hexadecimal digits",
            text.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")),
        ),
        ("over lines", text.chars().flat_map(|c| [c, '\n']).collect()),
    ]
}

/// What of the secret is still to be read in a text: its longest stretch of more than seven
/// letters, in any of its forms.
fn leak(secret: &str, text: &str) -> Option<String> {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let text = squeezed(text);
    let forms = forms(secret).into_iter().filter(|(name, _)| *name != "base64 of a longer text");
    let stretches = forms.flat_map(|(_, form)| {
        let form: Vec<char> = squeezed(&form).chars().collect();
        form.windows(8).map(|window| window.iter().collect::<String>()).collect::<Vec<_>>()
    });
    stretches.into_iter().find(|stretch| text.contains(stretch))
}

#[test]
fn every_kind_is_struck_in_every_form() {
    let awkward = "a \"quoted\" & <odd>+secret/ü\\n";
    for secret in [KEY, "correct horse battery", awkward, "p+q/r\"s&t, longer", TOKEN] {
        let known = knowing(&[secret]);
        for (form, text) in forms(secret) {
            let said = format!("the value '{text}' is not allowed, {text}.");
            let redacted = known.redact(&said);
            assert_eq!(leak(secret, &redacted), None, "{secret} in {form}: {redacted}");
            assert!(redacted.starts_with("the value '") && redacted.ends_with('.'), "{redacted}");
        }
    }
}

#[test]
fn what_is_inside_a_secret_is_secret() {
    let document = format!(r#"{{"auths":{{"r.example":{{"auth":{}}}}}}}"#, serde_json::json!(KEY));
    let url = "https://user:Correct-horse-1@proxy.example:3128";
    let line = PEM.lines().nth(1).expect("a line");
    for (secret, inside) in [
        (CONNECTION, KEY),
        (PEM, line),
        (&document, KEY),
        (url, "Correct-horse-1"),
        (&STANDARD.encode(PEM), line),
        (&STANDARD.encode(CONNECTION), KEY),
        ("first line of two\nsecond line of two", "second line of two"),
    ] {
        let known = knowing(&[secret]);
        for (form, text) in forms(inside) {
            let redacted = known.redact(&format!("said: {text}"));
            assert_eq!(leak(inside, &redacted), None, "{form} in {secret}: {redacted}");
        }
    }
}

#[test]
fn short_secrets_are_struck_as_words_and_common_ones_never() {
    for (secret, text, expected) in [
        ("hunter2", "hunter2, hunter23 and xhunter2", "(sensitive), hunter23 and xhunter2"),
        ("abcd", "abcd: \"abcd\" (abcd) abcde", "(sensitive): \"(sensitive)\" ((sensitive)) abcde"),
        ("bus", "the service bus", "the service bus"),
        ("a", "a cluster has a name", "a cluster has a name"),
        ("", "nothing", "nothing"),
        ("true", "true is true", "true is true"),
        ("False", "False", "False"),
        ("12345", "code 12345", "code 12345"),
        ("1.5", "version 1.5", "version 1.5"),
        ("00000000", "/subscriptions/00000000-0000", "/subscriptions/00000000-0000"),
        ("long-secret", "xlong-secrety", "x(sensitive)y"),
    ] {
        assert_eq!(knowing(&[secret]).redact(text), expected, "{secret}");
    }
}

#[test]
fn striking_twice_is_striking_once() {
    let known = knowing(&["sensitive-thing", "sensitive", "(sensi"]);
    let once = known.redact("a sensitive-thing here");
    assert_eq!(once, "a (sensitive) here");
    assert_eq!(known.redact(&once), once);
}

#[test]
fn a_secret_that_was_cut_off_is_struck_to_its_end() {
    let known = knowing(&[KEY]);
    for length in 4..KEY.len() {
        let redacted = known.redact(&format!("the key {}…", &KEY[..length]));
        assert_eq!(redacted, format!("the key {REDACTED}…"), "{length}");
        let redacted = known.redact(&format!("…{} is bad", &KEY[KEY.len() - length..]));
        assert_eq!(redacted, format!("…{REDACTED} is bad"), "{length}");
    }
}

#[test]
fn shapes_are_struck_without_knowing_the_value() {
    let nobody = Secrets::default();
    let line = PEM.lines().nth(1).expect("a line");
    for (text, rest) in [
        (format!("bad: {CONNECTION}"), Some("EntityPath=hc")),
        (format!("bad: {}", json(&json(CONNECTION))), Some("EntityPath=hc")),
        (percent(CONNECTION, |byte| format!("%{byte:02X}")), Some("EntityPath")),
        (format!("accountkey={KEY}; and"), Some("; and")),
        (format!(r#"{{"primaryKey": "{KEY}", "keyName": "rule"}}"#), Some("keyName")),
        (format!("the key {PEM} is bad"), Some(" is bad")),
        (format!("the key {} is bad", json(PEM)), Some(" is bad")),
        (format!("the key {} is bad", PEM.replace('\n', " ")), Some(" is bad")),
        (format!("-----BEGIN RSA PRIVATE KEY-----\n{line}…"), None),
        (format!("Bearer {TOKEN} was refused."), Some(" was refused.")),
        (format!("token {}…", &TOKEN[..30]), None),
    ] {
        let redacted = nobody.redact(&text);
        for secret in [KEY, line, TOKEN] {
            assert_eq!(leak(secret, &redacted), None, "{text}: {redacted}");
        }
        assert!(redacted.contains(REDACTED), "{redacted}");
        assert!(rest.is_none_or(|rest| redacted.contains(rest)), "{redacted}");
    }
    for plain in [
        "Give `SharedAccessKey=…` or SharedAccessKey=<key>; not SharedAccessKeyName=RootManageKey.",
        "A certificate begins with -----BEGIN CERTIFICATE----- and ends with a line of its own.",
        "eyJ is not a token, and neither is /providers/eyJ.Ab.",
        "The primary key of the relay",
    ] {
        assert_eq!(nobody.redact(plain), plain);
    }
}

#[test]
fn secrets_print_nothing_and_the_log_knows_what_is_held() {
    let provider = knowing(&["held-by-the-provider"]);
    let call = Secrets::inherit(vec![provider.clone()]);
    call.learn("held-by-a-call");
    assert_eq!(format!("{call:?}"), "Secrets");
    let text = "held-by-the-provider and held-by-a-call";
    assert_eq!(call.redact(text), format!("{REDACTED} and {REDACTED}"));
    assert_eq!(redact_active(text), format!("{REDACTED} and {REDACTED}"));
    drop(call);
    assert_eq!(redact_active(text), format!("{REDACTED} and held-by-a-call"));
}

#[test]
fn messages_lose_secrets_in_summary_and_detail() {
    let known = knowing(&["correct horse"]);
    let found = Diagnostic::error("No correct horse").detail("It said correct horse.").at("name");
    let redacted = known.redact_all(Diagnostics::from(found));
    let expected = Diagnostic::error("No (sensitive)").detail("It said (sensitive).").at("name");
    assert_eq!(redacted, Diagnostics::from(expected));
}

// === by schema ===

fn schema() -> Schema {
    let login = [text("user").optional().help("x"), text("key").sensitive().help("x")];
    let status = [
        text("code").computed().service_code().help("x"),
        text("message").computed().service_words().help("x"),
        text("level").computed().help("x"),
    ];
    Schema::new("A thing.").with([
        text("name").required().help("x"),
        text_map("hidden").write_only().help("x"),
        objects("logins", login).optional().help("x"),
        objects("statuses", status).computed().help("x"),
    ])
}

fn statuses(texts: &[(&str, &str)]) -> Value {
    let one = |&(code, message): &(&str, &str)| {
        Value::map([("code", code.into()), ("message", message.into()), ("level", "x".into())])
    };
    Value::map([
        ("name", "correct horse".into()),
        ("statuses", Value::List(texts.iter().map(one).collect())),
    ])
}

#[test]
fn the_schema_says_what_is_secret() {
    let known = Secrets::default();
    let value = Value::map([
        ("name", "in the open".into()),
        ("hidden", Value::map([("a", "hidden-value".into()), ("b", Value::UNKNOWN)])),
        (
            "logins",
            Value::List(vec![Value::map([
                ("user", "some-user".into()),
                ("key", "nested-key".into()),
            ])]),
        ),
    ]);
    known.collect(schema().body(), &value);
    let redacted = known.redact("in the open hidden-value some-user nested-key");
    assert_eq!(redacted, format!("in the open {REDACTED} some-user {REDACTED}"));
}

/// In the state only the service's own words are redacted; a read that knows nothing repeats them as
/// long as the service does.
#[test]
fn what_was_struck_from_the_state_stays_struck() {
    let (schema, mut private) = (schema(), Private::default());
    let raw = statuses(&[("Bad", "the value correct horse is bad"), ("a correct horse", "fine")]);
    let redacted = statuses(&[("Bad", "the value (sensitive) is bad"), ("a (sensitive)", "fine")]);
    let redact = |value: &Value, secrets: &Secrets, private: &mut Private| {
        let mut value = value.clone();
        redact_service_texts(schema.body(), &mut value, secrets, private);
        value
    };
    assert_eq!(redact(&raw, &knowing(&["correct horse"]), &mut private), redacted);
    let mut private = Private::from_bytes(private.into_bytes());
    let stored = String::from_utf8(private.clone().into_bytes()).expect("JSON");
    assert!(!stored.contains("correct"), "{stored}");
    let nobody = Secrets::default();
    for _ in 0..3 {
        assert_eq!(redact(&raw, &nobody, &mut private), redacted, "a read");
    }
    // What a failed update leaves is the state itself, and its memory with it.
    assert_eq!(redact(&redacted, &nobody, &mut private), redacted);
    assert_eq!(redact(&raw, &nobody, &mut private), redacted, "the read after it");
    let other = statuses(&[("Ok", "all is well")]);
    assert_eq!(redact(&other, &nobody, &mut private), other);
    assert!(private.is_empty(), "the service says it no more: {private:?}");
}

#[test]
fn a_code_that_is_an_identifier_stays() {
    let mut value = statuses(&[("secretcode", "secretcode")]);
    let known = knowing(&["secretcode"]);
    redact_service_texts(schema().body(), &mut value, &known, &mut Private::default());
    assert_eq!(value, statuses(&[("secretcode", REDACTED)]));
}
