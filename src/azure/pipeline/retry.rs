//! Sends again what may pass at another try, until the deadline.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::{Call, Next, Policy};
use crate::call_options::Progress;
use crate::error::{DeadlineExceeded, Error, ErrorResponse};
use crate::retry::{Attempts, Decision, decide, random_jitter};
use crate::transport::{Response, TransportError};

/// Retries as [`crate::retry`] decides. The deadline's error carries what the last try met.
#[derive(Default)]
pub(super) struct Retry {
    /// Whether the endpoint has answered anything yet.
    has_answered: AtomicBool,
}

#[async_trait::async_trait]
impl Policy for Retry {
    async fn send(&self, call: &mut Call<'_>, next: Next<'_>) -> Result<Response, Error> {
        let began = Instant::now();
        let mut last = None;
        let mut made = 0;
        loop {
            made += 1;
            let outcome = next.send(call).await;
            self.has_answered.fetch_or(outcome.is_ok(), Ordering::Relaxed);
            let open = may_have_been_carried_out(&outcome);
            let pause = match self.decide(&outcome, call, made, began) {
                Decision::Stop => {
                    return outcome.map_err(|error| add_last_error(call, error, last, began));
                }
                Decision::PauseTooLong(asked) => {
                    call.may_have_arrived |= open;
                    return Err(pause_too_long(call, outcome, asked, began));
                }
                Decision::Retry(pause) => pause,
            };
            call.may_have_arrived |= open;
            let cause = into_error(call, outcome);
            call.options.report(&Progress::Retrying { cause: &cause.to_string(), pause });
            last = Some(Box::new(cause));
            if let Err(error) = call.options.sleep(pause).await {
                return Err(add_last_error(call, error, last, began));
            }
        }
    }
}

impl Retry {
    fn decide(
        &self, outcome: &Result<Response, Error>, call: &Call<'_>, made: u32, began: Instant,
    ) -> Decision {
        let attempts = Attempts {
            made,
            remaining: call.options.time_left(),
            elapsed: began.elapsed(),
            has_answered: self.has_answered.load(Ordering::Relaxed),
            jitter: random_jitter(),
        };
        match outcome {
            Ok(response) => decide(Ok(response), attempts),
            Err(Error::Transport { source, .. }) => decide(Err(source), attempts),
            Err(_) => Decision::Stop,
        }
    }
}

/// What a try met, as an error.
fn into_error(call: &Call<'_>, outcome: Result<Response, Error>) -> Error {
    match outcome {
        Ok(response) => {
            Error::ErrorResponse(Box::new(ErrorResponse::read(&call.request, &response)))
        }
        Err(error) => error,
    }
}

/// Whether the service may have carried out what was sent: only who was not connected, was told to
/// slow down or met a conflict knows that it has not.
fn may_have_been_carried_out(outcome: &Result<Response, Error>) -> bool {
    match outcome {
        Ok(response) => matches!(response.status, 408 | 500..=599),
        Err(error) => error.may_have_arrived(),
    }
}

fn add_last_error(
    call: &Call<'_>, error: Error, mut last: Option<Box<Error>>, began: Instant,
) -> Error {
    let error = error.with_details(|deadline| {
        deadline.elapsed = began.elapsed();
        deadline.may_have_arrived |= call.may_have_arrived;
        if deadline.last_error.is_none() {
            deadline.last_error = last.take();
        }
    });
    match error {
        // An earlier try was lost after it was sent, which this one does not undo.
        Error::Transport { origin, source } if call.may_have_arrived && source.is_unsent() => {
            let earlier = last.map(|last| format!("{last}; then ")).unwrap_or_default();
            let source = TransportError::Interrupted(format!("{earlier}{source}"));
            Error::Transport { origin, source }
        }
        other => other,
    }
}

fn pause_too_long(
    call: &Call<'_>, outcome: Result<Response, Error>, asked: Duration, began: Instant,
) -> Error {
    DeadlineExceeded {
        requested_pause: Some(asked),
        last_error: Some(Box::new(into_error(call, outcome))),
        elapsed: began.elapsed(),
        may_have_arrived: call.may_have_arrived,
        ..DeadlineExceeded::default()
    }
    .into()
}
