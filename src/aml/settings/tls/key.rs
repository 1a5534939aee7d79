//! RSA keys: what certificate and private key have in common.

use x509_parser::asn1_rs::{FromDer, Integer, OctetString, Sequence};
use x509_parser::oid_registry::OID_PKCS1_RSAENCRYPTION;
use x509_parser::x509::AlgorithmIdentifier;

use super::pem::{Block, decode_blocks};

/// The public half of an RSA key: modulus and exponent without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RsaKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl RsaKey {
    pub(super) fn new(modulus: &[u8], exponent: &[u8]) -> Self {
        let bare = |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect();
        RsaKey { modulus: bare(modulus), exponent: bare(exponent) }
    }
}

/// The public half of the first private key in a PEM text, in PKCS #8 or PKCS #1. An error says why
/// there is none.
pub(super) fn public(pem: &str) -> Result<RsaKey, &'static str> {
    const BROKEN: &str = "the private key is damaged: it cannot be read";
    let first = decode_blocks(pem, Block::Key).into_iter().next().flatten();
    let der = first.ok_or(BROKEN)?;
    match pkcs8(&der) {
        Some((true, inner)) => pkcs1(&inner).ok_or(BROKEN),
        Some((false, _)) => Err(NOT_RSA),
        None if pem.contains("BEGIN EC PRIVATE KEY") => Err(NOT_RSA),
        None => pkcs1(&der).ok_or(BROKEN),
    }
}

const NOT_RSA: &str = "the private key is not an RSA key, which is the only kind that is taken";

/// Whether a `PrivateKeyInfo` (RFC 5208) is of RSA, and the key in it.
fn pkcs8(der: &[u8]) -> Option<(bool, Vec<u8>)> {
    let (_, body) = Sequence::from_der(der).ok()?;
    let (rest, _version) = Integer::from_der(&body.content).ok()?;
    let (rest, algorithm) = AlgorithmIdentifier::from_der(rest).ok()?;
    let (_, inner) = OctetString::from_der(rest).ok()?;
    Some((algorithm.algorithm == OID_PKCS1_RSAENCRYPTION, inner.as_ref().to_vec()))
}

/// The public half of an `RSAPrivateKey` (RFC 8017, A.1.2), which has nine numbers.
fn pkcs1(der: &[u8]) -> Option<RsaKey> {
    let (_, body) = Sequence::from_der(der).ok()?;
    let mut rest: &[u8] = &body.content;
    let mut numbers = Vec::new();
    for _ in 0..9 {
        let (after, number) = Integer::from_der(rest).ok()?;
        numbers.push(number);
        rest = after;
    }
    let (modulus, exponent) = (numbers.get(1)?, numbers.get(2)?);
    Some(RsaKey::new(modulus.as_ref(), exponent.as_ref()))
}
