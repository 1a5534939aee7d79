//! Bytes that nobody should send: each is an error that says where, and costs next to nothing.

use super::super::{Refinement, Type, Value};
use super::{bytes, read, ty};

const OBJECT: &str = r#"["object",{"a":["map",["list","string"]],"b":"number"}]"#;

fn error(hex: &str, ty: &str) -> String {
    read(hex, ty).expect_err("it is wrong").to_string()
}

#[test]
fn errors_say_where() {
    for (hex, expected) in [
        ("82a16181a16b9201c0a16201", ".a[\"k\"][0]: a string is required, not a number"),
        ("82a16181a16b92c0a5", ".a[\"k\"][1]: the bytes end within the value"),
        ("81a16201", ".a: the attribute is missing"),
        ("83a161c0a16201a163c0", ".c: there is no such attribute"),
        ("82a16201a16202", ".b: the attribute is given twice"),
        ("82a161c0a162a3312e78", ".b: a decimal number of at most 10,000 digits is required"),
        (
            "82a161c0a162cb7ff8000000000000",
            ".b: a decimal number of at most 10,000 digits is required",
        ),
        ("8200000000", "a key must be a string, not a number"),
        ("82a161c0a162c1", ".b: the byte c1 begins no value"),
    ] {
        assert_eq!(error(hex, OBJECT), expected, "{hex}");
    }
}

#[test]
fn each_cut_of_a_value_is_an_error() {
    let whole = bytes("82a16181a16b93a178d40000c70c0c8201c202a72f61626364656fa16201");
    let ty = ty(OBJECT);
    assert!(Value::from_msgpack(&whole, &ty).is_ok());
    for end in 0..whole.len() {
        assert!(Value::from_msgpack(&whole[..end], &ty).is_err(), "cut at {end}");
    }
}

