//! A certificate with its private key, as PKCS #12 or PEM.

mod key_derivation;
mod pem;
mod pkcs12;
#[cfg(test)]
mod tests;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rsa::KeyPair;
use vocabulary::Sensitive;
use x509_parser::prelude::{FromDer, X509Certificate};

/// A certificate and the RSA key that belongs to it. `Debug` shows neither.
pub struct CertificateBundle {
    certificate: Vec<u8>,
    key: KeyPair,
}

/// Why a bundle cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It is not what it should be.
    #[error("it is neither PKCS #12 (.pfx) nor PEM")]
    Unreadable,
    /// A text that should hold it is something else.
    #[error("it is not base64")]
    NotBase64,
    /// Nothing in it can be decrypted.
    #[error("the password does not open it")]
    WrongPassword,
    /// There is a password, and none was given.
    #[error("it is encrypted, and there is no password")]
    PasswordMissing,
    /// It is encrypted in a way that is not known here.
    #[error("its encryption ({0}) is not supported; export it again, by `openssl pkcs12 -export`")]
    UnknownEncryption(String),
    /// OpenSSL's own encryption of PEM keys.
    #[error("its key is in OpenSSL's traditional encryption; convert it by `openssl pkcs8 -topk8`")]
    TraditionalEncryption,
    /// There is a certificate alone, or nothing.
    #[error("it holds no private key")]
    NoKey,
    /// There is a key alone.
    #[error("it holds no certificate")]
    NoCertificate,
    /// PKCS #12 with lengths that are not told, as some programs write it.
    #[error(
        "it is PKCS #12 in BER with indefinite lengths, which is not supported; convert it by `openssl \
         pkcs12 -in <file> -nodes -out terraform.pem`, and give the new file"
    )]
    IndefiniteLength,
    /// Its key is one that Entra ID takes no signature of.
    #[error(
        "its private key is of an elliptic curve, and Entra ID takes signatures by RSA alone (PS256 or \
         RS256); give the application a certificate with an RSA key"
    )]
    EllipticCurve,
    /// Entra ID takes RSA alone.
    #[error("its private key is not an RSA key of 2048 to 4096 bits, as Entra ID takes it")]
    NotRsa,
    /// Key and certificates are of different pairs.
    #[error("its private key belongs to none of its certificates")]
    Mismatched,
    /// Entra ID would refuse it.
    #[error("its certificate was valid until {0}")]
    Expired(String),
}

impl CertificateError {
    /// One of each kind, for a list of what can be wrong.
    pub fn examples() -> Vec<Self> {
        let unknown = "…".to_owned();
        vec![
            Self::Unreadable,
            Self::NotBase64,
            Self::WrongPassword,
            Self::PasswordMissing,
            Self::UnknownEncryption(unknown.clone()),
            Self::TraditionalEncryption,
            Self::NoKey,
            Self::NoCertificate,
            Self::IndefiniteLength,
            Self::EllipticCurve,
            Self::NotRsa,
            Self::Mismatched,
            Self::Expired(unknown),
        ]
    }
}

/// What a file holds: certificates and private keys in DER.
#[derive(Default)]
struct Contents {
    certificates: Vec<Vec<u8>>,
    /// PKCS #8, or PKCS #1.
    keys: Vec<Sensitive<String>>,
}

impl CertificateBundle {
    /// Reads a bundle, whose password is empty where there is none.
    pub fn read(bytes: &[u8], password: &Sensitive<String>) -> Result<Self, CertificateError> {
        let contents = if pem::is_pem(bytes) {
            pem::read(bytes, password.expose())?
        } else {
            pkcs12::read(bytes, password.expose())?
        };
        let bundle = contents.pair()?;
        bundle.require_valid()?;
        Ok(bundle)
    }

    /// Reads a bundle of a text: base64, or PEM as it is.
    pub fn read_text(
        text: &Sensitive<String>, password: &Sensitive<String>,
    ) -> Result<Self, CertificateError> {
        if pem::is_pem(text.expose().as_bytes()) {
            return Self::read(text.expose().as_bytes(), password);
        }
        let packed: String = text.expose().split_whitespace().collect();
        let bytes = STANDARD.decode(packed).map_err(|_| CertificateError::NotBase64)?;
        Self::read(&bytes, password)
    }

    /// The certificate in DER.
    pub(super) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    pub(super) fn key(&self) -> &KeyPair {
        &self.key
    }

    fn require_valid(&self) -> Result<(), CertificateError> {
        let (_, certificate) = X509Certificate::from_der(&self.certificate)
            .map_err(|_| CertificateError::Unreadable)?;
        let ends = certificate.validity().not_after;
        let now = i64::try_from(super::unix_seconds()).unwrap_or(i64::MAX);
        if ends.timestamp() < now {
            return Err(CertificateError::Expired(ends.to_string()));
        }
        Ok(())
    }
}

impl std::fmt::Debug for CertificateBundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CertificateBundle")
    }
}

impl Contents {
    /// The first key that is RSA, with its certificate.
    fn pair(self) -> Result<CertificateBundle, CertificateError> {
        if self.keys.is_empty() {
            return Err(CertificateError::NoKey);
        }
        if self.certificates.is_empty() {
            return Err(CertificateError::NoCertificate);
        }
        let key = self.keys.iter().find_map(read_key);
        let Some(key) = key else {
            let is_elliptic = self.keys.iter().any(is_of_elliptic_curve);
            return Err(if is_elliptic {
                CertificateError::EllipticCurve
            } else {
                CertificateError::NotRsa
            });
        };
        let certificates = self.certificates.into_iter();
        let certificate = certificates.into_iter().find(|certificate| belongs(&key, certificate));
        let certificate = certificate.ok_or(CertificateError::Mismatched)?;
        Ok(CertificateBundle { certificate, key })
    }
}

/// Reads PKCS #8, or PKCS #1. Secrets are texts, and so the bytes stand there as base64.
fn read_key(key: &Sensitive<String>) -> Option<KeyPair> {
    let der = decode_secret(key)?;
    KeyPair::from_pkcs8(&der).or_else(|_| KeyPair::from_der(&der)).ok()
}

/// Whether a key in PKCS #8 names the algorithm `id-ecPublicKey` (RFC 5480), by its bytes in DER.
fn is_of_elliptic_curve(key: &Sensitive<String>) -> bool {
    const EC_PUBLIC_KEY: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    let der = decode_secret(key).unwrap_or_default();
    der.windows(EC_PUBLIC_KEY.len()).any(|window| window == EC_PUBLIC_KEY)
}

fn encode_secret(bytes: &[u8]) -> Sensitive<String> {
    Sensitive::from(STANDARD.encode(bytes))
}

fn decode_secret(secret: &Sensitive<String>) -> Option<Vec<u8>> {
    STANDARD.decode(secret.expose()).ok()
}

fn belongs(key: &KeyPair, certificate: &[u8]) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return false };
    certificate.public_key().subject_public_key.data.as_ref() == key.public().as_ref()
}
