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
