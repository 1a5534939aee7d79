//! Side resources that a replacement passes from the deleted extension to the new one.
//!
//! Both halves are calls in one run of the provider. The new extension deletes them one day.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use azure::Id;

use super::SideResource;

/// What deleted extensions created, by the ID of their cluster in lower case.
#[derive(Default)]
pub(crate) struct ReplacementStash {
    side_resources: Mutex<HashMap<String, Vec<SideResource>>>,
}

impl ReplacementStash {
    /// Leaves what an extension of this cluster created to the next one there.
    pub(crate) fn put(&self, cluster: &Id, side_resources: &[SideResource]) {
        let created = side_resources.iter().filter(|entry| entry.is_created());
        let mut stash = self.side_resources.lock().unwrap_or_else(PoisonError::into_inner);
        stash.insert(key(cluster), created.cloned().collect());
    }

    /// Takes what was left on this cluster.
    pub(crate) fn take(&self, cluster: &Id) -> Vec<SideResource> {
        let mut stash = self.side_resources.lock().unwrap_or_else(PoisonError::into_inner);
        stash.remove(&key(cluster)).unwrap_or_default()
    }
}

fn key(cluster: &Id) -> String {
    cluster.to_string().to_lowercase()
}