#[test]
fn announced_lengths_are_not_believed() {
    for (hex, ty) in [
        ("ddffffffff", r#"["list","string"]"#),
        ("ddffffffffc0c0c0", r#"["set","string"]"#),
        ("dfffffffff", r#"["map","string"]"#),
        ("dfffffffff", OBJECT),
        ("dbffffffff61", r#""string""#),
        ("c6ffffffff61", r#""string""#),
        ("c9ffffffff0c61", r#""string""#),
        ("c70a0c81ddffffffff", r#""string""#),
        ("c70b0c8163ddffffffffc0", r#""string""#),
    ] {
        assert!(read(hex, ty).is_err(), "{hex}");
    }
}

#[test]
fn depth_is_bounded() {
    // Each level is [["list","dynamic"], [next]].
    let level = [&[0x92, 0xb2][..], br#"["list", "dynamic"]"#, &[0x91]].concat();
    let level = [&[0x92, 0xb3][..], &level[2..]].concat();
    for (levels, fits) in [(10, true), (100_000, false)] {
        let bomb = [level.repeat(levels), vec![0xc0]].concat();
        assert_eq!(Value::from_msgpack(&bomb, &Type::Dynamic).is_ok(), fits);
    }
    let json = [r#"{"type":["list","dynamic"],"value":["#.repeat(100_000), "]}".repeat(100_000)];
    assert!(Value::from_json(json.concat().as_bytes(), &Type::Dynamic).is_err());
    let deep = (0..200).fold(Value::Null, |value, _| {
        Value::Dynamic(Box::new((Type::list(Type::Dynamic), Value::List(vec![value]))))
    });
    assert!(deep.to_msgpack(&Type::Dynamic).is_err());
    assert!(deep.to_json(&Type::Dynamic).is_err());
}

#[test]
fn strings_are_normalised_and_otherwise_unchanged() {
    let long = "é\u{0}😀".repeat(150_000);
    let written = Value::from(long.as_str()).to_msgpack(&Type::String).expect("bytes");
    let read = Value::from_msgpack(&written, &Type::String).expect("a string");
    assert_eq!(read.as_str(), Some(long.as_str()));
    assert_eq!(Value::from("e\u{301}").as_str(), Some("\u{e9}"));
    let json = Value::from_json("\"e\u{301}\"".as_bytes(), &Type::String).expect("a string");
    assert_eq!(json.as_str(), Some("\u{e9}"));
}

#[test]
fn what_is_known_of_an_unknown_value_must_make_sense() {
    assert_eq!(
        error("c7050c81039201c3", r#""bool""#),
        "what is known of it cannot be said of a bool"
    );
    assert_eq!(error("c7030c8105c3", r#"["map","bool"]"#), "a length must be a whole number");
    assert_eq!(error("c7070c82039205c304", r#""number""#), "the bytes end within the value");
    let contradiction = error("c70b0c82039205c3049202c30000", r#""number""#);
    assert_eq!(contradiction, "its bounds contradict each other");
    // A key of a later version is passed over, whatever it holds.
    let not_null = Refinement { not_null: true, ..Refinement::default() };
    let later = read("c7090c82639181a16bc001c2", r#""string""#);
    assert_eq!(later, Ok(Value::Unknown(Some(Box::new(not_null)))));
    assert_eq!(read("c7070c81639181a16bc0", r#""string""#), Ok(Value::UNKNOWN));
    assert_eq!(read("c7030c8101c2", r#""dynamic""#), Ok(Value::UNKNOWN));
}

#[test]
fn nothing_at_all_is_null() {
    assert_eq!(Value::from_wire(&[], &[], &Type::String), Ok(Value::Null));
    assert_eq!(Value::from_wire(&[0xa1, b'm'], b"\"j\"", &Type::String), Ok("m".into()));
    assert_eq!(Value::from_wire(&[], b"\"j\"", &Type::String), Ok("j".into()));
}

#[test]
fn states_may_lack_attributes_and_have_others() {
    let ty = ty(OBJECT);
    let state = br#"{"a":{"k":["x"]},"gone":{"deep":[1]}}"#;
    let k = Value::List(vec!["x".into()]);
    let read = Value::map([("a", Value::map([("k", k)])), ("b", Value::Null)]);
    assert_eq!(Value::from_state(state, &ty), Ok(read));
    let error = Value::from_json(state, &ty).expect_err("an extra attribute").to_string();
    assert_eq!(error, ".gone: there is no such attribute");
    let error = Value::from_state(br#"{"a":{"k":["x",{}]}}"#, &ty).expect_err("an object");
    assert_eq!(error.to_string(), ".a[\"k\"][1]: a string is required, not an object");
    let error = Value::from_state(b"{\"a\": s3cret}", &ty).expect_err("no JSON").to_string();
    assert_eq!(error, "it is not JSON (line 1, column 7)");
}

#[test]
fn numbers_in_states_are_exact() {
    for text in
        ["340282366920938463463374607431768211457", "0.1234567890123456789012345678901", "1e400"]
    {
        let value = Value::from_state(text.as_bytes(), &Type::Number).expect("a number");
        let json = value.to_json(&Type::Number).expect("JSON");
        assert_eq!(Value::from_state(&json, &Type::Number).as_ref(), Ok(&value));
        let bytes = value.to_msgpack(&Type::Number).expect("bytes");
        assert_eq!(Value::from_msgpack(&bytes, &Type::Number), Ok(value));
    }
}

#[test]
fn a_value_of_another_type_is_not_written() {
    let ty = ty(OBJECT);
    for (value, expected) in [
        (Value::from("x"), "an object is required, not a string"),
        (Value::map([("a", Value::Null)]), ".b: the attribute is missing"),
        (Value::map([("a", 1.into()), ("b", 1.into())]), ".a: a map is required, not a number"),
        (
            Value::map([("a", Value::Null), ("b", 1.into()), ("c", 1.into())]),
            ".c: there is no such attribute",
        ),
    ] {
        let msgpack = value.to_msgpack(&ty).expect_err("another type").to_string();
        let json = value.to_json(&ty).expect_err("another type").to_string();
        assert_eq!((msgpack.as_str(), json.as_str()), (expected, expected));
    }
    assert!(Value::from("x").to_msgpack(&Type::Dynamic).is_err());
}
