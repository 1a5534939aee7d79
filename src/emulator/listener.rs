//! The socket: accepts connections, speaks HTTP/1.1 or HTTP/2 on them and hands each request to the cloud.

use std::error::Error;
use std::io;
use std::net::Ipv4Addr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Method, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::cloud::Cloud;
use crate::delivery::{Break, Delivery};
use crate::http::{Request, Response};

/// More connections wait in the system's backlog.
const MAX_CONNECTIONS: usize = 4_096;
/// Resource Manager itself accepts 4 MiB.
const MAX_BODY_BYTES: usize = 4 << 20;

type BoxError = Box<dyn Error + Send + Sync>;

/// What an exchange makes of its connection.
#[derive(Clone, Copy, Debug)]
enum ConnectionState {
    Open,
    /// It ends after the exchanges that are on it.
    Leaving,
    Dropped,
}

/// Stops accepting and drops all connections when dropped.
#[derive(Debug)]
pub(crate) struct Listener {
    task: JoinHandle<()>,
}

pub(crate) async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

impl Listener {
    pub(crate) fn start(socket: TcpListener, tls: Option<TlsAcceptor>, cloud: Arc<Cloud>) -> Self {
        Self { task: tokio::spawn(accept(socket, tls, cloud)) }
    }

    pub(crate) async fn stop(mut self) {
        self.task.abort();
        // The only error is the cancellation just asked for.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(socket: TcpListener, tls: Option<TlsAcceptor>, cloud: Arc<Cloud>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = socket.accept(), if connections.len() < MAX_CONNECTIONS => {
                // An error concerns the connection that failed to come up, not the socket.
                if let Ok((stream, _)) = accepted {
                    connections.spawn(handle_connection(stream, tls.clone(), Arc::clone(&cloud)));
                }
            }
        }
    }
}

async fn handle_connection(stream: TcpStream, tls: Option<TlsAcceptor>, cloud: Arc<Cloud>) {
    // Small answers must not wait for the client's acknowledgement; failing that they are slower.
    let _ = stream.set_nodelay(true);
    match tls {
        None => serve_http(stream, cloud).await,
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                serve_http(stream, cloud).await;
            }
        }
    }
}

/// Serves a connection in the protocol in which the client opens it, which over TLS is the one that was
/// agreed on.
async fn serve_http<S>(stream: S, cloud: Arc<Cloud>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let state = Arc::new(watch::Sender::new(ConnectionState::Open));
    let mut changes = state.subscribe();
    let response =
        service_fn(|request| handle_request(request, Arc::clone(&cloud), Arc::clone(&state)));
    let server = auto::Builder::new(TokioExecutor::new());
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), response));
    loop {
        tokio::select! {
            // What drops the connection comes before what is still to be sent on it.
            biased;
            Ok(()) = changes.changed() => match *changes.borrow_and_update() {
                ConnectionState::Open => {}
                ConnectionState::Leaving => connection.as_mut().graceful_shutdown(),
                ConnectionState::Dropped => return,
            },
            // A client that goes away is no fault of ours, and a reset is made by failing on purpose.
            _ = &mut connection => return,
        }
    }
}

async fn handle_request(
    request: hyper::Request<Incoming>, cloud: Arc<Cloud>,
    state: Arc<watch::Sender<ConnectionState>>,
) -> Result<hyper::Response<ResponseBody>, BoxError> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, MAX_BODY_BYTES).collect().await?.to_bytes();
    let request = Request::new(&head, &body);
    // A task of its own: what has arrived is carried out even if the client does not wait for it.
    let exchange = tokio::spawn(async move { cloud.respond(request).await });
    match exchange.await? {
        Delivery::Whole(response) => to_hyper(&head, &response, None),
        Delivery::Truncated(response, length) => to_hyper(&head, &response, Some(length)),
        Delivery::Last(response) => {
            state.send_replace(ConnectionState::Leaving);
            to_hyper(&head, &response.with("connection", "close"), None)
        }
        Delivery::Broken(how) => {
            if how == Break::Connection {
                state.send_replace(ConnectionState::Dropped);
            }
            Err(to_error(how))
        }
    }
}

/// By which hyper closes the connection, or over HTTP/2 the stream.
fn to_error(how: Break) -> BoxError {
    match how {
        Break::Refused => h2::Error::from(h2::Reason::REFUSED_STREAM).into(),
        Break::Exchange | Break::Connection => {
            io::Error::from(io::ErrorKind::ConnectionReset).into()
        }
    }
}

fn to_hyper(
    request: &Parts, response: &Response, truncate_at: Option<usize>,
) -> Result<hyper::Response<ResponseBody>, BoxError> {
    let bytes = response.bytes();
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    if response.status != 204 {
        builder = builder.header("content-length", bytes.len());
    }
    let length = truncate_at.map_or(bytes.len(), |length| length.min(bytes.len()));
    // Over HTTP/2 the end of the stream comes too early, over HTTP/1.1 that of the connection.
    let breaks = length < bytes.len() && request.version != Version::HTTP_2;
    // hyper itself holds back the body of a HEAD over HTTP/1.1 alone.
    let sent = if request.method == Method::HEAD { 0 } else { length };
    let data = Some(Bytes::from(bytes).slice(..sent));
    Ok(builder.body(ResponseBody { data, breaks, flushed: false })?)
}

/// A body that may end before its `Content-Length`.
struct ResponseBody {
    data: Option<Bytes>,
    /// Whether the connection breaks after the data.
    breaks: bool,
    /// Whether what was sent has had a chance to reach the socket before the break.
    flushed: bool,
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>, context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(data) = self.data.take().filter(|data| !data.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if !self.breaks {
            return Poll::Ready(None);
        }
        if self.flushed {
            return Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())));
        }
        self.flushed = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
