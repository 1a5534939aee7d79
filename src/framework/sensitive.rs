//! Secrets: values that neither print nor serialise, save into a Terraform value.

use std::cell::Cell;
use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Error as _, Serialize, Serializer};
use zeroize::Zeroize;

/// The name by which `value::model` knows a secret.
pub(crate) const NAME: &str = "$sensitive";

/// A secret. It is overwritten when it is dropped, prints nothing, and serialises only as part of a
/// model into a Terraform value: any other format gets an error.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sensitive<T: Zeroize>(T);

/// A secret on its way through a serializer. It opens at the second knock: a format that does not
/// know of it knocks once.
struct Sealed<'a, T> {
    secret: &'a T,
    knocked: Cell<bool>,
}

impl<T: Zeroize> Sensitive<T> {
    /// Hides a value.
    pub fn new(value: T) -> Sensitive<T> {
        Sensitive(value)
    }

    /// The value, for the one place that needs it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

/// Writes the secret that a serializer was handed under [`NAME`].
pub(crate) fn open<T, S>(sealed: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Serialize + ?Sized,
    S: Serializer + Copy,
{
    match sealed.serialize(serializer) {
        Ok(other) => Ok(other),
        Err(_) => sealed.serialize(serializer),
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
        let sealed = Sealed { secret: &self.0, knocked: Cell::new(false) };
        serializer.serialize_newtype_struct(NAME, &sealed)
    }
}

impl<T: Serialize> Serialize for Sealed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.knocked.replace(true) {
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
