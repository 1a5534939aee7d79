//! What is written reads back, whatever it is.

use proptest::prelude::*;

use super::super::{Bound, Number, Refinement, Type, Value, set};

fn types() -> impl Strategy<Value = Type> {
    let leaf =
        prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::Dynamic)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            prop::collection::btree_map("[a-c]{1,2}", inner.clone(), 0..3).prop_map(Type::Object),
            prop::collection::vec(inner, 0..3).prop_map(Type::Tuple),
        ]
    })
}

fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("NaN is no number", Number::exactly),
        any::<f64>().prop_filter_map("NaN is no number", Number::shortest),
        "-?[0-9]{1,30}(\\.[0-9]{1,30})?(e-?[0-9]{1,2})?"
            .prop_filter_map("a decimal", |text| Number::parse(&text)),
    ]
}

fn bounds() -> impl Strategy<Value = Bound> {
    (numbers(), any::<bool>()).prop_map(|(number, inclusive)| Bound { number, inclusive })
}

/// Unknown, with what may be known of a value of this type.
fn unknowns(ty: &Type) -> BoxedStrategy<Value> {
    let known = any::<bool>().prop_map(|not_null| Refinement { not_null, ..Refinement::default() });
    let known = match ty {
        Type::Dynamic => return Just(Value::UNKNOWN).boxed(),
        Type::String => (known, prop::option::of("[a-z/]{1,20}"))
            .prop_map(|(known, prefix)| Refinement { prefix, ..known })
            .boxed(),
        Type::Number => (known, prop::option::of(bounds()))
            .prop_map(|(known, min)| Refinement { min, ..known })
            .boxed(),
        Type::List(_) | Type::Set(_) | Type::Map(_) => (known, prop::option::of(1_u64..9))
            .prop_map(|(known, min_length)| Refinement { min_length, ..known })
            .boxed(),
        _ => known.boxed(),
    };
    let unknown = |known| Value::Unknown((known != Refinement::default()).then(|| Box::new(known)));
    known.prop_map(unknown).boxed()
}

fn known(ty: &Type, depth: u32) -> BoxedStrategy<Value> {
    match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => numbers().prop_map(Value::Number).boxed(),
        Type::String => any::<String>().prop_map(|text| text.as_str().into()).boxed(),
        Type::Dynamic if depth == 0 => Just(Value::Null).boxed(),
        Type::Dynamic => types()
            .prop_filter("its own type is not dynamic", |ty| *ty != Type::Dynamic)
            .prop_flat_map(move |ty| (Just(ty.clone()), values(&ty, depth - 1)))
            .prop_map(|typed| Value::Dynamic(Box::new(typed)))
            .boxed(),
        Type::List(ty) => {
            prop::collection::vec(values(ty, depth), 0..4).prop_map(Value::List).boxed()
        }
        Type::Set(ty) => prop::collection::vec(values(ty, depth), 0..4)
            .prop_map(|elements| Value::List(set::canonical(elements)))
            .boxed(),
        Type::Map(ty) => prop::collection::btree_map("[a-z./\u{e9}]{0,8}", values(ty, depth), 0..4)
            .prop_map(Value::Map)
            .boxed(),
        Type::Object(types) => {
            let attributes = types.iter().map(|(name, ty)| (Just(name.clone()), values(ty, depth)));
            attributes.collect::<Vec<_>>().prop_map(Value::map).boxed()
        }
        Type::Tuple(types) => {
            let elements = types.iter().map(|ty| values(ty, depth)).collect::<Vec<_>>();
            elements.prop_map(Value::List).boxed()
        }
    }
}

fn values(ty: &Type, depth: u32) -> BoxedStrategy<Value> {
    prop_oneof![1 => Just(Value::Null), 1 => unknowns(ty), 6 => known(ty, depth)].boxed()
}

fn typed() -> impl Strategy<Value = (Type, Value)> {
    types().prop_flat_map(|ty| (Just(ty.clone()), values(&ty, 1)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn msgpack_reads_back_what_it_wrote((ty, value) in typed()) {
        let bytes = value.to_msgpack(&ty).expect("bytes");
        let read = Value::from_msgpack(&bytes, &ty).expect("a value");
        prop_assert_eq!(&read, &value);
        prop_assert_eq!(read.to_msgpack(&ty), Ok(bytes));
    }

    #[test]
    fn json_reads_back_what_it_wrote_if_it_has_words_for_it((ty, value) in typed()) {
        if let Ok(json) = value.to_json(&ty) {
            prop_assert!(value.is_wholly_known());
            let read = Value::from_json(&json, &ty).expect("a value");
            prop_assert_eq!(read.to_json(&ty), Ok(json));
        }
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error(ty in types(), bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(value) = Value::from_msgpack(&bytes, &ty) {
            let written = value.to_msgpack(&ty).expect("bytes");
            prop_assert_eq!(Value::from_msgpack(&written, &ty), Ok(value));
        }
    }

    #[test]
    fn a_changed_byte_is_a_value_or_an_error((ty, value) in typed(), at in any::<usize>(), byte in any::<u8>()) {
        let mut bytes = value.to_msgpack(&ty).expect("bytes");
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(value) = Value::from_msgpack(&bytes, &ty) {
            prop_assert!(value.to_msgpack(&ty).is_ok());
        }
    }

    #[test]
    fn numbers_read_back_from_their_text(number in numbers()) {
        prop_assert_eq!(Number::from_text(&number.text()), Some(number));
    }

    #[test]
    fn numbers_are_ordered_like_their_floats(one in numbers(), two in numbers()) {
        let floats = one.to_f64().partial_cmp(&two.to_f64()).expect("no NaN");
        prop_assert!(floats.is_eq() || floats == one.cmp(&two), "{:?} {:?}", one, two);
    }
}
