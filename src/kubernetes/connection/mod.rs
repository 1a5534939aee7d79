//! Where an API server is, as whom it is asked, and by which way.

pub mod aks;
mod arguments;
mod credential;
mod exec;
mod identity;
pub mod in_cluster;
mod kubeconfig;
mod proxy;
mod secrets;
mod server;

pub use arguments::Arguments;
pub(crate) use credential::{Credential, Proof};
pub use exec::{ExecError, ExecPlugin};
pub use identity::{BearerTokenSource, ClientCertificate, Identity, Token};
pub use kubeconfig::{ExecPolicy, Kubeconfig, KubeconfigError};
pub use proxy::Proxy;
pub use server::{Roots, Server};

/// The way to an API server. Making one does no IO beyond the files that it names.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The API server, and what proves that it is the right one.
    pub server: Server,
    /// As whom it is asked.
    pub identity: Identity,
    /// The proxy on the way.
    pub proxy: Option<Proxy>,
}
