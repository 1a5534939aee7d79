//! One operation's progress from answer to answer.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::provisioning_state::{ProvisioningState, last_message, operation_state};
use super::{Follow, Operation, PollInterval, Verb};
use crate::error::{ServiceError, clean_text};
use crate::headers;
use crate::retry_after;
use crate::transport::Response;
use crate::url_trust::{Trust, classify};

/// A streak of 404 is over when either has passed.
const NOT_FOUND_LIMIT: u32 = 20;
const NOT_FOUND_TIMEOUT: Duration = Duration::from_mins(2);
/// How long an object that is to be deleted may rest, where nothing else tells of its deletion.
const UNCHANGED_TIMEOUT: Duration = Duration::from_mins(2);

/// What to do after an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Poll again after this pause.
    Poll(Duration),
    /// The answer says nothing usable: poll again, and remember why.
    PollAfterUnusable(Duration, String),
    /// Ask the object, whose state decides; if it goes on, poll again after this pause.
    ReadResource(Duration),
    /// The operation has ended well, or there is nothing left to ask.
    Done,
    /// The operation has ended badly.
    Failed {
        /// The terminal state, as the service spells it.
        status: String,
        /// What the answer says about it.
        error: Option<ServiceError>,
    },
    /// The URL is gone for good.
    Lost,
    /// The poll itself was refused.
    Refused,
}

/// Reads the answers to the polls of one operation.
pub(crate) struct Machine {
    verb: Verb,
    follow: Follow,
    pace: PollInterval,
    /// Whether the object stands in for an operation whose own answers are refused or lost.
    is_fallback: bool,
    /// Whether the object was seen at work since.
    pub(crate) was_running: bool,
    unchanged_since: Option<Instant>,
    /// The last state, as the service spells it.
    pub(crate) status: Option<String>,
    /// What the service said last about what goes on.
    pub(crate) message: Option<String>,
    not_found_count: u32,
    not_found_since: Option<Instant>,
    unknown_state_logged: bool,
}

impl Machine {
    pub(crate) fn new(operation: &Operation) -> Self {
        let Operation { verb, follow, .. } = operation.clone();
        Self {
            verb,
            follow,
            pace: PollInterval::new(),
            is_fallback: false,
            was_running: false,
            unchanged_since: None,
            status: None,
            message: None,
            not_found_count: 0,
            not_found_since: None,
            unknown_state_logged: false,
        }
    }

    /// The URL to poll; `None` is the object's own.
    pub(crate) fn url(&self) -> Option<&str> {
        match &self.follow {
            Follow::Status(url) | Follow::Location(url) => Some(url),
            Follow::Object => None,
        }
    }

    /// The pause before the first poll.
    pub(crate) fn first_pause(&mut self, operation: &Operation) -> Duration {
        self.pace.next_pause(operation.first_pause())
    }

    /// From now on the object is asked, because the operation's own URL is refused or lost. False:
    /// there is nothing else to ask.
    pub(crate) fn fall_back_to_resource(&mut self) -> bool {
        if self.follow == Follow::Object {
            return false;
        }
        (self.follow, self.is_fallback, self.pace) = (Follow::Object, true, PollInterval::new());
        (self.not_found_count, self.not_found_since) = (0, None);
        true
    }

    /// Reads the answer to a poll of `asked`.
    pub(crate) fn handle_response(
        &mut self, response: &Response, asked: &Url, endpoint: &Url, now: Instant,
    ) -> Step {
        let pause = self.pace.next_pause(retry_after::requested_pause(response));
        // Rights on a new object spread as slowly as the object itself.
        if response.status == 404 || (self.is_fallback && response.status == 403) {
            return self.handle_not_found(response, pause, now);
        }
        (self.not_found_count, self.not_found_since) = (0, None);
        if response.status == 204 {
            return Step::Done;
        }
        if !response.is_success() {
            return poll_failure(response);
        }
        match &self.follow {
            Follow::Location(_) if response.status == 202 => {
                self.follow_location(response, asked, endpoint, pause)
            }
            _ if response.is_empty() => self.handle_empty(response.status, pause),
            _ => match response.json() {
                Ok(body) => self.handle_body(&body, response.status, pause, now),
                Err(error) => {
                    Step::PollAfterUnusable(pause, format!("the answer is not JSON: {error}"))
                }
            },
        }
    }

    /// Reads the object, which was asked because the operation's own answer did not tell.
    pub(crate) fn handle_resource(
        &mut self, response: &Response, pause: Duration, now: Instant,
    ) -> Step {
        match (response.status, response.json()) {
            (404, _) => self.handle_not_found(response, pause, now),
            (200..=299, Ok(object)) => {
                self.handle_state(ProvisioningState::of_resource(&object), &object, pause)
            }
            (200..=299, Err(_)) => Step::Poll(pause),
            _ => Step::Refused,
        }
    }

