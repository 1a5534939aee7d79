//! What stands beside one extension, told to its state at each change.

use azure::Id;

use super::SideResource;

/// What stands beside one extension, and whom to tell when that changes.
pub(crate) struct OwnershipTracker<'a> {
    extension: Id,
    entries: Vec<SideResource>,
    changed: &'a mut (dyn FnMut(&[SideResource]) + Send),
}

impl<'a> OwnershipTracker<'a> {
    /// Starts from what the state of this extension has; `changed` is told of each change at once.
    pub(crate) fn new(
        extension: Id, known: Vec<SideResource>,
        changed: &'a mut (dyn FnMut(&[SideResource]) + Send),
    ) -> Self {
        Self { extension, entries: known, changed }
    }

    /// Whose it is.
    pub(super) fn extension(&self) -> &Id {
        &self.extension
    }

    /// Whether this one stands by what is known so far.
    pub(super) fn knows(&self, id: &Id) -> bool {
        self.entries.iter().any(|entry| is(entry, id))
    }

    /// Whether this one was made for this extension.
    pub(super) fn owns(&self, id: &Id) -> bool {
        self.entries.iter().any(|entry| is(entry, id) && entry.is_created())
    }

    /// What stands.
    pub(crate) fn into_entries(self) -> Vec<SideResource> {
        self.entries
    }

    /// What stands so far.
    pub(crate) fn entries(&self) -> &[SideResource] {
        &self.entries
    }

    /// Notes what was just written to Azure.
    pub(super) fn created(&mut self, kind: &'static str, id: &Id) {
        self.note(SideResource::new(kind, id, true), id);
        (self.changed)(&self.entries);
    }

    /// Notes what was found. The state knows whose it is; of one that it does not know, `ours` says
    /// whether it was made for this extension.
    pub(super) fn found(&mut self, kind: &'static str, id: &Id, ours: bool) {
        let created = if self.knows(id) { self.owns(id) } else { ours };
        self.note(SideResource::new(kind, id, created), id);
        if created {
            (self.changed)(&self.entries);
        }
    }

    /// The one in use stands last of its kind. Another one stays only where it is to be deleted one
    /// day.
    fn note(&mut self, entry: SideResource, id: &Id) {
        let kind = entry.kind.clone();
        self.entries.retain(|other| is(other, id) || other.kind != kind || other.is_created());
        let last = self.entries.iter().rposition(|other| other.kind == kind);
        match self.entries.iter().position(|other| is(other, id)) {
            Some(at) if Some(at) == last => self.entries[at] = entry,
            at => {
                at.map(|at| self.entries.remove(at));
                self.entries.push(entry);
            }
        }
    }
}

/// Of the entries of one kind, the one that is in use.
pub(crate) fn used(entries: &[SideResource], kind: &str) -> Option<Id> {
    let is_kind = |entry: &&SideResource| entry.kind.known().is_some_and(|known| known == kind);
    entries.iter().rev().find(is_kind)?.arm_id()
}

fn is(entry: &SideResource, id: &Id) -> bool {
    entry.arm_id().is_some_and(|known| known == *id)
}

#[cfg(test)]
mod tests {
    use azure::Id;

    use super::{OwnershipTracker, SideResource, used};

    #[test]
    fn the_one_in_use_stands_last_of_its_kind() {
        let [a, b, c, d] = ["a", "b", "c", "d"].map(id);
        let known = vec![
            SideResource::new("bus", &a, true),
            SideResource::new("bus", &b, false),
            SideResource::new("logs", &d, false),
        ];
        let mut told = 0;
        let mut tell = |_: &[SideResource]| told += 1;
        let mut tracker = OwnershipTracker::new(id("extension"), known, &mut tell);
        tracker.found("bus", &c, false);
        let in_use = |tracker: &OwnershipTracker<'_>, kind| used(tracker.entries(), kind);
        assert_eq!((in_use(&tracker, "bus"), in_use(&tracker, "none")), (Some(c.clone()), None));
        tracker.found("bus", &a, false);
        assert_eq!(in_use(&tracker, "bus"), Some(a.clone()));
        tracker.created("bus", &b);
        let expected = [("bus", &a, true), ("logs", &d, false), ("bus", &b, true)];
        let expected = expected.map(|(kind, id, created)| SideResource::new(kind, id, created));
        assert_eq!(tracker.into_entries(), expected);
        assert_eq!(told, 2);
    }

    fn id(name: &str) -> Id {
        format!("/subscriptions/s/resourceGroups/rg/providers/A.B/c/{name}").parse().expect("an ID")
    }
}
