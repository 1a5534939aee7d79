//! When a request is sent again.

use std::hash::{BuildHasher as _, RandomState};

use http::Method;
use tokio::time::Duration;

use super::Cluster;
use super::exchange::Answer;
use super::failure::Failure;
use super::request::{Call, Request};
use crate::call_options::{CallOptions, Ended};
use crate::error::Error;

/// The first pause; it doubles with each try.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause. What the server asks for is waited in full.
const MAX_PAUSE: Duration = Duration::from_secs(15);

/// An answer, and whether an earlier try may have been carried out too.
pub(super) struct Exchanged {
    pub(super) answer: Answer,
    pub(super) was_repeated: bool,
}

impl Cluster {
    /// Sends until an answer stands: what may pass is tried again until the deadline.
    pub(super) async fn exchange(
        &self, call: &Call<'_>, request: &Request, options: CallOptions<'_>,
    ) -> Result<Exchanged, Error> {
        let mut last = None;
        let mut was_repeated = false;
        for tries in 1_u32.. {
            let ended = |ended, last| end(ended, call, last);
            let sent = self.sessions.send(request);
            let outcome = match request.method {
                Method::GET => options.run(sent).await,
                _ => options.run_write(sent).await,
            };
            let outcome = outcome.map_err(|by| ended(by, last.take()))?;
            let Some(pause) = pause(&outcome, request, tries) else {
                let answer = outcome.map_err(|failure| failure.error)?;
                return Ok(Exchanged { answer, was_repeated });
            };
            was_repeated |= may_have_run(&outcome);
            last = Some(describe(&outcome));
            tracing::debug!(call = call.describe(), cause = last, ?pause, "a call is sent again");
            options.sleep(pause).await.map_err(|by| end(by, call, last.take()))?;
        }
        unreachable!("more tries than a number holds")
    }
}

/// How long to wait before the next try; `None` where the outcome stands.
fn pause(outcome: &Result<Answer, Failure>, request: &Request, tries: u32) -> Option<Duration> {
    let again = match outcome {
        Ok(answer) if answer.status == 429 => true,
        Ok(answer) if answer.is_untyped() => false,
        Ok(answer) => request.is_repeatable && matches!(answer.status, 500 | 502 | 503 | 504),
        Err(failure) => failure.is_transient && (failure.is_unsent || request.is_repeatable),
    };
    let asked = outcome.as_ref().ok().and_then(Answer::requested_pause);
    again.then(|| asked.map_or_else(|| back_off(tries), |asked| asked.max(FIRST_PAUSE)))
}

fn may_have_run(outcome: &Result<Answer, Failure>) -> bool {
    match outcome {
        Ok(answer) => answer.status != 429,
        Err(failure) => !failure.is_unsent,
    }
}

fn describe(outcome: &Result<Answer, Failure>) -> String {
    match outcome {
        Ok(answer) => answer.describe(),
        Err(failure) => failure.error.to_string(),
    }
}

/// Doubling, half to one and a half times, so that callers who met the same fault do not return at
/// the same instant.
fn back_off(tries: u32) -> Duration {
    let span = FIRST_PAUSE.saturating_mul(1 << tries.saturating_sub(1).min(8)).min(MAX_PAUSE);
    let random = RandomState::new().hash_one(tries) % 1024;
    span.mul_f64(0.5 + f64::from(u32::try_from(random).unwrap_or_default()) / 1024.0)
}

fn end(ended: Ended, call: &Call<'_>, last: Option<String>) -> Error {
    match ended {
        Ended::Deadline => Error::Timeout { what: call.describe(), last },
        Ended::Stopped => Error::Cancelled { what: call.describe() },
    }
}
