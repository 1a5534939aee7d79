//! The deadline and the cancellation of a call.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long a stop waits for the answer to a write: what was carried out should be known. Below the second that a
/// stop may take.
const STOPPED_WRITE_GRACE: Duration = Duration::from_millis(700);

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

    /// Sends a write, unless a stop or the deadline has come. What is under way then has a moment to be answered.
    pub(crate) async fn run_write<T>(&self, write: impl Future<Output = T>) -> Result<T, Ended> {
        if self.stop.is_cancelled() {
            return Err(Ended::Stopped);
        }
        let stopped = async {
            self.stop.cancelled().await;
            tokio::time::sleep(STOPPED_WRITE_GRACE).await;
        };
        tokio::select! {
            biased;
            done = write => Ok(done),
            () = stopped => Err(Ended::Stopped),
            () = tokio::time::sleep_until(Instant::from_std(self.deadline)) => Err(Ended::Deadline),
        }
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
