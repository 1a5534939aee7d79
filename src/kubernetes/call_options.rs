//! The deadline and the cancellation of a call.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The options of one call into this crate, shared by all requests made for it.
#[derive(Clone, Copy)]
pub struct CallOptions<'a> {
    /// When the call ends with [`crate::Error::Timeout`].
    pub deadline: std::time::Instant,
    /// Ends every wait with [`crate::Error::Cancelled`].
    pub stop: &'a CancellationToken,
}

/// Why work ended before it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Deadline,
    Stopped,
}

impl<'a> CallOptions<'a> {
    /// Options of a call that ends at `deadline` or when `stop` is cancelled.
    pub fn new(deadline: std::time::Instant, stop: &'a CancellationToken) -> Self {
        Self { deadline, stop }
    }

    /// The same options with a deadline no later than `span` from now.
    pub fn within(self, span: Duration) -> Self {
        let soon = (Instant::now() + span).into_std();
        Self { deadline: self.deadline.min(soon), ..self }
    }

    /// The same options with a deadline `span` from now: for what explains why the first was missed.
    pub(crate) fn with_deadline_in(self, span: Duration) -> Self {
        let deadline = (Instant::now() + span).into_std();
        Self { deadline, ..self }
    }

    /// Sleeps, unless the deadline or a stop comes first.
    pub(crate) async fn sleep(&self, span: Duration) -> Result<(), Ended> {
        self.run(tokio::time::sleep(span)).await
    }

    /// Runs `work`, unless the deadline or a stop comes first. What was under way is dropped then.
    pub(crate) async fn run<T>(&self, work: impl Future<Output = T>) -> Result<T, Ended> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Ended::Stopped),
            () = tokio::time::sleep_until(Instant::from_std(self.deadline)) => Err(Ended::Deadline),
            done = work => Ok(done),
        }
    }
}
