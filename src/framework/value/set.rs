//! The order of a set's elements: the one in which Terraform writes them.

use std::cmp::Ordering;

use super::Value;

/// The elements in order, each once. An unknown one may turn out to be any, so all of them stay.
pub(super) fn canonical(mut elements: Vec<Value>) -> Vec<Value> {
    elements.sort_by(compare);
    elements.dedup_by(|next, before| next == before && before.is_wholly_known());
    elements
}

/// Known before unknown before null, else by value; there is no order between different types.
fn compare(one: &Value, two: &Value) -> Ordering {
    match (one, two) {
        (Value::Bool(one), Value::Bool(two)) => one.cmp(two),
        (Value::Number(one), Value::Number(two)) => one.cmp(two),
        (Value::String(one), Value::String(two)) => one.cmp(two),
        (Value::List(one), Value::List(two)) => compare_all(one, two),
        (Value::Map(one), Value::Map(two)) => {
            one.keys().cmp(two.keys()).then_with(|| compare_all(one.values(), two.values()))
        }
        (Value::Dynamic(one), Value::Dynamic(two)) => compare(&one.1, &two.1),
        _ => rank(one).cmp(&rank(two)),
    }
}

fn compare_all<'a>(
    one: impl IntoIterator<Item = &'a Value>, two: impl IntoIterator<Item = &'a Value>,
) -> Ordering {
    let mut two = two.into_iter();
    for element in one {
        let Some(other) = two.next() else { return Ordering::Greater };
        let order = compare(element, other);
        if order.is_ne() {
            return order;
        }
    }
    if two.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Unknown(_) => 1,
        Value::Null => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_in_order_and_each_is_once() {
        let of = |names: [&str; 4]| names.map(Value::from).to_vec();
        assert_eq!(canonical(of(["b", "a", "B", "a"])), ["B", "a", "b"].map(Value::from));
        let objects = |numbers: &[i64]| {
            let object = |n: &i64| Value::map([("a", "x".into()), ("n", (*n).into())]);
            numbers.iter().map(object).collect::<Vec<_>>()
        };
        assert_eq!(canonical(objects(&[10, 2, 10])), objects(&[2, 10]));
    }

    #[test]
    fn null_is_last_and_unknown_elements_stay_apart() {
        let found = canonical(vec![Value::Null, Value::UNKNOWN, 1.into(), Value::UNKNOWN]);
        assert_eq!(found, [1.into(), Value::UNKNOWN, Value::UNKNOWN, Value::Null]);
    }
}
