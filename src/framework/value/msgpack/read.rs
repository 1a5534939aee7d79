//! From msgpack to a value, led by its type.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::super::{MAX_DEPTH, Number, Type, Value, ValueError, normal, set};
use super::token::{Input, Token};
use super::{REFINED, refinement};
use vocabulary::Step;

/// Reads one value; what follows it is ignored.
pub(in crate::value) fn read(bytes: &[u8], ty: &Type) -> Result<Value, ValueError> {
    read_value(&mut Input::new(bytes), ty, MAX_DEPTH)
}

/// Reads one value with at most `depth` levels.
pub(super) fn read_value(
    input: &mut Input<'_>, ty: &Type, depth: usize,
) -> Result<Value, ValueError> {
    let depth = depth.checked_sub(1).ok_or_else(|| ValueError::new("it is nested too deeply"))?;
    match (input.next_token()?, ty) {
        (Token::Nil, _) => Ok(Value::Null),
        (Token::Extension(REFINED, payload), ty) if payload.len() > 1 => {
            refinement::read(payload, ty)
        }
        (Token::Extension(..), _) => Ok(Value::UNKNOWN),
        (Token::Array(2), Type::Dynamic) => read_dynamic(input, depth),
        (Token::Bool(value), Type::Bool) => Ok(Value::Bool(value)),
        (Token::Text(bytes), Type::String) => Ok(Value::String(normal(read_utf8(bytes)?))),
        (token, Type::Number) => read_number(&token).map(Value::Number),
        (Token::Array(len), Type::List(element)) => {
            let list = (0..len).map(|at| {
                read_value(input, element, depth).map_err(|error| error.prepend(Step::position(at)))
            });
            list.collect::<Result<_, _>>().map(Value::List)
        }
        (Token::Array(len), Type::Set(element)) => {
            let elements = (0..len).map(|_| read_value(input, element, depth));
            Ok(Value::List(set::canonical(elements.collect::<Result<_, _>>()?)))
        }
        (Token::Array(len), Type::Tuple(elements)) => read_tuple(input, len, elements, depth),
        (Token::Map(len), Type::Map(element)) => read_map(input, len, element, depth),
        (Token::Map(len), Type::Object(attributes)) => read_object(input, len, attributes, depth),
        (token, ty) => Err(mismatch(ty, token.kind())),
    }
}

/// The number in a token of any width, or in the text of a decimal.
fn read_number(token: &Token<'_>) -> Result<Number, ValueError> {
    let number = match token {
        Token::Int(int) => Some(Number::from(*int)),
        Token::Uint(int) => Some(Number::from(*int)),
        Token::Float(float) => Number::exactly(*float),
        Token::Text(text) => Number::parse(read_utf8(text)?),
        other => return Err(mismatch(&Type::Number, other.kind())),
    };
    number.ok_or_else(|| ValueError::new("a decimal number of at most 10,000 digits is required"))
}

fn read_tuple(
    input: &mut Input<'_>, len: usize, elements: &[Type], depth: usize,
) -> Result<Value, ValueError> {
    if len != elements.len() {
        let required = elements.len();
        return Err(ValueError::new(format!("{required} elements are required, not {len}")));
    }
    let tuple = elements.iter().enumerate().map(|(at, element)| {
        read_value(input, element, depth).map_err(|error| error.prepend(Step::position(at)))
    });
    tuple.collect::<Result<_, _>>().map(Value::List)
}

fn read_map(
    input: &mut Input<'_>, len: usize, element: &Type, depth: usize,
) -> Result<Value, ValueError> {
    let mut map = BTreeMap::new();
    for _ in 0..len {
        let key = normal(read_key(input)?);
        let value = read_value(input, element, depth)
            .map_err(|error| error.prepend(Step::Key(key.clone())))?;
        // As in Terraform, the last of two elements with the same key is the one that counts.
        map.insert(key, value);
    }
    Ok(Value::Map(map))
}

fn read_object(
    input: &mut Input<'_>, len: usize, attributes: &BTreeMap<String, Type>, depth: usize,
) -> Result<Value, ValueError> {
    let mut object = BTreeMap::new();
    for _ in 0..len {
        let name = normal(read_key(input)?);
        let at = |error: ValueError| error.prepend(Step::Attribute(name.clone()));
        let Some(ty) = attributes.get(&name) else {
            return Err(at(ValueError::new("there is no such attribute")));
        };
        let value = read_value(input, ty, depth).map_err(at)?;
        match object.entry(name) {
            Entry::Vacant(place) => place.insert(value),
            Entry::Occupied(place) => {
                let attribute = Step::Attribute(place.key().clone());
                return Err(ValueError::new("the attribute is given twice").prepend(attribute));
            }
        };
    }
    // Each that was read is one of them.
    if object.len() == attributes.len() {
        return Ok(Value::Map(object));
    }
    let missing = attributes.keys().find(|name| !object.contains_key(*name));
    let error = ValueError::new("the attribute is missing");
    Err(missing.cloned().map(Step::Attribute).into_iter().fold(error, ValueError::prepend))
}

/// The type as JSON text, then the value.
fn read_dynamic(input: &mut Input<'_>, depth: usize) -> Result<Value, ValueError> {
    let ty = match input.next_token()? {
        Token::Text(name) => Type::from_json(name)?,
        other => return Err(ValueError::new(format!("a type is required, not {}", other.kind()))),
    };
    let value = read_value(input, &ty, depth)?;
    Ok(if ty == Type::Dynamic { value } else { Value::Dynamic(Box::new((ty, value))) })
}

fn read_key<'a>(input: &mut Input<'a>) -> Result<&'a str, ValueError> {
    match input.next_token()? {
        Token::Text(key) => read_utf8(key),
        other => Err(ValueError::new(format!("a key must be a string, not {}", other.kind()))),
    }
}

fn read_utf8(bytes: &[u8]) -> Result<&str, ValueError> {
    std::str::from_utf8(bytes).map_err(|_| ValueError::new("the string is not UTF-8"))
}

fn mismatch(required: &Type, found: &str) -> ValueError {
    ValueError::new(format!("{} is required, not {found}", required.kind()))
}
