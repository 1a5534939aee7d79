//! What a request proves its identity with, asked for when it is needed.

use std::path::Path;

use tokio::time::{Duration, Instant};
use vocabulary::Sensitive;

use super::identity::{ClientCertificate, Identity, Token};
use super::server::Server;
use crate::error::Error;

/// A token file is read again after so long, as Kubernetes' own clients do.
const TOKEN_FILE_INTERVAL: Duration = Duration::from_mins(1);

/// An identity at one server.
pub(crate) struct Credential {
    identity: Identity,
    server: Server,
}

/// What a request proves its identity with.
#[derive(Default)]
pub(crate) struct Proof {
    pub(crate) certificate: Option<ClientCertificate>,
    pub(crate) token: Option<Sensitive<String>>,
    /// When it is to be asked for again; `None` where it does not end.
    pub(crate) renew_at: Option<Instant>,
}

impl Credential {
    pub(crate) fn new(identity: Identity, server: &Server) -> Self {
        Self { identity, server: server.clone() }
    }

    pub(crate) fn is_renewable(&self) -> bool {
        self.identity.token.is_renewable()
    }

    /// The proof as it is now. The token of the last one may have been `rejected`.
    pub(crate) async fn prove(&self, rejected: Option<&Sensitive<String>>) -> Result<Proof, Error> {
        let certificate = self.identity.certificate.clone();
        let with = |token| Proof { certificate: certificate.clone(), token, renew_at: None };
        match &self.identity.token {
            Token::None => Ok(with(None)),
            Token::Fixed(token) => Ok(with(Some(token.clone()))),
            Token::File(path, otherwise) => {
                let token = read_token_file(path, otherwise.as_ref()).await?;
                let renew_at = Some(Instant::now() + TOKEN_FILE_INTERVAL);
                Ok(Proof { renew_at, ..with(Some(token)) })
            }
            Token::Exec(plugin) => {
                // Rare and large: not a part of every call.
                let printed = Box::pin(plugin.run(&self.server)).await?;
                let certificate = printed.certificate.or_else(|| certificate.clone());
                Ok(Proof { certificate, token: printed.token, renew_at: printed.renew_at })
            }
            // The source caches: it is asked each time.
            Token::Source(source) => {
                let token = source.bearer_token(rejected).await;
                let token = token.map_err(|why| Error::Credential { why })?;
                Ok(Proof { renew_at: Some(Instant::now()), ..with(Some(token)) })
            }
        }
    }

    /// The last proof for a while longer, where it may outlast its source: what a file said. A
    /// program that fails is asked each time.
    pub(crate) fn keep(
        &self, certificate: Option<&ClientCertificate>, token: Option<&Sensitive<String>>,
    ) -> Option<Proof> {
        let is_file = matches!(self.identity.token, Token::File(..));
        let renew_at = Some(Instant::now() + TOKEN_FILE_INTERVAL);
        let (certificate, token) = (certificate.cloned(), token.cloned());
        is_file.then_some(Proof { certificate, token, renew_at })
    }
}

async fn read_token_file(
    path: &Path, otherwise: Option<&Sensitive<String>>,
) -> Result<Sensitive<String>, Error> {
    match tokio::fs::read_to_string(path).await {
        Ok(token) if !token.trim().is_empty() => Ok(token.trim().to_owned().into()),
        read => otherwise.cloned().ok_or_else(|| {
            let why = read.map_or_else(|error| error.to_string(), |_| "it is empty".to_owned());
            let path = path.display();
            Error::Credential { why: format!("the token file {path} cannot be used: {why}") }
        }),
    }
}
