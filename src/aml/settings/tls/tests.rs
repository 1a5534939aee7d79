//! Certificates and keys made with OpenSSL; `tests/fixtures/tls/README.md` says which is what.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use vocabulary::{Attr, Problem, Sensitive};

use super::{check, check_certificate, check_validity, encode};
use crate::settings::{Declared, Settings};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/fixtures/tls/", $name))
    };
}

const SERVER: &str = fixture!("server.crt");
const INTERMEDIATE: &str = fixture!("intermediate.crt");
const ROOT: &str = fixture!("root.crt");
const KEY: &str = fixture!("server.key");
const OTHER_KEY: &str = fixture!("other.key");

#[test]
fn line_ends_are_those_of_unix() {
    let encoded = encode(&Sensitive::from("a\r\nb\rc\n"));
    assert_eq!(encoded.expose(), "YQpiCmMK");
}

#[test]
fn half_a_pair_is_noted() {
    let one = Attr::Known(Sensitive::from(SERVER));
    assert!(!check(&one, &Attr::Null)[0].is_error());
    assert_eq!(check(&one, &Attr::Unknown), []);
}

#[test]
fn a_pair_is_right_in_every_form() {
    let chain = [SERVER, INTERMEDIATE, ROOT].concat();
    for certificate in [SERVER, &chain, &chain.replace('\n', "\r\n"), &format!("Bag\n{SERVER}")] {
        for key in [KEY, fixture!("server.pkcs1.key"), &KEY.repeat(2)] {
            assert_eq!(told(&declared(certificate, key, "edge.example")), [""; 0]);
        }
    }
}

#[test]
fn what_does_not_fit_is_told_where_it_stands() {
    let expired = fixture!("expired.crt");
    let cases = [
        (SERVER, OTHER_KEY, "error ssl_key_pem: the key does not belong to the certificate"),
        (
            &[INTERMEDIATE, SERVER].concat(),
            KEY,
            "error ssl_cert_pem: the key belongs to certificate 2 of the text, not to the first",
        ),
        (
            &[SERVER, ROOT].concat(),
            KEY,
            "warning ssl_cert_pem: certificate 2 of the text did not issue certificate 1",
        ),
        (
            fixture!("ec.crt"),
            KEY,
            "error ssl_cert_pem: the certificate is not for an RSA key, which is the only kind that is taken",
        ),
        (
            SERVER,
            fixture!("ec.key"),
            "error ssl_key_pem: the private key is not an RSA key, which is the only kind that is taken",
        ),
        (
            &[SERVER, &INTERMEDIATE.replacen("MII", "AAA", 1)].concat(),
            KEY,
            "error ssl_cert_pem: certificate 2 of ssl_cert_pem is damaged: it cannot be read",
        ),
        (
            SERVER,
            &KEY.replacen("MII", "AAA", 1),
            "error ssl_key_pem: the private key is damaged: it cannot be read",
        ),
        (
            fixture!("nameless.crt"),
            OTHER_KEY,
            "warning ssl_cname: the certificate is for other.example, not for edge.example",
        ),
        // Without a clock nothing is known of the time.
        (expired, KEY, ""),
    ];
    for (certificate, key, expected) in cases {
        let told = told(&declared(certificate, key, "edge.example"));
        assert_eq!(told.first().map_or("", String::as_str), expected, "{told:#?}");
    }
}

#[test]
fn a_key_that_is_not_pkcs8_may_be_of_another_kind() {
    let labelled = fixture!("ec.key").replace("PRIVATE KEY", "EC PRIVATE KEY");
    let encrypted = fixture!("encrypted.key");
    assert!(told(&declared(SERVER, &labelled, ""))[0].contains("not an RSA key"));
    let found =
        check(&Attr::Known(Sensitive::from(SERVER)), &Attr::Known(Sensitive::from(encrypted)));
    assert!(found[0].cause.contains("passphrase"));
    assert_eq!(told(&declared(SERVER, encrypted, "")), [""; 0]);
}

#[test]
fn a_star_stands_for_one_label() {
    for (host, fits) in [
        ("edge.example", true),
        ("EDGE.example.", true),
        ("a.endpoints.example", true),
        ("a.b.endpoints.example", false),
        ("endpoints.example", false),
        ("example", false),
    ] {
        assert_eq!(told(&declared(SERVER, KEY, host)).is_empty(), fits, "{host}");
    }
}

#[test]
fn the_time_is_an_argument() {
    const DAY: u64 = 24 * 60 * 60;
    // The first instants of 2020 and of 2120.
    let (start, end) = (1_577_836_800, 4_733_510_400);
    for (now, expected) in [
        (start - 1, "error ssl_cert_pem: the certificate is not valid before 2020-01-01"),
        (start, ""),
        (end - 31 * DAY, ""),
        (end - 29 * DAY, "warning ssl_cert_pem: the certificate expires on 2120-01-01"),
        (end, "warning ssl_cert_pem: the certificate expires on 2120-01-01"),
        (end + 1, "error ssl_cert_pem: the certificate expired on 2120-01-01"),
    ] {
        let found = check_validity(&declared(SERVER, KEY, ""), time(now));
        assert_eq!(texts(&found).first().map_or("", String::as_str), expected, "{now}");
    }
    let chain = [SERVER, fixture!("expired.crt")].concat();
    let found = texts(&check_validity(&declared(&chain, KEY, ""), time(start + 400 * DAY)));
    let expected =
        "warning ssl_cert_pem: certificate 2 of the text, an issuer, expired on 2021-01-01";
    assert_eq!(found, [expected]);
}

#[test]
fn what_is_not_sent_or_not_known_need_not_be_valid() {
    let mut expired = declared(fixture!("expired.crt"), KEY, "");
    assert_eq!(check_validity(&expired, SystemTime::now()).len(), 1);
    expired.settings.allow_insecure_connections = Attr::Known(true);
    assert_eq!(check_validity(&expired, SystemTime::now()), []);
    let unknown = Declared { ssl_cert_pem: Attr::Unknown, ..Declared::default() };
    assert_eq!(check_validity(&unknown, SystemTime::now()), []);
    assert_eq!(check_certificate(&unknown), []);
}

#[test]
fn nothing_of_a_key_is_printed() {
    let found = check_certificate(&declared(SERVER, OTHER_KEY, "x.example"));
    let said = format!("{found:?}");
    for line in KEY.lines().chain(OTHER_KEY.lines()).filter(|line| !line.starts_with("--")) {
        assert!(!said.contains(line), "{said}");
    }
}

fn declared(certificate: &str, key: &str, host: &str) -> Declared {
    let given = |text: &str| Attr::Known(Sensitive::from(text));
    let ssl_cname = Attr::Known(host.to_owned());
    Declared {
        ssl_cert_pem: given(certificate),
        ssl_key_pem: given(key),
        settings: Settings { ssl_cname, ..Settings::default() },
        ..Declared::default()
    }
}

fn told(declared: &Declared) -> Vec<String> {
    texts(&check_certificate(declared))
}

fn texts(found: &[Problem]) -> Vec<String> {
    let severity = |problem: &Problem| if problem.is_error() { "error" } else { "warning" };
    found
        .iter()
        .map(|one| format!("{} {}: {}", severity(one), one.path.to_reference(), one.cause))
        .collect()
}

fn time(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}
