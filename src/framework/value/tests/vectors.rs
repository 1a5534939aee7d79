//! Every vector of `tests/fixtures/cty-vectors.json`, computed with go-cty v1.20.0.

use serde_json::Value as Json;

use super::super::{Bound, Number, Refinement, Type, Value};
use super::bytes;

/// What go-cty lets pass and we refuse, since reading on would change what was meant.
const REFUSED: [(&str, &str); 3] = [
    ("string not utf-8", "a string that is not UTF-8 would come back as another one"),
    ("map with int key", "the key would silently become the empty string"),
    ("object duplicate attribute", "the object lacks the attribute whose place the second takes"),
];

/// Numbers that are floats, not the decimals that they print as.
const FLOATS: [&str; 2] = ["float64 0.1 exactly", "0.1 at 53 bits"];

fn vectors(kind: &str) -> Vec<Json> {
    let all = include_str!("../../../../tests/fixtures/cty-vectors.json");
    let all: Json = serde_json::from_str(all).expect("JSON");
    assert_eq!(all["source"], "computed with github.com/zclconf/go-cty v1.20.0");
    all[kind].as_array().expect("a list of vectors").clone()
}

fn text<'a>(vector: &'a Json, field: &str) -> &'a str {
    vector[field].as_str().expect("a text")
}

fn type_of(vector: &Json) -> Type {
    Type::from_json(vector["type"].to_string().as_bytes()).expect("a type")
}

#[test]
fn values_are_written_byte_for_byte_as_go_cty_writes_them() {
    let vectors = vectors("encode");
    assert_eq!(vectors.len(), 121);
    for vector in &vectors {
        let (name, ty) = (text(vector, "name"), type_of(vector));
        let value = if FLOATS.contains(&name) {
            Value::Number(Number::exactly(0.1).expect("a number"))
        } else {
            value(&vector["value"], &ty)
        };
        let canonical = bytes(text(vector, "msgpack"));
        assert_eq!(value.to_msgpack(&ty).as_ref(), Ok(&canonical), "{name}");
        assert_eq!(Value::from_msgpack(&canonical, &ty).as_ref(), Ok(&value), "{name}");
    }
}

#[test]
fn values_are_written_as_the_json_that_go_cty_writes() {
    let (mut written, mut refused, mut rounded) = (0, 0, 0);
    for vector in &vectors("encode") {
        let (name, ty) = (text(vector, "name"), type_of(vector));
        let value = value(&vector["value"], &ty);
        let Some(expected) = vector.get("json") else {
            assert!(value.to_json(&ty).is_err(), "{name}");
            refused += 1;
            continue;
        };
        written += 1;
        let json = value.to_json(&ty).expect(name);
        assert_eq!(Value::from_json(&json, &ty).as_ref(), Ok(&value), "{name}");
        let json: Json = serde_json::from_slice(&json).expect("JSON");
        if let Some(decimal) = value.as_number().filter(|_| !same(&json, expected)) {
            // The fixture keeps fractions as floats: they are compared as such.
            assert_eq!(Some(decimal.to_f64()), expected.as_f64(), "{name}");
            rounded += 1;
        } else {
            assert!(same(&json, expected), "{name}: {json}");
            let read = Value::from_json(expected.to_string().as_bytes(), &ty);
            assert_eq!(read.as_ref(), Ok(&value), "{name}");
        }
    }
    assert_eq!((written, refused, rounded), (88, 33, 3));
}

#[test]
fn bytes_are_read_as_go_cty_reads_them() {
    let vectors = vectors("decode");
    assert_eq!(vectors.len(), 75);
    let (mut held, mut failed, mut stricter) = (0, 0, 0);
    for vector in &vectors {
        let (name, ty) = (text(vector, "name"), type_of(vector));
        let read = Value::from_msgpack(&bytes(text(vector, "input")), &ty);
        if REFUSED.iter().any(|(refused, _)| *refused == name) {
            assert!(read.is_err(), "{name}");
            stricter += 1;
        } else if vector.get("error").is_some() {
            assert!(read.is_err(), "{name}: {read:?}");
            failed += 1;
        } else {
            let expected = value(&vector["value"], &ty);
            assert_eq!(read.as_ref(), Ok(&expected), "{name}");
            let again = bytes(text(vector, "reencoded"));
            assert_eq!(expected.to_msgpack(&ty), Ok(again), "{name}");
            held += 1;
        }
    }
    assert_eq!((held, failed, stricter), (44, 28, 3));
}

