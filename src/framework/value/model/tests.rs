//! Models of every shape, and every way in which a value does not fit one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{from_value, to_value};
use crate::{Attr, AttrList, AttrMap, Number, Type, Value};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Model {
    name: Attr<String>,
    count: Attr<i64>,
    enabled: Attr<bool>,
    ratio: Attr<f64>,
    exact: Attr<Number>,
    labels: AttrMap<String>,
    names: AttrList<String>,
    inner: Attr<Inner>,
    by_name: AttrMap<Inner>,
    plain: Attr<Plain>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Inner {
    port: Attr<u16>,
    names: AttrList<String>,
}

/// A leaf that knows nothing of attributes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Plain {
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    amounts: BTreeMap<Name, Amount>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    OneNode,
    ManyNodes,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Name(String);

/// A type that reads its text itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Amount(u64);

impl TryFrom<String> for Amount {
    type Error = String;

    fn try_from(text: String) -> Result<Amount, String> {
        text.parse().map(Amount).map_err(|_| "an amount is digits, such as `16`".to_owned())
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> String {
        amount.0.to_string()
    }
}

fn inner_type() -> Type {
    Type::object([("port", Type::Number), ("names", Type::set(Type::String))])
}

fn model_type() -> Type {
    let plain = Type::object([
        ("kind", Type::String),
        ("note", Type::String),
        ("amounts", Type::map(Type::String)),
    ]);
    Type::object([
        ("name", Type::String),
        ("count", Type::Number),
        ("enabled", Type::Bool),
        ("ratio", Type::Number),
        ("exact", Type::Number),
        ("labels", Type::map(Type::String)),
        ("names", Type::list(Type::String)),
        ("inner", inner_type()),
        ("by_name", Type::map(inner_type())),
        ("plain", plain),
    ])
}

fn inner() -> Inner {
    Inner { port: Attr::Known(443), names: AttrList::from_iter(["a".to_owned(), "b".to_owned()]) }
}

fn model() -> Model {
    let amounts = [(Name("cpu".into()), Amount(16))].into();
    Model {
        name: "edge".into(),
        count: Attr::Known(i64::MAX),
        enabled: Attr::Known(true),
        ratio: Attr::Known(0.1),
        exact: Number::parse("340282366920938463463374607431768211456.5").into(),
        labels: Attr::Known(
            [("a", Attr::from("x")), ("b", Attr::Null), ("c", Attr::Unknown)]
                .map(|(key, value)| (key.to_owned(), value))
                .into(),
        ),
        names: Attr::Known(vec!["x".into(), Attr::Unknown, Attr::Null]),
        inner: Attr::Known(inner()),
        by_name: AttrMap::from_iter([("one".to_owned(), inner())]),
        plain: Attr::Known(Plain { kind: Kind::ManyNodes, note: None, amounts }),
    }
}

fn with(path: &[&str], value: Value) -> Value {
    let mut all = to_value(&model(), &model_type()).expect("a value");
    let (last, above) = path.split_last().expect("a path");
    let mut at = &mut all;
    for name in above {
        let Value::Map(elements) = at else { panic!("{name} is in no map") };
        at = elements.get_mut(*name).expect("an element");
    }
    let Value::Map(elements) = at else { panic!("{last} is in no map") };
    elements.insert((*last).to_owned(), value);
    all
}

fn reads(value: &Value) -> String {
    from_value::<Model>(value).expect_err("it does not fit").to_string()
}

#[test]
fn a_model_of_every_shape_comes_back_from_its_value() {
    for model in [model(), Model::default()] {
        let value = to_value(&model, &model_type()).expect("a value");
        assert_eq!(from_value::<Model>(&value), Ok(model.clone()));
        let bytes = value.to_msgpack(&model_type()).expect("bytes");
        let read = Value::from_msgpack(&bytes, &model_type()).expect("a value");
        assert_eq!(from_value::<Model>(&read), Ok(model));
    }
}

#[test]
fn leaves_are_written_as_what_they_mean() {
    let value = to_value(&model(), &model_type()).expect("a value");
    assert_eq!(value.get("ratio"), Some(&Value::Number(Number::parse("0.1").expect("0.1"))));
    let plain = Value::map([
        ("kind", Value::from("many_nodes")),
        ("note", Value::Null),
        ("amounts", Value::map([("cpu", "16".into())])),
    ]);
    assert_eq!(value.get("plain"), Some(&plain));
    assert_eq!(value.get("labels").and_then(|labels| labels.get("c")), Some(&Value::UNKNOWN));
}

#[test]
fn texts_are_normalised_and_sets_put_in_order() {
    let names = ["b", "e\u{301}", "a", "b"].map(str::to_owned);
    let inner = Inner { port: Attr::Null, names: AttrList::from_iter(names) };
    let value = to_value(&inner, &inner_type()).expect("a value");
    let names = vec!["a".into(), "b".into(), Value::String("\u{e9}".to_owned())];
    assert_eq!(value.get("names"), Some(&Value::List(names)));
}

#[test]
fn null_and_unknown_read_into_attributes_at_every_depth() {
    let read: Model = from_value(&with(&["by_name", "one"], Value::UNKNOWN)).expect("a model");
    assert_eq!(read.by_name, Attr::Known([("one".to_owned(), Attr::Unknown)].into()));
    let read: Model = from_value(&with(&["inner", "port"], Value::Null)).expect("a model");
    assert_eq!(read.inner.known().map(|inner| inner.port), Some(Attr::Null));
    let dynamic = Value::Dynamic(Box::new((Type::String, Value::UNKNOWN)));
    let read: Model = from_value(&with(&["name"], dynamic)).expect("a model");
    assert_eq!(read.name, Attr::Unknown);
}

#[test]
fn unknown_outside_an_attribute_does_not_read() {
    let error = reads(&with(&["plain", "kind"], Value::UNKNOWN));
    assert_eq!(error, ".plain.kind: a string is required, not an unknown value");
    let error = reads(&with(&["plain", "note"], Value::UNKNOWN));
    assert_eq!(error, ".plain.note: a string is required, not an unknown value");
    let error = reads(&with(&["plain", "amounts", "cpu"], Value::UNKNOWN));
    assert_eq!(error, ".plain.amounts[\"cpu\"]: a string is required, not an unknown value");
    assert!(from_value::<serde_json::Value>(&Value::UNKNOWN).is_err());
}

#[test]
fn a_field_and_an_attribute_that_miss_each_other_are_named_at_every_depth() {
    let value = with(&["by_name", "one", "prot"], Value::Null);
    let expected = ".by_name[\"one\"].prot: the model `Inner` has no field for this attribute";
    assert_eq!(reads(&value), expected);

    let port = Value::map([("port", Value::Null)]);
    let expected = ".inner.names: no attribute belongs to this field of the model `Inner`";
    assert_eq!(reads(&with(&["inner"], port)), expected);
}

#[test]
fn writing_is_as_strict_as_reading() {
    let writes = |ty: &Type| to_value(&inner(), ty).expect_err("it does not fit").to_string();
    let more = Type::object([
        ("port", Type::Number),
        ("names", Type::set(Type::String)),
        ("host", Type::String),
    ]);
    assert_eq!(writes(&more), ".host: the model `Inner` has no field for this attribute");
    let less = Type::object([("port", Type::Number)]);
    assert_eq!(writes(&less), ".names: no attribute belongs to this field of the model `Inner`");
    let other = Type::object([("port", Type::String), ("names", Type::set(Type::String))]);
    assert_eq!(writes(&other), ".port: a string is required, not a number");
    let other = Type::object([("port", Type::Number), ("names", Type::list(Type::Bool))]);
    assert_eq!(writes(&other), ".names[0]: a bool is required, not a string");
    assert_eq!(writes(&Type::String), "a string is required, not a map or an object");
}

#[test]
fn a_whole_number_that_does_not_fit_is_an_error() {
    for (number, fits) in
        [("1.0", true), ("1e2", true), ("3.7", false), ("-9223372036854775809", false)]
    {
        let number = Value::Number(Number::parse(number).expect("a number"));
        assert_eq!(from_value::<Model>(&with(&["count"], number)).is_ok(), fits);
    }
    let error = reads(&with(&["inner", "port"], Value::from(65_536)));
    assert_eq!(error, ".inner.port: a whole number from 0 to 65535 is required");
    let huge = Value::Number(Number::parse("1e400").expect("a number"));
    assert_eq!(reads(&with(&["ratio"], huge)), ".ratio: the number is too large");
    let max = Value::Number(u64::MAX.into());
    assert_eq!(from_value::<u64>(&max), Ok(u64::MAX));
    assert!(to_value(&f64::NAN, &Type::Number).is_err());
}

#[test]
fn a_value_of_another_kind_says_where_and_what_was_required() {
    let one = Value::from(1);
    for (path, expected) in [
        (&["name"][..], ".name: a string is required, not a number"),
        (&["enabled"], ".enabled: a bool is required, not a number"),
        (&["labels"], ".labels: a map is required, not a number"),
        (&["labels", "a"], ".labels[\"a\"]: a string is required, not a number"),
        (&["names"], ".names: a list is required, not a number"),
        (&["inner"], ".inner: an object is required, not a number"),
    ] {
        assert_eq!(reads(&with(path, one.clone())), expected);
    }
    let names = Value::List(vec!["a".into(), true.into()]);
    assert_eq!(reads(&with(&["names"], names)), ".names[1]: a string is required, not a bool");
}

#[test]
fn a_leaf_words_its_own_error_and_no_other_quotes_the_value() {
    let error = reads(&with(&["plain", "amounts", "cpu"], "many".into()));
    assert_eq!(error, ".plain.amounts[\"cpu\"]: an amount is digits, such as `16`");
    let error = reads(&with(&["plain", "kind"], "s3cret".into()));
    assert_eq!(error, ".plain.kind: one of [\"one_node\", \"many_nodes\"] is required");
}

#[test]
fn tuples_have_all_their_elements() {
    let ty = Type::Tuple(vec![Type::String, Type::Number]);
    let value = to_value(&("a", 1), &ty).expect("a value");
    assert_eq!(from_value::<(String, i8)>(&value), Ok(("a".to_owned(), 1)));
    assert!(from_value::<(String,)>(&value).is_err());
    assert!(to_value(&("a",), &ty).is_err());
    assert!(to_value(&("a", 1, 2), &ty).is_err());
}

#[test]
fn a_value_reads_into_types_that_take_anything() {
    let value = Value::map([
        ("list", Value::List(vec![1.into(), true.into(), Value::Null])),
        ("half", Value::Number(Number::parse("0.5").expect("a number"))),
        ("large", Value::Number(u64::MAX.into())),
    ]);
    let json: serde_json::Value = from_value(&value).expect("JSON");
    let expected = serde_json::json!({
        "list": [1, true, null], "half": 0.5, "large": 18_446_744_073_709_551_615_u64,
    });
    assert_eq!(json, expected);
}
