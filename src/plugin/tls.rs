//! Mutual TLS as go-plugin wants it: each side trusts exactly one certificate of the other.

use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::alg_id::{ECDSA_P521, ECDSA_SHA512};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, PrivateKeyDer, PrivatePkcs8KeyDer,
    SignatureVerificationAlgorithm, UnixTime,
};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName as IssuerName, ServerConfig,
    SignatureScheme,
};
use zeroize::Zeroize;

/// What the listener needs to speak TLS, and the certificate that the host is told to expect.
pub(crate) struct Tls {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) certificate: CertificateDer<'static>,
}

/// Why there can be no TLS.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the client certificate is not one PEM certificate: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
    #[error("the client certificate cannot be read: {0}")]
    Certificate(#[from] x509_parser::asn1_rs::Err<x509_parser::error::X509Error>),
    #[error("the server certificate cannot be made: {0}")]
    Own(#[from] rcgen::Error),
    #[error("TLS cannot be set up: {0}")]
    Config(#[from] rustls::Error),
}

impl Tls {
    /// Makes a fresh certificate and accepts `client`, the PEM of go-plugin's, and nobody else.
    pub(crate) fn new(client: &[u8]) -> Result<Self, Error> {
        let provider = Arc::new(ring::default_provider());
        let verifier = PinnedClientCertificate::new(client, &provider)?;
        let server = generate_certificate()?;
        let certificate = server.cert[0].clone();
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(server)));
        config.alpn_protocols = vec![b"h2".to_vec()];
        // There is one connection in a process's life: nothing would ever be resumed.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Self { config: Arc::new(config), certificate })
    }
}

/// P-256 is the cheapest curve that every host accepts. Go reads the name from SAN alone.
fn generate_certificate() -> Result<CertifiedKey, Error> {
    let mut params = CertificateParams::new(["localhost".to_owned()])?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let mut key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let certificate = params.self_signed(&key)?.der().clone();
    let mut der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let signer = ring::sign::any_ecdsa_type(&der);
    der.zeroize();
    key.zeroize();
    Ok(CertifiedKey::new(vec![certificate], signer?))
}

/// Accepts one certificate, byte for byte, from a client that proves to hold its key.
///
/// A verifier of chains cannot do it: go-plugin's certificate is a CA that presents itself.
#[derive(Debug)]
struct PinnedClientCertificate {
    certificate: CertificateDer<'static>,
    /// Seconds since 1970 in which the certificate is valid.
    validity: std::ops::RangeInclusive<i64>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl PinnedClientCertificate {
    fn new(pem: &[u8], provider: &CryptoProvider) -> Result<Self, Error> {
        let certificate = CertificateDer::from_pem_slice(pem)?;
        let validity = x509_parser::parse_x509_certificate(&certificate)?.1.validity().clone();
        Ok(Self {
            certificate,
            validity: validity.not_before.timestamp()..=validity.not_after.timestamp(),
            algorithms: provider.signature_verification_algorithms,
        })
    }

    fn algorithms(&self, scheme: SignatureScheme) -> &WebPkiSupportedAlgorithms {
        if scheme == SignatureScheme::ECDSA_NISTP521_SHA512 { &P521 } else { &self.algorithms }
    }
}

impl ClientCertVerifier for PinnedClientCertificate {
    fn root_hint_subjects(&self) -> &[IssuerName] {
        &[]
    }

