//! The socket: accepts connections, speaks HTTP/1.1 on them and hands each request to the cloud.

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

use crate::cloud::{Cloud, Delivery};
use crate::http::{Request, Response};

/// More connections wait in the system's backlog.
const MAX_CONNECTIONS: usize = 4_096;
/// Resource Manager itself accepts 4 MiB.
const MAX_BODY_BYTES: usize = 4 << 20;

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

async fn serve_http<S: AsyncRead + AsyncWrite + Unpin>(stream: S, cloud: Arc<Cloud>) {
    let response = service_fn(|request| handle_request(request, Arc::clone(&cloud)));
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), response);
    // A client that goes away is no fault of ours, and a reset is made by failing on purpose.
    let _ = connection.await;
}

async fn handle_request(
    request: hyper::Request<Incoming>, cloud: Arc<Cloud>,
) -> Result<hyper::Response<ResponseBody>, io::Error> {
    let (head, body) = request.into_parts();
    let body =
        Limited::new(body, MAX_BODY_BYTES).collect().await.map_err(io::Error::other)?.to_bytes();
    let request = Request::new(&head, &body);
    // A task of its own: what has arrived is carried out even if the client does not wait for it.
    let exchange = tokio::spawn(async move { cloud.respond(request).await });
    match exchange.await.map_err(io::Error::other)? {
        Delivery::Reset => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
        Delivery::Whole(response) => to_hyper(&response, None),
        Delivery::Truncated(response, length) => to_hyper(&response, Some(length)),
    }
}

fn to_hyper(
    response: &Response, truncate_at: Option<usize>,
) -> Result<hyper::Response<ResponseBody>, io::Error> {
    let bytes = response.bytes();
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    if response.status != 204 {
        builder = builder.header("content-length", bytes.len());
    }
    let length = truncate_at.map_or(bytes.len(), |length| length.min(bytes.len()));
    let truncated = length < bytes.len();
    let data = Some(Bytes::from(bytes).slice(..length));
    builder.body(ResponseBody { data, truncated, flushed: false }).map_err(io::Error::other)
}

/// A body that may end before its `Content-Length`.
struct ResponseBody {
    data: Option<Bytes>,
    truncated: bool,
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
        if !self.truncated {
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
