//! From a value to msgpack, in the one form that Terraform writes too.

use std::collections::BTreeMap;

use rmp::encode;

use super::super::{MAX_DEPTH, Number, Type, Value, ValueError, set};
use super::refinement;
use vocabulary::Step;

/// Writes one value.
pub(in crate::value) fn write(value: &Value, ty: &Type) -> Result<Vec<u8>, ValueError> {
    let mut out = Vec::new();
    write_value(value, ty, MAX_DEPTH, &mut out)?;
    Ok(out)
}

fn write_value(
    value: &Value, ty: &Type, depth: usize, out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let depth = depth.checked_sub(1).ok_or_else(|| ValueError::new("it is nested too deeply"))?;
    match (value, ty) {
        (Value::Null, _) => encode::write_nil(out).map_err(failed),
        (Value::Unknown(None), _) => refinement::write_plain(out),
        (Value::Unknown(Some(known)), ty) => refinement::write(known, ty, out),
        (Value::Dynamic(typed), Type::Dynamic) => {
            let (ty, value) = &**typed;
            encode::write_array_len(out, 2).map_err(failed)?;
            encode::write_bin(out, &ty.to_json()).map_err(failed)?;
            write_value(value, ty, depth, out)
        }
        (Value::Bool(value), Type::Bool) => encode::write_bool(out, *value).map_err(failed),
        (Value::Number(value), Type::Number) => write_number(value, out),
        (Value::String(value), Type::String) => encode::write_str(out, value).map_err(failed),
        (Value::List(elements), Type::List(ty)) => {
            write_list(elements, std::iter::repeat(&**ty), depth, out)
        }
        (Value::List(elements), Type::Tuple(types)) if elements.len() == types.len() => {
            write_list(elements, types, depth, out)
        }
        (Value::List(elements), Type::Set(ty)) => {
            let elements = set::canonical(elements.clone());
            encode::write_array_len(out, checked_len(elements.len())?).map_err(failed)?;
            elements.iter().try_for_each(|element| write_value(element, ty, depth, out))
        }
        (Value::Map(elements), Type::Map(ty)) => write_map(elements, ty, depth, out),
        (Value::Map(elements), Type::Object(attributes)) => {
            write_object(elements, attributes, depth, out)
        }
        (value, ty) => Err(value.mismatch(ty)),
    }
}

/// A whole number as the shortest integer, a fraction as a float if that is exact, else as text.
pub(super) fn write_number(number: &Number, out: &mut Vec<u8>) -> Result<(), ValueError> {
    if let Some(int) = number.as_i64() {
        encode::write_sint(out, int).map(|_| ()).map_err(failed)
    } else if let Some(float) = number.as_float() {
        encode::write_f64(out, float).map_err(failed)
    } else {
        encode::write_str(out, &number.to_string()).map_err(failed)
    }
}

fn write_list<'a>(
    elements: &[Value], types: impl IntoIterator<Item = &'a Type>, depth: usize, out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    encode::write_array_len(out, checked_len(elements.len())?).map_err(failed)?;
    elements.iter().zip(types).enumerate().try_for_each(|(at, (element, ty))| {
        write_value(element, ty, depth, out).map_err(|error| error.prepend(Step::position(at)))
    })
}

fn write_map(
    elements: &BTreeMap<String, Value>, ty: &Type, depth: usize, out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    encode::write_map_len(out, checked_len(elements.len())?).map_err(failed)?;
    elements.iter().try_for_each(|(key, element)| {
        encode::write_str(out, key).map_err(failed)?;
        write_value(element, ty, depth, out).map_err(|error| error.prepend(Step::Key(key.clone())))
    })
}

fn write_object(
    elements: &BTreeMap<String, Value>, attributes: &BTreeMap<String, Type>, depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    Value::same_names(elements, attributes)?;
    encode::write_map_len(out, checked_len(elements.len())?).map_err(failed)?;
    elements.iter().zip(attributes.values()).try_for_each(|((name, element), ty)| {
        encode::write_str(out, name).map_err(failed)?;
        write_value(element, ty, depth, out)
            .map_err(|error| error.prepend(Step::Attribute(name.clone())))
    })
}

fn checked_len(elements: usize) -> Result<u32, ValueError> {
    u32::try_from(elements).map_err(failed)
}

/// A vector takes whatever is written; what can fail is a length beyond 32 bits.
pub(super) fn failed<E>(_: E) -> ValueError {
    ValueError::new("it is too long for msgpack")
}
