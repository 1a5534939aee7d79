//! An emulator of the Azure APIs that the provider calls, as one server on loopback.
//!
//! It answers as recorded traffic and published API descriptions do, and shares no type with the
//! client: a wrong model of Azure must fail here, not agree with itself.

mod arguments;
mod arm;
mod catalogue;
mod certificate;
mod cloud;
mod cluster;
mod command;
mod control;
mod delivery;
mod entra;
mod faults;
mod guard;
mod http;
mod identity;
mod in_process;
mod listener;
mod names;
mod options;
mod page;
mod request_log;
mod role;
mod seed;
mod store;
mod throttle;
mod timestamp;
mod traits;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use tokio::sync::watch;

pub use arguments::{Invocation, parse, usage};
pub use command::run;
pub use in_process::{Answer, InProcess};
pub use options::Options;
pub use role::Role;
pub use traits::Trait;

use cloud::Cloud;
use listener::Listener;

/// A running emulator. It stops when dropped.
#[derive(Debug)]
pub struct Emulator {
    endpoint: String,
    cloud: Arc<Cloud>,
    listener: Listener,
}

/// Starts an emulator on loopback and returns once it accepts connections.
///
/// Fails when the port is taken, or when the seed, the kubeconfig, the state or the TLS folder cannot
/// be used.
pub async fn serve(options: Options) -> io::Result<Emulator> {
    let mut options = options;
    // Whoever is told where the certificate lies may run in another folder.
    options.tls = options.tls.map(std::path::absolute).transpose()?;
    let tls = options.tls.as_deref().map(certificate::create).transpose()?;
    let socket = listener::bind(options.port).await?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let endpoint = format!("{scheme}://{}", socket.local_addr()?);
    let cloud = Arc::new(Cloud::new(options, endpoint.clone())?);
    let listener = Listener::start(socket, tls, Arc::clone(&cloud));
    Ok(Emulator { endpoint, cloud, listener })
}

impl Emulator {
    /// Without a trailing slash: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The variables that point the provider here. The client secret is among them only with TLS,
    /// since no Azure credential sends one over plain HTTP.
    pub fn environment(&self) -> BTreeMap<String, String> {
        self.cloud.environment()
    }

    /// Changes whenever a request has arrived or is over, so that nobody has to ask again and
    /// again.
    pub fn exchanges_changed(&self) -> watch::Receiver<()> {
        self.cloud.state().log.changes()
    }

    /// Stops accepting, drops every connection and waits until that is done.
    pub async fn stop(self) {
        self.listener.stop().await;
    }
}
