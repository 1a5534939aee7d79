//! Whether and when a request is sent again: a pure decision.

use std::time::Duration;

use crate::retry_after;
use crate::transport::{Response, TransportError};

/// The first pause of the own back-off; it doubles with each try.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
/// The longest pause of the own back-off. What the service asks for is waited in full.
const MAX_BACKOFF: Duration = Duration::from_mins(1);
/// The shortest pause, whatever the service says.
const MIN_PAUSE: Duration = Duration::from_millis(500);

/// How long an endpoint that never answered is called: it is more likely a wrong address than a
/// fault that passes.
const UNREACHABLE_LIMIT: Duration = Duration::from_mins(1);

/// What to do after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The outcome stands.
    Stop,
    /// Send again after this pause.
    Retry(Duration),
    /// The service asks for a pause longer than what is left.
    PauseTooLong(Duration),
}

/// What is known about the tries so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempts {
    /// How many were made, the one decided about included.
    pub(crate) made: u32,
    /// Until the deadline.
    pub(crate) remaining: Duration,
    /// Since the first try.
    pub(crate) elapsed: Duration,
    /// Whether the endpoint has ever answered, to this request or another.
    pub(crate) has_answered: bool,
    /// From 0 to 1, so that callers who met the same fault do not return at the same instant.
    pub(crate) jitter: f64,
}

/// Judges one outcome. There is no limit on the number of tries: the deadline is the limit, save
/// for an endpoint that cannot be reached and never could.
pub(crate) fn decide(outcome: Result<&Response, &TransportError>, tries: Attempts) -> Decision {
    let again = match outcome {
        Ok(answer) => is_transient_status(answer.status),
        Err(error) => error.is_transient(),
    };
    let left = time_left(outcome, tries);
    if !again || left.is_zero() {
        return Decision::Stop;
    }
    match outcome.ok().and_then(retry_after::requested_pause) {
        Some(asked) if asked > tries.remaining => Decision::PauseTooLong(asked),
        Some(asked) => Decision::Retry(asked.max(MIN_PAUSE) + MIN_PAUSE.mul_f64(tries.jitter)),
        None => Decision::Retry(back_off(tries.made, tries.jitter).min(left)),
    }
}

/// How much longer an outcome is worth a try, the deadline aside. What may be wrong for good is
/// given a minute.
fn time_left(outcome: Result<&Response, &TransportError>, tries: Attempts) -> Duration {
    let a_minute = || UNREACHABLE_LIMIT.saturating_sub(tries.elapsed);
    match outcome {
        Err(TransportError::Unreachable(_)) if !tries.has_answered => a_minute(),
        Err(TransportError::Malformed(_)) => a_minute(),
        // A name that was known a moment ago is known again later; one that never was is misspelt.
        Err(TransportError::UnknownHost(_)) if !tries.has_answered => Duration::ZERO,
        _ => Duration::MAX,
    }
}

/// Statuses that say "later", not "no".
fn is_transient_status(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// The pause after `made` tries: doubling, half to one and a half times.
pub(crate) fn back_off(made: u32, jitter: f64) -> Duration {
    let doublings = made.saturating_sub(1).min(16);
    FIRST_BACKOFF
        .saturating_mul(1 << doublings)
        .min(MAX_BACKOFF)
        .mul_f64(0.5 + jitter.clamp(0.0, 1.0))
}

/// A number from 0 to 1 that differs between callers. Not for secrets: the keys of std's hash maps
/// are random enough here.
pub(crate) fn random_jitter() -> f64 {
    use std::hash::{BuildHasher, Hasher};
    let bits = std::hash::RandomState::new().build_hasher().finish();
    f64::from((bits >> 32) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tries(made: u32) -> Attempts {
        let (remaining, elapsed) = (Duration::from_mins(5), Duration::ZERO);
        Attempts { made, remaining, elapsed, has_answered: true, jitter: 0.5 }
    }

    fn status(status: u16, retry_after: Option<&'static str>) -> Response {
        let mut response = Response::new(status, "");
        if let Some(value) = retry_after {
            response
                .headers
                .insert("retry-after", reqwest::header::HeaderValue::from_static(value));
        }
        response
    }

    #[test]
    fn statuses_that_are_retried() {
        for (code, again) in [
            (408, true),
            (429, true),
            (500, true),
            (502, true),
            (503, true),
            (504, true),
            (200, false),
            (302, false),
            (400, false),
            (401, false),
            (403, false),
            (404, false),
            (409, false),
            (412, false),
            (501, false),
            (505, false),
        ] {
            let decision = decide(Ok(&status(code, None)), tries(1));
            assert_eq!(decision != Decision::Stop, again, "{code}");
        }
    }

    #[test]
    fn lost_answers_that_are_retried() {
        use TransportError as E;
        for (error, again) in [
            (E::Unreachable(String::new()), true),
            (E::Interrupted(String::new()), true),
            (E::TimedOut(60), true),
            (E::UnknownHost(String::new()), true),
            (E::Malformed(String::new()), true),
            (E::TooLarge(1), false),
            (E::Tls(String::new()), false),
            (E::Proxy(String::new()), false),
            (E::Client(String::new()), false),
        ] {
            let decision = decide(Err(&error), tries(1));
            assert_eq!(decision != Decision::Stop, again, "{error:?}");
        }
    }

    #[test]
    fn what_may_be_wrong_for_good_is_given_up_after_a_minute() {
        use TransportError as E;
        for (error, has_answered, elapsed, again) in [
            (E::Unreachable(String::new()), false, 59, true),
            (E::Unreachable(String::new()), false, 60, false),
            (E::Unreachable(String::new()), true, 60, true),
            (E::Unreachable(String::new()), true, 6000, true),
            (E::UnknownHost(String::new()), false, 0, false),
            (E::UnknownHost(String::new()), true, 6000, true),
            (E::Malformed(String::new()), true, 59, true),
            (E::Malformed(String::new()), true, 60, false),
        ] {
            let tries =
                Attempts { has_answered, elapsed: Duration::from_secs(elapsed), ..tries(7) };
            let decision = decide(Err(&error), tries);
            assert_eq!(
                decision != Decision::Stop,
                again,
                "{error} has_answered={has_answered} {elapsed} s"
            );
            if let Decision::Retry(pause) = decision
                && !has_answered
            {
                assert_eq!(
                    pause,
                    Duration::from_secs(60 - elapsed),
                    "the last try ends the minute"
                );
            }
        }
    }

    #[test]
    fn a_pause_longer_than_the_rest_is_not_begun() {
        let asked = Duration::from_secs(301);
        assert_eq!(decide(Ok(&status(429, Some("301"))), tries(1)), Decision::PauseTooLong(asked));
        let waited = Duration::from_millis(300_250);
        assert_eq!(decide(Ok(&status(429, Some("300"))), tries(1)), Decision::Retry(waited));
    }

    #[test]
    fn the_own_back_off_doubles_up_to_a_minute() {
        let pauses: Vec<u64> = (1..9).map(|made| back_off(made, 0.5).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(back_off(u32::MAX, 1.0), Duration::from_secs(90));
        assert_eq!(back_off(1, 0.0), Duration::from_millis(500));
    }

    #[test]
    fn jitter_differs_and_stays_in_range() {
        let drawn: Vec<f64> = (0..50).map(|_| random_jitter()).collect();
        assert!(drawn.iter().all(|value| (0.0..=1.0).contains(value)));
        assert!(drawn.iter().any(|value| (value - drawn[0]).abs() > 1e-6));
    }
}
