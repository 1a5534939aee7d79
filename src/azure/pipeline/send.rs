//! The last step: one try, bounded in time.

use super::Call;
use crate::error::{DeadlineExceeded, Error};
use crate::transport::{Method, Response, Transport, TransportError};
use std::time::Duration;

/// Longest wait for one complete answer. ARM itself gives up after a minute.
const ONE_TRY: Duration = Duration::from_mins(1);
/// How long a stop waits for the answer to a write: what it accepted should be known. Below the second a stop may take.
const LAST_WORDS: Duration = Duration::from_millis(700);

/// Sends once. Ends early at the deadline or a stop.
pub(super) async fn send(transport: &dyn Transport, call: &Call<'_>) -> Result<Response, Error> {
    if call.options.stop.is_cancelled() {
        return Err(Error::Stopped);
    }
    tokio::select! {
        biased;
        outcome = tokio::time::timeout(ONE_TRY, transport.send(&call.request)) => {
            let outcome = outcome.unwrap_or(Err(TransportError::TimedOut(ONE_TRY.as_secs())));
            outcome.map_err(|source| Error::Transport { origin: origin(call), source })
        }
        () = stopped(call) => Err(Error::Stopped),
        () = tokio::time::sleep_until(call.options.end()) => {
            Err(Error::DeadlineExceeded(Box::new(DeadlineExceeded { may_have_arrived: true, ..DeadlineExceeded::default() })))
        }
    }
}

async fn stopped(call: &Call<'_>) {
    call.options.stop.cancelled().await;
    if call.request.method != Method::GET {
        tokio::time::sleep(LAST_WORDS).await;
    }
}

fn origin(call: &Call<'_>) -> String {
    call.request.url.origin().ascii_serialization()
}
