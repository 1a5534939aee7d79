//! Namespaces that a replacement passes from the detached compute to the new one.
//!
//! Both halves are calls in one run of the provider, and no memory leads from one to the other.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use azure::Id;

/// The `uid` of each namespace, by the ID of its cluster in lower case and its name.
#[derive(Default)]
pub(crate) struct NamespaceStash {
    uids: Mutex<HashMap<(String, String), String>>,
}

impl NamespaceStash {
    /// Leaves a namespace to the next compute that needs it.
    pub(crate) fn put(&self, cluster: &Id, name: &str, uid: &str) {
        let mut uids = self.uids.lock().unwrap_or_else(PoisonError::into_inner);
        uids.insert(key(cluster, name), uid.to_owned());
    }

    /// Takes what was left of this name.
    pub(crate) fn take(&self, cluster: &Id, name: &str) -> Option<String> {
        let mut uids = self.uids.lock().unwrap_or_else(PoisonError::into_inner);
        uids.remove(&key(cluster, name))
    }
}

fn key(cluster: &Id, name: &str) -> (String, String) {
    (cluster.to_string().to_lowercase(), name.to_owned())
}
