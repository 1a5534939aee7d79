//! Long-running operations: what to poll, and what each answer means. Pure: `arm::wait` does the
//! asking.

mod machine;
mod poll_interval;
mod provisioning_state;
mod sent_body;

pub(crate) use machine::{Machine, Step};
pub(crate) use poll_interval::PollInterval;
pub use provisioning_state::ProvisioningState;
pub(crate) use provisioning_state::word_of;
pub(crate) use sent_body::SentBody;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::arm_resource::ArmResource;
use crate::transport::{Method, Request, Response};
use crate::url_trust::{Trust, classify, rebase};
use crate::{headers, retry_after};

/// What is left to wait for after a request was accepted. May be stored, and waited for by another
/// process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    pub(crate) verb: Verb,
    pub(crate) follow: Follow,
    /// `Retry-After` of the first response, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_pause: Option<u64>,
    /// What the request sent. Not stored: who resumes compares the object anyway.
    #[serde(skip)]
    sent: Option<SentBody>,
    /// Whether the first response reported a state that is not terminal.
    #[serde(skip)]
    was_running: bool,
}

/// What the operation does to the object; it decides what an absent object means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verb {
    Write,
    Delete,
}

/// What is polled. URLs are texts, since an operation may be stored: whether one is trusted is decided
/// before each use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "poll", content = "url")]
pub(crate) enum Follow {
    /// `Azure-AsyncOperation` or `Operation-Location`: an answer has a `status`.
    Status(String),
    /// `Location`: the HTTP status tells.
    Location(String),
    /// The object's own `provisioningState`.
    Object,
}

/// A request was accepted, and nothing says how to learn of its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NothingToPoll;

impl Operation {
    /// Waits on the object's own state: what is left when an earlier process began something and
    /// its URL is not known.
    pub fn polling_state() -> Self {
        let (verb, follow) = (Verb::Write, Follow::Object);
        Self { verb, follow, first_pause: None, sent: None, was_running: false }
    }

    /// As [`Operation::polling_state`], for an object that is being deleted.
    pub fn polling_deletion() -> Self {
        Self { verb: Verb::Delete, ..Self::polling_state() }
    }

    /// What the first answer leaves to wait for; `None` where it is the end.
    pub(crate) fn from_response(
        request: &Request, response: &Response, endpoint: &Url,
    ) -> Result<Option<Self>, NothingToPoll> {
        let verb = Verb::of(&request.method);
        let state = response.json().ok().map(|body| ProvisioningState::of_resource(&body));
        if response.status == 204
            || (verb == Verb::Write && state == Some(ProvisioningState::Succeeded))
        {
            return Ok(None);
        }
        let first_pause = retry_after::requested_pause(response)
            .and_then(|pause| u64::try_from(pause.as_millis()).ok());
        let was_running = matches!(state, Some(ProvisioningState::Running(_)));
        let operation =
            |follow| Ok(Some(Self { verb, follow, first_pause, sent: None, was_running }));
        let accepted = response.status == 202;
        match find_poll_url(request, response, endpoint) {
            PollHeader::Usable(follow) => operation(follow),
            PollHeader::Unusable => operation(Follow::Object),
            PollHeader::None => match verb {
                Verb::Write if accepted || needs_poll(state.as_ref()) => operation(Follow::Object),
                Verb::Delete if accepted => Err(NothingToPoll),
                Verb::Write | Verb::Delete => Ok(None),
            },
        }
    }

    /// Adds the body of the request, so that a later GET can show that the write took effect.
    pub(crate) fn with_body(self, method: &Method, body: &Value) -> Self {
        Self { sent: Some(SentBody::new(method, body)), ..self }
    }

    /// Whether an object in a terminal state holds what was sent. True where the body is not known.
    pub fn is_reflected_in(&self, object: &ArmResource) -> bool {
        self.is_reflected_after_run(object, false)
    }

    /// As [`Operation::is_reflected_in`]. `ran_since`: the object was seen in a state that is not
    /// terminal after the request, so that the write is known to have arrived.
    pub(crate) fn is_reflected_after_run(&self, object: &ArmResource, ran_since: bool) -> bool {
        self.sent.as_ref().is_none_or(|sent| sent.is_reflected_in(object.members(), ran_since))
    }

    /// Whether an object shows what was sent; secrets are never shown. True where the body is not known.
    pub fn is_shown_by(&self, object: &ArmResource) -> bool {
        self.is_reflected_after_run(object, true)
    }

    /// Whether only `provisioningState` tells of the operation, and the first response did not report
    /// one that is not terminal.
    pub(crate) fn is_state_only(&self) -> bool {
        self.follow == Follow::Object && !self.was_running
    }

    /// The pause before the first poll that the first answer asked for.
    pub(crate) fn first_pause(&self) -> Option<Duration> {
        self.first_pause.map(Duration::from_millis)
    }
}

impl Verb {
    fn of(method: &Method) -> Self {
        match *method {
            Method::DELETE => Self::Delete,
            _ => Self::Write,
        }
    }
}

/// Whether the object has to be read. Also one that is Failed at once, so that its errors are reported
/// in one place.
fn needs_poll(state: Option<&ProvisioningState>) -> bool {
    state.is_some_and(|state| !state.is_healthy())
}

/// Where a response names what to poll, the best first, and whether that answers with a `status`.
pub(crate) const POLL_HEADERS: [(&str, bool); 3] = [
    (headers::ASYNC_OPERATION, true),
    (headers::OPERATION_LOCATION, true),
    (headers::LOCATION, false),
];

enum PollHeader {
    None,
    /// There is one, of another origin or of the object itself.
    Unusable,
    Usable(Follow),
}

fn find_poll_url(request: &Request, response: &Response, endpoint: &Url) -> PollHeader {
    let mut found = PollHeader::None;
    for (name, is_status) in POLL_HEADERS {
        let Some(text) = response.header(name) else { continue };
        found = PollHeader::Unusable;
        let url = match classify(text, &request.url, endpoint) {
            Trust::SameOrigin(url) => Some(url),
            Trust::Foreign(url) if is_status => rebase(&url, endpoint),
            Trust::Foreign(_) | Trust::Malformed => None,
        };
        match url {
            Some(url) if is_status => return PollHeader::Usable(Follow::Status(url.into())),
            Some(url) if !has_same_path(&url, &request.url) => {
                return PollHeader::Usable(Follow::Location(url.into()));
            }
            _ => tracing::warn!(header = name, "a header that names a URL to poll is not usable"),
        }
    }
    // A PUT's `Location` may name what was created, which is no operation: then the object is polled.
    found
}

fn has_same_path(url: &Url, object: &Url) -> bool {
    url.path().trim_end_matches('/').eq_ignore_ascii_case(object.path().trim_end_matches('/'))
}
