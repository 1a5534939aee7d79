//! The last step: one try, bounded in time.

use std::time::Duration;

use super::Call;
use crate::error::{DeadlineExceeded, Error};
use crate::transport::{Method, Response, Transport, TransportError};

/// Longest wait for one complete answer. ARM itself gives up after a minute.
const ATTEMPT_TIMEOUT: Duration = Duration::from_mins(1);
/// How long a stop waits for the answer to a write: what it accepted should be known. Below the
/// second a stop may take.
const CANCEL_WRITE_GRACE: Duration = Duration::from_millis(700);

/// Sends once. Ends early at the deadline or a stop.
pub(super) async fn send(transport: &dyn Transport, call: &Call<'_>) -> Result<Response, Error> {
    if call.options.stop.is_cancelled() {
        return Err(Error::Stopped);
    }
    let attempt = tokio::time::timeout(ATTEMPT_TIMEOUT, transport.send(&call.request));
    tokio::select! {
        biased;
        outcome = attempt => {
            let timed_out = || Err(TransportError::TimedOut(ATTEMPT_TIMEOUT.as_secs()));
            let outcome = outcome.unwrap_or_else(|_| timed_out());
            outcome.map_err(|source| Error::Transport { origin: origin(call), source })
        }
        () = wait_for_stop(call) => Err(Error::Stopped),
        () = tokio::time::sleep_until(call.options.end()) => {
            Err(DeadlineExceeded { may_have_arrived: true, ..Default::default() }.into())
        }
    }
}

async fn wait_for_stop(call: &Call<'_>) {
    call.options.stop.cancelled().await;
    if call.request.method != Method::GET {
        tokio::time::sleep(CANCEL_WRITE_GRACE).await;
    }
}

fn origin(call: &Call<'_>) -> String {
    call.request.url.origin().ascii_serialization()
}
