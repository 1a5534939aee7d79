//! Why no answer came.

use std::error::Error as StdError;
use std::io;

use hyper_util::client::legacy;
use rustls::AlertDescription;

use crate::error::Error;

/// Why no answer came, and whether another try may fare better.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) is_transient: bool,
    /// Whether the request surely never reached the server.
    pub(super) is_unsent: bool,
}

impl Failure {
    /// The connection broke, or the answer took too long: whether the request was carried out is
    /// unknown.
    pub(super) fn interrupted(why: String) -> Self {
        Self { error: Error::Unreachable { why }, is_transient: true, is_unsent: false }
    }

    /// Another try would end alike.
    pub(super) fn final_error(error: Error) -> Self {
        Self { error, is_transient: false, is_unsent: false }
    }

    /// What an error of a request or of a body means. The kinds lie in the chain of sources.
    pub(super) fn classify(error: &(dyn StdError + 'static)) -> Self {
        let chain: Vec<_> = sources(error).collect();
        if let Some(tls) = chain.iter().find_map(|error| find_tls(*error)) {
            return Self::final_error(Error::Tls { why: describe_tls(tls) });
        }
        let text = join(&chain);
        if ["proxy authorization required", "proxy authentication"]
            .iter()
            .any(|said| text.contains(said))
        {
            return Self::final_error(Error::Unreachable {
                why: "the proxy asks for other credentials (407)".to_owned(),
            });
        }
        let is_unsent = chain
            .iter()
            .filter_map(|error| error.downcast_ref::<legacy::Error>())
            .any(legacy::Error::is_connect);
        Self { error: Error::Unreachable { why: text }, is_transient: true, is_unsent }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::final_error(error)
    }
}

fn sources<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn StdError + 'static)| (*error).source())
}

/// rustls hands its errors over inside an `io::Error`, or inside two, which do not show them as
/// their source.
fn find_tls<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    error
        .downcast_ref::<rustls::Error>()
        .or_else(|| error.downcast_ref::<io::Error>()?.get_ref().and_then(|inner| find_tls(inner)))
}

/// The algorithms are named by their numbers only, and a server without a fitting one names none.
fn describe_tls(error: &rustls::Error) -> String {
    const WHY: &str = "ECDSA with the curve P-521, for one, is not supported";
    let text = error.to_string();
    let is_alert =
        matches!(error, rustls::Error::AlertReceived(AlertDescription::HandshakeFailure));
    if text.contains("UnsupportedSignatureAlgorithm") {
        format!(
            "a certificate of the cluster is signed by an algorithm that is not supported ({WHY}): {text}"
        )
    } else if is_alert {
        format!("the cluster and the provider have no algorithm in common ({WHY}): {text}")
    } else {
        text
    }
}

/// The innermost texts; the outer ones only name the stage.
fn join(chain: &[&(dyn StdError + 'static)]) -> String {
    let mut told: Vec<String> = Vec::new();
    for text in chain.iter().map(ToString::to_string) {
        let is_stage = text.starts_with("client error (");
        let is_told = told.iter().any(|before| before.contains(&text));
        if !is_stage && !is_told {
            told.push(text);
        }
    }
    if told.is_empty() { "the request failed".to_owned() } else { told.join(": ") }
}

#[cfg(test)]
mod tests {
    use rustls::{CertificateError, Error as Tls};

    use super::*;

    #[test]
    fn what_cannot_be_verified_is_explained() {
        let certificate = CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext {
            signature_algorithm_id: vec![1],
            public_key_algorithm_id: vec![2],
        };
        for (error, is_explained) in [
            (Tls::InvalidCertificate(certificate), true),
            (Tls::AlertReceived(AlertDescription::HandshakeFailure), true),
            (Tls::AlertReceived(AlertDescription::CertificateExpired), false),
            (Tls::InvalidCertificate(CertificateError::Expired), false),
        ] {
            // As a connection hands it over.
            let failure = Failure::classify(&io::Error::other(io::Error::other(error)));
            assert!(matches!(failure.error, Error::Tls { .. }) && !failure.is_transient);
            assert_eq!(failure.error.to_string().contains("P-521"), is_explained, "{failure:?}");
        }
    }
}
