//! The codecs against vectors computed with go-cty, and against themselves.

mod hostile;
mod properties;
mod vectors;

use super::{Type, Value, ValueError};

/// A value as a test writes it; `testing` says how.
pub(crate) fn value_from_json(json: &serde_json::Value, ty: &Type) -> Value {
    // The types that `testing` knows are those of another build of this crate.
    let msgpack = testing::msgpack(json, &ty.to_json());
    Value::from_msgpack(&msgpack, ty).expect("the bytes fit")
}

/// The bytes that a text in hexadecimal digits stands for.
fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    digits.map(|pair| u8::from_str_radix(pair, 16).expect("two hexadecimal digits")).collect()
}

fn ty(json: &str) -> Type {
    Type::from_json(json.as_bytes()).expect("the name of a type")
}

fn read(hex: &str, json: &str) -> Result<Value, ValueError> {
    Value::from_msgpack(&bytes(hex), &ty(json))
}
