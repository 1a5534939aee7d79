//! The certificates that are registered on the application.

use std::io;
use std::path::Path;

use x509_parser::pem::parse_x509_pem;

/// A certificate, as far as it is needed to verify what it has signed.
#[derive(Debug)]
pub(crate) struct ClientCertificate {
    pub(super) der: Vec<u8>,
    pub(super) public_key: Vec<u8>,
    /// In seconds since 1970.
    pub(super) ends: u64,
}

impl ClientCertificate {
    /// Reads a PEM file.
    pub(crate) fn read(file: &Path) -> io::Result<Self> {
        let unusable = |why: &dyn std::fmt::Display| {
            let text = format!("{}: {why}", file.display());
            io::Error::new(io::ErrorKind::InvalidData, text)
        };
        let text = std::fs::read(file).map_err(|error| unusable(&error))?;
        let (_, pem) = parse_x509_pem(&text).map_err(|error| unusable(&error))?;
        let certificate = pem.parse_x509().map_err(|error| unusable(&error))?;
        let public_key = certificate.public_key().subject_public_key.data.to_vec();
        let ends = certificate.validity().not_after.timestamp();
        let ends = u64::try_from(ends).unwrap_or_default();
        Ok(Self { der: pem.contents.clone(), public_key, ends })
    }
}
