//! One operation's progress from answer to answer.

use super::states::{State, last_message, state_of, status_of};
use super::{Follow, Operation, Pace, Verb};
use crate::error::{ServiceError, clean};
use crate::retry_after;
use crate::transport::Response;
use crate::url_trust::{Trust, classify};
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// A streak of 404 is over when either has passed.
const MISSES: u32 = 20;
const MISSING: Duration = Duration::from_mins(2);
/// How long an object that is to be deleted may rest, where nothing else tells of its deletion.
const RESTING: Duration = Duration::from_mins(2);

/// What to do after an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Poll again after this pause.
    Poll(Duration),
    /// The answer says nothing usable: poll again, and remember why.
    Unusable(Duration, String),
    /// Ask the object, whose state decides; if it goes on, poll again after this pause.
    Consult(Duration),
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
    pace: Pace,
    /// Whether the object stands in for an operation whose own answers are refused or lost.
    stands_in: bool,
    /// Whether the object was seen at work since.
    pub(crate) at_work: bool,
    resting_since: Option<Instant>,
    /// The last state, as the service spells it.
    pub(crate) status: Option<String>,
    /// What the service said last about what goes on.
    pub(crate) message: Option<String>,
    missed: u32,
    missing_since: Option<Instant>,
    told: bool,
}

impl Machine {
    pub(crate) fn new(operation: &Operation) -> Self {
        let Operation { verb, follow, .. } = operation.clone();
        Self {
            verb,
            follow,
            pace: Pace::new(),
            stands_in: false,
            at_work: false,
            resting_since: None,
            status: None,
            message: None,
            missed: 0,
            missing_since: None,
            told: false,
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
        self.pace.pause(operation.first_pause())
    }

    /// From now on the object is asked, because the operation's own URL is refused or lost. False: there is nothing else
    /// to ask.
    pub(crate) fn watch_object(&mut self) -> bool {
        if self.verb == Verb::Action || self.follow == Follow::Object {
            return false;
        }
        (self.follow, self.stands_in, self.pace) = (Follow::Object, true, Pace::new());
        (self.missed, self.missing_since) = (0, None);
        true
    }

    /// Reads the answer to a poll of `asked`.
    pub(crate) fn read(
        &mut self, response: &Response, asked: &Url, endpoint: &Url, now: Instant,
    ) -> Step {
        let pause = self.pace.pause(retry_after::read(response));
        // Rights on a new object spread as slowly as the object itself.
        if response.status == 404 || (self.stands_in && response.status == 403) {
            return self.missing(response, pause, now);
        }
        (self.missed, self.missing_since) = (0, None);
        if response.status == 204 {
            return Step::Done;
        }
        if !response.is_success() {
            return refused(response);
        }
        match &self.follow {
            Follow::Location(_) if response.status == 202 => {
                self.moved(response, asked, endpoint, pause)
            }
            _ if response.is_empty() => self.silent(response.status, pause),
            _ => match response.json() {
                Ok(body) => self.told(&body, response.status, pause, now),
                Err(error) => Step::Unusable(pause, format!("the answer is not JSON: {error}")),
            },
        }
    }

    /// Reads the object, which was asked because the operation's own answer did not tell.
    pub(crate) fn consulted(&mut self, response: &Response, pause: Duration, now: Instant) -> Step {
        match (response.status, response.json()) {
            (404, _) => self.missing(response, pause, now),
            (200..=299, Ok(object)) => self.judged(state_of(&object), &object, pause),
            (200..=299, Err(_)) => Step::Poll(pause),
            _ => Step::Refused,
        }
    }

    /// An absent object or operation ends a deletion; otherwise it may be there later.
    fn missing(&mut self, response: &Response, pause: Duration, now: Instant) -> Step {
        if self.verb == Verb::Delete && response.status == 404 {
            return Step::Done;
        }
        self.missed += 1;
        let since = *self.missing_since.get_or_insert(now);
        if self.missed >= MISSES || now.duration_since(since) >= MISSING {
            return if response.status == 404 { Step::Lost } else { Step::Refused };
        }
        Step::Poll(pause)
    }

    /// Nothing shows that the object is being deleted. Its operation would tell when; without it that is waited for in
    /// vain.
    fn rests(&mut self, pause: Duration, now: Instant) -> Step {
        let since = *self.resting_since.get_or_insert(now);
        if self.stands_in && now.duration_since(since) >= RESTING {
            return Step::Lost;
        }
        Step::Poll(pause)
    }

    /// A `Location` that answers 202 may name its successor.
    fn moved(&mut self, response: &Response, asked: &Url, endpoint: &Url, pause: Duration) -> Step {
        if let Some(Trust::SameOrigin(url)) =
            response.header("location").map(|text| classify(text, asked, endpoint))
        {
            self.follow = Follow::Location(url.into());
        }
        Step::Poll(pause)
    }

    /// An empty answer ends an operation where the HTTP status is what tells.
    fn silent(&self, status: u16, pause: Duration) -> Step {
        match self.follow {
            _ if status == 202 => Step::Poll(pause),
            Follow::Status(_) => Step::Consult(pause),
            Follow::Location(_) | Follow::Object => Step::Done,
        }
    }

    fn told(&mut self, body: &Value, status: u16, pause: Duration, now: Instant) -> Step {
        match self.follow {
            Follow::Status(_) => match status_of(body) {
                State::Absent if status == 202 => Step::Poll(pause),
                State::Absent | State::Completed => Step::Consult(pause),
                state => self.judged(state, body, pause),
            },
            // The body may be any object: only a failure is taken from its `status`.
            Follow::Location(_) => match status_of(body) {
                failed @ State::Failed(_) => self.judged(failed, body, pause),
                _ => self.judged(state_of(body), body, pause),
            },
            // The answer to a GET of an object that is still there.
            Follow::Object if self.verb == Verb::Delete => match state_of(body) {
                State::Succeeded | State::Absent | State::Completed => self.rests(pause, now),
                state => self.judged(state, body, pause),
            },
            Follow::Object => self.judged(state_of(body), body, pause),
        }
    }

    fn judged(&mut self, state: State, body: &Value, pause: Duration) -> Step {
        match state {
            State::Absent | State::Succeeded => Step::Done,
            State::Failed(status) => {
                self.status = Some(clean(&status));
                Step::Failed { status: clean(&status), error: error_of(body) }
            }
            State::Completed => self.goes_on("Completed", pause),
            State::Running(ref word) => {
                if !state.is_familiar() && !std::mem::replace(&mut self.told, true) {
                    tracing::info!(
                        status = clean(word),
                        "a state that is not known counts as running"
                    );
                }
                self.message = last_message(body).map(clean).or(self.message.take());
                self.goes_on(word, pause)
            }
        }
    }

    fn goes_on(&mut self, status: &str, pause: Duration) -> Step {
        self.at_work = true;
        self.resting_since = None;
        self.status = Some(clean(status));
        Step::Poll(pause)
    }
}

/// An error answer either carries the operation's failure or is the poll's own.
fn refused(response: &Response) -> Step {
    let body = response.json().unwrap_or_default();
    match status_of(&body) {
        State::Failed(status) => Step::Failed { status: clean(&status), error: error_of(&body) },
        _ => Step::Refused,
    }
}

fn error_of(body: &Value) -> Option<ServiceError> {
    let own = || ServiceError::of_object(&body["properties"]).into_iter().next();
    ServiceError::find(body).or_else(own)
}
