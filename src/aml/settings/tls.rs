//! TLS material: PEM texts become the base64 that the router's chart takes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::{Given, Place, Problem, Secret};

/// The text as a text-mode read of its file gives it, CRLF and lone CR being LF, in base64.
pub(super) fn encode(pem: &Secret) -> Secret {
    Secret::new(STANDARD.encode(unix_lines(pem.expose())))
}

fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// What kind of block a PEM text must hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Certificate,
    Key,
}

/// What is wrong with certificate and key. Whether they are valid today and belong together is not
/// looked at.
pub(super) fn check(certificate: &Given<Secret>, key: &Given<Secret>) -> Vec<Problem> {
    let pems =
        [("ssl_cert_pem", certificate, Block::Certificate), ("ssl_key_pem", key, Block::Key)];
    let fault = |(attribute, pem, block): (&str, &Given<Secret>, Block)| {
        let cause = fault(pem.known()?.expose(), block)?;
        let fix = match block {
            Block::Certificate => {
                "give the PEM text of the certificate, then of its issuers: \
                                   `file(\"cert.pem\")`"
            }
            Block::Key => {
                "give the PEM text of the private key without a passphrase: \
                           `file(\"key.pem\")`"
            }
        };
        Some(Problem::error(Place::itself().attribute(attribute), cause, fix))
    };
    let mut found: Vec<Problem> = pems.into_iter().filter_map(fault).collect();
    found.extend(half_a_pair(certificate, key));
    found
}

/// One without the other has no effect.
fn half_a_pair(certificate: &Given<Secret>, key: &Given<Secret>) -> Option<Problem> {
    let (there, missing) = match (certificate.is_unset(), key.is_unset()) {
        (false, true) => ("ssl_cert_pem", "ssl_key_pem"),
        (true, false) => ("ssl_key_pem", "ssl_cert_pem"),
        _ => return None,
    };
    let cause = format!("{there} is not used without {missing}");
    let fix = format!("set {missing} too, or leave both out and set ssl_secret");
    Some(Problem::warning(Place::itself().attribute(there), cause, fix))
}

fn fault(pem: &str, block: Block) -> Option<String> {
    let what = if block == Block::Certificate { "a certificate" } else { "a private key" };
    if !pem.is_ascii() {
        return Some(format!("the text is not {what} in PEM: it has characters beyond ASCII"));
    }
    let lines = unix_lines(pem);
    let encrypted = lines.contains("BEGIN ENCRYPTED PRIVATE KEY") || lines.contains(",ENCRYPTED");
    if block == Block::Key && encrypted {
        return Some("the private key has a passphrase, which nobody could enter".to_owned());
    }
    if blocks(&lines).any(|(label, body)| fits(label, block) && is_base64(&body)) {
        return None;
    }
    let path = !lines.trim().is_empty() && lines.trim().lines().count() == 1;
    let hint = if path { "; it looks like the path of a file" } else { "" };
    Some(format!("the text is not {what} in PEM{hint}"))
}

fn fits(label: &str, block: Block) -> bool {
    match block {
        Block::Certificate => label == "CERTIFICATE",
        Block::Key => label.ends_with("PRIVATE KEY"),
    }
}

fn is_base64(body: &str) -> bool {
    let inside = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'=');
    !body.is_empty() && body.bytes().all(inside)
}

/// The label and the base64 of each block that begins and ends.
fn blocks(pem: &str) -> impl Iterator<Item = (&str, String)> {
    pem.split("-----BEGIN ").skip(1).filter_map(|block| {
        let (label, rest) = block.split_once("-----")?;
        let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
        Some((label, body.split_whitespace().collect()))
    })
}

#[cfg(test)]
mod tests {
    use super::{check, encode};
    use crate::{Given, Secret};

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";

    #[test]
    fn line_ends_are_those_of_unix() {
        let encoded = encode(&Secret::new("a\r\nb\rc\n"));
        assert_eq!(encoded.expose(), "YQpiCmMK");
    }

    #[test]
    fn pem_material_is_told_from_other_texts() {
        let good = [
            (CERTIFICATE.to_owned(), KEY.to_owned()),
            (CERTIFICATE.replace('\n', "\r\n"), KEY.repeat(2)),
        ];
        for (certificate, key) in good {
            assert_eq!(causes(&certificate, &key), Vec::<String>::new());
        }
        let bad = ["", "cert.pem", KEY, "-----BEGIN CERTIFICATE-----\nMIIB\n", "Zürich"];
        for certificate in bad {
            assert_eq!(causes(certificate, KEY).len(), 1, "{certificate:?}");
        }
        for label in ["ENCRYPTED PRIVATE KEY", "CERTIFICATE"] {
            let key = KEY.replace("PRIVATE KEY", label);
            assert_eq!(causes(CERTIFICATE, &key).len(), 1, "{label}");
        }
        assert!(causes("cert.pem", KEY)[0].ends_with("it looks like the path of a file"));
    }

    #[test]
    fn half_a_pair_is_noted() {
        let one = Given::Set(Secret::new(CERTIFICATE));
        assert!(!check(&one, &Given::Unset)[0].is_error());
        assert_eq!(check(&one, &Given::Unknown), []);
    }

    fn causes(certificate: &str, key: &str) -> Vec<String> {
        let given = |pem: &str| Given::Set(Secret::new(pem));
        check(&given(certificate), &given(key)).into_iter().map(|problem| problem.cause).collect()
    }
}
