//! The calls to an API server.
//!
//! - `transport`: how a request reaches the API server
//! - `session`: the transport and the credential that requests go out with, and what renews them
//! - `exchange`, `body`: one request and its complete answer, and what may happen instead
//! - `retry`: when a request is sent again
//! - `status`: what an answer that is no success means
//! - `absence`: whether a 404 proves that something does not exist
//! - `objects`, `pages`: the verbs

mod absence;
mod body;
mod exchange;
mod failure;
mod objects;
mod pages;
mod request;
mod retry;
mod session;
mod status;
mod transport;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

pub(crate) use objects::FIELD_MANAGER;
pub use objects::{Apply, Delete, Deleted, Insertion, Lookup, Patch};
pub use pages::ListQuery;

use crate::call_options::CallOptions;
use crate::connection::Connection;
use crate::error::Error;
use request::{Call, Request};
pub use session::SecretObserver;
use session::Sessions;
#[cfg(test)]
pub(crate) use transport::{BoxError, Request as HttpRequest, Response as HttpResponse, Transport};

/// A cluster, by one connection. Clones share the connection and its credential. Nothing is
/// connected and no credential is asked for before the first call.
#[derive(Clone)]
pub struct Cluster {
    sessions: Arc<Sessions>,
}

/// What `/version` says of an API server.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerVersion {
    /// The version, such as `v1.37.2`.
    pub git_version: String,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cluster")
    }
}

impl Cluster {
    /// The cluster behind a connection. `user_agent` is what the API server logs of the caller;
    /// `on_secret` is called with what the connection holds, and later with what each credential
    /// holds.
    pub fn new(connection: Connection, user_agent: String, on_secret: SecretObserver) -> Self {
        connection.secrets().iter().for_each(|secret| on_secret(secret.expose()));
        Self { sessions: Arc::new(Sessions::new(connection, user_agent, on_secret)) }
    }

    /// The cluster of a script: each request is answered by `connect`'s transport.
    #[cfg(test)]
    pub(crate) fn scripted(
        identity: crate::connection::Identity,
        connect: impl Fn() -> Arc<dyn Transport> + Send + Sync + 'static,
    ) -> Self {
        let server =
            crate::connection::Server::new("cluster.example", crate::connection::Roots::Platform);
        let credential = crate::connection::Credential::new(identity, &server.expect("an address"));
        let connect = Box::new(move |_: Option<&_>| Ok(connect()));
        Self {
            sessions: Arc::new(Sessions::with(
                credential,
                connect,
                "test".to_owned(),
                Arc::new(|_| ()),
            )),
        }
    }

    /// The answer to a GET of a path below the server, such as `/apis`.
    pub async fn read_path(&self, path: &str, options: CallOptions<'_>) -> Result<Value, Error> {
        let call = Call::of_path("get", path);
        let request = Request::get(path.to_owned());
        self.exchange(&call, &request, options).await?.success(&call)?.json()
    }

    /// The version of the API server: the smallest question that shows that it answers.
    pub async fn read_version(&self, options: CallOptions<'_>) -> Result<ServerVersion, Error> {
        let version = self.read_path("/version", options).await?;
        serde_json::from_value(version).map_err(|_| Error::Unreachable {
            why: "what answers /version is no API server".to_owned(),
        })
    }
}