    /// An absent object or operation ends a deletion; otherwise it may be there later.
    fn handle_not_found(&mut self, response: &Response, pause: Duration, now: Instant) -> Step {
        if self.verb == Verb::Delete && response.status == 404 {
            return Step::Done;
        }
        self.not_found_count += 1;
        let since = *self.not_found_since.get_or_insert(now);
        if self.not_found_count >= NOT_FOUND_LIMIT || now.duration_since(since) >= NOT_FOUND_TIMEOUT
        {
            return if response.status == 404 { Step::Lost } else { Step::Refused };
        }
        Step::Poll(pause)
    }

    /// Nothing shows that the object is being deleted. Its operation would tell when; without it
    /// that is waited for in vain.
    fn handle_unchanged(&mut self, pause: Duration, now: Instant) -> Step {
        let since = *self.unchanged_since.get_or_insert(now);
        if self.is_fallback && now.duration_since(since) >= UNCHANGED_TIMEOUT {
            return Step::Lost;
        }
        Step::Poll(pause)
    }

    /// A `Location` that answers 202 may name its successor.
    fn follow_location(
        &mut self, response: &Response, asked: &Url, endpoint: &Url, pause: Duration,
    ) -> Step {
        if let Some(Trust::SameOrigin(url)) =
            response.header(headers::LOCATION).map(|text| classify(text, asked, endpoint))
        {
            self.follow = Follow::Location(url.into());
        }
        Step::Poll(pause)
    }

    /// An empty answer ends an operation where the HTTP status is what tells.
    fn handle_empty(&self, status: u16, pause: Duration) -> Step {
        match self.follow {
            _ if status == 202 => Step::Poll(pause),
            Follow::Status(_) => Step::ReadResource(pause),
            Follow::Location(_) | Follow::Object => Step::Done,
        }
    }

    fn handle_body(&mut self, body: &Value, status: u16, pause: Duration, now: Instant) -> Step {
        match self.follow {
            Follow::Status(_) => match operation_state(body) {
                ProvisioningState::Absent if status == 202 => Step::Poll(pause),
                ProvisioningState::Absent | ProvisioningState::Completed => {
                    Step::ReadResource(pause)
                }
                state => self.handle_state(state, body, pause),
            },
            // The body may be any object: only a failure is taken from its `status`.
            Follow::Location(_) => match operation_state(body) {
                failed @ ProvisioningState::Failed(_) => self.handle_state(failed, body, pause),
                _ => self.handle_state(ProvisioningState::of_resource(body), body, pause),
            },
            // The answer to a GET of an object that is still there.
            Follow::Object if self.verb == Verb::Delete => {
                match ProvisioningState::of_resource(body) {
                    ProvisioningState::Succeeded
                    | ProvisioningState::Absent
                    | ProvisioningState::Completed => self.handle_unchanged(pause, now),
                    state => self.handle_state(state, body, pause),
                }
            }
            Follow::Object => self.handle_state(ProvisioningState::of_resource(body), body, pause),
        }
    }

    fn handle_state(&mut self, state: ProvisioningState, body: &Value, pause: Duration) -> Step {
        match state {
            ProvisioningState::Absent | ProvisioningState::Succeeded => Step::Done,
            ProvisioningState::Failed(status) => {
                self.status = Some(clean_text(&status));
                Step::Failed { status: clean_text(&status), error: find_error(body) }
            }
            ProvisioningState::Completed => self.keep_polling("Completed", pause),
            ProvisioningState::Running(ref word) => {
                if !state.is_known() && !std::mem::replace(&mut self.unknown_state_logged, true) {
                    tracing::info!(
                        status = clean_text(word),
                        "a state that is not known counts as running"
                    );
                }
                self.message = last_message(body).map(clean_text).or(self.message.take());
                self.keep_polling(word, pause)
            }
        }
    }

    fn keep_polling(&mut self, status: &str, pause: Duration) -> Step {
        self.was_running = true;
        self.unchanged_since = None;
        self.status = Some(clean_text(status));
        Step::Poll(pause)
    }
}

/// An error answer either carries the operation's failure or is the poll's own.
fn poll_failure(response: &Response) -> Step {
    let body = response.json().unwrap_or_default();
    match operation_state(&body) {
        ProvisioningState::Failed(status) => {
            Step::Failed { status: clean_text(&status), error: find_error(&body) }
        }
        _ => Step::Refused,
    }
}

fn find_error(body: &Value) -> Option<ServiceError> {
    let own = || ServiceError::of_object(&body["properties"]).into_iter().next();
    ServiceError::find(body).or_else(own)
}