/// The same JSON, with numbers compared by value.
fn same(one: &Json, two: &Json) -> bool {
    match (one, two) {
        (Json::Number(one), Json::Number(two)) => {
            Number::parse(one.as_str()) == Number::parse(two.as_str())
        }
        (Json::Array(one), Json::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Json::Object(one), Json::Object(two)) => {
            one.len() == two.len()
                && one.iter().all(|(key, one)| two.get(key).is_some_and(|two| same(one, two)))
        }
        (one, two) => one == two,
    }
}

// === the notation of the fixture ===

fn value(json: &Json, ty: &Type) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::String(text) if text == "(null)" => Value::Null,
        json if json.get("unknown").is_some() => unknown(&json["unknown"]),
        json if json.get("dynamic").is_some() => {
            let ty = type_of(&json["dynamic"]);
            let value = value(&json["dynamic"]["value"], &ty);
            Value::Dynamic(Box::new((ty, value)))
        }
        json if *ty == Type::Dynamic => {
            let ty = implied(json);
            let value = value(json, &ty);
            Value::Dynamic(Box::new((ty, value)))
        }
        Json::Bool(value) => Value::Bool(*value),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(elements) => list(elements, ty),
        json => tagged(json, ty),
    }
}

fn tagged(json: &Json, ty: &Type) -> Value {
    let (tag, inside) = json.as_object().expect("an object").iter().next().expect("a tag");
    match (tag.as_str(), inside, ty) {
        ("number", number, Type::Number) => Value::Number(number_of(number)),
        ("set", Json::Array(elements), ty) => list(elements, ty),
        ("map", Json::Object(elements), Type::Map(ty)) => {
            Value::map(elements.iter().map(|(key, element)| (key, value(element, ty))))
        }
        ("object", Json::Object(elements), Type::Object(types)) => {
            Value::map(elements.iter().map(|(key, element)| (key, value(element, &types[key]))))
        }
        _ => panic!("{json} is no notation of a value of this type"),
    }
}

fn list(elements: &[Json], ty: &Type) -> Value {
    let type_at = |at: usize| match ty {
        Type::List(element) | Type::Set(element) => element,
        Type::Tuple(elements) => &elements[at],
        _ => panic!("the type has no elements"),
    };
    let elements = elements.iter().enumerate();
    Value::List(elements.map(|(at, element)| value(element, type_at(at))).collect())
}

fn unknown(facts: &Json) -> Value {
    let bound = |name| {
        let bound = facts.get(name)?;
        Some(Bound { number: number_of(&bound[0]), inclusive: bound[1].as_bool()? })
    };
    let known = Refinement {
        not_null: facts["not_null"] == true,
        prefix: facts["prefix"].as_str().map(str::to_owned),
        min: bound("min"),
        max: bound("max"),
        min_length: facts["len_min"].as_u64(),
        max_length: facts["len_max"].as_u64(),
    };
    Value::Unknown((known != Refinement::default()).then(|| Box::new(known)))
}

fn number_of(text: &Json) -> Number {
    match text.as_str().expect("a number is a text") {
        "Infinity" => Number::exactly(f64::INFINITY).expect("a number"),
        "-Infinity" => Number::exactly(f64::NEG_INFINITY).expect("a number"),
        text => Number::parse(text).expect("a decimal number"),
    }
}

/// The type of a value that stands where the type is dynamic.
fn implied(json: &Json) -> Type {
    match json {
        Json::Bool(_) => Type::Bool,
        json => {
            let elements = json["map"].as_object().expect("a map");
            Type::map(implied(elements.values().next().expect("an element")))
        }
    }
}
