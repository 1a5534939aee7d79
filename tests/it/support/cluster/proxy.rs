//! A proxy before an API server, which holds requests and answers until a test releases them: what
//! `POST /emulator/held/release` is for Azure.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::{Certificate, Cluster, Kind, TOKEN, unique};
use crate::support::azure::Hold;
use crate::support::control::Control;

/// Far more than any request takes to come.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running proxy. Dropping it ends it.
pub(crate) struct Proxy {
    kubeconfig: String,
    traffic: Arc<Traffic>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// One request that came by, with the status of its answer once there is one.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) status: Option<u16>,
    held: Option<Hold>,
}

struct Traffic {
    server: Control,
    log: Mutex<Log>,
    changed: Condvar,
    releases: watch::Sender<()>,
}

#[derive(Default)]
struct Log {
    rules: Vec<Rule>,
    seen: Vec<Seen>,
    /// How many of them came before the last `forget`.
    forgotten: usize,
}

/// Applies once.
struct Rule {
    when: Condition,
    place: Hold,
    /// How many that match pass before.
    after: usize,
    /// The connection breaks there when it is released.
    resets: bool,
}

/// As the conditions of the emulator's faults.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Condition {
    method: Option<String>,
    path: Option<String>,
    query: Option<String>,
}

type Answer = Result<Response<Full<Bytes>>, Box<dyn Error + Send + Sync>>;

impl Cluster {
    /// Another way to this cluster, on which exchanges can be held. A client shows a token there, no certificate.
    pub(crate) fn proxy(&self) -> Proxy {
        let traffic = Arc::new(Traffic {
            server: Control::new(&self.endpoint(), TOKEN, Some(self.authority_file())),
            log: Mutex::default(),
            changed: Condvar::new(),
            releases: watch::Sender::new(()),
        });
        let tls = acceptor(&self.server.identities.server_certificate());
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let shared = Arc::clone(&traffic);
        let thread = std::thread::spawn(move || run(tls, shared, &tell, stopped));
        let address = told.recv().expect("the proxy says where it is");
        let kubeconfig = self.kubeconfig().replace(&self.endpoint(), &format!("https://{address}"));
        Proxy { kubeconfig, traffic, stop: Some(stop), thread: Some(thread) }
    }
}

impl Proxy {
    /// Of the administrator, by way of the proxy.
    pub(crate) fn kubeconfig(&self) -> &str {
        &self.kubeconfig
    }

    /// Holds the next request that matches, until [`Self::releases`].
    pub(crate) fn holds(&self, when: &Value, place: Hold) {
        let when = serde_json::from_value(when.clone()).expect("a condition is well-formed");
        self.add(Rule { when, place, after: 0, resets: false });
    }

    /// The same, and on the release the connection breaks there: before the request goes on, or before its answer does.
    pub(crate) fn holds_and_resets(&self, when: &Value, place: Hold) {
        let when = serde_json::from_value(when.clone()).expect("a condition is well-formed");
        self.add(Rule { when, place, after: 0, resets: true });
    }

    /// Holds the request that so many go before, whichever it is.
    pub(crate) fn holds_number(&self, after: usize, place: Hold) {
        let when = Condition::default();
        self.add(Rule { when, place, after, resets: false });
    }

    /// The same, and on the release the connection breaks there.
    pub(crate) fn holds_number_and_resets(&self, after: usize, place: Hold) {
        let when = Condition::default();
        self.add(Rule { when, place, after, resets: true });
    }

    fn add(&self, rule: Rule) {
        self.traffic.log().rules.push(rule);
    }

    /// Takes back what was to be held, and lets go on what is.
    pub(crate) fn clears_holds(&self) {
        self.traffic.log().rules.clear();
        self.releases();
    }

    /// Waits until a request with `method` to `path` is held.
    pub(crate) fn waits_for_held(&self, method: &str, path: &str) {
        let what = format!("{method} of {path} is held");
        self.waits(&what, |log| log.seen.iter().any(|it| it.held.is_some() && it.is(method, path)));
    }

    /// Waits until any request is held.
    pub(crate) fn waits_for_any_held(&self) {
        self.waits("request is held", |log| log.seen.iter().any(|it| it.held.is_some()));
    }

    /// Waits until the cluster has answered the request that so many went before, whoever still listens.
    pub(crate) fn waits_for_answer_to_number(&self, before: usize) {
        self.waits("answer comes", |log| log.seen[log.forgotten + before].status.is_some());
    }

    fn waits(&self, what: &str, is_so: impl Fn(&Log) -> bool) {
        let waits = |log: &mut Log| !is_so(log);
        let log = self.traffic.log();
        let (log, waited) = self
            .traffic
            .changed
            .wait_timeout_while(log, PATIENCE, waits)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "no {what}: {:#?}", log.seen);
    }

    /// Lets go on whatever is held now.
    pub(crate) fn releases(&self) {
        self.traffic.releases.send_replace(());
    }

    /// Everything that came by since the start or since `forget`, in order.
    pub(crate) fn exchanges(&self) -> Vec<Seen> {
        let log = self.traffic.log();
        log.seen[log.forgotten..].to_vec()
    }

    pub(crate) fn forget(&self) {
        let mut log = self.traffic.log();
        log.forgotten = log.seen.len();
    }
}

impl Seen {
    /// Whether it is this request.
    pub(crate) fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }
}

fn run(
    tls: TlsAcceptor, traffic: Arc<Traffic>, tell: &mpsc::Sender<SocketAddr>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime starts").block_on(async {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = socket.local_addr().expect("it is bound");
        tell.send(address).expect("the test waits for the proxy");
        tokio::select! {
            () = accept(socket, tls, traffic) => {}
            // An error means that the test has ended without saying so.
            _ = stopped => {}
        }
    });
}

