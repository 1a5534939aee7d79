//! A bound socket and what is served on it, from the first connection to the last.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio_rustls::TlsAcceptor;

use crate::handshake::{self, Launch};
use crate::listener::{self, Address, Listener, Stream};
use crate::services::Services;
use crate::shutdown::{InFlight, ShutdownReason, ShutdownSwitch};
use crate::tls::{self, Tls};

/// Longer than any host needs; a client that takes longer is none.
const TLS_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait when the system has no socket to give, before asking again.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);
/// How long calls in flight may wait for the host's word after a signal that it may have got too.
const HOST_LEAD: Duration = Duration::from_secs(2);
/// The host sends as many calls at once as its user allows, and never waits for a free stream.
const MAX_CONCURRENT_STREAMS: u32 = 1 << 16;

/// A server that can be connected to; [`Endpoint::run`] answers.
pub struct Endpoint {
    server: framework::Server,
    listener: Listener,
    address: Address,
    tls: Option<Tls>,
    connections: InFlight,
    switch: ShutdownSwitch,
    multiplex: bool,
    reattach: bool,
}

/// Why nothing can be served.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] Cause);

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error("{variable}: {0}", variable = handshake::CLIENT_CERTIFICATE)]
    Tls(#[from] tls::Error),
    #[error(transparent)]
    Listener(#[from] listener::Error),
    #[error("the socket has no address: {0}")]
    Address(#[from] io::Error),
}

impl Endpoint {
    /// Binds a socket for `server` as `launch` says.
    pub async fn bind(server: framework::Server, launch: &Launch) -> Result<Self, Error> {
        Ok(Self::try_bind(server, launch).await?)
    }

    async fn try_bind(server: framework::Server, launch: &Launch) -> Result<Self, Cause> {
        let tls = launch.client_certificate.as_deref().map(Tls::new).transpose()?;
        let listener = Listener::bind(launch).await?;
        let address = listener.address()?;
        let (connections, switch) = (InFlight::new(), ShutdownSwitch::new());
        let &Launch { multiplex, reattach, .. } = launch;
        Ok(Self { server, listener, address, tls, connections, switch, multiplex, reattach })
    }

    /// The line that tells go-plugin's host how to connect, with its line feed.
    pub fn line(&self) -> String {
        let certificate = self.tls.as_ref().map(|tls| tls.certificate.as_ref());
        handshake::format_line(&self.address, certificate, self.multiplex)
    }

    /// What tells a developer how to let Terraform connect, for the provider of address `source`.
    pub(crate) fn reattach(&self, source: &str) -> String {
        handshake::reattach_message(source, &self.address)
    }

    pub(crate) fn connections(&self) -> InFlight {
        self.connections.clone()
    }

    /// Serves until the host asks for the end, or `ended` says so; then lets the calls in flight
    /// put their work in order, for a bounded time, and says why it ended.
    pub async fn run(self, ended: impl Future<Output = ShutdownReason>) -> ShutdownReason {
        let calls = InFlight::new();
        let services =
            Services::new(self.server.clone(), calls.clone(), &self.switch, self.reattach);
        let ending = tokio::select! {
            ending = self.wait_for_end(ended, &calls) => ending,
            never = self.accept(services) => match never {},
        };
        tracing::debug!(?ending, "the plugin ends");
        self.switch.end(ending);
        self.server.stop();
        let (listener, connections) = (self.listener, self.connections);
        // From here on nobody can connect.
        drop(listener);
        let orderly = async {
            calls.wait_until_none().await;
            connections.wait_until_none().await;
        };
        if tokio::time::timeout(ending.grace(), orderly).await.is_err() {
            tracing::warn!("calls were still in flight when the plugin ended");
        }
        ending
    }

    /// Waits until the end is due.
    async fn wait_for_end(
        &self, ended: impl Future<Output = ShutdownReason>, calls: &InFlight,
    ) -> ShutdownReason {
        let ending = tokio::select! {
            ending = self.switch.wait() => return ending,
            ending = ended => ending,
        };
        if ending == ShutdownReason::Terminated {
            // A host that the signal reaches too stops its calls itself. It must be the first: what answers
            // before that is done as far as the host knows.
            tokio::select! {
                () = calls.wait_until_none() => {}
                _ = self.switch.wait() => {}
                () = tokio::time::sleep(HOST_LEAD) => {}
            }
        }
        ending
    }

    async fn accept(&self, services: Services) -> Infallible {
        let acceptor = self.tls.as_ref().map(|tls| TlsAcceptor::from(Arc::clone(&tls.config)));
        loop {
            match self.listener.accept().await {
                Ok(stream) => {
                    let connection = Connection {
                        services: services.clone(),
                        switch: self.switch.clone(),
                        count: self.connections.clone(),
                    };
                    tokio::spawn(connection.open(stream, acceptor.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                }
            }
        }
    }
}

/// One client, on a task of its own, so that no other has to wait for it.
struct Connection {
    services: Services,
    switch: ShutdownSwitch,
    count: InFlight,
}

impl Connection {
    async fn open(self, stream: Box<dyn Stream>, acceptor: Option<TlsAcceptor>) {
        let Some(acceptor) = acceptor else { return self.serve(stream).await };
        match tokio::time::timeout(TLS_HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => self.serve(Box::new(stream)).await,
            Ok(Err(error)) => tracing::warn!(%error, "a client was refused"),
            Err(_) => tracing::warn!("a client did not finish its TLS handshake"),
        }
    }

    async fn serve(self, stream: Box<dyn Stream>) {
        let in_flight = self.count.begin();
        let connection = http2::Builder::new(TokioExecutor::new())
            .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
            .serve_connection(TokioIo::new(stream), self.services);
        let mut connection = pin!(connection);
        let served = tokio::select! {
            served = connection.as_mut() => served,
            _ = self.switch.wait() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = served {
            // A host that probes, or is killed, leaves without a word.
            tracing::debug!(%error, "a connection ended early");
        }
        drop(in_flight);
    }
}
