//! What was read of clusters a moment ago: the resources of one plan share it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use azure::Id;
use kubernetes::capacity::Room;
use kubernetes::inventory::Controller;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::{Instant, sleep};

use super::extension::InstalledExtension;
use super::failure::Unchecked;
use crate::clusters::ReachedCluster;

/// How long what was read is taken to be so.
const MEMORY: Duration = Duration::from_secs(30);
/// How long a reading waits before it takes the place of another: the plans that begin by then share it.
const GATHERING: Duration = Duration::from_millis(200);
/// How many clusters are remembered.
const MAX_CLUSTERS: usize = 16;

/// What was read of clusters a moment ago.
#[derive(Default)]
pub(crate) struct ClusterMemory {
    clusters: Mutex<HashMap<String, Arc<RememberedCluster>>>,
}

/// What was read of one cluster.
#[derive(Default)]
pub(super) struct RememberedCluster {
    pub(super) way: Remembered<ReachedCluster>,
    pub(super) room: Remembered<Room>,
    pub(super) components: Remembered<Vec<Controller>>,
    pub(super) extension: Remembered<InstalledExtension>,
}

/// One thing that was read, or why it could not be.
pub(super) struct Remembered<T>(AsyncMutex<Option<Reading<T>>>);

struct Reading<T> {
    /// When it began; when it ended, if it failed, since it may have taken all its time.
    at: Instant,
    result: Result<Arc<T>, Unchecked>,
}

/// Since when what was read is taken to be so for a look that began at `began`. No instant lies before the
/// start of some machines.
pub(super) fn trusted_since(began: Instant) -> Instant {
    began.checked_sub(MEMORY).unwrap_or(began)
}

impl ClusterMemory {
    /// What is remembered of a cluster, whatever the casing of its ID.
    pub(super) fn of(&self, cluster: &Id) -> Arc<RememberedCluster> {
        let mut clusters = self.clusters.lock().unwrap_or_else(PoisonError::into_inner);
        let key = cluster.to_string().to_lowercase();
        if clusters.len() >= MAX_CLUSTERS && !clusters.contains_key(&key) {
            clusters.clear();
        }
        Arc::clone(clusters.entry(key).or_default())
    }
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(AsyncMutex::default())
    }
}

impl<T> Remembered<T> {
    /// What a reading gave that began, or failed, at `since` or later; else what `read` gives now. Whoever asks
    /// meanwhile waits for the same reading.
    pub(super) async fn get(
        &self, since: Instant, read: impl Future<Output = Result<T, Unchecked>>,
    ) -> Result<Arc<T>, Unchecked> {
        let mut last = self.0.lock().await;
        if let Some(reading) = last.as_ref().filter(|reading| reading.at >= since) {
            return reading.result.clone();
        }
        if last.is_some() {
            sleep(GATHERING).await;
        }
        let began = Instant::now();
        let result = read.await.map(Arc::new);
        let at = if result.is_ok() { began } else { Instant::now() };
        *last = Some(Reading { at, result: result.clone() });
        result
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio::task::JoinSet;
    use tokio::time::{Instant, advance, sleep};

    use super::{ClusterMemory, Remembered};
    use crate::cluster_checks::failure::Unchecked;

    #[tokio::test(start_paused = true)]
    async fn one_reading_serves_all_that_wait_for_it() {
        let (memory, reads) = (Arc::new(Remembered::default()), Arc::new(AtomicUsize::new(0)));
        let since = Instant::now();
        let mut calls = JoinSet::new();
        for _ in 0..50 {
            let (memory, reads) = (Arc::clone(&memory), Arc::clone(&reads));
            calls.spawn(async move {
                let read = async {
                    sleep(Duration::from_secs(1)).await;
                    Ok(reads.fetch_add(1, Ordering::Relaxed))
                };
                memory.get(since, read).await.map(|it| *it)
            });
        }
        while let Some(found) = calls.join_next().await {
            assert_eq!(found.unwrap(), Ok(0));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_reading_that_began_too_early_is_made_again_and_a_failure_is_remembered() {
        let memory = Remembered::default();
        let begun = Instant::now();
        let failure = || Unchecked::Why("down".to_owned());
        let fail = async {
            sleep(Duration::from_secs(30)).await;
            Err::<u8, _>(failure())
        };
        assert_eq!(memory.get(begun, fail).await, Err(failure()));
        assert_eq!(memory.get(Instant::now(), async { Ok(1) }).await, Err(failure()));
        advance(Duration::from_millis(1)).await;
        assert_eq!(memory.get(Instant::now(), async { Ok(1) }).await, Ok(Arc::new(1)));
        assert_eq!(memory.get(begun, async { Ok(2) }).await, Ok(Arc::new(1)));
    }

    #[test]
    fn a_cluster_is_remembered_in_any_casing_and_their_number_is_bounded() {
        let memory = ClusterMemory::default();
        let id = |name: &str| {
            format!(
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.Kubernetes/connectedClusters/{name}"
            )
            .parse()
            .unwrap()
        };
        let first = memory.of(&id("A"));
        assert!(Arc::ptr_eq(&first, &memory.of(&id("a"))));
        for number in 0..40 {
            memory.of(&id(&format!("c{number}")));
        }
        assert!(memory.clusters.lock().unwrap().len() <= 16);
    }
}
