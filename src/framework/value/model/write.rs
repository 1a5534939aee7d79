//! From a model to a value of a given type.

use std::collections::BTreeMap;

use serde::ser::{
    Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple,
    SerializeTupleStruct, Serializer,
};

use super::super::{Number, Type, Value, ValueError, normal, number, set};
use super::ATTR;
use vocabulary::{Step, sensitive};

/// Writes whatever the model gives as one value of this type.
#[derive(Clone, Copy)]
pub(super) struct Writer<'t> {
    pub(super) ty: &'t Type,
}

type Result<T> = std::result::Result<T, ValueError>;

impl Writer<'_> {
    fn mismatch<T>(self, found: &str) -> Result<T> {
        Err(ValueError::new(format!("{} is required, not {found}", self.ty.kind())))
    }

    fn number(self, number: Option<Number>) -> Result<Value> {
        match (self.ty, number) {
            (Type::Number, Some(number)) => Ok(Value::Number(number)),
            (Type::Number, None) => Err(ValueError::new("it is not a number")),
            _ => self.mismatch("a number"),
        }
    }
}

macro_rules! whole {
    ($($method:ident $int:ty as $wide:ty,)*) => {$(
        fn $method(self, int: $int) -> Result<Value> {
            self.number(Some(<$wide>::from(int).into()))
        }
    )*};
}

impl<'t> Serializer for Writer<'t> {
    type Ok = Value;
    type Error = ValueError;
    type SerializeSeq = Elements<'t>;
    type SerializeTuple = Elements<'t>;
    type SerializeTupleStruct = Elements<'t>;
    type SerializeTupleVariant = Impossible<Value, ValueError>;
    type SerializeMap = Members<'t>;
    type SerializeStruct = Members<'t>;
    type SerializeStructVariant = Impossible<Value, ValueError>;

    fn serialize_bool(self, value: bool) -> Result<Value> {
        if *self.ty == Type::Bool { Ok(Value::Bool(value)) } else { self.mismatch("a bool") }
    }

    whole! {
        serialize_i8 i8 as i64,
        serialize_i16 i16 as i64,
        serialize_i32 i32 as i64,
        serialize_i64 i64 as i64,
        serialize_u8 u8 as u64,
        serialize_u16 u16 as u64,
        serialize_u32 u32 as u64,
        serialize_u64 u64 as u64,
    }

    fn serialize_f32(self, float: f32) -> Result<Value> {
        self.number(Number::parse(&float.to_string()))
    }

    fn serialize_f64(self, float: f64) -> Result<Value> {
        self.number(Number::shortest(float))
    }

    fn serialize_char(self, value: char) -> Result<Value> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<Value> {
        if *self.ty == Type::String {
            Ok(Value::String(normal(text)))
        } else {
            self.mismatch("a string")
        }
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Value> {
        self.mismatch("bytes")
    }

    fn serialize_none(self) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self, name: &'static str, _: u32, variant: &'static str,
    ) -> Result<Value> {
        match (name, variant) {
            (ATTR, "Null") => Ok(Value::Null),
            (ATTR, _) => Ok(Value::UNKNOWN),
            _ => self.serialize_str(variant),
        }
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self, name: &'static str, value: &T,
    ) -> Result<Value> {
        match name {
            sensitive::NAME => sensitive::write_secret(value, self),
            number::NAME => match value.serialize(Writer { ty: &Type::String })? {
                Value::String(text) => self.number(Number::from_text(&text)),
                other => self.mismatch(other.kind()),
            },
            _ => value.serialize(self),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self, name: &'static str, _: u32, _: &'static str, value: &T,
    ) -> Result<Value> {
        if name == ATTR { value.serialize(self) } else { self.mismatch("an enum with data") }
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Elements<'t>> {
        match self.ty {
            Type::List(_) | Type::Set(_) | Type::Tuple(_) => {
                Ok(Elements { ty: self.ty, written: Vec::new() })
            }
            _ => self.mismatch("a list"),
        }
    }

    fn serialize_tuple(self, len: usize) -> Result<Elements<'t>> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Elements<'t>> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self, _: &'static str, _: u32, _: &'static str, _: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        self.mismatch("an enum with data")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'t>> {
        self.serialize_struct("map", 0)
    }

