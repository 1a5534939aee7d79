//! What an unknown value's extension holds: a map from small numbers to what is known.

use rmp::encode;

use super::super::{Bound, Refinement, Type, Value, ValueError};
use super::REFINED;
use super::read::read_value;
use super::token::{Input, Token};
use super::write::{failed, write_number};

/// The length in bytes from which on Terraform refuses what is known about a value.
const MAX_PAYLOAD: usize = 1024;

/// The bytes of a prefix that are worth telling.
const MAX_PREFIX: usize = 256;

/// Reads the extension of an unknown value of type `ty`. A value known to be null is null.
pub(super) fn read(payload: &[u8], ty: &Type) -> Result<Value, ValueError> {
    let mut input = Input::new(payload);
    let Token::Map(len) = input.next_token()? else {
        return Err(ValueError::new("what is known about a value must be a map"));
    };
    let mut known = Refinement::default();
    let mut null = false;
    for _ in 0..len {
        match input.next_token()? {
            Token::Uint(1) => {
                null = read_bool(&mut input)?;
                known.not_null = !null;
            }
            Token::Uint(key @ 2..=6) => read_fact(&mut input, key, ty, &mut known)?,
            Token::Uint(_) | Token::Int(_) => input.skip()?,
            _ => return Err(ValueError::new("what is known about a value has numbers as keys")),
        }
    }
    check_consistent(&known)?;
    match ty {
        _ if null => Ok(Value::Null),
        Type::Dynamic => Ok(Value::UNKNOWN),
        _ if known == Refinement::default() => Ok(Value::UNKNOWN),
        _ => Ok(Value::Unknown(Some(Box::new(known)))),
    }
}

/// Writes an unknown value of type `ty` with what is known of it and makes sense for the type.
pub(super) fn write(known: &Refinement, ty: &Type, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let (count, facts) = encode_facts(known, ty)?;
    let mut payload = Vec::new();
    encode::write_map_len(&mut payload, count).map_err(failed)?;
    payload.extend(facts);
    if count == 0 || payload.len() > MAX_PAYLOAD {
        return write_plain(out);
    }
    let len = u32::try_from(payload.len()).map_err(failed)?;
    encode::write_ext_meta(out, len, REFINED).map_err(failed)?;
    out.extend(payload);
    Ok(())
}

/// Writes an unknown value of which nothing is known.
pub(super) fn write_plain(out: &mut Vec<u8>) -> Result<(), ValueError> {
    encode::write_ext_meta(out, 1, 0).map_err(failed)?;
    out.push(0);
    Ok(())
}

fn read_fact(
    input: &mut Input<'_>, key: u64, ty: &Type, known: &mut Refinement,
) -> Result<(), ValueError> {
    let fits = match key {
        _ if *ty == Type::Dynamic => true,
        2 => *ty == Type::String,
        3 | 4 => *ty == Type::Number,
        _ => is_collection(ty),
    };
    if !fits {
        let message = format!("what is known of it cannot be said of {}", ty.kind());
        return Err(ValueError::new(message));
    }
    match key {
        2 => known.prefix = read_text(input)?,
        3 => known.min = Some(read_bound(input)?),
        4 => known.max = Some(read_bound(input)?),
        5 => known.min_length = read_length(input)?.filter(|len| *len > 0),
        _ => known.max_length = read_length(input)?,
    }
    Ok(())
}

fn read_bool(input: &mut Input<'_>) -> Result<bool, ValueError> {
    match read_value(input, &Type::Bool, 1)? {
        Value::Bool(value) => Ok(value),
        _ => Err(ValueError::new("whether it is null must be a bool")),
    }
}

fn read_text(input: &mut Input<'_>) -> Result<Option<String>, ValueError> {
    match read_value(input, &Type::String, 1)? {
        Value::String(prefix) => Ok(Some(prefix).filter(|prefix| !prefix.is_empty())),
        _ => Err(ValueError::new("a prefix must be a string")),
    }
}

fn read_bound(input: &mut Input<'_>) -> Result<Bound, ValueError> {
    let Token::Array(2) = input.next_token()? else {
        return Err(ValueError::new("a bound must be a number and whether it is included"));
    };
    let Value::Number(number) = read_value(input, &Type::Number, 1)? else {
        return Err(ValueError::new("a bound must be a number"));
    };
    Ok(Bound { number, inclusive: read_bool(input)? })
}

/// A length below zero says nothing.
fn read_length(input: &mut Input<'_>) -> Result<Option<u64>, ValueError> {
    match input.next_token()? {
        Token::Uint(len) => Ok(Some(len)),
        Token::Int(len) => Ok(u64::try_from(len).ok()),
        _ => Err(ValueError::new("a length must be a whole number")),
    }
}

fn check_consistent(known: &Refinement) -> Result<(), ValueError> {
    let numbers = known.min.as_ref().zip(known.max.as_ref());
    let lengths = known.min_length.zip(known.max_length);
    let contradict = numbers.is_some_and(|(min, max)| min.number > max.number)
        || lengths.is_some_and(|(min, max)| min > max);
    if contradict { Err(ValueError::new("its bounds contradict each other")) } else { Ok(()) }
}

fn encode_facts(known: &Refinement, ty: &Type) -> Result<(u32, Vec<u8>), ValueError> {
    let mut out = Vec::new();
    let mut count = 0;
    let mut key = |out: &mut Vec<u8>, key: u8| {
        count += 1;
        encode::write_pfix(out, key).map_err(failed)
    };
    if known.not_null && *ty != Type::Dynamic {
        key(&mut out, 1)?;
        encode::write_bool(&mut out, false).map_err(failed)?;
    }
    if let (Some(prefix), Type::String) = (&known.prefix, ty) {
        key(&mut out, 2)?;
        let end = prefix.floor_char_boundary(MAX_PREFIX);
        encode::write_str(&mut out, &prefix[..end]).map_err(failed)?;
    }
    for (number, bound) in [(3, &known.min), (4, &known.max)] {
        if let (Some(bound), Type::Number) = (bound, ty) {
            key(&mut out, number)?;
            encode::write_array_len(&mut out, 2).map_err(failed)?;
            write_number(&bound.number, &mut out)?;
            encode::write_bool(&mut out, bound.inclusive).map_err(failed)?;
        }
    }
    for (number, length) in [(5, known.min_length), (6, known.max_length)] {
        if let (Some(length), true) = (length, is_collection(ty)) {
            key(&mut out, number)?;
            encode::write_uint(&mut out, length).map_err(failed)?;
        }
    }
    Ok((count, out))
}

fn is_collection(ty: &Type) -> bool {
    matches!(ty, Type::List(_) | Type::Set(_) | Type::Map(_))
}
