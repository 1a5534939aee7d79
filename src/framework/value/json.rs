//! Values as JSON: the fallback on the wire, and stored states.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{MAX_DEPTH, Number, Type, Value, ValueError, normal, set};
use vocabulary::Step;

/// What becomes of attributes that the type does not have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    Refused,
    Dropped,
}

/// Reads one value.
pub(super) fn read(bytes: &[u8], ty: &Type, extra: Extra) -> Result<Value, ValueError> {
    // The parser's own message may quote a secret.
    let json = serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        ValueError::new(format!("it is not JSON (line {line}, column {column})"))
    })?;
    Reader { extra }.read_value(json, ty, MAX_DEPTH)
}

/// Writes one value.
pub(super) fn write(value: &Value, ty: &Type) -> Result<Vec<u8>, ValueError> {
    Ok(write_value(value, ty, MAX_DEPTH)?.to_string().into_bytes())
}

// === reading ===

struct Reader {
    extra: Extra,
}

impl Reader {
    fn read_value(&self, json: Json, ty: &Type, depth: usize) -> Result<Value, ValueError> {
        let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
        match (json, ty) {
            (Json::Null, _) => Ok(Value::Null),
            (Json::Object(parts), Type::Dynamic) => self.read_dynamic(parts, depth),
            (Json::Array(elements), Type::List(ty)) => {
                self.read_list(elements, std::iter::repeat(&**ty), depth).map(Value::List)
            }
            (Json::Array(elements), Type::Set(ty)) => {
                let elements = self.read_list(elements, std::iter::repeat(&**ty), depth)?;
                Ok(Value::List(set::canonical(elements)))
            }
            (Json::Array(elements), Type::Tuple(types)) if elements.len() == types.len() => {
                self.read_list(elements, types, depth).map(Value::List)
            }
            (Json::Object(elements), Type::Map(ty)) => self.read_map(elements, ty, depth),
            (Json::Object(attributes), Type::Object(types)) => {
                self.read_object(attributes, types, depth)
            }
            (json, ty) => read_primitive(&json, ty),
        }
    }

    fn read_list<'a>(
        &self, elements: Vec<Json>, types: impl IntoIterator<Item = &'a Type>, depth: usize,
    ) -> Result<Vec<Value>, ValueError> {
        let read = elements.into_iter().zip(types).enumerate().map(|(at, (element, ty))| {
            self.read_value(element, ty, depth).map_err(|error| error.prepend(Step::position(at)))
        });
        read.collect()
    }

    fn read_map(
        &self, elements: Map<String, Json>, ty: &Type, depth: usize,
    ) -> Result<Value, ValueError> {
        let read = elements.into_iter().map(|(key, element)| {
            let value = self.read_value(element, ty, depth);
            let value = value.map_err(|error| error.prepend(Step::Key(key.clone())))?;
            Ok((normal(&key), value))
        });
        read.collect::<Result<_, _>>().map(Value::Map)
    }

    fn read_object(
        &self, mut attributes: Map<String, Json>, types: &BTreeMap<String, Type>, depth: usize,
    ) -> Result<Value, ValueError> {
        let read = types.iter().map(|(name, ty)| {
            let json = attributes.remove(name).unwrap_or(Json::Null);
            let value = self.read_value(json, ty, depth);
            let value = value.map_err(|error| error.prepend(Step::Attribute(name.clone())))?;
            Ok((name.clone(), value))
        });
        let object = read.collect::<Result<_, ValueError>>()?;
        match attributes.into_iter().next() {
            Some((name, _)) if self.extra == Extra::Refused => {
                let attribute = Step::Attribute(name);
                Err(ValueError::new("there is no such attribute").prepend(attribute))
            }
            _ => Ok(Value::Map(object)),
        }
    }

    fn read_dynamic(
        &self, mut parts: Map<String, Json>, depth: usize,
    ) -> Result<Value, ValueError> {
        let (Some(ty), Some(json)) = (parts.remove("type"), parts.remove("value")) else {
            return Err(ValueError::new("a value of dynamic type needs both `type` and `value`"));
        };
        let ty = Type::from_json(ty.to_string().as_bytes())?;
        let value = self.read_value(json, &ty, depth)?;
        Ok(if ty == Type::Dynamic { value } else { Value::Dynamic(Box::new((ty, value))) })
    }
}

