//! From a value to a model.

use std::collections::{BTreeMap, btree_map};

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor, value::BorrowedStrDeserializer, value::StringDeserializer,
};
use serde::forward_to_deserialize_any;

use super::super::{Number, Value, ValueError, number};
use super::ATTR;
use vocabulary::Step;

/// Reads one value as whatever the model asks for.
#[derive(Clone, Copy)]
pub(super) struct Reader<'de> {
    pub(super) value: &'de Value,
    /// The member of an object that is none of its model's.
    pub(super) beside: Option<&'static str>,
}

type Result<T> = std::result::Result<T, ValueError>;

impl Reader<'_> {
    fn mismatch<T>(self, required: &str) -> Result<T> {
        let found = self.value.inner().kind();
        Err(ValueError::new(format!("{required} is required, not {found}")))
    }

    /// Refuses an object whose attributes are not the fields of its model.
    fn check_fields(
        self, model: &str, attributes: &BTreeMap<String, Value>, fields: &[&str],
    ) -> Result<()> {
        let at = |name: &str| Step::Attribute(name.to_owned());
        let missing = fields.iter().find(|field| !attributes.contains_key(**field));
        let beside = usize::from(self.beside.is_some_and(|name| attributes.contains_key(name)));
        if missing.is_none() && attributes.len() == fields.len() + beside {
            return Ok(());
        }
        let is_known = |name: &str| fields.contains(&name) || self.beside == Some(name);
        if let Some(name) = attributes.keys().find(|name| !is_known(name)) {
            let message = format!("the model `{model}` has no field for this attribute");
            return Err(ValueError::new(message).prepend(at(name)));
        }
        let message = format!("no attribute belongs to this field of the model `{model}`");
        missing.map_or(Ok(()), |field| Err(ValueError::new(message).prepend(at(field))))
    }

    fn number(&self) -> Result<&Number> {
        self.value.as_number().map_or_else(|| self.mismatch("a number"), Ok)
    }
}

