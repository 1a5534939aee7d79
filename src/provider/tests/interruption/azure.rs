//! The emulated Azure behind a provider, without a socket and in virtual time, with its barriers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use azure::{Request, Response, Transport, TransportError};
use emulator::{InProcess, Options};
use framework::Server;
use serde_json::{Value as Json, json};

use super::super::{emulated, provider_over};
use super::Place;

/// Long enough for the operation of a write to be asked for more than once.
const OPERATION_DURATION: Duration = Duration::from_secs(3);
/// Of virtual time: nothing goes on for as long.
const PATIENCE: Duration = Duration::from_hours(24);

#[derive(Clone)]
pub(super) struct Azure(InProcess);

/// One exchange of the log.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) status: Option<u64>,
}

impl Azure {
    pub(super) fn new() -> Self {
        let options = Options { operation_duration: OPERATION_DURATION, ..Options::default() };
        Self(InProcess::new(options, "https://arm.example").expect("it needs no file"))
    }

    pub(super) fn server(&self) -> Server {
        Server::with(provider_over(Arc::new(self.clone()), &self.0.token()))
    }

    /// Holds the request of this number at that place, and with `for_ever` all that come after it. On the
    /// release it goes on with what `then` has beside.
    pub(super) async fn holds(&self, number: usize, place: Place, for_ever: bool, then: Json) {
        let mut then = then;
        then["hold"] = json!(place.word());
        // None is always.
        let times = u32::from(!for_ever);
        let rule = json!({ "then": then, "after": number, "times": times });
        self.control("POST", "faults", &rule).await;
    }

    /// Waits until a request is held.
    pub(super) async fn meets(&self) {
        self.waits(|azure| azure.held() > 0).await;
    }

    pub(super) async fn releases(&self) {
        self.control("POST", "held/release", &Json::Null).await;
    }

    /// Lets go on what is held, then ends what that began. Afterwards Azure is at rest.
    pub(super) async fn settles(&self) {
        self.control("DELETE", "faults", &Json::Null).await;
        self.waits(|azure| azure.pending() == 0).await;
        self.control("POST", "operations/end", &Json::Null).await;
    }

    async fn waits(&self, is_so: impl Fn(&InProcess) -> bool) {
        let mut changed = self.0.exchanges_changed();
        let wait = async {
            while !is_so(&self.0) {
                changed.changed().await.expect("it runs");
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("it comes to that");
    }

    /// Everything that was asked since it was forgotten, answered or not.
    pub(super) async fn log(&self) -> Vec<Exchange> {
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let entries = self.control("GET", "requests?pending=true", &Json::Null).await;
        let exchange = |it: &Json| Exchange {
            method: text(&it["method"]),
            path: text(&it["path"]),
            status: it["status"].as_u64(),
        };
        entries.as_array().into_iter().flatten().map(exchange).collect()
    }

    pub(super) async fn forgets(&self) {
        self.control("DELETE", "requests", &Json::Null).await;
    }

    /// Everything there is, by ARM ID in lower case.
    pub(super) async fn objects(&self) -> BTreeMap<String, Json> {
        let objects = self.control("GET", "objects", &Json::Null).await;
        let objects = objects.as_object().cloned().unwrap_or_default();
        objects.into_iter().map(|(id, object)| (id.to_lowercase(), object)).collect()
    }

    async fn control(&self, method: &str, endpoint: &str, body: &Json) -> Json {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let target = format!("/emulator/{endpoint}");
        let answer = self.0.exchange(method, &target, BTreeMap::new(), body).await;
        let answer = answer.expect("its own interface answers");
        assert!(answer.status < 300, "{method} {target}: {answer:?}");
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }
}

#[async_trait::async_trait]
impl Transport for Azure {
    async fn send(&self, request: &Request) -> Result<Response, TransportError> {
        emulated::send(&self.0, request).await
    }
}
