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

    /// What stands so far.
    pub(crate) fn entries(&self) -> &[SideResource] {
        &self.entries
    }

    /// Notes what was just written to Azure.
    pub(super) fn created(&mut self, kind: &'static str, id: &Id) {
        self.note(SideResource::new(kind, id, true), id);
        (self.changed)(&self.entries);
    }

    /// Notes what was found. What this extension created in an earlier run stays its own.
    pub(super) fn found(&mut self, kind: &'static str, id: &Id) {
        let created = self.entries.iter().any(|entry| is(entry, id) && entry.is_created());
        self.note(SideResource::new(kind, id, created), id);
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

    use super::{Ledger, SideResource, used};

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
        let mut ledger = Ledger::new(known, &mut tell);
        ledger.found("bus", &c);
        let in_use = |ledger: &Ledger<'_>, kind| used(ledger.entries(), kind);
        assert_eq!((in_use(&ledger, "bus"), in_use(&ledger, "none")), (Some(c.clone()), None));
        ledger.found("bus", &a);
        assert_eq!(in_use(&ledger, "bus"), Some(a.clone()));
        ledger.created("bus", &b);
        let expected = [("bus", &a, true), ("logs", &d, false), ("bus", &b, true)];
        let expected = expected.map(|(kind, id, created)| SideResource::new(kind, id, created));
        assert_eq!(ledger.into_entries(), expected);
        assert_eq!(told, 1);
    }

    fn id(name: &str) -> Id {
        format!("/subscriptions/s/resourceGroups/rg/providers/A.B/c/{name}").parse().expect("an ID")
    }
}