/// Numbers and bools may be written as strings, and strings as either: as Terraform reads a state
/// that was written when an attribute had another of these types.
fn read_primitive(json: &Json, ty: &Type) -> Result<Value, ValueError> {
    let value = match (json, ty) {
        (Json::Bool(value), Type::Bool) => Some(Value::Bool(*value)),
        (Json::String(text), Type::Bool) => text.parse().ok().map(Value::Bool),
        (Json::Number(number), Type::Number) => Number::parse(number.as_str()).map(Value::Number),
        (Json::String(text), Type::Number) => Number::parse(text).map(Value::Number),
        (Json::String(text), Type::String) => Some(text.as_str().into()),
        (Json::Number(number), Type::String) => Some(number.as_str().into()),
        (Json::Bool(value), Type::String) => Some(value.to_string().as_str().into()),
        _ => None,
    };
    value.ok_or_else(|| mismatch(json, ty))
}

fn mismatch(json: &Json, ty: &Type) -> ValueError {
    let found = match json {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    };
    ValueError::new(format!("{} is required, not {found}", ty.kind()))
}

fn too_deep() -> ValueError {
    ValueError::new("it is nested too deeply")
}

// === writing ===

fn write_value(value: &Value, ty: &Type, depth: usize) -> Result<Json, ValueError> {
    let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
    match (value, ty) {
        (Value::Null, _) => Ok(Json::Null),
        (Value::Unknown(_), _) => Err(ValueError::new("JSON has no word for an unknown value")),
        (Value::Dynamic(typed), Type::Dynamic) => {
            let (ty, value) = &**typed;
            let value = write_value(value, ty, depth)?;
            Ok(serde_json::json!({ "value": value, "type": ty.json() }))
        }
        (Value::Bool(value), Type::Bool) => Ok(Json::Bool(*value)),
        (Value::Number(value), Type::Number) => write_number(value),
        (Value::String(value), Type::String) => Ok(Json::String(value.clone())),
        (Value::List(elements), Type::List(ty)) => {
            write_list(elements, std::iter::repeat(&**ty), depth)
        }
        (Value::List(elements), Type::Set(ty)) => {
            write_list(&set::canonical(elements.clone()), std::iter::repeat(&**ty), depth)
        }
        (Value::List(elements), Type::Tuple(types)) if elements.len() == types.len() => {
            write_list(elements, types, depth)
        }
        (Value::Map(elements), Type::Map(ty)) => {
            write_members(elements, std::iter::repeat(&**ty), depth, |key| {
                Step::Key(key.to_owned())
            })
        }
        (Value::Map(elements), Type::Object(attributes)) => {
            Value::same_names(elements, attributes)?;
            let step = |name: &str| Step::Attribute(name.to_owned());
            write_members(elements, attributes.values(), depth, step)
        }
        (value, ty) => Err(value.mismatch(ty)),
    }
}

fn write_number(number: &Number) -> Result<Json, ValueError> {
    let text = number.to_string();
    text.parse().map(Json::Number).map_err(|_| ValueError::new("JSON has no word for infinity"))
}

fn write_list<'a>(
    elements: &[Value], types: impl IntoIterator<Item = &'a Type>, depth: usize,
) -> Result<Json, ValueError> {
    let written = elements.iter().zip(types).enumerate().map(|(at, (element, ty))| {
        write_value(element, ty, depth).map_err(|error| error.prepend(Step::position(at)))
    });
    written.collect::<Result<_, _>>().map(Json::Array)
}

fn write_members<'a>(
    elements: &BTreeMap<String, Value>, types: impl IntoIterator<Item = &'a Type>, depth: usize,
    step: impl Fn(&str) -> Step,
) -> Result<Json, ValueError> {
    let written = elements.iter().zip(types).map(|((name, element), ty)| {
        let json = write_value(element, ty, depth).map_err(|error| error.prepend(step(name)))?;
        Ok((name.clone(), json))
    });
    written.collect::<Result<_, _>>().map(Json::Object)
}
