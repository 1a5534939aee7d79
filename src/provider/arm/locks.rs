//! One write at a time on a cluster: the service refuses a second one, and side resources are
//! shared.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use azure::Id;
use framework::{Diagnostic, Failure};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use tokio::time::{Instant, sleep_until};

use crate::context::Context;
use crate::explain::Result;

/// Whose turn it is on each cluster that this process writes to.
#[derive(Default)]
pub(crate) struct ClusterLocks {
    turns: Mutex<HashMap<String, Arc<Turn<()>>>>,
}

impl ClusterLocks {
    /// The turns of one cluster, whatever the casing of its ID.
    fn of(&self, cluster: &Id) -> Arc<Turn<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(cluster.to_string().to_lowercase()).or_default())
    }
}

/// Waits for the turn of this call, which lasts as long as what is given back.
pub(crate) async fn turn(context: &Context<'_>, cluster: &Id) -> Result<OwnedMutexGuard<()>> {
    let turns = context.provider.locks.of(cluster);
    tokio::select! {
        biased;
        // First, because an interruption also ends the change that is waited for.
        () = context.stop.cancelled() => Err(waiting(cluster, "The call was interrupted")),
        guard = turns.lock_owned() => Ok(guard),
        () = sleep_until(Instant::from_std(context.deadline)) => Err(waiting(cluster, "Its time ran out")),
    }
}

fn waiting(cluster: &Id, why: &str) -> crate::explain::Error {
    let told = Diagnostic::error("Cluster is busy").detail(format!(
        "{cluster}\n\n{why} while it waited for another change of the same cluster to end. Nothing \
         was written. Apply again."
    ));
    Failure::from(told).into()
}
