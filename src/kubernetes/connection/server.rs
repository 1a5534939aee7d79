//! The API server, and what proves that it is the right one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use http::uri::Authority;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::error::Error;

/// An API server.
#[derive(Clone, Debug)]
pub struct Server {
    pub(crate) url: Uri,
    /// Who may vouch for its certificate.
    pub roots: Roots,
    /// Whether any certificate will do.
    pub insecure: bool,
    /// The name that the certificate is to have, where it is not the host's.
    pub tls_server_name: Option<String>,
}

/// Who may vouch for a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// The authorities of the platform.
    Platform,
    /// These certificates, in DER, and nobody else.
    Only(Vec<Vec<u8>>),
}

impl Server {
    /// The server at an address: `https`, or `http` on this machine.
    pub fn new(address: &str, roots: Roots) -> Result<Self, Error> {
        let url = parse_address(address.trim())?;
        Ok(Self { url, roots, insecure: false, tls_server_name: None })
    }

    /// The host that is called.
    pub fn host(&self) -> &str {
        self.url.host().unwrap_or_default()
    }

    /// Whether the server is called by https.
    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme_str() == Some("https")
    }

    /// The address that is called.
    pub fn url(&self) -> String {
        self.url.to_string()
    }
}

impl Roots {
    /// The certificates of a PEM bundle, of which there is at least one.
    pub fn from_pem(pem: &[u8]) -> Result<Self, Error> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let unusable = |why: String| Error::Configuration {
            why: format!("the cluster's CA certificate cannot be used: {why}"),
        };
        let certificates = certificates.map_err(|error| unusable(error.to_string()))?;
        if certificates.is_empty() {
            let hint =
                if is_encoded_pem(pem) { ": it is base64 of PEM, to be decoded first" } else { "" };
            return Err(unusable(format!("it has no block `-----BEGIN CERTIFICATE-----`{hint}")));
        }
        Ok(Self::Only(certificates.into_iter().map(|der| der.to_vec()).collect()))
    }
}

/// Whether a text is the base64 in which kubeconfig files and Azure hand out PEM.
fn is_encoded_pem(text: &[u8]) -> bool {
    STANDARD.decode(text.trim_ascii()).is_ok_and(|decoded| decoded.starts_with(b"-----BEGIN"))
}

/// An address without a scheme is `https`, as kubectl reads it.
fn parse_address(address: &str) -> Result<Uri, Error> {
    let refused =
        |why: &str| Error::Configuration { why: format!("the address of the cluster {why}") };
    if address.is_empty() {
        return Err(refused("is empty"));
    }
    let full =
        if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    let url: Uri = full.parse().map_err(|error| refused(&format!("is no URL: {error}")))?;
    let authority = url.authority().map(Authority::as_str).unwrap_or_default();
    if url.host().is_none_or(str::is_empty) {
        return Err(refused("names no host"));
    }
    if authority.contains('@') {
        return Err(refused("must not hold a user or a password"));
    }
    match url.scheme_str() {
        Some("https") => Ok(url),
        Some("http") if is_loopback(url.host().unwrap_or_default()) => Ok(url),
        Some("http") => Err(refused("must be https: plain http is for this machine only")),
        _ => Err(refused("must be https")),
    }
}

/// Whether a host, as a URL names it, is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_address = host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    is_address || host.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_https_or_of_this_machine() {
        for (address, expected) in [
            ("https://cluster.example:6443", Some("https://cluster.example:6443/")),
            (" cluster.example ", Some("https://cluster.example/")),
            (
                "https://gateway.example/k8s/clusters/c-1",
                Some("https://gateway.example/k8s/clusters/c-1"),
            ),
            ("http://127.0.0.1:8001", Some("http://127.0.0.1:8001/")),
            ("http://[::1]:8001", Some("http://[::1]:8001/")),
            ("http://LOCALHOST:8001", Some("http://LOCALHOST:8001/")),
            ("http://cluster.example", None),
            ("http://localhost.example", None),
            ("https://user:canary@cluster.example", None),
            ("ftp://cluster.example", None),
            ("https://", None),
            ("", None),
            ("two words", None),
        ] {
            match (Server::new(address, Roots::Platform), expected) {
                (Ok(server), Some(expected)) => assert_eq!(server.url(), expected),
                (Err(error), None) => assert!(!error.to_string().contains("canary"), "{error}"),
                (server, _) => panic!("{address}: {server:?}"),
            }
        }
    }

    #[test]
    fn a_bundle_without_a_certificate_is_refused() {
        for pem in ["", "nonsense", "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n"]
        {
            let error = Roots::from_pem(pem.as_bytes()).expect_err(pem).to_string();
            assert!(
                error.contains("CA certificate") && !error.contains("decoded first"),
                "{error}"
            );
        }
        let encoded =
            STANDARD.encode("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----");
        let error = Roots::from_pem(encoded.as_bytes()).expect_err("base64").to_string();
        assert!(error.contains("to be decoded first"), "{error}");
    }
}
