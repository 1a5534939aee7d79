//! As whom an API server is asked.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use vocabulary::Sensitive;

use super::exec::ExecPlugin;

/// As whom an API server is asked: by a certificate, by a token, by both, or as nobody.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// Shown when TLS is set up.
    pub certificate: Option<ClientCertificate>,
    /// Sent with each request.
    pub token: Token,
}

/// Where the token of a request comes from.
#[derive(Clone, Default)]
pub enum Token {
    /// There is none.
    #[default]
    None,
    /// One that never changes.
    Fixed(Sensitive<String>),
    /// A file that whoever issues the token writes anew; where it cannot be read, the token that is
    /// given beside it.
    File(PathBuf, Option<Sensitive<String>>),
    /// An exec plugin, which may give a certificate instead.
    Exec(Box<ExecPlugin>),
    /// Who calls this crate.
    Source(Arc<dyn BearerTokenSource>),
}

/// Gives tokens for one cluster.
#[async_trait::async_trait]
pub trait BearerTokenSource: Send + Sync {
    /// The current token, which the source caches; another one where it is the one that the API
    /// server has `rejected`. The error is a reason without any secret.
    async fn bearer_token(
        &self, rejected: Option<&Sensitive<String>>,
    ) -> Result<Sensitive<String>, String>;
}

/// A client certificate with its key, in PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate, with what leads to its authority.
    pub certificate: String,
    /// Its private key.
    pub key: Sensitive<String>,
}

impl From<ClientCertificate> for Identity {
    fn from(certificate: ClientCertificate) -> Self {
        Self { certificate: Some(certificate), token: Token::None }
    }
}

impl From<Token> for Identity {
    fn from(token: Token) -> Self {
        Self { certificate: None, token }
    }
}

impl Token {
    /// Whether asking again may give another.
    pub(crate) fn is_renewable(&self) -> bool {
        matches!(self, Self::File(..) | Self::Exec(_) | Self::Source(_))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "no token",
            Self::Fixed(_) => "a token",
            Self::File(..) => "a token file",
            Self::Exec(_) => "an exec plugin",
            Self::Source(_) => "a source of tokens",
        })
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a client certificate")
    }
}
