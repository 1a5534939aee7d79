//! A scripted Azure for the tests: answers in order, and a log of what was asked, in virtual time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use vocabulary::Sensitive;

use crate::arm::{Arm, ArmConfig};
use crate::call_options::CallOptions;
use crate::cloud::Cloud;
use crate::credential::{AccessToken, Credential};
use crate::id::Id;
use crate::resource_types::EXTENSIONS;
use crate::transport::{Request, Response, Transport, TransportError};

pub(crate) const CLUSTER: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Kubernetes/connectedClusters/c";
pub(crate) const EXTENSION: &str = "/providers/Microsoft.KubernetesConfiguration/extensions/e";
/// A polling URL as the extension's service writes it.
pub(crate) const OPERATION: &str =
    "https://arm.example/subscriptions/s/Ops/1?api-Version=2021-09-01&t=%2f+x";

/// One thing the scripted service does.
#[derive(Clone)]
pub(crate) struct Step {
    outcome: Result<Response, TransportError>,
    delay: Duration,
}

impl From<Response> for Step {
    fn from(response: Response) -> Self {
        Self { outcome: Ok(response), delay: Duration::ZERO }
    }
}

/// Answers with this status and body.
pub(crate) fn answer(status: u16, body: &str) -> Step {
    Response::new(status, body).into()
}

/// Answers 200.
pub(crate) fn ok(body: &str) -> Step {
    answer(200, body)
}

/// Answers with an object in this state.
pub(crate) fn object(status: u16, state: &str) -> Step {
    answer(
        status,
        &format!(
            r#"{{"id":"{CLUSTER}{EXTENSION}","properties":{{"provisioningState":"{state}"}}}}"#
        ),
    )
}

/// Answers 200 with the status of an operation.
pub(crate) fn status(word: &str) -> Step {
    ok(&format!(r#"{{"id":"/x","name":"1","status":"{word}"}}"#))
}

/// Answers with an ARM error.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Step {
    answer(status, &serde_json::json!({"error": {"code": code, "message": message}}).to_string())
}

/// Loses the answer.
pub(crate) fn reset() -> Step {
    Step {
        outcome: Err(TransportError::Interrupted("connection reset by peer".into())),
        delay: Duration::ZERO,
    }
}

/// Fails as it is told.
pub(crate) fn lost(error: TransportError) -> Step {
    Step { outcome: Err(error), delay: Duration::ZERO }
}

impl Step {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(response) = &mut self.outcome {
            response
                .headers
                .insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        self
    }

    /// Names [`OPERATION`] as what to poll.
    pub(crate) fn follow_async(self) -> Self {
        self.with("azure-asyncoperation", OPERATION)
    }

    /// The status it answers with.
    pub(crate) fn status(&self) -> Option<u16> {
        self.outcome.as_ref().ok().map(|response| response.status)
    }

    pub(crate) fn after(mut self, seconds: u64) -> Self {
        self.delay = Duration::from_secs(seconds);
        self
    }
}

/// The service.
pub(crate) struct Script {
    steps: Mutex<VecDeque<Step>>,
    forever: Option<Step>,
    seen: Mutex<Vec<Seen>>,
    began: Instant,
    /// The secrets that the client has told of.
    pub(crate) learned: Arc<Mutex<Vec<String>>>,
}

/// One request, and when it came.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) at: Duration,
    pub(crate) request: Request,
}

#[async_trait::async_trait]
impl Transport for Script {
    async fn send(&self, request: &Request) -> Result<Response, TransportError> {
        self.seen.lock().unwrap().push(Seen { at: self.began.elapsed(), request: request.clone() });
        let step = self.steps.lock().unwrap().pop_front().or_else(|| self.forever.clone());
        let step =
            step.unwrap_or_else(|| panic!("one request more than the script has: {request:?}"));
        tokio::time::sleep(step.delay).await;
        step.outcome
    }
}

