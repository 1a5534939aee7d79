//! Values as typed models: a serde format whose bytes are values.
//!
//! A model is a plain struct with derived `Serialize` and `Deserialize`. Three agreements:
//! `Attr` is an ordinary enum that this format knows by its name; the fields of a struct are exactly
//! the attributes of the object; what is unknown can only be read into an `Attr`. `flatten` and
//! `untagged` do not work: both keep values in a form of serde's own, which knows no unknown.

use serde::{Deserialize, Serialize, de, ser};

use super::{Type, Value, ValueError};

mod read;
#[cfg(test)]
mod secret_tests;
#[cfg(test)]
mod tests;
mod write;

/// The name of `Attr` in this format.
const ATTR: &str = "$attr";

/// Reads a model. The error says where a value does not fit, or a field and the attributes differ.
pub fn from_value<'de, M: Deserialize<'de>>(value: &'de Value) -> Result<M, ValueError> {
    M::deserialize(read::Reader { value, beside: None })
}

/// The same of an object that has one member more than the model: this one.
pub(crate) fn from_object_with<'de, M: Deserialize<'de>>(
    value: &'de Value, beside: &'static str,
) -> Result<M, ValueError> {
    M::deserialize(read::Reader { value, beside: Some(beside) })
}

/// Writes a model as a value of this type. Texts are brought into Unicode normal form C, the
/// elements of sets into order; a float becomes the shortest decimal that reads as the same.
pub fn to_value<M: Serialize + ?Sized>(model: &M, ty: &Type) -> Result<Value, ValueError> {
    model.serialize(write::Writer { ty })
}

impl ser::Error for ValueError {
    fn custom<T: std::fmt::Display>(message: T) -> ValueError {
        ValueError::new(message.to_string())
    }
}

/// The two that would quote the value are worded without it.
impl de::Error for ValueError {
    fn custom<T: std::fmt::Display>(message: T) -> ValueError {
        ValueError::new(message.to_string())
    }

    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> ValueError {
        ValueError::new(format!("{expected} is required"))
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> ValueError {
        ValueError::new(format!("{expected} is required"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> ValueError {
        ValueError::new(format!("one of {expected:?} is required"))
    }
}