    fn verify_client_cert(
        &self, end_entity: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>], now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if *end_entity != self.certificate || !intermediates.is_empty() {
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        match now {
            now if now < *self.validity.start() => Err(CertificateError::NotValidYet.into()),
            now if now > *self.validity.end() => Err(CertificateError::Expired.into()),
            _ => Ok(ClientCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self, message: &[u8], cert: &CertificateDer<'_>, signature: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = self.algorithms(signature.scheme);
        rustls::crypto::verify_tls12_signature(message, cert, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self, message: &[u8], cert: &CertificateDer<'_>, signature: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = self.algorithms(signature.scheme);
        rustls::crypto::verify_tls13_signature(message, cert, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.algorithms.supported_schemes();
        schemes.retain(|scheme| *scheme != SignatureScheme::ECDSA_NISTP521_SHA512);
        schemes.push(SignatureScheme::ECDSA_NISTP521_SHA512);
        schemes
    }
}

/// ring has no P-521, the curve of every go-plugin certificate.
static P521: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[&P521Sha512],
    mapping: &[(SignatureScheme::ECDSA_NISTP521_SHA512, &[&P521Sha512])],
};

#[derive(Debug)]
struct P521Sha512;

impl SignatureVerificationAlgorithm for P521Sha512 {
    fn verify_signature(
        &self, public_key: &[u8], message: &[u8], signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        use p521::ecdsa::signature::Verifier;
        use p521::ecdsa::{DerSignature, VerifyingKey};

        let key = VerifyingKey::from_sec1_bytes(public_key).map_err(|_| InvalidSignature)?;
        let signature = DerSignature::from_bytes(signature).map_err(|_| InvalidSignature)?;
        key.verify(message, &signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        ECDSA_P521
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        ECDSA_SHA512
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    fn verifier(pem: &str) -> Result<PinnedClientCertificate, Error> {
        PinnedClientCertificate::new(pem.as_bytes(), &ring::default_provider())
    }

    fn pem(der: &[u8]) -> String {
        let body = STANDARD.encode(der);
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }

    /// Each thing that Go's host asks of a certificate, and those that make it one's own.
    #[test]
    fn our_certificate_is_for_localhost_and_for_a_server_alone() {
        let own = generate_certificate().unwrap().cert[0].clone();
        let (_, read) = x509_parser::parse_x509_certificate(&own).unwrap();
        let names: Vec<_> = read
            .subject()
            .iter_common_name()
            .map(x509_parser::prelude::AttributeTypeAndValue::as_str)
            .collect();
        assert_eq!(names, [Ok("localhost")]);
        let names = &read.subject_alternative_name().unwrap().unwrap().value.general_names;
        assert_eq!(names[..], [x509_parser::extensions::GeneralName::DNSName("localhost")]);
        let usage = read.extended_key_usage().unwrap().unwrap().value;
        assert!(usage.server_auth && !usage.client_auth && !read.is_ca());
        let now = i64::try_from(UnixTime::now().as_secs()).unwrap();
        let validity = read.validity();
        // The clock of the host may be behind, and the process may last.
        assert!(validity.not_before.timestamp() <= now - 30);
        assert!(validity.not_after.timestamp() >= now + 365 * 24 * 3600);
        assert_ne!(generate_certificate().unwrap().cert[0], own, "each start has its own");
    }

    #[test]
    fn a_certificate_is_accepted_byte_for_byte_alone_and_in_its_time() {
        let own = generate_certificate().unwrap().cert[0].clone();
        let other = generate_certificate().unwrap().cert[0].clone();
        let verifier = verifier(&pem(&own)).unwrap();
        let accepts = |certificate: &CertificateDer<'_>, chain: &[CertificateDer<'_>], at: i64| {
            let at = std::time::Duration::from_secs(u64::try_from(at).unwrap());
            let at = UnixTime::since_unix_epoch(at);
            verifier.verify_client_cert(certificate, chain, at).is_ok()
        };
        let (from, to) = (*verifier.validity.start(), *verifier.validity.end());
        for (at, expected) in [(from - 1, false), (from, true), (to, true), (to + 1, false)] {
            assert_eq!(accepts(&own, &[], at), expected, "{at}");
        }
        assert!(!accepts(&other, &[], from), "another");
        assert!(!accepts(&own, std::slice::from_ref(&other), from), "with another behind it");
        for at in 0..own.len() {
            let mut changed = own.to_vec();
            changed[at] ^= 1;
            assert!(!accepts(&changed.into(), &[], from), "byte {at}");
        }
        assert!(verifier.client_auth_mandatory() && verifier.offer_client_auth());
    }

    proptest! {
        // A file of seeds beside the crates would be taken for a crate.
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_certificate_is_read_or_refused(
            text in "\\PC{0,60}", at: prop::sample::Index, byte: u8, end: prop::sample::Index,
        ) {
            prop_assert!(verifier(&text).is_err() && verifier(&pem(text.as_bytes())).is_err());
            let whole = generate_certificate().unwrap().cert[0].to_vec();
            prop_assert!(verifier(&pem(&whole)).is_ok());
            prop_assert!(verifier(&pem(&whole[..end.index(whole.len())])).is_err(), "cut off");
            let mut changed = whole;
            let at = at.index(changed.len());
            changed[at] = byte;
            if let Ok(read) = verifier(&pem(&changed)) {
                prop_assert_eq!(read.certificate.as_ref(), changed.as_slice());
            }
        }
    }
}
