//! One write at a time to a cluster: Azure refuses a second one, and writes share its relay and
//! workspace.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use azure::Id;
use framework::{Diagnostic, Failure};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use tokio::time::{Instant, sleep_until};

use crate::context::Context;
use crate::explain::Result;

/// One lock for each cluster, in this process.
#[derive(Default)]
pub(crate) struct ClusterLocks {
    locks: Mutex<HashMap<String, Arc<AsyncMutex<()>>>>,
}

impl ClusterLocks {
    /// The lock of one cluster, whatever the casing of its ID.
    fn lock_of(&self, cluster: &Id) -> Arc<AsyncMutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(cluster.to_string().to_lowercase()).or_default())
    }
}

/// Waits until no other call writes to the cluster. The lock is held until the guard is dropped.
pub(crate) async fn lock_cluster(
    context: &Context<'_>, cluster: &Id,
) -> Result<OwnedMutexGuard<()>> {
    let lock = context.provider.locks.lock_of(cluster);
    tokio::select! {
        biased;
        // First: what is interrupted releases the lock too, and this call must not begin to write.
        () = context.stop.cancelled() => Err(wait_error(cluster, "The operation was interrupted")),
        guard = lock.lock_owned() => Ok(guard),
        () = sleep_until(Instant::from_std(context.deadline)) => Err(wait_error(cluster, "The operation timed out")),
    }
}

fn wait_error(cluster: &Id, why: &str) -> crate::explain::Error {
    let diagnostic = Diagnostic::error("Cluster is busy").detail(format!(
        "{cluster}\n\n{why} while it waited for another change to this cluster to end. Nothing \
         was written. Apply again."
    ));
    Failure::from(diagnostic).into()
}
