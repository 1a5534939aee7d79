//! Pauses between looks at something that takes its time.

use std::time::Duration;

use crate::call_options::{CallOptions, Ended};
use crate::error::Error;

/// The first pause; each is half as long again as the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// The pauses of one wait.
#[derive(Debug)]
pub(crate) struct Pauses(Duration);

impl Default for Pauses {
    fn default() -> Self {
        Pauses(FIRST_PAUSE)
    }
}

impl Pauses {
    /// Pauses, unless the deadline or a stop comes first. `what` is waited for, and `last` is how it was
    /// at the last look.
    pub(crate) async fn pause(
        &mut self, options: CallOptions<'_>, what: &str, last: Option<&str>,
    ) -> Result<(), Error> {
        let pause = self.0;
        self.0 = pause.mul_f64(1.5).min(MAX_PAUSE);
        options.sleep(pause).await.map_err(|ended| match ended {
            Ended::Deadline => {
                Error::Timeout { what: what.to_owned(), last: last.map(str::to_owned) }
            }
            Ended::Stopped => Error::Cancelled { what: what.to_owned() },
        })
    }
}
