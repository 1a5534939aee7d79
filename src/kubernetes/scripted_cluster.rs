//! A cluster that answers by a script, for tests. Time is virtual in them.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Method, Response};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};

use crate::call_options::CallOptions;
use crate::cluster::{BoxError, Cluster, HttpRequest, HttpResponse, Transport};
use crate::connection::Identity;

/// A request as the API server sees it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) content_type: Option<String>,
    pub(crate) authorization: Option<String>,
    /// Null where there is none.
    pub(crate) body: Value,
}

/// What the API server does about a request.
pub(crate) enum Reply {
    Json(u16, Value),
    Text(u16, &'static str),
    /// JSON with `Retry-After`.
    Later(u16, Value, &'static str),
    /// The connection breaks.
    Reset,
    /// Nothing comes.
    Hang,
    /// JSON after so long.
    Slow(u16, Value, Duration),
}

/// A cluster with what was asked of it.
pub(crate) struct ScriptedCluster {
    pub(crate) cluster: Cluster,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
}

type Script = dyn Fn(&Seen, usize) -> Reply + Send + Sync;

impl ScriptedCluster {
    /// Answers each request by a function of it and of how many came before.
    pub(crate) fn new(script: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::with_identity(Identity::default(), script)
    }

    pub(crate) fn with_identity(
        identity: Identity, script: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let (log, script) = (seen.clone(), Arc::new(script));
        let connections = Arc::<AtomicUsize>::default();
        let count = connections.clone();
        let cluster = Cluster::scripted(identity, move || {
            count.fetch_add(1, Ordering::Relaxed);
            Arc::new(Scripted { log: log.clone(), script: script.clone() })
        });
        Self { cluster, seen, connections }
    }

    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic").clone()
    }

    /// How many clients were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Method and path of each request.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.requests().iter().map(|seen| format!("{} {}", seen.method, seen.path)).collect()
    }
}

struct Scripted {
    log: Arc<Mutex<Vec<Seen>>>,
    script: Arc<Script>,
}

#[async_trait::async_trait]
impl Transport for Scripted {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, BoxError> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let header = |name: &str| Some(head.headers.get(name)?.to_str().ok()?.to_owned());
        let seen = Seen {
            method: head.method.clone(),
            path: head.uri.to_string(),
            content_type: header("content-type"),
            authorization: header("authorization"),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        };
        let before = {
            let mut log = self.log.lock().expect("no panic");
            log.push(seen.clone());
            log.len() - 1
        };
        let response = Response::builder();
        let (response, body) = match (self.script)(&seen, before) {
            Reply::Json(status, body) => (response.status(status), body.to_string()),
            Reply::Text(status, text) => (response.status(status), text.to_owned()),
            Reply::Later(status, body, after) => {
                (response.status(status).header("retry-after", after), body.to_string())
            }
            Reply::Reset => return Err(io::Error::from(io::ErrorKind::ConnectionReset).into()),
            Reply::Hang => std::future::pending().await,
            Reply::Slow(status, body, span) => {
                tokio::time::sleep(span).await;
                (response.status(status), body.to_string())
            }
        };
        Ok(response.body(Full::from(body).map_err(BoxError::from).boxed_unsync())?)
    }
}

/// A status object as an API server sends it.
pub(crate) fn status(
    code: u16, reason: &'static str, message: &'static str, details: Value,
) -> Reply {
    let mut status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "code": code,
                            "status": "Failure", "message": message, "reason": reason});
    status["details"] = details;
    Reply::Json(code, status)
}

/// Calls `with` options that end after ten minutes.
pub(crate) async fn unhurried<T>(with: impl AsyncFnOnce(CallOptions<'_>) -> T) -> T {
    let stop = crate::CancellationToken::new();
    let deadline = tokio::time::Instant::now() + Duration::from_mins(10);
    with(CallOptions::new(deadline.into_std(), &stop)).await
}
