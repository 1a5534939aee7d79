//! What stands beside one extension, told to its state at each change.

use azure::Id;

use super::SideResource;

/// What stands beside one extension, and whom to tell when that changes.
pub(crate) struct Ledger<'a> {
    entries: Vec<SideResource>,
    changed: &'a mut (dyn FnMut(&[SideResource]) + Send),
}

impl<'a> Ledger<'a> {
    /// Starts from what the state has; `changed` is told of each change at once.
    pub(crate) fn new(
        known: Vec<SideResource>, changed: &'a mut (dyn FnMut(&[SideResource]) + Send),
    ) -> Self {
        Self { entries: known, changed }
    }

    /// What stands.
    pub(crate) fn into_entries(self) -> Vec<SideResource> {
        self.entries
    }

    /// Notes what was just written to Azure.
    pub(super) fn created(&mut self, kind: &'static str, id: &Id) {
        match self.entries.iter_mut().find(|entry| is(entry, id)) {
            Some(entry) => entry.created = true.into(),
            None => self.entries.push(SideResource::new(kind, id, true)),
        }
        (self.changed)(&self.entries);
    }

    /// Notes what was found. What this extension created in an earlier run stays its own.
    pub(super) fn found(&mut self, kind: &'static str, id: &Id) {
        if !self.entries.iter().any(|entry| is(entry, id)) {
            self.entries.push(SideResource::new(kind, id, false));
        }
    }
}

fn is(entry: &SideResource, id: &Id) -> bool {
    entry.arm_id().is_some_and(|known| known == *id)
}
