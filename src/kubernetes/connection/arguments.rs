//! The parts of a connection as they are written in one place, and what places give together.

use std::path::PathBuf;

use vocabulary::Sensitive;

use super::Connection;
use super::exec::ExecPlugin;
use super::identity::{ClientCertificate, Identity, Token};
use super::proxy::Proxy;
use super::server::{Roots, Server};
use crate::error::Error;

/// The parts of a connection. What is `None` is not written.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// Where the API server is.
    pub address: Option<String>,
    /// Who may vouch for it: certificates in PEM.
    pub ca_certificate: Option<String>,
    /// Whether any certificate will do.
    pub insecure: Option<bool>,
    /// The name that its certificate is to have.
    pub tls_server_name: Option<String>,
    /// The proxy that is meant for it.
    pub proxy: Option<Proxy>,
    /// A client certificate in PEM.
    pub client_certificate: Option<String>,
    /// Its key in PEM.
    pub client_key: Option<Sensitive<String>>,
    /// A token.
    pub token: Option<Sensitive<String>>,
    /// A file with a token, which counts before `token`.
    pub token_file: Option<PathBuf>,
    /// A program that prints a credential.
    pub exec: Option<ExecPlugin>,
}

impl Arguments {
    /// These arguments, and `other`'s where they say nothing. As whom the server is asked is said
    /// by one of them alone, and so is what proves the server: mixed, they would be nobody's intent.
    pub fn or(self, other: Self) -> Self {
        let identity = if self.has_identity() { self.clone() } else { other.clone() };
        let trust = if self.has_trust() { self.clone() } else { other.clone() };
        Self {
            address: self.address.or(other.address),
            tls_server_name: self.tls_server_name.or(other.tls_server_name),
            proxy: self.proxy.or(other.proxy),
            ca_certificate: trust.ca_certificate,
            insecure: trust.insecure,
            ..identity
        }
    }

    /// The connection that they describe. `environment` is the proxy of the environment, which
    /// counts where none is written.
    pub fn connection(self, environment: Option<Proxy>) -> Result<Connection, Error> {
        let unusable = |why: &str| Error::Configuration { why: why.to_owned() };
        let address = self.address.as_deref().unwrap_or_default();
        let insecure = self.insecure.unwrap_or_default();
        let roots = match &self.ca_certificate {
            Some(_) if insecure => {
                return Err(unusable(
                    "a CA certificate of the cluster and the wish to check none (`insecure`) \
                     contradict each other",
                ));
            }
            Some(pem) => Roots::from_pem(pem.as_bytes())?,
            None => Roots::Platform,
        };
        let mut server = Server::new(address, roots)?;
        server.insecure = insecure;
        server.tls_server_name.clone_from(&self.tls_server_name);
        let proxy = self.proxy.clone().or(environment);
        Ok(Connection { server, proxy, identity: self.identity()? })
    }

    fn identity(self) -> Result<Identity, Error> {
        let unusable = |why: &str| Error::Configuration { why: why.to_owned() };
        let certificate = match (self.client_certificate, self.client_key) {
            (Some(certificate), Some(key)) => Some(ClientCertificate { certificate, key }),
            (None, None) => None,
            (Some(_), None) => return Err(unusable("the client certificate has no key")),
            (None, Some(_)) => return Err(unusable("the client key has no certificate")),
        };
        // As with kubectl, what is written counts before what a program would print.
        let token = match (self.token_file, self.token, self.exec) {
            (Some(file), token, _) => Token::File(file, token),
            (None, Some(token), _) => Token::Fixed(token),
            (None, None, Some(plugin)) => Token::Exec(Box::new(plugin)),
            (None, None, None) => Token::None,
        };
        Ok(Identity { certificate, token })
    }

    fn has_identity(&self) -> bool {
        self.client_certificate.is_some()
            || self.client_key.is_some()
            || self.token.is_some()
            || self.token_file.is_some()
            || self.exec.is_some()
    }

    fn has_trust(&self) -> bool {
        self.ca_certificate.is_some() || self.insecure.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(token: Option<&str>, address: Option<&str>) -> Arguments {
        Arguments {
            address: address.map(str::to_owned),
            token: token.map(Sensitive::from),
            ..Arguments::default()
        }
    }

    #[test]
    fn an_identity_is_taken_whole() {
        let certificate = Arguments {
            client_certificate: Some("cert".to_owned()),
            client_key: Some("key".into()),
            ..written(Some("old"), Some("https://old.example"))
        };
        let both = written(Some("new"), None).or(certificate.clone());
        let connection = both.connection(None).unwrap();
        assert_eq!(connection.server.host(), "old.example");
        assert!(connection.identity.certificate.is_none());
        assert!(
            matches!(connection.identity.token, Token::Fixed(token) if token.expose() == "new")
        );

        let other = written(None, Some("new.example")).or(certificate);
        let connection = other.connection(None).unwrap();
        assert_eq!(connection.server.host(), "new.example");
        assert!(connection.identity.certificate.is_some());
    }

    #[test]
    fn halves_and_contradictions_are_refused() {
        let base = || written(None, Some("cluster.example"));
        for (arguments, expected) in [
            (Arguments { client_key: Some("key".into()), ..base() }, "key has no certificate"),
            (
                Arguments { client_certificate: Some("c".into()), ..base() },
                "certificate has no key",
            ),
            (
                Arguments { insecure: Some(true), ca_certificate: Some("c".into()), ..base() },
                "contradict each other",
            ),
            (Arguments { ca_certificate: Some(String::new()), ..base() }, "CA certificate"),
            (Arguments::default(), "address of the cluster is empty"),
        ] {
            let error = arguments.connection(None).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn what_proves_the_server_is_taken_whole() {
        let file =
            Arguments { ca_certificate: Some("unused".into()), ..written(None, Some("a.example")) };
        let hcl = Arguments { insecure: Some(true), ..Arguments::default() };
        let connection = hcl.or(file).connection(None).unwrap();
        assert!(connection.server.insecure && connection.server.roots == Roots::Platform);
    }
}
