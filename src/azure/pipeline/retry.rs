//! Sends again what may pass at another try, until the deadline.

use super::{Call, Next, Policy};
use crate::error::{Deadline, Error, Refusal};
use crate::limits::Progress;
use crate::retry::{Decision, Tries, decide, jitter};
use crate::transport::Response;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::time::Instant;

/// Retries as [`crate::retry`] decides. The deadline's error carries what the last try met.
#[derive(Default)]
pub(super) struct Retry {
    /// Whether the endpoint has answered anything yet.
    heard: AtomicBool,
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
            self.heard.fetch_or(outcome.is_ok(), Ordering::Relaxed);
            let tries = Tries {
                made,
                repeatable: call.repeatable,
                remaining: call.limits.remaining(),
                spent: began.elapsed(),
                heard: self.heard.load(Ordering::Relaxed),
                jitter: jitter(),
            };
            let decision = match &outcome {
                Ok(response) => decide(Ok(response), tries),
                Err(Error::Transport { source, .. }) => decide(Err(source), tries),
                Err(_) => Decision::Stands,
            };
            let pause = match decision {
                Decision::Stands => return outcome.map_err(|error| with_last(error, last, began)),
                Decision::TooLong(asked) => return Err(too_long(met(call, outcome), asked, began)),
                Decision::Again(pause) => pause,
            };
            let cause = met(call, outcome);
            call.limits.tell(&Progress::Retrying { cause: &cause.to_string(), pause });
            last = Some(Box::new(cause));
            if let Err(error) = call.limits.pause(pause).await {
                return Err(with_last(error, last, began));
            }
        }
    }
}

/// What a try met, as an error.
fn met(call: &Call<'_>, outcome: Result<Response, Error>) -> Error {
    match outcome {
        Ok(response) => Error::Refused(Box::new(Refusal::read(&call.request, &response))),
        Err(error) => error,
    }
}

fn with_last(error: Error, last: Option<Box<Error>>, began: Instant) -> Error {
    match error {
        Error::Deadline(deadline) => {
            let last = deadline.last.or(last);
            Error::Deadline(Box::new(Deadline { last, waited: began.elapsed(), ..*deadline }))
        }
        other => other,
    }
}

fn too_long(cause: Error, asked: std::time::Duration, began: Instant) -> Error {
    let deadline = Deadline {
        demanded: Some(asked),
        last: Some(Box::new(cause)),
        waited: began.elapsed(),
        ..Deadline::default()
    };
    Error::Deadline(Box::new(deadline))
}
