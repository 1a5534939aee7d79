//! Secrets: values that do not print, and serialise into Terraform values only.

use std::cell::Cell;
use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Error as _, Serialize, Serializer};
use zeroize::Zeroize;

/// The name of the newtype that a secret serialises as.
pub const NAME: &str = "$sensitive";

/// A secret. It is overwritten when it is dropped, prints nothing, and serialises only as part of a
/// model into a Terraform value: any other format gets an error.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sensitive<T: Zeroize>(T);

/// A secret on its way through a serializer. The first attempt to serialise it fails, so that only
/// [`write_secret`], which tries again, gets at it.
struct Guarded<'a, T> {
    secret: &'a T,
    was_refused: Cell<bool>,
}

impl<T: Zeroize> Sensitive<T> {
    /// A secret of this value.
    pub fn new(value: T) -> Sensitive<T> {
        Sensitive(value)
    }

    /// The value itself: for a request or a state, never for a message.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

// Whatever a secret is of, it is wiped: these bytes alone would simply be left where they are.
const _: () = assert!(std::mem::needs_drop::<Sensitive<[u8; 4]>>());

/// Writes the secret that a serializer was handed under [`NAME`].
pub fn write_secret<T, S>(guarded: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Serialize + ?Sized,
    S: Serializer + Copy,
{
    match guarded.serialize(serializer) {
        Ok(other) => Ok(other),
        Err(_) => guarded.serialize(serializer),
    }
}

impl<T: Zeroize> Drop for Sensitive<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> From<T> for Sensitive<T> {
    fn from(value: T) -> Sensitive<T> {
        Sensitive(value)
    }
}

impl From<&str> for Sensitive<String> {
    fn from(text: &str) -> Sensitive<String> {
        Sensitive(text.to_owned())
    }
}

impl<T: Zeroize> fmt::Debug for Sensitive<T> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl<T: Zeroize> fmt::Display for Sensitive<T> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl<T: Serialize + Zeroize> Serialize for Sensitive<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let guarded = Guarded { secret: &self.0, was_refused: Cell::new(false) };
        serializer.serialize_newtype_struct(NAME, &guarded)
    }
}

impl<T: Serialize> Serialize for Guarded<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.was_refused.replace(true) {
            self.secret.serialize(serializer)
        } else {
            Err(S::Error::custom("a secret is not written into this format"))
        }
    }
}

impl<'de, T: Deserialize<'de> + Zeroize> Deserialize<'de> for Sensitive<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Sensitive<T>, D::Error> {
        T::deserialize(deserializer).map(Sensitive)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use zeroize::Zeroize;

    use super::Sensitive;

    /// Counts how often it was wiped.
    #[derive(Clone, Default)]
    struct Counted(Rc<Cell<usize>>);

    impl Zeroize for Counted {
        fn zeroize(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    #[test]
    fn a_secret_and_each_copy_of_it_are_wiped() {
        let counted = Counted::default();
        let secret = Sensitive::new(counted.clone());
        drop(secret.clone());
        assert_eq!(counted.0.get(), 1);
        drop(secret);
        assert_eq!(counted.0.get(), 2);
    }

    #[test]
    fn no_other_format_takes_a_secret() {
        let error = serde_json::to_string(&Sensitive::from("s3cret")).expect_err("a secret");
        let error = error.to_string();
        assert!(error.contains("secret") && !error.contains("s3cret"), "{error}");
        assert!(serde_json::to_value(Some(Sensitive::from("s3cret"))).is_err());
    }

    #[test]
    fn a_secret_prints_nothing() {
        let secret = Sensitive::from("s3cret");
        assert_eq!(format!("{secret}{secret:?}"), "");
        assert!(!format!("{:?}", Some(secret)).contains("s3cret"));
    }
}
