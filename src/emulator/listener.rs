//! The socket: accepts connections, speaks HTTP/1.1 on them and hands each request to the world.

use std::io;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::cloud::{Delivery, World};
use crate::http::Request;

/// Connections served at a time; more wait in the system's backlog.
const CONNECTIONS: usize = 4_096;
/// Bytes of a body; Resource Manager itself takes 4 MiB.
const BODY: usize = 4 << 20;

/// The accepting task; it and all its connections end when this is dropped.
#[derive(Debug)]
pub(crate) struct Listener {
    task: JoinHandle<()>,
}

pub(crate) async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

impl Listener {
    pub(crate) fn start(socket: TcpListener, tls: Option<TlsAcceptor>, world: Arc<World>) -> Self {
        Self { task: tokio::spawn(accept(socket, tls, world)) }
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

async fn accept(socket: TcpListener, tls: Option<TlsAcceptor>, world: Arc<World>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = socket.accept(), if connections.len() < CONNECTIONS => {
                // An error concerns the connection that failed to come up, not the socket.
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connect(stream, tls.clone(), Arc::clone(&world)));
                }
            }
        }
    }
}

async fn connect(stream: TcpStream, tls: Option<TlsAcceptor>, world: Arc<World>) {
    // Small answers must not wait for the client's acknowledgement; failing that they are slower.
    let _ = stream.set_nodelay(true);
    match tls {
        None => talk(stream, world).await,
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                talk(stream, world).await;
            }
        }
    }
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(stream: S, world: Arc<World>) {
    let answer = service_fn(|request| answer(request, Arc::clone(&world)));
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
    // A client that goes away is no fault of ours, and a reset is made by failing on purpose.
    let _ = connection.await;
}

async fn answer(
    request: hyper::Request<Incoming>, world: Arc<World>,
) -> Result<hyper::Response<Reply>, io::Error> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY).collect().await.map_err(io::Error::other)?.to_bytes();
    let request = Request::new(&head, &body);
    // A task of its own: what has arrived is carried out even if the client does not wait for it.
    let exchange = tokio::spawn(async move { world.exchange(request).await });
    match exchange.await.map_err(io::Error::other)? {
        Delivery::Reset => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
        Delivery::Whole(answer) => respond(&answer, None),
        Delivery::Truncated(answer, length) => respond(&answer, Some(length)),
    }
}

fn respond(
    answer: &crate::http::Answer, cut: Option<usize>,
) -> Result<hyper::Response<Reply>, io::Error> {
    let bytes = answer.bytes();
    let mut response = hyper::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    if answer.status != 204 {
        response = response.header("content-length", bytes.len());
    }
    let left = cut.map_or(bytes.len(), |cut| cut.min(bytes.len()));
    let broken = left < bytes.len();
    let data = Bytes::from(bytes).slice(..left);
    response.body(Reply { data: Some(data), broken, flushed: false }).map_err(io::Error::other)
}

/// A body that may break off before the announced length.
struct Reply {
    data: Option<Bytes>,
    broken: bool,
    /// Whether what was sent has had a chance to reach the socket before the break.
    flushed: bool,
}

impl Body for Reply {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>, context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(data) = self.data.take().filter(|data| !data.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if !self.broken {
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
