//! How a plugin process ends: who may ask for it, what is waited for, and how long.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// How often to check that the host lives. A living host connects, and reconnects, at
/// once.
const HOST_POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Why the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShutdownReason {
    /// The host asked for it, as after each command.
    Requested,
    /// A signal asked for it.
    Terminated,
    /// The host is gone without a word: nobody will ever connect again.
    Orphaned,
}

impl ShutdownReason {
    /// How long calls in flight may still take to put their work in order.
    ///
    /// A host kills the process 2 s after its request; after a signal or the host's death nobody does.
    pub(crate) fn grace(self) -> Duration {
        match self {
            Self::Requested => Duration::from_millis(1500),
            Self::Terminated | Self::Orphaned => Duration::from_secs(10),
        }
    }
}

/// How many of something are under way: connections, or calls.
#[derive(Clone, Debug)]
pub(crate) struct InFlight(Arc<watch::Sender<usize>>);

impl InFlight {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    /// Counts one more until the guard is dropped.
    pub(crate) fn begin(&self) -> InFlightGuard {
        self.0.send_modify(|count| *count += 1);
        InFlightGuard(Arc::clone(&self.0))
    }

    /// Waits until the count is zero.
    pub(crate) async fn wait_until_none(&self) {
        self.wait_for(|count| *count == 0).await;
    }

    /// Waits until the count is not zero.
    #[cfg(not(unix))]
    pub(crate) async fn wait_until_some(&self) {
        self.wait_for(|count| *count > 0).await;
    }

    async fn wait_for(&self, condition: impl FnMut(&usize) -> bool) {
        // Fails only when the sender is gone, which `self` holds.
        let _ = self.0.subscribe().wait_for(condition).await;
    }
}

/// One of [`InFlight`].
#[derive(Debug)]
pub(crate) struct InFlightGuard(Arc<watch::Sender<usize>>);

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// A decision to end that is made once and seen by everybody.
#[derive(Clone, Debug)]
pub(crate) struct ShutdownSwitch(Arc<watch::Sender<Option<ShutdownReason>>>);

impl ShutdownSwitch {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }

    /// Decides that the process ends, and why. The first decision stands.
    pub(crate) fn end(&self, ending: ShutdownReason) {
        self.0.send_if_modified(|decided| {
            let first = decided.is_none();
            *decided = decided.or(Some(ending));
            first
        });
    }

    /// Waits until the end is decided.
    pub(crate) async fn wait(&self) -> ShutdownReason {
        let mut decision = self.0.subscribe();
        match decision.wait_for(Option::is_some).await {
            Ok(decided) => decided.unwrap_or(ShutdownReason::Requested),
            Err(_) => ShutdownReason::Requested,
        }
    }
}

/// The process that started this one.
#[derive(Debug)]
pub(crate) struct Host {
    #[cfg(unix)]
    parent: u32,
}

impl Host {
    /// Call it early: if the host has already died, its death goes unnoticed.
    pub(crate) fn of_this_process() -> Self {
        Self {
            #[cfg(unix)]
            parent: std::os::unix::process::parent_id(),
        }
    }

    /// Waits until the host is dead.
    ///
    /// A killed host asks for nothing, and its connection does not always close: that may have to wait
    /// for another process that holds the host's connection and outlives it. A signal at the
    /// parent's death does not help: it already fires when the thread that started this process ends.
    #[cfg(unix)]
    pub(crate) async fn wait_until_gone(&self, _connections: &InFlight) {
        while std::os::unix::process::parent_id() == self.parent {
            tokio::time::sleep(HOST_POLL_INTERVAL).await;
        }
    }

    /// Without a parent to look at, a host that has been there and does not come back is gone.
    #[cfg(not(unix))]
    pub(crate) async fn wait_until_gone(&self, connections: &InFlight) {
        loop {
            connections.wait_until_some().await;
            connections.wait_until_none().await;
            if tokio::time::timeout(10 * HOST_POLL_INTERVAL, connections.wait_until_some())
                .await
                .is_err()
            {
                return;
            }
        }
    }
}

/// What a signal from the terminal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// The host gets it too and decides: it will ask to stop, and then to shut down.
    Ignored,
    /// There is no host that would: end.
    Terminates,
}

/// Installs the handlers at once. The future completes at a signal that ends the process.
#[cfg(unix)]
pub(crate) fn signals(interrupt: Interrupt) -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminations.recv() => return,
                _ = interrupts.recv() => if interrupt == Interrupt::Terminates { return },
            }
        }
    })
}

/// Installs the handlers at once. The future completes at a signal that ends the process.
#[cfg(windows)]
pub(crate) fn signals(interrupt: Interrupt) -> io::Result<impl Future<Output = ()>> {
    let mut interrupts = tokio::signal::windows::ctrl_c()?;
    let mut breaks = tokio::signal::windows::ctrl_break()?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = breaks.recv() => return,
                _ = interrupts.recv() => if interrupt == Interrupt::Terminates { return },
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_living_host_is_never_gone() {
        let host = Host::of_this_process();
        let connections = InFlight::new();
        let hour = Duration::from_hours(1);
        assert!(tokio::time::timeout(hour, host.wait_until_gone(&connections)).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    #[cfg(unix)]
    async fn a_dead_host_is_gone_whoever_holds_its_connection() {
        let host = Host { parent: u32::MAX };
        let connections = InFlight::new();
        assert!(
            tokio::time::timeout(2 * HOST_POLL_INTERVAL, host.wait_until_gone(&connections))
                .await
                .is_ok()
        );
        let guard = connections.begin();
        assert!(
            tokio::time::timeout(2 * HOST_POLL_INTERVAL, host.wait_until_gone(&connections))
                .await
                .is_ok()
        );
        drop(guard);
    }

    #[tokio::test]
    async fn the_first_decision_to_end_stands() {
        let switch = ShutdownSwitch::new();
        switch.end(ShutdownReason::Terminated);
        switch.end(ShutdownReason::Requested);
        assert_eq!(switch.wait().await, ShutdownReason::Terminated);
    }
}
