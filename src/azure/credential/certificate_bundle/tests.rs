//! Bundles as OpenSSL and Windows write them, with their mistakes.

use CertificateError as E;

use super::key_derivation::{Purpose, derive_key, encode_password};
use super::*;

const PASSWORD: &str = "pässwörd";

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/sign_in/", $name))
    };
}

fn read(bytes: &[u8], password: &str) -> Result<CertificateBundle, E> {
    CertificateBundle::read(bytes, &Sensitive::from(password.to_owned()))
}

#[test]
fn bundles_of_every_encryption_are_read() {
    let expected =
        x509_parser::pem::parse_x509_pem(fixture!("certificate.crt")).unwrap().1.contents;
    for (name, bytes, password) in [
        ("bundle.pem", &fixture!("bundle.pem")[..], ""),
        ("pkcs1.pem", fixture!("pkcs1.pem"), ""),
        ("encrypted.pem", fixture!("encrypted.pem"), PASSWORD),
        ("modern.pfx", fixture!("modern.pfx"), PASSWORD),
        ("modern-sha1.pfx", fixture!("modern-sha1.pfx"), PASSWORD),
        ("rc2.pfx", fixture!("rc2.pfx"), PASSWORD),
        ("3des.pfx", fixture!("3des.pfx"), PASSWORD),
        ("rc2-128.pfx", fixture!("rc2-128.pfx"), PASSWORD),
        ("plain.pfx", fixture!("plain.pfx"), PASSWORD),
        ("no-mac.pfx", fixture!("no-mac.pfx"), PASSWORD),
        ("no-password.pfx", fixture!("no-password.pfx"), ""),
        ("no-password-legacy.pfx", fixture!("no-password-legacy.pfx"), ""),
    ] {
        let bundle = read(bytes, password).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(bundle.certificate(), expected, "{name}");
        assert_eq!(bundle.key().public().modulus_len(), 256, "{name}");
        assert_eq!(format!("{bundle:?}"), "CertificateBundle");
    }
}

#[test]
fn each_mistake_of_a_bundle_is_told_for_what_it_is() {
    let pem = fixture!("bundle.pem");
    let cut = &fixture!("modern.pfx")[..1000];
    let certificate_first = [&b"text before\n"[..], pem].concat();
    assert!(read(&certificate_first, "").is_ok(), "text beside the blocks is allowed");
    for (what, bytes, password, expected) in [
        ("wrong, new", &fixture!("modern.pfx")[..], "wrong", E::WrongPassword),
        ("wrong, old", fixture!("rc2.pfx"), "wrong", E::WrongPassword),
        ("wrong, in the clear", fixture!("plain.pfx"), "wrong", E::WrongPassword),
        ("wrong, no code", fixture!("no-mac.pfx"), "wrong", E::WrongPassword),
        ("wrong, PEM", fixture!("encrypted.pem"), "wrong", E::WrongPassword),
        ("none, new", fixture!("modern.pfx"), "", E::PasswordMissing),
        ("none, old", fixture!("3des.pfx"), "", E::PasswordMissing),
        ("none, PEM", fixture!("encrypted.pem"), "", E::PasswordMissing),
        ("one too many", fixture!("no-password.pfx"), "x", E::WrongPassword),
        ("nothing", b"", "", E::Unreadable),
        ("text", b"certificate", "", E::Unreadable),
        ("a cut file", cut, PASSWORD, E::Unreadable),
        ("a certificate", fixture!("certificate.crt"), "", E::NoKey),
        ("a broken PEM", b"-----BEGIN CERTIFICATE-----\n!\n", "", E::Unreadable),
        ("no key", fixture!("no-key.pfx"), PASSWORD, E::NoKey),
        ("no certificate", fixture!("no-certificate.pfx"), PASSWORD, E::NoCertificate),
        ("elliptic, PEM", fixture!("ec.pem"), "", E::EllipticCurve),
        ("elliptic, PFX", fixture!("ec.pfx"), PASSWORD, E::EllipticCurve),
        ("too short", fixture!("rsa-1024.pem"), "", E::NotRsa),
        ("indefinite lengths", fixture!("indefinite.pfx"), PASSWORD, E::IndefiniteLength),
        ("outermost alone", fixture!("indefinite-outermost.pfx"), PASSWORD, E::IndefiniteLength),
        ("of two pairs", fixture!("mismatched.pem"), "", E::Mismatched),
        ("traditional", fixture!("traditional.pem"), "test", E::TraditionalEncryption),
    ] {
        assert_eq!(read(bytes, password).err(), Some(expected), "{what}");
    }
    let expired = read(fixture!("expired.pem"), "").unwrap_err();
    assert!(matches!(&expired, E::Expired(when) if when.contains("2020")), "{expired}");
}

#[test]
fn a_text_holds_a_bundle_as_base64_or_as_pem() {
    let base64 = STANDARD.encode(fixture!("modern.pfx"));
    let folded = base64.replace("AAA", "AAA\n ");
    let pem = STANDARD.encode(fixture!("encrypted.pem"));
    let plain = String::from_utf8(fixture!("encrypted.pem").to_vec()).unwrap();
    let password = Sensitive::from(PASSWORD);
    for text in [base64, folded, pem, plain] {
        let text = Sensitive::from(text);
        assert!(CertificateBundle::read_text(&text, &password).is_ok());
    }
    for (text, expected) in [("&%", E::NotBase64), ("AAAA", E::Unreadable), ("", E::Unreadable)] {
        let error = CertificateBundle::read_text(&Sensitive::from(text), &password).err();
        assert_eq!(error, Some(expected), "{text}");
    }
}

/// A key in PKCS #8 with these parameters of PBES2 in place of OpenSSL's, by their bytes.
#[test]
fn a_derivation_that_asks_for_too_much_is_refused() {
    for (name, bytes, expected) in [
        ("scrypt", &fixture!("scrypt.pem")[..], "not supported"),
        ("rounds", fixture!("rounds.pem"), "neither PKCS #12"),
    ] {
        let error = read(bytes, PASSWORD).unwrap_err();
        assert!(error.to_string().contains(expected), "{name}: {error}");
    }
}

/// Computed by OpenSSL 3.0: `openssl kdf -keylen 24 -kdfopt digest:SHA1 -kdfopt pass:smeg …`
/// PKCS12KDF, with the values of RFC 7292's own authors (id, salt, rounds).
#[test]
fn keys_are_those_of_other_implementations() {
    let hex = |text: &str| -> Vec<u8> {
        let digits = (0..text.len()).step_by(2);
        digits.map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    for (purpose, password, salt, rounds, expected) in [
        (
            Purpose::Encryption,
            "smeg",
            "0a58cf64530d823f",
            1,
            "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3",
        ),
        (Purpose::InitialValue, "smeg", "0a58cf64530d823f", 1, "79993dfe048d3b76"),
        (
            Purpose::Authentication,
            "smeg",
            "3d83c0e4546ac140",
            1,
            "8d967d88f6caa9d714800ab3d48051d63f73a312",
        ),
        (
            Purpose::Encryption,
            "queeg",
            "05dec959acff72f7",
            1000,
            "ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4",
        ),
    ] {
        let (password, expected) = (encode_password(password), hex(expected));
        let digest = &ring::digest::SHA1_FOR_LEGACY_USE_ONLY;
        let key = derive_key(digest, purpose, &password, &hex(salt), rounds, expected.len());
        assert_eq!(key, expected);
    }
}
