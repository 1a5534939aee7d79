//! A value of Terraform: what it may be, and how it is read and written.
//!
//! Bytes come in through a [`Type`] only (`msgpack`, `json`) and go on as typed models (`model`).

use std::collections::BTreeMap;

use vocabulary::{Path, Step};

mod conform;
mod json;
pub mod model;
mod msgpack;
mod number;
mod refinement;
mod set;
mod types;

pub use number::Number;
pub use refinement::{Bound, Refinement};
pub use types::Type;

/// How deep values may be nested in one another. Schemas are far from it; a value of dynamic type
/// brings its own type, and the stack must bear it.
const MAX_DEPTH: usize = 128;

/// A value. It has no type of its own: whoever reads or writes it knows the type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// Not set.
    #[default]
    Null,
    /// Not known yet, with what is known about it nevertheless.
    Unknown(Option<Box<Refinement>>),
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text in Unicode normal form C.
    String(String),
    /// The elements of a list, a tuple or a set. Those of a set that was read are in order and
    /// different from each other.
    List(Vec<Value>),
    /// The elements of a map or the attributes of an object.
    Map(BTreeMap<String, Value>),
    /// A value where the type is dynamic, and the type it has.
    Dynamic(Box<(Type, Value)>),
}

/// Why a value could not be read or written. It never quotes the value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", describe_path(.path))]
pub struct ValueError {
    /// Where in the value.
    pub path: Path,
    /// What is wrong there.
    pub message: String,
}

fn describe_path(path: &Path) -> String {
    if path.is_root() { String::new() } else { format!("{path}: ") }
}

impl ValueError {
    /// Something wrong at the root.
    pub(crate) fn new(message: impl Into<String>) -> ValueError {
        ValueError { path: Path::root(), message: message.into() }
    }

    /// The same, seen from one step further out.
    pub(crate) fn prepend(self, step: Step) -> ValueError {
        ValueError { path: self.path.prepend(step), ..self }
    }
}

// === construction ===

impl Value {
    /// A value of which nothing is known.
    pub const UNKNOWN: Value = Value::Unknown(None);

    /// A map or an object of these elements.
    pub fn map<K: Into<String>>(elements: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Map(elements.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// Reads a value as the wire carries it: msgpack, else JSON, else null.
    pub fn from_wire(msgpack: &[u8], json: &[u8], ty: &Type) -> Result<Value, ValueError> {
        match (msgpack.is_empty(), json.is_empty()) {
            (false, _) => Value::from_msgpack(msgpack, ty),
            (true, false) => Value::from_json(json, ty),
            (true, true) => Ok(Value::Null),
        }
    }

    /// Reads msgpack. Bytes that follow the value are ignored.
    pub fn from_msgpack(bytes: &[u8], ty: &Type) -> Result<Value, ValueError> {
        msgpack::read(bytes, ty)
    }

    /// Writes msgpack, in the one form that Terraform itself writes.
    pub fn to_msgpack(&self, ty: &Type) -> Result<Vec<u8>, ValueError> {
        msgpack::write(self, ty)
    }

    /// Reads JSON. Missing attributes are null, attributes that the type does not have are errors.
    pub fn from_json(bytes: &[u8], ty: &Type) -> Result<Value, ValueError> {
        json::read(bytes, ty, json::Extra::Refused)
    }

    /// Reads the JSON of a stored state. Missing attributes are null, attributes that the type does
    /// not have are left out: the schema may have changed since.
    pub fn from_state(bytes: &[u8], ty: &Type) -> Result<Value, ValueError> {
        json::read(bytes, ty, json::Extra::Dropped)
    }

    /// Writes JSON, which has no word for unknown values and infinities.
    pub fn to_json(&self, ty: &Type) -> Result<Vec<u8>, ValueError> {
        json::write(self, ty)
    }
}

// === questions ===

impl Value {
    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.inner(), Value::Null)
    }

