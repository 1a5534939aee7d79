//! The form of a PEM text: which blocks it has, and what it is if it has none.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What kind of block a PEM text must hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    Certificate,
    Key,
}

impl Block {
    fn accepts(self, label: &str) -> bool {
        match self {
            Block::Certificate => label == "CERTIFICATE",
            Block::Key => label.ends_with("PRIVATE KEY"),
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Block::Certificate => "a certificate",
            Block::Key => "a private key",
        }
    }

    /// What to write.
    pub(super) fn fix(self) -> &'static str {
        match self {
            Block::Certificate => {
                "give the PEM text of the certificate, then of its issuers: `file(\"cert.pem\")`"
            }
            Block::Key => {
                "give the PEM text of the private key without a passphrase: `file(\"key.pem\")`"
            }
        }
    }
}

/// The text as a text-mode read of its file gives it: CRLF and lone CR are LF.
pub(super) fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// The bytes of each block of that kind. `None` for one whose base64 is broken.
pub(super) fn decode_blocks(pem: &str, block: Block) -> Vec<Option<Vec<u8>>> {
    let lines = unix_lines(pem);
    let fitting = blocks(&lines).filter(|(label, _)| block.accepts(label));
    fitting.map(|(_, body)| STANDARD.decode(body).ok()).collect()
}

/// Why a text is not PEM of that kind. What stands in the block is not looked at.
pub(super) fn fault(pem: &str, block: Block) -> Option<String> {
    let what = block.in_words();
    if !pem.is_ascii() {
        return Some(format!("the text is not {what} in PEM: it has characters beyond ASCII"));
    }
    let lines = unix_lines(pem);
    let encrypted = lines.contains("BEGIN ENCRYPTED PRIVATE KEY") || lines.contains(",ENCRYPTED");
    if block == Block::Key && encrypted {
        return Some("the private key has a passphrase, which nobody could enter".to_owned());
    }
    if blocks(&lines).any(|(label, body)| block.accepts(label) && is_base64(&body)) {
        return None;
    }
    Some(match describe_mistake(lines.trim()) {
        Some(other) => format!("the text is not {what} in PEM: {other}"),
        None => format!("the text is not {what} in PEM"),
    })
}

/// What people give instead of a PEM text.
fn describe_mistake(text: &str) -> Option<&'static str> {
    // Base64 of `-----BEGIN `.
    if text.starts_with("LS0tLS1CRUdJTi") {
        return Some("it is one in base64; the provider encodes it itself");
    }
    is_path(text).then_some("it is the path of a file, which is not read")
}

fn is_path(text: &str) -> bool {
    let starts = ["/", "./", "../", "~/"].iter().any(|start| text.starts_with(start));
    let ends = [".pem", ".crt", ".cer", ".key"].iter().any(|end| text.ends_with(end));
    text.lines().count() == 1 && (starts || ends || text.get(1..3) == Some(":\\"))
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
    use super::{Block, decode_blocks, fault};

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";

    #[test]
    fn pem_is_told_from_other_texts() {
        for good in [
            CERTIFICATE.to_owned(),
            CERTIFICATE.replace('\n', "\r\n"),
            KEY.to_owned() + CERTIFICATE,
        ] {
            assert_eq!(fault(&good, Block::Certificate), None);
        }
        assert_eq!(fault(&KEY.repeat(2), Block::Key), None);
        for bad in ["", KEY, "-----BEGIN CERTIFICATE-----\nMIIB\n", "Zürich"] {
            assert!(fault(bad, Block::Certificate).is_some(), "{bad:?}");
        }
        for label in ["ENCRYPTED PRIVATE KEY", "CERTIFICATE"] {
            assert!(fault(&KEY.replace("PRIVATE KEY", label), Block::Key).is_some(), "{label}");
        }
    }

    #[test]
    fn what_is_given_instead_is_said() {
        for path in ["cert.pem", "/etc/ssl/tls", "~/x", "C:\\keys\\tls", "../a b"] {
            let cause = fault(path, Block::Certificate).expect("a path is no certificate");
            assert!(cause.ends_with("it is the path of a file, which is not read"), "{cause}");
        }
        let cause = fault("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t", Block::Certificate);
        assert!(cause.is_some_and(|cause| cause.contains("base64")));
        assert!(fault("MIIB/x==", Block::Key).is_some_and(|cause| cause.ends_with("in PEM")));
    }

    #[test]
    fn blocks_are_decoded_one_by_one() {
        let text = CERTIFICATE.to_owned() + KEY + &CERTIFICATE.replace("MIIB", "MII");
        assert_eq!(decode_blocks(&text, Block::Certificate), [Some(vec![0x30, 0x82, 0x01]), None]);
    }
}