impl Script {
    pub(crate) fn new(steps: Vec<Step>, forever: Option<Step>) -> Arc<Self> {
        let (steps, seen) = (Mutex::new(steps.into()), Mutex::default());
        let learned = Arc::default();
        Arc::new(Self { steps, forever, seen, began: Instant::now(), learned })
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.steps.lock().unwrap().is_empty()
    }
}

/// A client of a scripted service, and the options of its calls.
pub(crate) struct Scene {
    pub(crate) arm: Arm,
    pub(crate) script: Arc<Script>,
    pub(crate) stop: CancellationToken,
    pub(crate) id: Id,
    pub(crate) timeout: Duration,
}

impl Scene {
    /// Plays the steps in order; a request beyond the last fails the test.
    pub(crate) fn new(steps: Vec<Step>) -> Self {
        Self::over(Script::new(steps, None))
    }

    /// Plays the steps in order, then the last one for ever.
    pub(crate) fn endless(steps: Vec<Step>, forever: Step) -> Self {
        Self::over(Script::new(steps, Some(forever)))
    }

    pub(crate) fn over(script: Arc<Script>) -> Self {
        let token = AccessToken::new(&Sensitive::from("canary-token"));
        Self::with_credential(script, Credential::new("scope".into(), vec![Box::new(token)]))
    }

    pub(crate) fn with_credential(script: Arc<Script>, credential: Credential) -> Self {
        let learned = Arc::clone(&script.learned);
        let settings = ArmConfig {
            cloud: Cloud::from_endpoint("https://arm.example", None, None).unwrap().into(),
            credential,
            transport: script.clone(),
            user_agent: "azureml/test".into(),
            correlation_id: Some("correlation".into()),
            on_secret: Arc::new(move |secret: &str| learned.lock().unwrap().push(secret.into())),
        };
        let id = format!("{CLUSTER}{EXTENSION}").parse().unwrap();
        Self {
            arm: Arm::new(settings),
            script,
            stop: CancellationToken::new(),
            id,
            timeout: Duration::from_hours(1),
        }
    }

    pub(crate) fn within(mut self, seconds: u64) -> Self {
        self.timeout = Duration::from_secs(seconds);
        self
    }

    pub(crate) fn options(&self) -> CallOptions<'_> {
        CallOptions::new((self.script.began + self.timeout).into_std(), &self.stop)
    }

    /// What was asked, as `{second} {method} {target}`, after a look at the headers every request must
    /// have. A second that has begun counts. The object and [`OPERATION`] are called by these words, and only where path and
    /// query are exactly theirs.
    pub(crate) fn log(&self) -> Vec<String> {
        assert!(self.script.is_finished(), "the script has steps that nobody asked for");
        self.script.seen().iter().map(line).collect()
    }

    /// The same without the seconds.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.log().into_iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
    }
}

/// Rounds up to whole seconds, but for the millisecond or two that the clock may add to a pause.
const ROUNDING: Duration = Duration::from_millis(998);

fn line(seen: &Seen) -> String {
    let Seen { at, request } = seen;
    assert_eq!(request.url.origin().ascii_serialization(), "https://arm.example");
    assert_eq!(request.header("user-agent"), Some("azureml/test"));
    assert_eq!(request.header("x-ms-correlation-request-id"), Some("correlation"));
    assert!(
        request
            .header("x-ms-client-request-id")
            .is_some_and(|id| uuid::Uuid::parse_str(id).is_ok())
    );
    assert!(request.headers["authorization"].is_sensitive());
    assert_eq!(request.header("content-type").is_some(), request.body.is_some());
    let url = request.url.as_str();
    let version = EXTENSIONS.api_version;
    let own = format!("https://arm.example{CLUSTER}{EXTENSION}?api-version={version}");
    let target = match url {
        OPERATION => "operation",
        url if url == own => "object",
        url => url.strip_prefix("https://arm.example").unwrap(),
    };
    format!("{} {} {target}", (*at + ROUNDING).as_secs(), request.method)
}
