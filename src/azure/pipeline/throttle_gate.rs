//! Holds back the requests of a scope that the service has throttled.

use super::{Call, Next, Policy};
use crate::error::{Deadline, Error};
use crate::retry::back_off;
use crate::retry_after;
use crate::transport::{Method, Request, Response};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A 429 closes the gate for every request of the same scope, not only for the one that met it. ARM counts reads, writes
/// and deletes per subscription.
#[derive(Default)]
pub(super) struct ThrottleGate {
    // A std mutex: held for a look-up, never across an await.
    closed: Mutex<HashMap<Scope, Instant>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Scope {
    subscription: String,
    budget: Budget,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Budget {
    Reads,
    Writes,
    Deletes,
}

#[async_trait::async_trait]
impl Policy for ThrottleGate {
    async fn send(&self, call: &mut Call<'_>, next: Next<'_>) -> Result<Response, Error> {
        let scope = Scope::of(&call.request);
        while let Some(until) = self.closed_until(&scope) {
            if until > call.limits.end() {
                let demanded = Some(until.saturating_duration_since(Instant::now()));
                return Err(Error::Deadline(Box::new(Deadline {
                    demanded,
                    ..Deadline::default()
                })));
            }
            call.limits.bound(tokio::time::sleep_until(until)).await?;
        }
        let response = next.send(call).await?;
        if response.status == 429 {
            self.close(scope, retry_after::read(&response).unwrap_or_else(|| back_off(1, 0.0)));
        }
        Ok(response)
    }
}

impl ThrottleGate {
    fn closed_until(&self, scope: &Scope) -> Option<Instant> {
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        closed.get(scope).copied().filter(|until| *until > Instant::now())
    }

    fn close(&self, scope: Scope, pause: Duration) {
        let until = Instant::now() + pause;
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        let at = closed.entry(scope).or_insert(until);
        *at = until.max(*at);
    }
}

impl Scope {
    fn of(request: &Request) -> Self {
        let mut segments = request.url.path_segments().into_iter().flatten();
        let after_key = segments
            .by_ref()
            .skip_while(|segment| !segment.eq_ignore_ascii_case("subscriptions"))
            .nth(1);
        let budget = match request.method {
            Method::GET => Budget::Reads,
            Method::DELETE => Budget::Deletes,
            _ => Budget::Writes,
        };
        Self { subscription: after_key.unwrap_or_default().to_ascii_lowercase(), budget }
    }
}