/// A whole number that does not fit is an error, never another number.
macro_rules! whole {
    ($($method:ident $visit:ident $read:ident $int:ty,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            let int = self.number()?.$read().and_then(|int| <$int>::try_from(int).ok());
            let Some(int) = int else {
                let (min, max) = (<$int>::MIN, <$int>::MAX);
                let message = format!("a whole number from {min} to {max} is required");
                return Err(ValueError::new(message));
            };
            visitor.$visit(int)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value.inner() {
            Value::Null => visitor.visit_unit(),
            Value::Bool(_) => self.deserialize_bool(visitor),
            Value::Number(number) if number.as_i64().is_some() => self.deserialize_i64(visitor),
            Value::Number(number) if number.as_u64().is_some() => self.deserialize_u64(visitor),
            Value::Number(_) => self.deserialize_f64(visitor),
            Value::String(_) => self.deserialize_str(visitor),
            Value::List(_) => self.deserialize_seq(visitor),
            Value::Map(_) => self.deserialize_map(visitor),
            Value::Unknown(_) | Value::Dynamic(_) => self.mismatch("a known value"),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value.as_bool() {
            Some(value) => visitor.visit_bool(value),
            None => self.mismatch("a bool"),
        }
    }

    whole! {
        deserialize_i8 visit_i8 as_i64 i8,
        deserialize_i16 visit_i16 as_i64 i16,
        deserialize_i32 visit_i32 as_i64 i32,
        deserialize_i64 visit_i64 as_i64 i64,
        deserialize_u8 visit_u8 as_u64 u8,
        deserialize_u16 visit_u16 as_u64 u16,
        deserialize_u32 visit_u32 as_u64 u32,
        deserialize_u64 visit_u64 as_u64 u64,
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_f64(visitor)
    }

    /// The nearest float.
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let number = self.number()?;
        let float = number.to_f64();
        if float.is_infinite() && number.is_finite() {
            return Err(ValueError::new("the number is too large"));
        }
        visitor.visit_f64(float)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value.as_str() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => self.mismatch("a string"),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.value.is_null() { visitor.visit_unit() } else { self.mismatch("null") }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self, _: &'static str, visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self, name: &'static str, visitor: V,
    ) -> Result<V::Value> {
        if name == number::NAME {
            let text: StringDeserializer<ValueError> = self.number()?.text().into_deserializer();
            return visitor.visit_newtype_struct(text);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value.as_list() {
            Some(elements) => visitor.visit_seq(Elements { left: elements.iter(), read: 0 }),
            None => self.mismatch("a list"),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        match self.value.as_list() {
            Some(elements) if elements.len() == len => self.deserialize_seq(visitor),
            _ => self.mismatch(&format!("a tuple of {len} elements")),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self, _: &'static str, len: usize, visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value.as_map() {
            Some(elements) => visitor.visit_map(Members::new(elements.iter(), Step::Key)),
            None => self.mismatch("a map"),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self, model: &'static str, fields: &'static [&'static str], visitor: V,
    ) -> Result<V::Value> {
        let Some(attributes) = self.value.as_map() else {
            return self.mismatch("an object");
        };
        self.check_fields(model, attributes, fields)?;
        visitor.visit_map(Members::new(attributes.iter(), Step::Attribute))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self, name: &'static str, _: &'static [&'static str], visitor: V,
    ) -> Result<V::Value> {
        match (name, self.value.as_str()) {
            (ATTR, _) => visitor.visit_enum(Attribute(self)),
            (_, Some(text)) => visitor.visit_enum(BorrowedStrDeserializer::new(text)),
            (_, None) => self.mismatch("a string"),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { bytes byte_buf identifier }
}

// === Attr ===

/// The three variants of an attribute: null, unknown and everything else.
struct Attribute<'de>(Reader<'de>);

impl<'de> EnumAccess<'de> for Attribute<'de> {
    type Error = ValueError;
    type Variant = Attribute<'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        let variant = match self.0.value.inner() {
            Value::Null => "Null",
            Value::Unknown(_) => "Unknown",
            _ => "Known",
        };
        let variant: BorrowedStrDeserializer<'_, ValueError> =
            BorrowedStrDeserializer::new(variant);
        Ok((seed.deserialize(variant)?, self))
    }
}

impl<'de> VariantAccess<'de> for Attribute<'de> {
    type Error = ValueError;

    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value> {
        self.0.mismatch("an attribute")
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value> {
        self.0.mismatch("an attribute")
    }
}

// === elements ===

struct Elements<'de> {
    left: std::slice::Iter<'de, Value>,
    read: usize,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = ValueError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some(value) = self.left.next() else { return Ok(None) };
        let at = Step::position(self.read);
        self.read += 1;
        seed.deserialize(Reader { value, beside: None })
            .map(Some)
            .map_err(|error| error.prepend(at))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.len())
    }
}

/// The elements of a map or the attributes of an object, which differ in how a step is named.
struct Members<'de> {
    left: btree_map::Iter<'de, String, Value>,
    current: Option<(&'de String, &'de Value)>,
    step: fn(String) -> Step,
}

impl<'de> Members<'de> {
    fn new(left: btree_map::Iter<'de, String, Value>, step: fn(String) -> Step) -> Members<'de> {
        Members { left, current: None, step }
    }
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = ValueError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        self.current = self.left.next();
        let Some((key, _)) = self.current else { return Ok(None) };
        let read = seed.deserialize(Key(key));
        read.map(Some).map_err(|error| error.prepend((self.step)(key.clone())))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        let Some((key, value)) = self.current.take() else {
            return Err(ValueError::custom("an element is read before its key"));
        };
        let read = seed.deserialize(Reader { value, beside: None });
        read.map_err(|error| error.prepend((self.step)(key.clone())))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.len())
    }
}

/// A key, which may be of a type around a string.
struct Key<'de>(&'de str);

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self, _: &'static str, visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self, _: &'static str, _: &'static [&'static str], visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(BorrowedStrDeserializer::new(self.0))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
