//! The side resources of one extension, saved to its state at each change.

use azure::Id;

use super::side_resource::SideResource;

pub(crate) struct OwnershipTracker<'a> {
    extension: Id,
    entries: Vec<SideResource>,
    changed: &'a mut (dyn FnMut(&[SideResource]) + Send),
}

impl<'a> OwnershipTracker<'a> {
    /// Starts from the side resources in the state; `changed` is called at each change.
    pub(crate) fn new(
        extension: Id, known: Vec<SideResource>,
        changed: &'a mut (dyn FnMut(&[SideResource]) + Send),
    ) -> Self {
        Self { extension, entries: known, changed }
    }

    pub(super) fn extension(&self) -> &Id {
        &self.extension
    }

    pub(super) fn knows(&self, id: &Id) -> bool {
        self.entries.iter().any(|entry| is(entry, id))
    }

    /// Whether it was created for this extension.
    pub(super) fn owns(&self, id: &Id) -> bool {
        self.entries.iter().any(|entry| is(entry, id) && entry.is_created())
    }

    pub(crate) fn into_entries(self) -> Vec<SideResource> {
        self.entries
    }

    #[cfg(test)]
    fn entries(&self) -> &[SideResource] {
        &self.entries
    }

    pub(super) fn record_created(&mut self, kind: &'static str, id: &Id) {
        self.record(SideResource::new(kind, id, true), id);
        (self.changed)(&self.entries);
    }

    /// The state knows who owns it; of one that it does not know, `is_owned` says whether it was
    /// created for this extension.
    pub(super) fn record_found(&mut self, kind: &'static str, id: &Id, is_owned: bool) {
        let created = if self.knows(id) { self.owns(id) } else { is_owned };
        self.record(SideResource::new(kind, id, created), id);
        if created {
            (self.changed)(&self.entries);
        }
    }

    /// The one in use stands last of its kind. Another one stays only if it is to be deleted with
    /// the extension.
    fn record(&mut self, entry: SideResource, id: &Id) {
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

fn is(entry: &SideResource, id: &Id) -> bool {
    entry.arm_id().is_some_and(|known| known == *id)
}

#[cfg(test)]
mod tests {
    use azure::Id;

    use super::OwnershipTracker;
    use crate::connections::side_resource::{SideResource, used_id};

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
        tracker.record_found("bus", &c, false);
        let in_use = |tracker: &OwnershipTracker<'_>, kind| used_id(tracker.entries(), kind);
        assert_eq!((in_use(&tracker, "bus"), in_use(&tracker, "none")), (Some(c.clone()), None));
        tracker.record_found("bus", &a, false);
        assert_eq!(in_use(&tracker, "bus"), Some(a.clone()));
        tracker.record_created("bus", &b);
        let expected = [("bus", &a, true), ("logs", &d, false), ("bus", &b, true)];
        let expected = expected.map(|(kind, id, created)| SideResource::new(kind, id, created));
        assert_eq!(tracker.into_entries(), expected);
        assert_eq!(told, 2);
    }

    fn id(name: &str) -> Id {
        format!("/subscriptions/s/resourceGroups/rg/providers/A.B/c/{name}").parse().expect("an ID")
    }
}
