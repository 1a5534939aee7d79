//! Client certificates as Go's go-plugin makes them: ECDSA P-521 with SHA-512, a CA that presents itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use p521::ecdsa::signature::Signer as _;
use p521::ecdsa::{Signature, SigningKey as Key};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::alg_id::{ECDSA_P521, ECDSA_SHA512};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};

const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const TEXT: u8 = 0x0c;
const TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

/// A certificate and what proves that it is one's own.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    /// What is presented behind it.
    chain: Vec<CertificateDer<'static>>,
    key: Arc<dyn SigningKey>,
}

impl Identity {
    /// What go-plugin would make; another `seed` gives another key under the same subject.
    pub(crate) fn go(seed: u8) -> Self {
        Self::valid_until(seed, "20991231235959Z")
    }

    /// The same, but its time is over.
    pub(crate) fn expired(seed: u8) -> Self {
        Self::valid_until(seed, "20200101000000Z")
    }

    /// An ordinary P-256 certificate for the same subject.
    pub(crate) fn p256() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        let der = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let key = rustls::crypto::ring::sign::any_ecdsa_type(&der).unwrap();
        Self { certificate, chain: Vec::new(), key }
    }

    /// This certificate, presented by one who holds only the key of `thief`.
    pub(crate) fn stolen_by(&self, thief: &Self) -> Self {
        Self { key: Arc::clone(&thief.key), ..self.clone() }
    }

    /// This key in a certificate whose own signature has another last byte, which a handshake does not
    /// look at.
    pub(crate) fn changed(&self) -> Self {
        let mut certificate = self.certificate.to_vec();
        *certificate.last_mut().unwrap() ^= 1;
        Self { certificate: certificate.into(), ..self.clone() }
    }

    /// This certificate, presented with that of `other` behind it.
    pub(crate) fn followed_by(&self, other: &Self) -> Self {
        Self { chain: vec![other.certificate.clone()], ..self.clone() }
    }

    /// What the host puts into `PLUGIN_CLIENT_CERT`.
    pub(crate) fn pem(&self) -> String {
        let text = STANDARD.encode(&self.certificate);
        let lines: Vec<_> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let body = lines.join("\n");
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }

    pub(crate) fn certified(&self) -> CertifiedKey {
        let chain = [std::slice::from_ref(&self.certificate), &self.chain].concat();
        CertifiedKey::new(chain, Arc::clone(&self.key))
    }

    fn valid_until(seed: u8, end: &str) -> Self {
        // Any number below the curve's order is a key; one that starts with zero is below it.
        let mut scalar = [seed; 66];
        scalar[0] = 0;
        let key = Key::from_slice(&scalar).unwrap();
        let certificate = certificate(&key, end).into();
        Self { certificate, chain: Vec::new(), key: Arc::new(P521(key)) }
    }
}

fn certificate(key: &Key, end: &str) -> Vec<u8> {
    let algorithm = tlv(SEQUENCE, &[&ECDSA_SHA512]);
    let subject = tlv(SEQUENCE, &[&name(10, "HashiCorp"), &name(3, "localhost")]);
    let validity =
        tlv(SEQUENCE, &[&tlv(TIME, &[b"20190101000000Z"]), &tlv(TIME, &[end.as_bytes()])]);
    let point = key.verifying_key().to_sec1_point(false);
    let public =
        tlv(SEQUENCE, &[&tlv(SEQUENCE, &[&ECDSA_P521]), &tlv(BITS, &[&[0], point.as_bytes()])]);
    let version = tlv(0xa0, &[&tlv(INTEGER, &[&[2]])]);
    let serial = tlv(INTEGER, &[&[1]]);
    let extensions = tlv(0xa3, &[&extensions()]);
    let body = tlv(
        SEQUENCE,
        &[&version, &serial, &algorithm, &subject, &validity, &subject, &public, &extensions],
    );
    let signature: Signature = key.sign(&body);
    let signature = tlv(BITS, &[&[0], signature.to_der().as_bytes()]);
    tlv(SEQUENCE, &[&body, &algorithm, &signature])
}

/// Digital signature, key encipherment, key agreement, signing of certificates; client and server;
/// a CA; `localhost`.
fn extensions() -> Vec<u8> {
    let usage = tlv(BITS, &[&[2, 0b1010_1100]]);
    let client = tlv(OID, &[&[0x2b, 6, 1, 5, 5, 7, 3, 2]]);
    let server = tlv(OID, &[&[0x2b, 6, 1, 5, 5, 7, 3, 1]]);
    let authority = tlv(SEQUENCE, &[&[1, 1, 0xff]]);
    let names = tlv(SEQUENCE, &[&tlv(0x82, &[b"localhost"])]);
    tlv(
        SEQUENCE,
        &[
            &extension(15, true, &usage),
            &extension(37, false, &tlv(SEQUENCE, &[&client, &server])),
            &extension(19, true, &authority),
            &extension(17, false, &names),
        ],
    )
}

fn extension(number: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    tlv(SEQUENCE, &[&tlv(OID, &[&[0x55, 0x1d, number]]), critical, &tlv(OCTETS, &[value])])
}

fn name(number: u8, text: &str) -> Vec<u8> {
    let pair =
        tlv(SEQUENCE, &[&tlv(OID, &[&[0x55, 0x04, number]]), &tlv(TEXT, &[text.as_bytes()])]);
    tlv(SET, &[&pair])
}

/// One DER element around the parts of its content.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let length = match content.len() {
        0..=0x7f => vec![low],
        0x80..=0xff => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [vec![tag], length, content].concat()
}

#[derive(Debug)]
struct P521(Key);

impl SigningKey for P521 {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered
            .contains(&SignatureScheme::ECDSA_NISTP521_SHA512)
            .then(|| Box::new(Self(self.0.clone())) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for P521 {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signature: Signature = self.0.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}
