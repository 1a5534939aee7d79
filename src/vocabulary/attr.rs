//! One attribute in a model: null, not known yet, or known.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;

use serde::{Deserialize, Serialize};

/// The value of an attribute. The name `$attr` is how `value::model` knows it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename = "$attr")]
pub enum Attr<T> {
    /// Not set.
    #[default]
    Null,
    /// Will be known when what it depends on was applied.
    Unknown,
    /// Set.
    Known(T),
}

/// A map whose elements, too, may be null or unknown.
pub type AttrMap<T> = Attr<BTreeMap<String, Attr<T>>>;

/// A list or set whose elements, too, may be null or unknown.
pub type AttrList<T> = Attr<Vec<Attr<T>>>;

/// A value that Terraform promises to have set was not: it says where in the provider it was needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a value is {state} where the provider needs it ({at}). If the state was edited by hand, restore \
     it from a backup, or remove the object with `terraform state rm` and import it again. Otherwise \
     this is a bug in the provider, which should be reported in its issue tracker"
)]
pub struct Missing {
    state: &'static str,
    at: &'static Location<'static>,
}

impl<T> Attr<T> {
    /// The value if there is one: for validation and planning.
    pub fn known(&self) -> Option<&T> {
        match self {
            Attr::Known(value) => Some(value),
            Attr::Null | Attr::Unknown => None,
        }
    }

    /// The value if there is one.
    pub fn into_known(self) -> Option<T> {
        match self {
            Attr::Known(value) => Some(value),
            Attr::Null | Attr::Unknown => None,
        }
    }

    /// The value that must be there: for the calls, where Terraform leaves nothing unknown.
    #[track_caller]
    pub fn require(&self) -> Result<&T, Missing> {
        let at = Location::caller();
        match self {
            Attr::Known(value) => Ok(value),
            Attr::Null => Err(Missing { state: "null", at }),
            Attr::Unknown => Err(Missing { state: "unknown", at }),
        }
    }

    /// What `change` makes of the value; null stays null, unknown stays unknown.
    pub fn and_then<U>(self, change: impl FnOnce(T) -> Attr<U>) -> Attr<U> {
        match self {
            Attr::Null => Attr::Null,
            Attr::Unknown => Attr::Unknown,
            Attr::Known(value) => change(value),
        }
    }

    /// The same with the value changed; null stays null, unknown stays unknown.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Attr<U> {
        self.and_then(|value| Attr::Known(change(value)))
    }

    /// The same with a borrowed value.
    pub fn as_ref(&self) -> Attr<&T> {
        match self {
            Attr::Null => Attr::Null,
            Attr::Unknown => Attr::Unknown,
            Attr::Known(value) => Attr::Known(value),
        }
    }

    /// Whether it is not set.
    pub fn is_null(&self) -> bool {
        matches!(self, Attr::Null)
    }

    /// Whether it is not known yet.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Attr::Unknown)
    }
}

impl Attr<String> {
    /// Known, with the text of `value`.
    pub fn text(value: impl fmt::Display) -> Attr<String> {
        Attr::Known(value.to_string())
    }
}

impl<T> AttrMap<T> {
    /// The elements that are known, in the order of their keys.
    pub fn known_elements(&self) -> impl Iterator<Item = (&String, &T)> {
        let elements = self.known().into_iter().flatten();
        elements.filter_map(|(key, element)| Some((key, element.known()?)))
    }

    /// The keys whose elements are not null, in order.
    pub fn present_keys(&self) -> impl Iterator<Item = &String> {
        let elements = self.known().into_iter().flatten();
        elements.filter(|(_, element)| !element.is_null()).map(|(key, _)| key)
    }

    /// Whether the map has this key, even if its element is null.
    pub fn contains_key(&self, key: &str) -> bool {
        self.known().is_some_and(|elements| elements.contains_key(key))
    }
}

impl<T> From<T> for Attr<T> {
    fn from(value: T) -> Attr<T> {
        Attr::Known(value)
    }
}

impl<T> From<Option<T>> for Attr<T> {
    fn from(value: Option<T>) -> Attr<T> {
        value.map_or(Attr::Null, Attr::Known)
    }
}

impl From<&str> for Attr<String> {
    fn from(value: &str) -> Attr<String> {
        Attr::text(value)
    }
}

/// A map of known elements.
impl<T> FromIterator<(String, T)> for AttrMap<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(elements: I) -> AttrMap<T> {
        Attr::Known(elements.into_iter().map(|(key, value)| (key, Attr::Known(value))).collect())
    }
}

/// A list of known elements.
impl<T> FromIterator<T> for AttrList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> AttrList<T> {
        Attr::Known(elements.into_iter().map(Attr::Known).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_unknown_pass_through() {
        assert_eq!(Attr::Known(2).map(|n| n + 1), Attr::Known(3));
        assert_eq!(Attr::<i64>::Null.map(|n| n + 1), Attr::Null);
        assert_eq!(Attr::<i64>::Unknown.map(|n| n + 1), Attr::Unknown);
        assert_eq!(Attr::Known(2).and_then(|_| Attr::<bool>::Unknown), Attr::Unknown);
    }

    #[test]
    fn a_missing_value_says_where_it_was_needed() {
        let text = Attr::<String>::Null.require().expect_err("null").to_string();
        assert!(text.contains("null") && text.contains("attr.rs"), "{text}");
        assert_eq!(Attr::from("x").require(), Ok(&"x".to_owned()));
    }

    #[test]
    fn a_map_gives_what_is_known_of_it() {
        let elements = [("a", Attr::Known(1)), ("b", Attr::Null), ("c", Attr::Unknown)];
        let map: AttrMap<i64> = Attr::Known(elements.map(|(k, v)| (k.to_owned(), v)).into());
        assert_eq!(map.known_elements().collect::<Vec<_>>(), [(&"a".to_owned(), &1)]);
        assert_eq!(map.present_keys().collect::<Vec<_>>(), ["a", "c"]);
        assert!(map.contains_key("b") && !map.contains_key("d"));
        assert_eq!(AttrMap::<i64>::Unknown.present_keys().count(), 0);
    }
}