async fn accept(socket: TcpListener, tls: TlsAcceptor, traffic: Arc<Traffic>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = socket.accept().await {
        let (tls, traffic) = (tls.clone(), Arc::clone(&traffic));
        connections.spawn(async move {
            // A client that goes away, or breaks off its greeting, is no fault of a proxy.
            let _ = serve(stream, tls, traffic).await;
        });
    }
}

async fn serve(
    stream: TcpStream, tls: TlsAcceptor, traffic: Arc<Traffic>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    stream.set_nodelay(true)?;
    let stream = TokioIo::new(tls.accept(stream).await?);
    let answer = service_fn(move |request| handle(request, Arc::clone(&traffic)));
    Ok(hyper::server::conn::http1::Builder::new().serve_connection(stream, answer).await?)
}

async fn handle(request: Request<Incoming>, traffic: Arc<Traffic>) -> Answer {
    let (head, body) = request.into_parts();
    let body = Full::new(body.collect().await?.to_bytes());
    let request = Request::from_parts(head, body);
    // A task of its own: what has arrived is carried out even if the client does not wait for it.
    tokio::spawn(async move { traffic.pass(request).await }).await?
}

impl Traffic {
    async fn pass(&self, request: Request<Full<Bytes>>) -> Answer {
        let (number, rule) = self.receive(&request);
        self.hold(number, rule.as_ref(), Hold::Request).await?;
        let asked = self.server.exchange(request).await;
        let mut answer = asked.map_err(|error| error.to_string())?;
        for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
            answer.headers_mut().remove(name);
        }
        self.hold(number, rule.as_ref(), Hold::Response).await?;
        self.note(number, |seen| seen.status = Some(answer.status().as_u16()));
        Ok(answer.map(Full::new))
    }

    fn receive(&self, request: &Request<Full<Bytes>>) -> (usize, Option<Rule>) {
        let (method, address) = (request.method().to_string(), request.uri());
        let (path, query) = (address.path().to_owned(), address.query().unwrap_or_default());
        let seen = Seen { method, path, query: query.to_owned(), status: None, held: None };
        let mut log = self.log();
        let rule = log.take_due(&seen);
        log.seen.push(seen);
        (log.seen.len() - 1, rule)
    }

    /// Waits for the release of an exchange that is to be held there. An error breaks the connection.
    async fn hold(&self, number: usize, rule: Option<&Rule>, place: Hold) -> io::Result<()> {
        let Some(rule) = rule.filter(|rule| rule.place == place) else { return Ok(()) };
        let mut release = self.releases.subscribe();
        self.note(number, |seen| seen.held = Some(place));
        // What tells of it lives as long as the traffic.
        let _ = release.changed().await;
        self.note(number, |seen| seen.held = None);
        if rule.resets { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }

    fn note(&self, number: usize, change: impl FnOnce(&mut Seen)) {
        change(&mut self.log().seen[number]);
        self.changed.notify_all();
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// The first rule that is due. Those that are not count the request.
    fn take_due(&mut self, seen: &Seen) -> Option<Rule> {
        let mut due = None;
        for (at, rule) in self.rules.iter_mut().enumerate().filter(|(_, it)| it.when.matches(seen))
        {
            match rule.after.checked_sub(1) {
                Some(left) => rule.after = left,
                None => due = due.or(Some(at)),
            }
        }
        due.map(|at| self.rules.remove(at))
    }
}

impl Condition {
    fn matches(&self, seen: &Seen) -> bool {
        self.method.as_ref().is_none_or(|method| *method == seen.method)
            && self.path.as_ref().is_none_or(|path| seen.path.contains(path))
            && self.query.as_ref().is_none_or(|query| seen.query.contains(query))
    }
}

fn acceptor(Certificate { certificate, key }: &Certificate) -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("the key is good");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the versions are known")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.expect("the certificate is good")], key);
    TlsAcceptor::from(Arc::new(config.expect("the certificate is of the key")))
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the proxy has been printed already; a second one here would hide the test's own.
            let _ = thread.join();
        }
    }
}

#[test]
fn an_exchange_is_held_on_its_way() {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let proxy = cluster.proxy();
    let (_, endpoint) = proxy.kubeconfig().split_once("server: ").expect("it names a server");
    let endpoint = endpoint.lines().next().expect("it ends");
    let control = Control::new(endpoint, TOKEN, Some(cluster.authority_file()));
    let namespaces = "/api/v1/namespaces";
    let create = |name: &str| {
        let namespace = json!({ "metadata": { "name": name } });
        control.send(Method::POST, namespaces, "application/json", Some(&namespace)).is_ok()
    };
    for (place, resets) in
        [Hold::Request, Hold::Response].map(|it| [(it, false), (it, true)]).concat()
    {
        let name = unique("held");
        let is_there = || cluster.find(&format!("{namespaces}/{name}")).is_some();
        let when = json!({ "method": "POST", "path": "namespaces" });
        if resets {
            proxy.holds_and_resets(&when, place);
        } else {
            proxy.holds(&when, place);
        }
        std::thread::scope(|scope| {
            let creates = scope.spawn(|| create(&name));
            proxy.waits_for_held("POST", namespaces);
            assert_eq!(is_there(), place == Hold::Response, "{place:?}");
            proxy.releases();
            assert_eq!(creates.join().expect("it ends"), !resets, "{place:?}");
        });
        assert_eq!(is_there(), !(resets && place == Hold::Request), "{place:?}");
        proxy.forget();
        assert!(proxy.exchanges().is_empty());
    }
}
