//! What one half of a replacement leaves to the other.
//!
//! A replacement deletes an extension and installs it again in one run of the provider. What the
//! first created beside itself stays, and is the second's to delete one day.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use azure::Id;

use super::SideResource;

/// What deleted extensions left, by the ID of their cluster in lower case.
#[derive(Default)]
pub(crate) struct ReplacementStash {
    left: Mutex<HashMap<String, Vec<SideResource>>>,
}

impl ReplacementStash {
    /// Leaves what an extension of this cluster created to the next one there.
    pub(crate) fn leave(&self, cluster: &Id, side_resources: &[SideResource]) {
        let created = side_resources.iter().filter(|entry| entry.is_created());
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.insert(key(cluster), created.cloned().collect());
    }

    /// Takes what was left on this cluster.
    pub(crate) fn take(&self, cluster: &Id) -> Vec<SideResource> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.remove(&key(cluster)).unwrap_or_default()
    }
}

fn key(cluster: &Id) -> String {
    cluster.to_string().to_lowercase()
}
