//! Holds back the requests of a scope that the service has throttled, or is about to.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{Call, Next, Policy};
use crate::error::{DeadlineExceeded, Error};
use crate::headers;
use crate::retry::back_off;
use crate::retry_after;
use crate::transport::{Method, Request, Response};

/// Where fewer requests than this are left, they go out no faster than the budget is refilled. More
/// than what may be under way at once, so that nobody meets the end of it.
const LOW_BUDGET: u32 = 50;

/// A 429 closes the gate for every request of the same scope, not only for the one that met it, and
/// those who waited go on one after the other: nothing was left, and more comes little by little. ARM
/// counts reads, writes and deletes per subscription, and says with each answer how many are left.
#[derive(Default)]
pub(super) struct ThrottleGate {
    // A std mutex: held for a look-up, never across an await.
    gates: Mutex<HashMap<Scope, Gate>>,
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

/// The state of one scope. What is `None` holds nobody back.
#[derive(Clone, Copy, Default)]
struct Gate {
    closed_until: Option<Instant>,
    /// Whether few requests are left, as far as the last answers tell.
    is_low: bool,
    /// When the next one may go, while few are left.
    next: Option<Instant>,
}

#[async_trait::async_trait]
impl Policy for ThrottleGate {
    async fn send(&self, call: &mut Call<'_>, next: Next<'_>) -> Result<Response, Error> {
        let scope = Scope::of(&call.request);
        while let Some(turn) = self.take_turn(&scope) {
            wait_until(turn, call).await?;
            // Somebody who went before may have closed the gate meanwhile.
            if !self.is_closed(&scope) {
                break;
            }
        }
        let response = next.send(call).await?;
        self.update(&scope, &response);
        Ok(response)
    }
}

impl ThrottleGate {
    /// When this request may go; `None`: at once, since the gate is open and enough are left.
    fn take_turn(&self, scope: &Scope) -> Option<Instant> {
        let now = Instant::now();
        let mut gates = self.gates();
        let gate = gates.get_mut(scope).filter(|gate| gate.is_low || gate.is_closed(now))?;
        let turn = now.max(gate.next.unwrap_or(now)).max(gate.closed_until.unwrap_or(now));
        gate.next = Some(turn + scope.budget.refill());
        Some(turn)
    }

    fn is_closed(&self, scope: &Scope) -> bool {
        self.gates().get(scope).is_some_and(|gate| gate.is_closed(Instant::now()))
    }

    /// Reads from an answer how the scope stands.
    fn update(&self, scope: &Scope, response: &Response) {
        let told = scope.budget.headers().map(|name| response.header(name)?.trim().parse().ok());
        let left: Option<u32> = told.into_iter().flatten().min();
        let mut gates = self.gates();
        let gate = gates.entry(scope.clone()).or_default();
        if let Some(left) = left {
            gate.is_low = left < LOW_BUDGET;
        }
        if response.status == 429 {
            let pause = retry_after::requested_pause(response).unwrap_or_else(|| back_off(1, 0.0));
            gate.closed_until = gate.closed_until.max(Some(Instant::now() + pause));
            gate.is_low = true;
        }
    }

    fn gates(&self) -> MutexGuard<'_, HashMap<Scope, Gate>> {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate {
    fn is_closed(&self, now: Instant) -> bool {
        self.closed_until.is_some_and(|until| until > now)
    }
}

/// Waits, unless the time that the call has does not reach so far: then it ends now.
async fn wait_until(until: Instant, call: &Call<'_>) -> Result<(), Error> {
    if until > call.options.end() {
        let requested_pause = Some(until.saturating_duration_since(Instant::now()));
        return Err(DeadlineExceeded { requested_pause, ..Default::default() }.into());
    }
    call.options.run(tokio::time::sleep_until(until)).await
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

impl Budget {
    /// The headers that tell how many are left, to this principal and to all of them together.
    fn headers(self) -> [&'static str; 2] {
        match self {
            Self::Reads => [headers::REMAINING_READS, headers::REMAINING_GLOBAL_READS],
            Self::Writes => [headers::REMAINING_WRITES, headers::REMAINING_GLOBAL_WRITES],
            Self::Deletes => [headers::REMAINING_DELETES, headers::REMAINING_GLOBAL_DELETES],
        }
    }

    /// How long it takes until one more is left: 25 reads a second, 10 of the others ("Understand
    /// how Azure Resource Manager throttles requests").
    fn refill(self) -> Duration {
        match self {
            Self::Reads => Duration::from_millis(40),
            Self::Writes | Self::Deletes => Duration::from_millis(100),
        }
    }
}
