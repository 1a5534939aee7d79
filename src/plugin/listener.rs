//! The socket: a unix one in a directory of our own, TCP on loopback where there is none.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

use crate::handshake::Launch;

/// Where the host connects.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    /// A socket file.
    #[cfg(unix)]
    Unix(PathBuf),
    /// A port on loopback.
    Tcp(SocketAddr),
}

/// A bound socket. Dropping it removes what it left in the file system.
pub(crate) enum Listener {
    #[cfg(unix)]
    Unix {
        socket: tokio::net::UnixListener,
        folder: tempfile::TempDir,
    },
    Tcp(TcpListener),
}

/// An accepted connection, of whichever kind.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no socket can be made in {}: {source}", folder.display())]
    Unix { folder: PathBuf, source: io::Error },
    #[error("no port on loopback is free{}: {source}", port_range(.ports.as_ref()))]
    Tcp { ports: Option<RangeInclusive<u16>>, source: io::Error },
}

fn port_range(ports: Option<&RangeInclusive<u16>>) -> String {
    ports.map(|ports| format!(" from {} to {}", ports.start(), ports.end())).unwrap_or_default()
}

impl Listener {
    /// Binds as `launch` says. When this returns, a host can connect.
    pub(crate) async fn bind(launch: &Launch) -> Result<Self, Error> {
        #[cfg(unix)]
        if !launch.tcp {
            return unix::bind(launch);
        }
        bind_tcp(launch.ports.clone()).await
    }

    /// Waits for the next connection.
    pub(crate) async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            #[cfg(unix)]
            Self::Unix { socket, .. } => Ok(Box::new(socket.accept().await?.0)),
            Self::Tcp(socket) => Ok(Box::new(accept_tcp(socket).await?)),
        }
    }

    pub(crate) fn address(&self) -> io::Result<Address> {
        match self {
            #[cfg(unix)]
            Self::Unix { folder, .. } => Ok(Address::Unix(folder.path().join(unix::SOCKET_NAME))),
            Self::Tcp(socket) => socket.local_addr().map(Address::Tcp),
        }
    }
}

async fn bind_tcp(ports: Option<RangeInclusive<u16>>) -> Result<Listener, Error> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for port in ports.clone().unwrap_or(0..=0) {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(socket) => return Ok(Listener::Tcp(socket)),
            Err(error) => last = error,
        }
    }
    Err(Error::Tcp { ports, source: last })
}

async fn accept_tcp(socket: &TcpListener) -> io::Result<TcpStream> {
    let (stream, _) = socket.accept().await?;
    // Calls are small and wait for one another: delaying them doubles a plan's time.
    stream.set_nodelay(true)?;
    Ok(stream)
}

#[cfg(unix)]
mod unix {
    use std::fs::Permissions;
    use std::io::ErrorKind;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::{Error, Launch, Listener, PathBuf, io};

    pub(super) const SOCKET_NAME: &str = "socket";

    /// A path of a socket is at most about a hundred bytes long: the usual directory may be deeper.
    const SHORT_DIRECTORY: &str = "/tmp";

    pub(super) fn bind(launch: &Launch) -> Result<Listener, Error> {
        let error = |folder: PathBuf| move |source| Error::Unix { folder, source };
        if let Some(folder) = &launch.socket_directory {
            return bind_in(folder).map_err(error(folder.clone()));
        }
        let default_directory = std::env::temp_dir();
        match bind_in(&default_directory) {
            Err(source) if source.kind() == ErrorKind::InvalidInput => {
                bind_in(Path::new(SHORT_DIRECTORY)).map_err(error(SHORT_DIRECTORY.into()))
            }
            bound => bound.map_err(error(default_directory)),
        }
    }

    /// Other users cannot enter the directory, so they cannot reach the socket either.
    fn bind_in(parent: &Path) -> io::Result<Listener> {
        if parent.to_str().is_none_or(|path| path.contains(['|', '\n'])) {
            let cause = "the handshake line cannot carry this path";
            return Err(io::Error::new(ErrorKind::InvalidInput, cause));
        }
        let folder = tempfile::Builder::new()
            .prefix("plugin")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)?;
        let socket = tokio::net::UnixListener::bind(folder.path().join(SOCKET_NAME))?;
        Ok(Listener::Unix { socket, folder })
    }
}

impl Address {
    /// go-plugin's name of the kind of socket.
    pub(crate) fn network(&self) -> &'static str {
        match self {
            #[cfg(unix)]
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(unix)]
            Self::Unix(path) => path.display().fmt(f),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_answers_over_tcp_are_not_held_back() {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        let (accepted, _client) =
            tokio::try_join!(accept_tcp(&socket), TcpStream::connect(address)).unwrap();
        assert!(accepted.nodelay().unwrap());
    }
}
