//! What a user gave so far: while planning, a value may not be known yet.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One input as far as it is known.
///
/// In serde it is the value or null; only Terraform's own values can be unknown, so reading never
/// makes [`Given::Unknown`] and writing one gives null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Given<T> {
    /// Null or absent: nothing was written.
    #[default]
    Unset,
    /// Something was written whose value shows only during apply.
    Unknown,
    /// The value.
    Set(T),
}

/// A map of texts while planning. A null entry is [`Given::Unset`], which means absent.
pub type Entries = BTreeMap<String, Given<String>>;

impl<T> Given<T> {
    /// The value, where there is one and it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Given::Set(value) => Some(value),
            Given::Unset | Given::Unknown => None,
        }
    }

    /// The same of a borrowed value.
    pub fn as_ref(&self) -> Given<&T> {
        match self {
            Given::Unset => Given::Unset,
            Given::Unknown => Given::Unknown,
            Given::Set(value) => Given::Set(value),
        }
    }

    /// The same of another type.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Given<U> {
        match self {
            Given::Unset => Given::Unset,
            Given::Unknown => Given::Unknown,
            Given::Set(value) => Given::Set(change(value)),
        }
    }

    /// Nothing was written.
    pub fn is_unset(&self) -> bool {
        matches!(self, Given::Unset)
    }

    /// Something was written, but it is not known yet.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Given::Unknown)
    }
}

impl<T> From<Option<T>> for Given<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Given::Unset, Given::Set)
    }
}

impl<T: Serialize> Serialize for Given<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.known().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Given::from)
    }
}

/// The entries of `map` that are known, each with its value.
pub(crate) fn known_entries(map: &Given<Entries>) -> impl Iterator<Item = (&String, &String)> {
    let entries = map.known().into_iter().flatten();
    entries.filter_map(|(key, value)| value.known().map(|value| (key, value)))
}

/// The keys of `map` that are there, known or not. A null entry is not.
pub(crate) fn present_keys(map: &Given<Entries>) -> impl Iterator<Item = &String> {
    let entries = map.known().into_iter().flatten();
    entries.filter(|(_, value)| !value.is_unset()).map(|(key, _)| key)
}
