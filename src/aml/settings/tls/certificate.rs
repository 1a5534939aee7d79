//! Certificates: for which names and which time, of which key, and by whom issued.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;

use super::key::RsaKey;
use super::pem::{Block, decode_blocks};

/// What of a certificate (RFC 5280) counts here.
#[derive(Debug)]
pub(super) struct Certificate {
    /// The hosts that it is for, in lower case; one may begin with `*.`.
    pub(super) names: Vec<String>,
    /// Its key, if that is an RSA key.
    pub(super) key: Option<RsaKey>,
    /// From when on it is valid.
    pub(super) starts: ASN1Time,
    /// Until when it is valid.
    pub(super) ends: ASN1Time,
    subject: Vec<u8>,
    issuer: Vec<u8>,
}

impl Certificate {
    /// Whether `other` bears the name of its issuer.
    pub(super) fn is_issued_by(&self, other: &Certificate) -> bool {
        self.issuer == other.subject
    }

    /// Whether it is for that host. A `*` stands for one label (RFC 6125, 6.4.3).
    pub(super) fn is_for(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let below = host.split_once('.').map(|(_, below)| below);
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(domain) => below == Some(domain),
            None => *name == host,
        })
    }
}

/// The certificates of a PEM text, in its order. An error is the position, from one on, of the
/// first that cannot be read.
pub(super) fn chain(pem: &str) -> Result<Vec<Certificate>, usize> {
    let ders = decode_blocks(pem, Block::Certificate).into_iter().enumerate();
    let read = |(position, der): (usize, Option<Vec<u8>>)| {
        der.as_deref().and_then(certificate).ok_or(position + 1)
    };
    ders.map(read).collect()
}

fn certificate(der: &[u8]) -> Option<Certificate> {
    let (_, read) = X509Certificate::from_der(der).ok()?;
    let key = match read.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => Some(RsaKey::new(key.modulus, key.exponent)),
        _ => None,
    };
    Some(Certificate {
        names: names(&read),
        key,
        starts: read.validity().not_before,
        ends: read.validity().not_after,
        subject: read.subject().as_raw().to_vec(),
        issuer: read.issuer().as_raw().to_vec(),
    })
}

/// The alternative names; the common name only where there is none of those (RFC 6125, 6.4.4).
fn names(of: &X509Certificate<'_>) -> Vec<String> {
    let alternative = of.subject_alternative_name().ok().flatten();
    let alternative = alternative.iter().flat_map(|names| &names.value.general_names);
    let hosts = alternative.filter_map(|name| match name {
        GeneralName::DNSName(host) => Some(host.to_ascii_lowercase()),
        _ => None,
    });
    let hosts: Vec<_> = hosts.collect();
    if !hosts.is_empty() {
        return hosts;
    }
    let common = of.subject().iter_common_name().filter_map(|name| name.as_str().ok());
    common.map(str::to_ascii_lowercase).collect()
}
