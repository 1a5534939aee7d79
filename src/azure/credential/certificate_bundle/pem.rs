//! PEM: certificates and keys as texts, one after the other.

use der::Decode;
use x509_parser::pem::Pem;

use super::pkcs12::{EncryptedKey, find_scheme};
use super::{CertificateError, Contents, encode_secret};

const BEGIN: &[u8] = b"-----BEGIN ";

/// Whether the bytes hold a PEM text.
pub(super) fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(BEGIN.len()).any(|window| window == BEGIN)
}

pub(super) fn read(bytes: &[u8], password: &str) -> Result<Contents, CertificateError> {
    let is_traditional = bytes.windows(9).any(|window| window == b"DEK-Info:");
    if is_traditional {
        return Err(CertificateError::TraditionalEncryption);
    }
    let mut contents = Contents::default();
    for block in Pem::iter_from_buffer(bytes) {
        let block = block.map_err(|_| CertificateError::Unreadable)?;
        match block.label.as_str() {
            "CERTIFICATE" => contents.certificates.push(block.contents),
            "PRIVATE KEY" | "RSA PRIVATE KEY" => {
                contents.keys.push(encode_secret(&block.contents));
            }
            "EC PRIVATE KEY" => return Err(CertificateError::EllipticCurve),
            "ENCRYPTED PRIVATE KEY" => {
                contents.keys.push(encode_secret(&decrypt(&block.contents, password)?));
            }
            _ => {}
        }
    }
    Ok(contents)
}

fn decrypt(der: &[u8], password: &str) -> Result<Vec<u8>, CertificateError> {
    let key = EncryptedKey::from_der(der).map_err(|_| CertificateError::Unreadable)?;
    if password.is_empty() {
        return Err(CertificateError::PasswordMissing);
    }
    let decrypted = find_scheme(key.algorithm)?.decrypt(password, key.ciphertext.as_bytes());
    decrypted.map_err(|_| CertificateError::WrongPassword)
}
