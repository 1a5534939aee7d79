//! Who is trusted, and what is shown to whom.

use std::fmt::Display;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt as _;

use crate::connection::{ClientCertificate, Roots, Server};
use crate::error::Error;

/// How a server is checked, and the certificate that is shown to it.
pub(super) fn configure(
    server: &Server, certificate: Option<&ClientCertificate>,
) -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder();
    let builder = match &server.roots {
        _ if server.insecure => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate))
        }
        Roots::Platform => builder.with_platform_verifier().map_err(unusable)?,
        Roots::Only(certificates) => builder.with_root_certificates(root_store(certificates)?),
    };
    match certificate {
        Some(certificate) => {
            let (chain, key) = parse(certificate)?;
            builder.with_client_auth_cert(chain, key).map_err(unusable)
        }
        None => Ok(builder.with_no_client_auth()),
    }
}

/// The name that a certificate is to have.
pub(super) fn name(name: &str) -> Result<ServerName<'static>, Error> {
    ServerName::try_from(name.to_owned())
        .map_err(|error| unusable(format!("the name {name:?} of the server: {error}")))
}

fn root_store(certificates: &[Vec<u8>]) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    for der in certificates {
        let added = store.add(CertificateDer::from(der.clone()));
        added.map_err(|error| unusable(format!("a CA certificate of the cluster: {error}")))?;
    }
    Ok(store)
}

/// The errors of PEM would repeat parts of it.
fn parse(
    pem: &ClientCertificate,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Error> {
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(pem.certificate.as_bytes()).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| unusable("the client certificate is no certificate in PEM"))?;
    let key = PrivateKeyDer::from_pem_slice(pem.key.expose().as_bytes());
    let key = key.map_err(|_| unusable("the client key is no private key in PEM"))?;
    Ok((chain, key))
}

fn unusable(why: impl Display) -> Error {
    Error::Tls { why: why.to_string() }
}

/// Asks for nothing.
#[derive(Debug)]
struct AnyCertificate;

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self, _: &CertificateDer<'_>, _: &[CertificateDer<'_>], _: &ServerName<'_>, _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    // Who is not known may sign by a key that cannot be checked, such as one on the curve P-521.
    fn verify_tls12_signature(
        &self, _: &[u8], _: &CertificateDer<'_>, _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self, _: &[u8], _: &CertificateDer<'_>, _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::ED25519,
            SignatureScheme::ED448,
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::RSA_PSS_SHA384,
            SignatureScheme::RSA_PSS_SHA512,
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512,
            SignatureScheme::ECDSA_SHA1_Legacy,
            SignatureScheme::RSA_PKCS1_SHA1,
        ]
    }
}
