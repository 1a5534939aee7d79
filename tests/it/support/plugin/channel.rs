//! A connection to a plugin, over which the generated clients speak.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use plugin::proto::grpc::health::v1::health_client::HealthClient;
use plugin::proto::plugin::grpc_broker_client::GrpcBrokerClient;
use plugin::proto::plugin::grpc_controller_client::GrpcControllerClient;
use plugin::proto::plugin::grpc_stdio_client::GrpcStdioClient;
use plugin::proto::tfplugin6::provider_client::ProviderClient;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tonic::body::Body;
use tonic::codegen::Service;

use super::{Identity, Line};

/// Go's hosts take messages of this size.
const LARGEST_MESSAGE: usize = i32::MAX as usize;

/// How to connect, beside where.
pub(crate) struct Transport {
    pub(crate) identity: Option<Identity>,
    pub(crate) versions: &'static [&'static SupportedProtocolVersion],
}

impl Transport {
    /// As Terraform does.
    pub(crate) fn go(identity: &Identity) -> Self {
        Self { identity: Some(identity.clone()), versions: rustls::ALL_VERSIONS }
    }

    pub(crate) fn anonymous() -> Self {
        Self { identity: None, versions: rustls::ALL_VERSIONS }
    }
}

/// Why the plugin did not let us in.
pub(crate) type Refused = Box<dyn std::error::Error + Send + Sync>;

/// An open connection; clones share it.
#[derive(Clone)]
pub(crate) struct Channel(SendRequest<Body>);

/// Connects and makes one call, since a server that refuses a client certificate says so only then.
pub(crate) async fn connect(line: &Line, transport: &Transport) -> Result<Channel, Refused> {
    let channel = match &line.certificate {
        Some(_) => open(handshake(line, transport).await?.0).await?,
        None => open(dial(line).await?).await?,
    };
    channel.health().check(health_request()).await?;
    Ok(channel)
}

fn health_request() -> plugin::proto::grpc::health::v1::HealthCheckRequest {
    plugin::proto::grpc::health::v1::HealthCheckRequest { service: "plugin".to_owned() }
}

/// The TLS handshake alone: the stream, and what was negotiated.
pub(crate) async fn handshake(
    line: &Line, transport: &Transport,
) -> Result<(tokio_rustls::client::TlsStream<Box<dyn Stream>>, Negotiated), Refused> {
    let expected = line.certificate.clone().expect("the plugin offers TLS");
    let config = client_config(&expected, transport)?;
    let name = ServerName::try_from("localhost")?;
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector.connect(name, dial(line).await?).await?;
    let negotiated = Negotiated::of(stream.get_ref().1);
    Ok((stream, negotiated))
}

/// What a TLS handshake led to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Negotiated {
    pub(crate) alpn: Option<Vec<u8>>,
    pub(crate) version: Option<rustls::ProtocolVersion>,
    pub(crate) presented: Vec<CertificateDer<'static>>,
}

impl Negotiated {
    fn of(connection: &ClientConnection) -> Self {
        Self {
            alpn: connection.alpn_protocol().map(<[u8]>::to_vec),
            version: connection.protocol_version(),
            presented: connection.peer_certificates().unwrap_or_default().to_vec(),
        }
    }
}

/// As Go does: the certificate of the line is the only root, and it must be for `localhost`.
fn client_config(
    expected: &CertificateDer<'static>, transport: &Transport,
) -> Result<ClientConfig, Refused> {
    let mut roots = RootCertStore::empty();
    roots.add(expected.clone())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(transport.versions)?
        .with_root_certificates(roots);
    let mut config = match &transport.identity {
        Some(identity) => {
            let resolver = SingleCertAndKey::from(identity.certified());
            builder.with_client_cert_resolver(Arc::new(resolver))
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// Any stream to the plugin.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// The bare socket.
pub(crate) async fn dial(line: &Line) -> io::Result<Box<dyn Stream>> {
    Ok(match line.network.as_str() {
        "unix" => Box::new(UnixStream::connect(PathBuf::from(&line.address)).await?),
        _ => Box::new(TcpStream::connect(&line.address).await?),
    })
}

/// Speaks HTTP/2 on a stream.
pub(crate) async fn open<S: Stream + 'static>(stream: S) -> Result<Channel, Refused> {
    let (send, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(Channel(send))
}

/// Defines a method that gives a client of one service.
macro_rules! clients {
    ($($name:ident: $client:ident),+ $(,)?) => {$(
        pub(crate) fn $name(&self) -> $client<Self> {
            $client::with_origin(self.clone(), Uri::from_static("http://localhost"))
                .max_decoding_message_size(LARGEST_MESSAGE)
                .max_encoding_message_size(LARGEST_MESSAGE)
        }
    )+};
}

impl Channel {
    clients! {
        provider: ProviderClient,
        controller: GrpcControllerClient,
        stdio: GrpcStdioClient,
        broker: GrpcBrokerClient,
        health: HealthClient,
    }
}

impl Service<Request<Body>> for Channel {
    type Response = Response<Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, hyper::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}
