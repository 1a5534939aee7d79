//! Values as a test writes them: JSON, where `{"$": "unknown"}` is an unknown value and what an
//! object does not have is null.

use serde_json::Value as Json;

use crate::value::{Number, Type, Value};

pub(crate) fn value_from_json(json: &Json, ty: &Type) -> Value {
    match (json, ty) {
        (Json::Null, _) => Value::Null,
        (Json::Object(fields), _) if fields.contains_key("$") => Value::UNKNOWN,
        (Json::Object(fields), Type::Object(types)) => {
            for name in fields.keys() {
                assert!(types.contains_key(name), "the type has no attribute {name}");
            }
            let of = |name: &String| fields.get(name).unwrap_or(&Json::Null);
            Value::map(types.iter().map(|(name, ty)| (name, value_from_json(of(name), ty))))
        }
        (Json::Object(fields), Type::Map(ty)) => {
            Value::map(fields.iter().map(|(key, json)| (key, value_from_json(json, ty))))
        }
        (Json::Array(elements), Type::List(ty)) => {
            Value::List(elements.iter().map(|json| value_from_json(json, ty)).collect())
        }
        (Json::String(text), Type::String) => text.as_str().into(),
        (Json::Bool(flag), Type::Bool) => (*flag).into(),
        (Json::Number(number), Type::Number) => {
            Value::Number(Number::parse(&number.to_string()).expect("a number"))
        }
        (json, ty) => panic!("{json} is no {ty:?}"),
    }
}
