//! How what gives tokens is asked: over this crate's transport, with this crate's retries.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::retry::{Attempts, Decision, decide, random_jitter};
use crate::transport::{Request, Response, Transport, TransportError};

/// Longest wait for one answer of a token endpoint.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// The caller's deadline ends the retries; this is only what the decision is told.
const UNBOUNDED: Duration = Duration::from_hours(24);

/// What asks for tokens, for what proves an identity, and for what a cloud is. Asking changes nothing, so it may be asked
/// again.
pub(crate) struct IdentityTransport {
    inner: Arc<dyn Transport>,
    /// Whether anything has answered yet.
    has_answered: AtomicBool,
    /// What a request that is under way waits for.
    waits_for: Mutex<Option<String>>,
}

/// What is asked again beyond what every endpoint is.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    /// Longest wait for one answer.
    pub(super) attempt: Duration,
    /// Statuses of this endpoint that say "later", not "no".
    pub(super) also_transient: fn(u16) -> bool,
    /// How long such a status is taken at its word.
    pub(super) limit: Duration,
}

impl Patience {
    /// That of an endpoint of Entra ID or of an issuer of tokens.
    pub(crate) const ORDINARY: Self =
        Self { attempt: ATTEMPT_TIMEOUT, also_transient: |_| false, limit: Duration::ZERO };
}

impl IdentityTransport {
    pub(crate) fn new(inner: Arc<dyn Transport>) -> Self {
        Self { inner, has_answered: AtomicBool::new(false), waits_for: Mutex::default() }
    }

    /// Sends until there is an answer that stands; any but a transient one does. Dropped by the
    /// caller at the deadline.
    pub(crate) async fn send(
        &self, request: &Request, patience: Patience,
    ) -> Result<Response, String> {
        let origin = request.url.origin().ascii_serialization();
        let began = Instant::now();
        let mut made = 0;
        self.note(Some(format!("{origin} has not answered")));
        loop {
            made += 1;
            let outcome = self.send_once(request, patience.attempt).await;
            let tries = Attempts {
                made,
                remaining: UNBOUNDED,
                elapsed: began.elapsed(),
                has_answered: self.has_answered(),
                jitter: random_jitter(),
            };
            match decide_with(patience, outcome.as_ref(), tries) {
                Decision::Retry(pause) => {
                    self.note(Some(format!("{origin}: {}", describe(&outcome))));
                    tokio::time::sleep(pause).await;
                }
                Decision::Stop | Decision::PauseTooLong(_) => {
                    self.note(None);
                    return outcome.map_err(|error| format!("{origin}: {error}"));
                }
            }
        }
    }

    /// Sends once, for no longer than `timeout`.
    pub(super) async fn send_once(
        &self, request: &Request, timeout: Duration,
    ) -> Result<Response, TransportError> {
        let outcome = tokio::time::timeout(timeout, self.inner.send(request)).await;
        let outcome = outcome.unwrap_or(Err(TransportError::TimedOut(timeout.as_secs())));
        self.has_answered.fetch_or(outcome.is_ok(), Ordering::Relaxed);
        outcome
    }

    /// Whether anything has answered yet.
    pub(super) fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Relaxed)
    }

    /// What a request that is under way waits for.
    pub(crate) fn waits_for(&self) -> Option<String> {
        self.waits_for.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, what: Option<String>) {
        *self.waits_for.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }
}

/// As for every request, and again for what this endpoint means by its statuses.
fn decide_with(
    patience: Patience, outcome: Result<&Response, &TransportError>, tries: Attempts,
) -> Decision {
    let status = outcome.as_ref().ok().map(|answer| answer.status);
    if !status.is_some_and(patience.also_transient) {
        return decide(outcome, tries);
    }
    if tries.elapsed >= patience.limit {
        return Decision::Stop;
    }
    // An empty answer of this status is transient everywhere; what the endpoint asks for is waited.
    let mut busy = Response::new(503, "");
    if let Ok(answer) = outcome {
        busy.headers.clone_from(&answer.headers);
    }
    decide(Ok(&busy), tries)
}

fn describe(outcome: &Result<Response, TransportError>) -> String {
    match outcome {
        Ok(answer) => format!("the last answer was {}", answer.status_text()),
        Err(error) => error.to_string(),
    }
}
