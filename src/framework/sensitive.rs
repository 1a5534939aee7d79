//! Secrets: values that do not print, and serialise into Terraform values only.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::model::{from_value, to_value};
    use crate::{Attr, AttrMap, Type, Value};

    #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Login {
        user: Attr<String>,
        password: Attr<Sensitive<String>>,
    }

    fn login() -> Login {
        Login { user: "me".into(), password: Attr::Known(Sensitive::from("s3cret".to_owned())) }
    }

    #[test]
    fn a_secret_reaches_a_terraform_value_and_comes_back() {
        let ty = Type::object([("user", Type::String), ("password", Type::String)]);
        let value = to_value(&login(), &ty).expect("a value");
        assert_eq!(value, Value::map([("user", "me".into()), ("password", "s3cret".into())]));
        let read: Login = from_value(&value).expect("a model");
        assert_eq!(read, login());
        assert_eq!(read.password.known().map(|secret| secret.expose().as_str()), Some("s3cret"));
    }

    #[test]
    fn secrets_nest_in_maps_and_may_be_unknown() {
        let of = |attr| [("key".to_owned(), attr)].into();
        let ty = Type::map(Type::String);
        for (element, expected) in [
            (Attr::Known(Sensitive::new("x".to_owned())), Value::from("x")),
            (Attr::Unknown, Value::UNKNOWN),
            (Attr::Null, Value::Null),
        ] {
            let secrets: AttrMap<Sensitive<String>> = Attr::Known(of(element));
            let value = to_value(&secrets, &ty).expect("a value");
            assert_eq!(value, Value::map([("key", expected)]));
        }
    }

    #[test]
    fn no_other_format_takes_a_secret() {
        let error = serde_json::to_string(&login()).expect_err("a secret").to_string();
        assert!(error.contains("secret") && !error.contains("s3cret"), "{error}");
        assert!(serde_json::to_value(Sensitive::new("s3cret".to_owned())).is_err());
    }

    #[test]
    fn a_secret_prints_nothing() {
        let secret = Sensitive::new("s3cret".to_owned());
        assert_eq!(format!("{secret}{secret:?}"), "");
        assert!(!format!("{:?}", login()).contains("s3cret"));
    }

    #[test]
    fn an_error_inside_a_secret_says_where_and_quotes_nothing() {
        let ty = Type::object([("user", Type::String), ("password", Type::Number)]);
        let error = to_value(&login(), &ty).expect_err("a string is no number").to_string();
        assert_eq!(error, ".password: a number is required, not a string");
    }
}