    fn serialize_struct(self, model: &'static str, _: usize) -> Result<Members<'t>> {
        match self.ty {
            Type::Map(_) | Type::Object(_) => {
                Ok(Members { ty: self.ty, model, key: String::new(), written: BTreeMap::new() })
            }
            _ => self.mismatch("a map or an object"),
        }
    }

    fn serialize_struct_variant(
        self, _: &'static str, _: u32, _: &'static str, _: usize,
    ) -> Result<Self::SerializeStructVariant> {
        self.mismatch("an enum with data")
    }
}

// === elements ===

/// A list, a set or a tuple in the making.
pub(super) struct Elements<'t> {
    ty: &'t Type,
    written: Vec<Value>,
}

impl Elements<'_> {
    fn push<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<()> {
        let at = self.written.len();
        let ty = match self.ty {
            Type::List(element) | Type::Set(element) => element,
            Type::Tuple(elements) if at < elements.len() => &elements[at],
            _ => return Writer { ty: self.ty }.mismatch("more elements"),
        };
        let element = element.serialize(Writer { ty });
        self.written.push(element.map_err(|error| error.prepend(Step::position(at)))?);
        Ok(())
    }

    fn finish(self) -> Result<Value> {
        match self.ty {
            Type::Set(_) => Ok(Value::List(set::canonical(self.written))),
            Type::Tuple(elements) if self.written.len() < elements.len() => {
                Writer { ty: self.ty }.mismatch("fewer elements")
            }
            _ => Ok(Value::List(self.written)),
        }
    }
}

impl SerializeSeq for Elements<'_> {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<()> {
        self.push(element)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

impl SerializeTuple for Elements<'_> {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<()> {
        self.push(element)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

impl SerializeTupleStruct for Elements<'_> {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<()> {
        self.push(element)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

/// A map or an object in the making.
pub(super) struct Members<'t> {
    ty: &'t Type,
    /// The name of the struct that is written, for messages.
    model: &'static str,
    /// The key whose element comes next.
    key: String,
    written: BTreeMap<String, Value>,
}

impl Members<'_> {
    fn insert<T: Serialize + ?Sized>(&mut self, name: String, value: &T) -> Result<()> {
        let (ty, step) = self.member(&name)?;
        let value = value.serialize(Writer { ty }).map_err(|error| error.prepend(step))?;
        self.written.insert(name, value);
        Ok(())
    }

    fn member(&self, name: &str) -> Result<(&Type, Step)> {
        let attribute = Step::Attribute(name.to_owned());
        match self.ty {
            Type::Map(element) => Ok((element, Step::Key(name.to_owned()))),
            Type::Object(attributes) if attributes.contains_key(name) => {
                Ok((&attributes[name], attribute))
            }
            _ => {
                let model = self.model;
                let message = format!("no attribute belongs to this field of the model `{model}`");
                Err(ValueError::new(message).prepend(attribute))
            }
        }
    }

    fn finish(self) -> Result<Value> {
        if let Type::Object(attributes) = self.ty
            && let Some(name) = attributes.keys().find(|name| !self.written.contains_key(*name))
        {
            let model = self.model;
            let message = format!("the model `{model}` has no field for this attribute");
            return Err(ValueError::new(message).prepend(Step::Attribute(name.clone())));
        }
        Ok(Value::Map(self.written))
    }
}

impl SerializeMap for Members<'_> {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        match key.serialize(Writer { ty: &Type::String })? {
            Value::String(key) => self.key = key,
            _ => return Err(ValueError::new("a key must be a string")),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key = std::mem::take(&mut self.key);
        self.insert(key, value)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

impl SerializeStruct for Members<'_> {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self, name: &'static str, value: &T,
    ) -> Result<()> {
        self.insert(name.to_owned(), value)
    }

    /// A field that is not written is null.
    fn skip_field(&mut self, name: &'static str) -> Result<()> {
        self.insert(name.to_owned(), &())
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}
