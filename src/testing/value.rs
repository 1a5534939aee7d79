//! Values as a test writes them: JSON, where `{"$": "unknown"}` is an unknown value and what an
//! object does not have is null.

use framework::{DynamicValue, Number, Type, Value};
use serde_json::{Value as Json, json};

/// A value that a test leaves unknown.
pub fn unknown() -> Json {
    json!({ "$": "unknown" })
}

/// A value of that type as it crosses the wire.
pub fn encode(json: &Json, ty: &Type) -> DynamicValue {
    close(&value(json, ty), ty)
}

/// The same for the unit tests of `framework`, whose types are not the types of the `framework`
/// that this crate knows: only bytes pass between the two.
pub fn msgpack(json: &Json, type_name: &[u8]) -> Vec<u8> {
    let ty = Type::from_json(type_name).expect("the name of a type");
    encode(json, &ty).msgpack
}

pub(crate) fn close(value: &Value, ty: &Type) -> DynamicValue {
    DynamicValue { msgpack: value.to_msgpack(ty).expect("the value fits"), json: Vec::new() }
}

pub(crate) fn open(closed: &DynamicValue, ty: &Type) -> Value {
    assert!(closed.json.is_empty(), "hosts are answered in msgpack");
    Value::from_wire(&closed.msgpack, &closed.json, ty).expect("the value fits")
}

/// Nothing in it is unknown.
pub(crate) fn json(value: &Value, ty: &Type) -> Json {
    let json = value.to_json(ty).expect("everything is known");
    serde_json::from_slice(&json).expect("JSON")
}

pub(crate) fn value(json: &Json, ty: &Type) -> Value {
    match (json, ty) {
        (Json::Null, _) => Value::Null,
        (Json::Object(fields), _) if fields.contains_key("$") => Value::UNKNOWN,
        (Json::Object(fields), Type::Object(types)) => {
            let surplus = fields.keys().find(|name| !types.contains_key(*name));
            assert_eq!(surplus, None, "the type has no such attribute");
            let of = |name: &String| fields.get(name).unwrap_or(&Json::Null);
            Value::map(types.iter().map(|(name, ty)| (name, value(of(name), ty))))
        }
        (Json::Object(fields), Type::Map(ty)) => {
            Value::map(fields.iter().map(|(key, json)| (key, value(json, ty))))
        }
        (Json::Array(elements), Type::List(ty)) => {
            Value::List(elements.iter().map(|json| value(json, ty)).collect())
        }
        (Json::String(text), Type::String) => text.as_str().into(),
        (Json::Bool(flag), Type::Bool) => (*flag).into(),
        (Json::Number(number), Type::Number) => {
            Value::Number(Number::parse(&number.to_string()).expect("a number"))
        }
        (json, ty) => panic!("{json} is no {ty:?}"),
    }
}
