//! API servers on this machine, for what only a real connection shows.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    PKCS_ECDSA_P384_SHA384,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::call_options::CallOptions;
use crate::cluster::{Cluster, ServerVersion};
use crate::connection::ClientCertificate;
use crate::connection::{Connection, Identity, Proxy, Roots, Server};
use crate::error::Error;

pub(super) const VERSION: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 28\r\n\r\n\
     {\"gitVersion\": \"v1.37.2-x1\"}";

/// A server that answers each connection alike.
pub(super) struct TestServer {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

/// Vouches for servers and clients.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl TestServer {
    /// Answers every request with these bytes, by TLS where it is configured.
    pub(super) async fn start(tls: Option<ServerConfig>, answer: &'static str) -> Self {
        let acceptor = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        Self::serve(async move |stream: TcpStream, seen: Arc<Mutex<Vec<String>>>| match &acceptor {
            None => answer_with(stream, answer, "", &seen).await,
            Some(acceptor) => {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let certificates = stream.get_ref().1.peer_certificates().map_or(0, <[_]>::len);
                let note = if certificates > 0 { "with a certificate\n" } else { "" };
                answer_with(stream, answer, note, &seen).await;
            }
        })
        .await
    }

    /// Serves each connection, one after another.
    pub(super) async fn serve<F>(mut each: F) -> Self
    where
        F: AsyncFnMut(TcpStream, Arc<Mutex<Vec<String>>>) + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let log = seen.clone();
        let task = tokio::task::spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                each(stream, log.clone()).await;
            }
        });
        Self { address, seen, task }
    }

    /// The heads of the requests, with a note before those that came with a certificate.
    pub(super) fn heads(&self) -> Vec<String> {
        self.seen.lock().expect("no panic").clone()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads one request's head, as far as it comes.
pub(super) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read_buf(&mut head).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// Reads one request's head, answers with these bytes, and closes.
async fn answer_with(
    mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &str, note: &str,
    seen: &Mutex<Vec<String>>,
) {
    let head = read_head(&mut stream).await;
    seen.lock().expect("no panic").push(format!("{note}{head}"));
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("a key");
        Self { issuer: CertifiedIssuer::self_signed(params, key).expect("an authority") }
    }

    pub(super) fn roots(&self) -> Roots {
        Roots::from_pem(self.issuer.pem().as_bytes()).expect("a certificate")
    }

    fn leaf(&self, name: &str, usage: ExtendedKeyUsagePurpose) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        params.extended_key_usages = vec![usage];
        (params.signed_by(&key, &self.issuer).expect("a certificate"), key)
    }

    /// TLS of a server of this name, whose certificate goes through `change`. Clients may show a
    /// certificate of this authority.
    pub(super) fn server(&self, name: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) -> ServerConfig {
        let (certificate, key) = self.leaf(name, ExtendedKeyUsagePurpose::ServerAuth);
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).expect("an authority");
        let clients = WebPkiClientVerifier::builder(Arc::new(roots)).allow_unauthenticated();
        let chain = vec![CertificateDer::from(change(certificate.der().to_vec()))];
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        ServerConfig::builder()
            .with_client_cert_verifier(clients.build().expect("a verifier"))
            .with_single_cert(chain, key)
            .expect("a configuration")
    }

    pub(super) fn client(&self) -> ClientCertificate {
        let (certificate, key) = self.leaf("client", ExtendedKeyUsagePurpose::ClientAuth);
        ClientCertificate { certificate: certificate.pem(), key: key.serialize_pem().into() }
    }
}

/// Asks the server at an address for its version, for no longer than two seconds.
pub(super) async fn ask(
    server: Server, identity: Identity, proxy: Option<Proxy>,
) -> Result<ServerVersion, Error> {
    let connection = Connection { server, identity, proxy };
    let cluster = Cluster::new(connection, "tester/1".to_owned(), Arc::new(|_| ()));
    let stop = crate::CancellationToken::new();
    let deadline = std::time::Instant::now() + Duration::from_secs(2);
    Box::pin(cluster.read_version(CallOptions::new(deadline, &stop))).await
}

/// Runs a test together with its servers.
pub(super) async fn locally(test: impl Future<Output = ()>) {
    tokio::task::LocalSet::new().run_until(test).await;
}
