//! Exec plugins: programs that print a credential.

use tokio::time::Instant;
use vocabulary::Sensitive;

use super::identity::ClientCertificate;
use super::server::Server;

/// A program that prints a credential.
#[derive(Clone)]
pub struct ExecPlugin {
    pub command: String,
}

/// Why an exec plugin gave no credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the exec plugin {command:?} gives no credential: {why}")]
pub struct ExecError {
    /// The program.
    pub command: String,
    /// What happened.
    pub why: String,
}

/// What a plugin has printed.
pub(crate) struct Printed {
    pub(crate) token: Option<Sensitive<String>>,
    pub(crate) certificate: Option<ClientCertificate>,
    pub(crate) renew_at: Option<Instant>,
}

impl ExecPlugin {
    pub(crate) async fn run(&self, _: &Server) -> Result<Printed, ExecError> {
        Err(ExecError { command: self.command.clone(), why: String::new() })
    }
}
