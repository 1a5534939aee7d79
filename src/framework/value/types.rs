//! The types of Terraform's values, and the JSON in which they are named on the wire.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::ValueError;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A decimal number without limit of size or precision.
    Number,
    /// Text in Unicode normal form C.
    String,
    /// Any type: the value carries its own.
    Dynamic,
    /// A sequence of values of one type.
    List(Box<Type>),
    /// Different values of one type, without order.
    Set(Box<Type>),
    /// Values of one type by name.
    Map(Box<Type>),
    /// Values by attribute name, each of its own type; none may be missing.
    Object(BTreeMap<String, Type>),
    /// A sequence of fixed length, each element of its own type.
    Tuple(Vec<Type>),
}

impl Type {
    /// A list of `element`s.
    pub fn list(element: Type) -> Type {
        Type::List(Box::new(element))
    }

    /// A set of `element`s.
    pub fn set(element: Type) -> Type {
        Type::Set(Box::new(element))
    }

    /// A map of `element`s.
    pub fn map(element: Type) -> Type {
        Type::Map(Box::new(element))
    }

    /// An object with these attributes.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Type {
        Type::Object(attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect())
    }

    /// The JSON name of the type, as schemas and values of dynamic type carry it.
    pub fn to_json(&self) -> Vec<u8> {
        self.json().to_string().into_bytes()
    }

    /// Reads the JSON name of a type.
    pub fn from_json(name: &[u8]) -> Result<Type, ValueError> {
        let name = serde_json::from_slice(name)
            .map_err(|_| ValueError::new("the name of a type is not JSON"))?;
        Type::from_json_value(name)
            .ok_or_else(|| ValueError::new("the name of a type is not known"))
    }

    /// What a value of this type is, for a message.
    pub(super) fn kind(&self) -> String {
        match self {
            Type::Bool => "a bool".to_owned(),
            Type::Number => "a number".to_owned(),
            Type::String => "a string".to_owned(),
            Type::Dynamic => "a value with its type".to_owned(),
            Type::List(_) => "a list".to_owned(),
            Type::Set(_) => "a set".to_owned(),
            Type::Map(_) => "a map".to_owned(),
            Type::Object(_) => "an object".to_owned(),
            Type::Tuple(elements) => format!("a tuple of {} elements", elements.len()),
        }
    }

    /// The same as a JSON value.
    pub(super) fn json(&self) -> Json {
        match self {
            Type::Bool => json!("bool"),
            Type::Number => json!("number"),
            Type::String => json!("string"),
            Type::Dynamic => json!("dynamic"),
            Type::List(element) => json!(["list", element.json()]),
            Type::Set(element) => json!(["set", element.json()]),
            Type::Map(element) => json!(["map", element.json()]),
            Type::Object(attributes) => {
                let named = attributes.iter().map(|(name, ty)| (name.clone(), ty.json()));
                json!(["object", named.collect::<serde_json::Map<_, _>>()])
            }
            Type::Tuple(elements) => {
                json!(["tuple", elements.iter().map(Type::json).collect::<Vec<_>>()])
            }
        }
    }

    fn from_json_value(name: Json) -> Option<Type> {
        let parts = match name {
            Json::String(name) => return Type::primitive_named(&name),
            Json::Array(parts) => parts,
            _ => return None,
        };
        let mut parts = parts.into_iter();
        let (kind, inside) = (parts.next()?, parts.next()?);
        // The third part lists the attributes that a configuration may leave out: values have all.
        let optional = parts.next();
        if parts.next().is_some() || (optional.is_some() && kind != "object") {
            return None;
        }
        match (kind.as_str()?, inside) {
            ("list", element) => Type::from_json_value(element).map(Type::list),
            ("set", element) => Type::from_json_value(element).map(Type::set),
            ("map", element) => Type::from_json_value(element).map(Type::map),
            ("tuple", Json::Array(elements)) => elements
                .into_iter()
                .map(Type::from_json_value)
                .collect::<Option<_>>()
                .map(Type::Tuple),
            ("object", Json::Object(attributes)) => {
                let typed = attributes
                    .into_iter()
                    .map(|(name, ty)| Some((name, Type::from_json_value(ty)?)));
                typed.collect::<Option<_>>().map(Type::Object)
            }
            _ => None,
        }
    }

    fn primitive_named(name: &str) -> Option<Type> {
        match name {
            "bool" => Some(Type::Bool),
            "number" => Some(Type::Number),
            "string" => Some(Type::String),
            "dynamic" => Some(Type::Dynamic),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_as_terraform_names_them() {
        for name in [
            r#""bool""#,
            r#"["list","string"]"#,
            r#"["set",["map","number"]]"#,
            r#"["object",{"a":"dynamic","b":["tuple",["bool","string"]]}]"#,
            r#"["tuple",[]]"#,
        ] {
            let ty = Type::from_json(name.as_bytes()).expect("a type");
            assert_eq!(String::from_utf8(ty.to_json()).expect("text"), name);
        }
    }

    #[test]
    fn optional_attributes_are_attributes() {
        let ty = Type::from_json(br#"["object",{"a":"string"},["a"]]"#).expect("a type");
        assert_eq!(ty, Type::object([("a", Type::String)]));
    }

    #[test]
    fn what_names_no_type_is_an_error() {
        for name in [
            "",
            "bool",
            r#""text""#,
            "1",
            "[]",
            r#"["list"]"#,
            r#"["list","string","x"]"#,
            r#"["object",["a"]]"#,
            r#"["map",{}]"#,
            r#"["tuple","bool"]"#,
        ] {
            assert!(Type::from_json(name.as_bytes()).is_err(), "{name}");
        }
        assert!(Type::from_json("[\"list\",".repeat(100_000).as_bytes()).is_err());
    }
}
