//! A value of any type in the shape of another, as Terraform brings what users write into it.

use std::collections::BTreeMap;

use super::{Type, Value, ValueError};
use vocabulary::Step;

type Result<T> = std::result::Result<T, ValueError>;

impl Value {
    /// The value in the shape of that type.
    ///
    /// Attributes that are missing are null, attributes that the type does not have are errors. A
    /// number or a bool is text where text is asked for.
    pub fn conform(&self, ty: &Type) -> Result<Value> {
        match (self.inner(), ty) {
            (_, Type::Dynamic) => Ok(self.clone()),
            (Value::Null | Value::Unknown(_), _)
            | (Value::Bool(_), Type::Bool)
            | (Value::Number(_), Type::Number)
            | (Value::String(_), Type::String) => Ok(self.inner().clone()),
            (Value::Number(number), Type::String) => Ok(Value::String(number.text())),
            (Value::Bool(flag), Type::String) => Ok(Value::String(flag.to_string())),
            (Value::List(elements), Type::List(element) | Type::Set(element)) => {
                conform_list(elements.iter().map(|each| (each, &**element)))
            }
            (Value::List(elements), Type::Tuple(types)) if elements.len() == types.len() => {
                conform_list(elements.iter().zip(types))
            }
            (Value::Map(elements), Type::Map(element)) => conform_map(elements, element),
            (Value::Map(elements), Type::Object(attributes)) => {
                conform_object(elements, attributes)
            }
            (inner, ty) => Err(inner.mismatch(ty)),
        }
    }
}

fn conform_list<'a>(elements: impl Iterator<Item = (&'a Value, &'a Type)>) -> Result<Value> {
    let inside = |(index, (each, ty)): (usize, (&Value, &Type))| {
        each.conform(ty).map_err(|it| it.prepend(Step::position(index)))
    };
    Ok(Value::List(elements.enumerate().map(inside).collect::<Result<_>>()?))
}

fn conform_map(elements: &BTreeMap<String, Value>, ty: &Type) -> Result<Value> {
    let inside = |(key, each): (&String, &Value)| {
        let each = each.conform(ty).map_err(|it| it.prepend(Step::Key(key.clone())));
        Ok((key.clone(), each?))
    };
    Ok(Value::Map(elements.iter().map(inside).collect::<Result<_>>()?))
}

fn conform_object(
    elements: &BTreeMap<String, Value>, attributes: &BTreeMap<String, Type>,
) -> Result<Value> {
    let at = |name: &String| Step::Attribute(name.clone());
    if let Some(extra) = elements.keys().find(|name| !attributes.contains_key(*name)) {
        let known: Vec<_> = attributes.keys().map(String::as_str).collect();
        let message = format!("there is no such attribute, only {}", known.join(", "));
        return Err(ValueError::new(message).prepend(at(extra)));
    }
    let inside = |(name, ty): (&String, &Type)| {
        let each = elements.get(name).map_or(Ok(Value::Null), |each| each.conform(ty));
        Ok((name.clone(), each.map_err(|it| it.prepend(at(name)))?))
    };
    Ok(Value::Map(attributes.iter().map(inside).collect::<Result<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_null_and_numbers_are_texts() {
        let small = Type::object([("a", Type::String), ("b", Type::map(Type::String))]);
        let ty = Type::object([("list", Type::list(small)), ("flag", Type::String)]);
        let given = Value::map([
            ("list", Value::List(vec![Value::map([("b", Value::map([("k", Value::from(2))]))])])),
            ("flag", Value::Bool(true)),
        ]);
        let inner = [("a", Value::Null), ("b", Value::map([("k", Value::from("2"))]))];
        let expected =
            [("list", Value::List(vec![Value::map(inner)])), ("flag", Value::from("true"))];
        assert_eq!(given.conform(&ty), Ok(Value::map(expected)));
        let carried = Value::Dynamic(Box::new((Type::Number, Value::from(1))));
        assert_eq!(carried.conform(&Type::Number), Ok(Value::from(1)));
        assert_eq!(Value::UNKNOWN.conform(&ty), Ok(Value::UNKNOWN));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let ty = Type::object([("a", Type::map(Type::list(Type::Number)))]);
        let told = |value: Value| value.conform(&ty).unwrap_err().to_string();
        let inside = Value::map([("k", Value::List(vec![Value::from(1), Value::from("x")]))]);
        assert_eq!(
            told(Value::map([("a", inside)])),
            r#".a["k"][1]: a number is required, not a string"#
        );
        let misspelt = Value::map([("aa", Value::Null)]);
        assert_eq!(told(misspelt), ".aa: there is no such attribute, only a");
        assert_eq!(told(Value::from("a")), "an object is required, not a string");
    }
}
