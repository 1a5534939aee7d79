//! What makes a connection: straight or through a proxy, and over TLS.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::uri::Authority;
use http::{HeaderValue, Uri};
use hyper_rustls::{FixedServerNameResolver, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use tokio::net::TcpStream;
use tokio::time::Duration;
use tower::ServiceExt as _;
use tower::timeout::Timeout;
use tower::util::BoxCloneSyncService;

use super::{BoxError, tls};
use crate::connection::{ClientCertificate, Server};
use crate::error::Error;

/// A connection that is not made by then is tried again.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes connections. The ways have one type, so that the program holds one client for them all.
pub(super) type Connector = Way<MaybeHttpsStream<TokioIo<TcpStream>>>;
type Way<T> = BoxCloneSyncService<Uri, T, BoxError>;

/// What connects to a server, by the proxy if there is one.
pub(super) fn connect_by(
    proxy: Option<Uri>, server: &Server, certificate: Option<&ClientCertificate>,
) -> Result<Connector, Error> {
    let mut https = HttpsConnectorBuilder::new()
        .with_tls_config(tls::configure(server, certificate)?)
        .https_or_http();
    if let Some(name) = &server.tls_server_name {
        https = https.with_server_name_resolver(FixedServerNameResolver::new(tls::name(name)?));
    }
    let https = https.enable_http1().wrap_connector(way(proxy));
    Ok(Connector::new(Timeout::new(https, CONNECT_TIMEOUT)))
}

fn way(proxy: Option<Uri>) -> Way<TokioIo<TcpStream>> {
    let mut straight = HttpConnector::new();
    // TLS comes above it.
    straight.enforce_http(false);
    match proxy {
        None => Way::new(straight.map_err(BoxError::from)),
        Some(proxy) if proxy.scheme_str() == Some("socks5") => {
            Way::new(through_socks(proxy, straight).map_err(BoxError::from))
        }
        Some(proxy) => Way::new(through_http(proxy, straight).map_err(BoxError::from)),
    }
}

fn through_http(proxy: Uri, straight: HttpConnector) -> Tunnel<HttpConnector> {
    let header = user_info(&proxy).and_then(|(user, password)| {
        let encoded = STANDARD.encode(format!("{user}:{password}"));
        HeaderValue::try_from(format!("Basic {encoded}")).ok()
    });
    let tunnel = Tunnel::new(proxy, straight);
    match header {
        Some(header) => tunnel.with_auth(header),
        None => tunnel,
    }
}

/// The proxy resolves the name of the server.
fn through_socks(proxy: Uri, straight: HttpConnector) -> SocksV5<HttpConnector> {
    let user_info = user_info(&proxy);
    let socks = SocksV5::new(proxy, straight);
    match user_info {
        Some((user, password)) => socks.with_auth(user, password),
        None => socks,
    }
}

/// User and password before the host of an address, whose special characters are escaped there.
fn user_info(address: &Uri) -> Option<(String, String)> {
    let (user_info, _) = address.authority().map(Authority::as_str)?.rsplit_once('@')?;
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let decode = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some((decode(user), decode(password)))
}
