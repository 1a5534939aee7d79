//! Secrets in models: only a Terraform value takes them.

use serde::{Deserialize, Serialize};

use super::{from_value, to_value};
use crate::{Attr, AttrMap, Sensitive, Type, Value};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Login {
    user: Attr<String>,
    password: Attr<Sensitive<String>>,
}

fn login() -> Login {
    Login { user: "me".into(), password: Attr::Known("s3cret".into()) }
}

#[test]
fn a_secret_reaches_a_terraform_value_and_comes_back() {
    let ty = Type::object([("user", Type::String), ("password", Type::String)]);
    let value = to_value(&login(), &ty).expect("a value");
    assert_eq!(value, Value::map([("user", "me".into()), ("password", "s3cret".into())]));
    let read: Login = from_value(&value).expect("a model");
    assert_eq!(read, login());
    assert_eq!(read.password.known().map(|secret| secret.expose().as_str()), Some("s3cret"));
}

#[test]
fn secrets_nest_in_maps_and_may_be_unknown() {
    let of = |attr| [("key".to_owned(), attr)].into();
    let ty = Type::map(Type::String);
    for (element, expected) in [
        (Attr::Known("x".into()), Value::from("x")),
        (Attr::Unknown, Value::UNKNOWN),
        (Attr::Null, Value::Null),
    ] {
        let secrets: AttrMap<Sensitive<String>> = Attr::Known(of(element));
        let value = to_value(&secrets, &ty).expect("a value");
        assert_eq!(value, Value::map([("key", expected)]));
    }
}

#[test]
fn an_error_inside_a_secret_says_where_and_quotes_nothing() {
    let ty = Type::object([("user", Type::String), ("password", Type::Number)]);
    let error = to_value(&login(), &ty).expect_err("a string is no number").to_string();
    assert_eq!(error, ".password: a number is required, not a string");
}