    /// Whether it is itself unknown; something inside may be all the same.
    pub fn is_unknown(&self) -> bool {
        matches!(self.inner(), Value::Unknown(_))
    }

    /// Whether nothing in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Value::Unknown(_) => false,
            Value::List(elements) => elements.iter().all(Value::is_wholly_known),
            Value::Map(elements) => elements.values().all(Value::is_wholly_known),
            Value::Dynamic(typed) => typed.1.is_wholly_known(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(value) = self.inner() { Some(*value) } else { None }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<&Number> {
        if let Value::Number(value) = self.inner() { Some(value) } else { None }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(value) = self.inner() { Some(value) } else { None }
    }

    /// The elements of a list, set or tuple, if it is one.
    pub fn as_list(&self) -> Option<&[Value]> {
        if let Value::List(elements) = self.inner() { Some(elements) } else { None }
    }

    /// The elements of a map or the attributes of an object, if it is one.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Value>> {
        if let Value::Map(elements) = self.inner() { Some(elements) } else { None }
    }

    /// The element of a map or the attribute of an object.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_map()?.get(name)
    }

    /// What the path leads to, if there is such a thing.
    pub fn at(&self, path: &Path) -> Option<&Value> {
        path.steps().iter().try_fold(self, |value, step| match step {
            Step::Attribute(name) | Step::Key(name) => value.get(name),
            Step::Index(index) => value.as_list()?.get(usize::try_from(*index).ok()?),
        })
    }

    /// The same with null for what is unknown.
    pub(crate) fn with_nulls_for_unknowns(&self) -> Value {
        match self {
            Value::Unknown(_) => Value::Null,
            Value::List(elements) => {
                Value::List(elements.iter().map(Value::with_nulls_for_unknowns).collect())
            }
            Value::Map(elements) => {
                Value::map(elements.iter().map(|(key, it)| (key, it.with_nulls_for_unknowns())))
            }
            other => other.clone(),
        }
    }

    /// The value without the type that a dynamic one carries.
    fn inner(&self) -> &Value {
        if let Value::Dynamic(typed) = self { &typed.1 } else { self }
    }

    /// That a value of this type was required, and what is there instead.
    fn mismatch(&self, required: &Type) -> ValueError {
        ValueError::new(format!("{} is required, not {}", required.kind(), self.kind()))
    }

    /// Whether these are an object's attributes, none missing and none beside them.
    fn same_names(
        elements: &BTreeMap<String, Value>, attributes: &BTreeMap<String, Type>,
    ) -> Result<(), ValueError> {
        let missing = attributes.keys().find(|name| !elements.contains_key(*name));
        let extra = elements.keys().find(|name| !attributes.contains_key(*name));
        let (name, message) = match (missing, extra) {
            (Some(name), _) => (name, "the attribute is missing"),
            (None, Some(name)) => (name, "there is no such attribute"),
            (None, None) => return Ok(()),
        };
        Err(ValueError::new(message).prepend(Step::Attribute(name.clone())))
    }

    /// What it is, for a message.
    fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Unknown(_) => "an unknown value",
            Value::Bool(_) => "a bool",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Dynamic(_) => "a value with its type",
        }
    }
}

// === conversions ===

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Number(value.into())
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Value {
        Value::Number(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::String(normal(value))
    }
}

impl From<Vec<Value>> for Value {
    fn from(elements: Vec<Value>) -> Value {
        Value::List(elements)
    }
}

impl From<BTreeMap<String, Value>> for Value {
    fn from(elements: BTreeMap<String, Value>) -> Value {
        Value::Map(elements)
    }
}

/// The text in Unicode normal form C, as Terraform keeps every string.
fn normal(text: &str) -> String {
    use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_owned(),
        IsNormalized::No | IsNormalized::Maybe => text.nfc().collect(),
    }
}

#[cfg(test)]
pub(crate) mod tests;
