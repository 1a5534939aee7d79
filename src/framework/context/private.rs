//! The memory of one object: what Terraform keeps beside its state and shows to nobody.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

/// Set in the planned memory of a create and of a replacement, so that a delete half knows what it
/// belongs to.
const REPLACED: &str = "$replaced";

/// Set by an import, so that the first read takes everything that it finds.
const IMPORTED: &str = "$imported";

/// The attributes of which an apply has seen that the user wrote them.
const WRITTEN: &str = "$written";

/// Entries by name, kept as JSON. What an earlier version wrote, or nobody can read, is no failure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Private {
    /// As the bytes came; given back unless something was changed.
    verbatim: Vec<u8>,
    entries: Map<String, Json>,
    changed: bool,
}

impl Private {
    /// The entry of that name; `None` if there is none, or none that reads as a `T`.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.entries.get(name)?).ok()
    }

    /// Keeps `value` under that name. A value that JSON cannot hold is not kept.
    pub fn set<T: Serialize>(&mut self, name: &str, value: &T) {
        match serde_json::to_value(value) {
            Ok(value) if self.entries.get(name) == Some(&value) => {}
            Ok(value) => {
                self.entries.insert(name.to_owned(), value);
                self.changed = true;
            }
            Err(_) => self.forget(name),
        }
    }

    /// Drops the entry of that name.
    pub fn forget(&mut self, name: &str) {
        self.changed |= self.entries.remove(name).is_some();
    }

    /// Whether there is no entry at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

// === across the wire ===

impl Private {
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Self {
        let entries = serde_json::from_slice(&bytes).unwrap_or_default();
        Self { verbatim: bytes, entries, changed: false }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        if !self.changed {
            return self.verbatim;
        }
        if self.entries.is_empty() {
            return Vec::new();
        }
        Json::Object(self.entries).to_string().into_bytes()
    }

    /// The memory of a planned create or replacement. It tells a delete that it makes room for another
    /// object; of the old object's memory it has only what the user wrote, which is still true where
    /// the delete fails, and what its author hands on.
    pub(crate) fn for_replacement(&self, handed_on: &[(&'static str, Json)]) -> Self {
        let mut private = Self::default();
        private.set(REPLACED, &true);
        for (name, value) in handed_on {
            private.set(name, value);
        }
        private.remember_written(&self.get::<Vec<String>>(WRITTEN).unwrap_or_default());
        private
    }

    /// Keeps which attributes the user wrote, of those whose authors asked for it.
    pub(crate) fn remember_written<T: Serialize>(&mut self, names: &[T]) {
        if names.is_empty() {
            self.forget(WRITTEN);
        } else {
            self.set(WRITTEN, &names);
        }
    }

    /// Whether the latest apply saw that the user wrote the attribute.
    pub(crate) fn was_written(&self, name: &str) -> bool {
        let written: Vec<String> = self.get(WRITTEN).unwrap_or_default();
        written.iter().any(|written| written == name)
    }

    /// The memory of an imported object that was not yet read.
    pub(crate) fn for_import() -> Self {
        let mut private = Self::default();
        private.set(IMPORTED, &true);
        private
    }

    /// Whether a replacement was planned with this memory.
    pub(crate) fn is_replaced(&self) -> bool {
        self.get(REPLACED).unwrap_or(false)
    }

    /// Takes the mark of a replacement away: whether there was one.
    pub(crate) fn take_replaced(&mut self) -> bool {
        self.take_mark(REPLACED)
    }

    /// Takes the mark of an import away: whether there was one.
    pub(crate) fn take_imported(&mut self) -> bool {
        self.take_mark(IMPORTED)
    }

    fn take_mark(&mut self, mark: &str) -> bool {
        let is_marked = self.get(mark).unwrap_or(false);
        self.forget(mark);
        is_marked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_changed_leaves_byte_for_byte() {
        for bytes in [&b""[..], b"{ \"a\" : 1 }", b"\xff junk", b"[1]", b"null"] {
            let mut private = Private::from_bytes(bytes.to_vec());
            private.forget("b");
            assert_eq!(private.into_bytes(), bytes);
        }
    }

    #[test]
    fn memory_that_nobody_can_read_is_empty() {
        for bytes in [&b"\xff\x00"[..], b"[]", b"3", b"{\"a\":", b"{\"a\":\"text\"}"] {
            assert_eq!(Private::from_bytes(bytes.to_vec()).get::<u64>("a"), None);
        }
    }

    #[test]
    fn entries_are_typed_and_leave_with_the_rest() {
        let mut private = Private::from_bytes(b"{\"kept\":[1,2]}".to_vec());
        private.set("operation", &("https://example.com", 3));
        let read = Private::from_bytes(private.into_bytes());
        assert_eq!(read.get("operation"), Some(("https://example.com".to_owned(), 3)));
        assert_eq!(read.get("kept"), Some(vec![1, 2]));
        let mut emptied = read;
        emptied.forget("operation");
        emptied.forget("kept");
        assert_eq!(emptied.into_bytes(), b"");
    }

    #[test]
    fn what_was_written_outlives_the_plan_of_a_replacement() {
        let mut private = Private::from_bytes(b"{\"operation\":1}".to_vec());
        private.remember_written(&["parent"]);
        let mut replaced = private.for_replacement(&[("uid", Json::from("u1"))]);
        assert!(replaced.take_replaced() && replaced.was_written("parent"));
        assert_eq!(replaced.get::<String>("uid").as_deref(), Some("u1"));
        assert_eq!(replaced.get::<u64>("operation"), None);
        private.remember_written::<&str>(&[]);
        assert!(!private.was_written("parent"));
    }

    #[test]
    fn a_mark_is_met_once() {
        let mut private = Private::from_bytes(Private::for_import().into_bytes());
        assert!(private.take_imported());
        assert!(!private.take_imported());
        assert!(!private.take_replaced());
        assert_eq!(private.into_bytes(), b"");
    }
}
