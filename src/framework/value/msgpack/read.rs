//! From msgpack to a value, led by its type.

use std::collections::BTreeMap;

use super::super::{MAX_DEPTH, Number, Type, Value, ValueError, normal, set};
use super::token::{Input, Token};
use super::{REFINED, refinement};
use vocabulary::Step;

/// Reads one value; what follows it is ignored.
pub(in crate::value) fn read(bytes: &[u8], ty: &Type) -> Result<Value, ValueError> {
    value(&mut Input::new(bytes), ty, MAX_DEPTH)
}

/// Reads one value with at most `depth` levels.
pub(super) fn value(input: &mut Input<'_>, ty: &Type, depth: usize) -> Result<Value, ValueError> {
    let depth = depth.checked_sub(1).ok_or_else(|| ValueError::new("it is nested too deeply"))?;
    match (input.token()?, ty) {
        (Token::Nil, _) => Ok(Value::Null),
        (Token::Extension(REFINED, payload), ty) if payload.len() > 1 => {
            refinement::read(payload, ty)
        }
        (Token::Extension(..), _) => Ok(Value::UNKNOWN),
        (Token::Array(2), Type::Dynamic) => dynamic(input, depth),
        (Token::Bool(value), Type::Bool) => Ok(Value::Bool(value)),
        (Token::Text(bytes), Type::String) => Ok(Value::String(normal(utf8(bytes)?))),
        (token, Type::Number) => number(&token).map(Value::Number),
        (Token::Array(len), Type::List(element)) => {
            let list = (0..len).map(|at| {
                value(input, element, depth).map_err(|error| error.under(Step::position(at)))
            });
            list.collect::<Result<_, _>>().map(Value::List)
        }
        (Token::Array(len), Type::Set(element)) => {
            let elements = (0..len).map(|_| value(input, element, depth));
            Ok(Value::List(set::canonical(elements.collect::<Result<_, _>>()?)))
        }
        (Token::Array(len), Type::Tuple(elements)) => tuple(input, len, elements, depth),
        (Token::Map(len), Type::Map(element)) => map(input, len, element, depth),
        (Token::Map(len), Type::Object(attributes)) => object(input, len, attributes, depth),
        (token, ty) => Err(mismatch(ty, token.kind())),
    }
}

/// The number in a token of any width, or in the text of a decimal.
fn number(token: &Token<'_>) -> Result<Number, ValueError> {
    let number = match token {
        Token::Int(int) => Some(Number::from(*int)),
        Token::Uint(int) => Some(Number::from(*int)),
        Token::Float(float) => Number::exactly(*float),
        Token::Text(text) => Number::parse(utf8(text)?),
        other => return Err(mismatch(&Type::Number, other.kind())),
    };
    number.ok_or_else(|| ValueError::new("a decimal number of at most 10,000 digits is required"))
}

fn tuple(
    input: &mut Input<'_>, len: usize, elements: &[Type], depth: usize,
) -> Result<Value, ValueError> {
    if len != elements.len() {
        let required = elements.len();
        return Err(ValueError::new(format!("{required} elements are required, not {len}")));
    }
    let tuple = elements.iter().enumerate().map(|(at, element)| {
        value(input, element, depth).map_err(|error| error.under(Step::position(at)))
    });
    tuple.collect::<Result<_, _>>().map(Value::List)
}

fn map(
    input: &mut Input<'_>, len: usize, element: &Type, depth: usize,
) -> Result<Value, ValueError> {
    let mut map = BTreeMap::new();
    for _ in 0..len {
        let key = normal(key(input)?);
        let value =
            value(input, element, depth).map_err(|error| error.under(Step::Key(key.clone())))?;
        // As in Terraform, the last of two elements with the same key is the one that counts.
        map.insert(key, value);
    }
    Ok(Value::Map(map))
}

fn object(
    input: &mut Input<'_>, len: usize, attributes: &BTreeMap<String, Type>, depth: usize,
) -> Result<Value, ValueError> {
    let mut object = BTreeMap::new();
    for _ in 0..len {
        let name = normal(key(input)?);
        let attribute = Step::Attribute(name.clone());
        let Some(ty) = attributes.get(&name) else {
            return Err(ValueError::new("there is no such attribute").under(attribute));
        };
        let value = value(input, ty, depth).map_err(|error| error.under(attribute.clone()))?;
        if object.insert(name, value).is_some() {
            return Err(ValueError::new("the attribute is given twice").under(attribute));
        }
    }
    match attributes.keys().find(|name| !object.contains_key(*name)) {
        Some(name) => {
            let attribute = Step::Attribute(name.clone());
            Err(ValueError::new("the attribute is missing").under(attribute))
        }
        None => Ok(Value::Map(object)),
    }
}

/// The type as JSON text, then the value.
fn dynamic(input: &mut Input<'_>, depth: usize) -> Result<Value, ValueError> {
    let ty = match input.token()? {
        Token::Text(name) => Type::from_json(name)?,
        other => return Err(ValueError::new(format!("a type is required, not {}", other.kind()))),
    };
    let value = value(input, &ty, depth)?;
    Ok(if ty == Type::Dynamic { value } else { Value::Dynamic(Box::new((ty, value))) })
}

fn key<'a>(input: &mut Input<'a>) -> Result<&'a str, ValueError> {
    match input.token()? {
        Token::Text(key) => utf8(key),
        other => Err(ValueError::new(format!("a key must be a string, not {}", other.kind()))),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, ValueError> {
    std::str::from_utf8(bytes).map_err(|_| ValueError::new("the string is not UTF-8"))
}

fn mismatch(required: &Type, found: &str) -> ValueError {
    ValueError::new(format!("{} is required, not {found}", required.kind()))
}
