//! The deadline, the cancellation and the progress reports of a call.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::{DeadlineExceeded, Error};

/// The options of one call into this crate, shared by all requests made for it.
#[derive(Clone, Copy)]
pub struct CallOptions<'a> {
    /// When the call ends with [`Error::DeadlineExceeded`].
    pub deadline: std::time::Instant,
    /// Ends every wait with [`Error::Stopped`], within a second.
    pub stop: &'a CancellationToken,
    /// Called whenever the call waits.
    pub progress: Option<&'a (dyn Fn(&Progress<'_>) + Sync)>,
}

/// What is being waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// The operation runs; the service's own word for its state.
    Running {
        /// As the service spells it, or "running".
        status: &'a str,
        /// Since the wait began.
        elapsed: Duration,
        /// The latest message, from the service or from a poll that failed.
        message: Option<&'a str>,
    },
    /// Another operation blocks the object; the request is sent again after a pause.
    Blocked {
        /// What the service says about the other operation.
        by: &'a str,
        /// Until the next try.
        pause: Duration,
    },
    /// A request failed with a transient error.
    Retrying {
        /// What went wrong.
        cause: &'a str,
        /// Until the next try.
        pause: Duration,
    },
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running { status, elapsed, message } => {
                write!(f, "{status} after {} s", elapsed.as_secs_f64().ceil())?;
                message.map_or(Ok(()), |message| write!(f, ": {message}"))
            }
            Self::Blocked { by, pause } => {
                let seconds = pause.as_secs_f64().ceil();
                write!(f, "waiting {seconds} s for another operation: {by}")
            }
            Self::Retrying { cause, pause } => {
                write!(f, "trying again in {} s: {cause}", pause.as_secs_f64().ceil())
            }
        }
    }
}

impl<'a> CallOptions<'a> {
    /// Options without progress reports.
    pub fn new(deadline: std::time::Instant, stop: &'a CancellationToken) -> Self {
        Self { deadline, stop, progress: None }
    }

    /// The same options, reporting to `progress`.
    pub fn with_progress(self, progress: &'a (dyn Fn(&Progress<'_>) + Sync)) -> Self {
        Self { progress: Some(progress), ..self }
    }

    /// The same options with a deadline no later than `span` from now.
    pub(crate) fn within(self, span: Duration) -> Self {
        let soon = (Instant::now() + span).into_std();
        Self { deadline: self.deadline.min(soon), ..self }
    }

    pub(crate) fn time_left(&self) -> Duration {
        self.end().saturating_duration_since(Instant::now())
    }

    pub(crate) fn end(&self) -> Instant {
        Instant::from_std(self.deadline)
    }

    pub(crate) fn report(&self, progress: &Progress<'_>) {
        tracing::debug!(%progress, "waiting");
        if let Some(listener) = self.progress {
            listener(progress);
        }
    }

    /// Sleeps, unless the deadline or a stop comes first.
    pub async fn sleep(&self, span: Duration) -> Result<(), Error> {
        self.run(tokio::time::sleep(span)).await
    }

    /// Runs `work`, unless the deadline or a stop comes first. What was under way is dropped then.
    pub(crate) async fn run<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Error::Stopped),
            () = tokio::time::sleep_until(self.end()) => Err(DeadlineExceeded::default().into()),
            done = work => Ok(done),
        }
    }
}
