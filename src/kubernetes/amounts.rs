//! Amounts of resources: what is there, what is asked for, what is left.

use std::collections::BTreeMap;

use aml::Quantity;
use serde_json::Value;

/// Quantities by resource name. A resource that is not there counts as none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Amounts(BTreeMap<String, Quantity>);

impl Amounts {
    /// How much there is of a resource.
    pub fn get(&self, resource: &str) -> Quantity {
        self.0.get(resource).cloned().unwrap_or_else(Quantity::zero)
    }

    /// The resources with their amounts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Quantity)> {
        self.0.iter().map(|(resource, amount)| (resource.as_str(), amount))
    }

    /// Adds other amounts to these.
    pub fn add(&mut self, more: &Amounts) {
        for (resource, amount) in more.iter() {
            let sum = &self.get(resource) + amount;
            self.0.insert(resource.to_owned(), sum);
        }
    }

    /// Of each resource the larger amount.
    pub fn raise_to(&mut self, least: &Amounts) {
        for (resource, amount) in least.iter() {
            if self.get(resource) < *amount {
                self.0.insert(resource.to_owned(), amount.clone());
            }
        }
    }

    /// Adds the resources that are not there yet.
    pub fn fill_in(&mut self, more: &Amounts) {
        for (resource, amount) in more.iter() {
            self.0.entry(resource.to_owned()).or_insert_with(|| amount.clone());
        }
    }

    /// The first resource of which these are more than `room` has.
    pub fn first_above(&self, room: &Amounts) -> Option<(&str, &Quantity)> {
        self.iter().find(|(resource, amount)| **amount > room.get(resource))
    }

    /// What is left of these without others; below zero where more is used than there is.
    pub fn without(&self, used: &Amounts) -> Amounts {
        let left = |(resource, amount): (&String, &Quantity)| {
            (resource.clone(), amount - &used.get(resource))
        };
        Amounts(self.0.iter().map(left).collect())
    }

    /// Reads a map of quantities on the wire. What cannot be read is left out.
    pub(crate) fn read(map: &BTreeMap<String, Value>) -> Amounts {
        let amount = |(resource, value): (&String, &Value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            Some((resource.clone(), text.parse().ok()?))
        };
        Amounts(map.iter().filter_map(amount).collect())
    }
}

/// Texts that are no quantities are left out.
impl<K: Into<String>, V: AsRef<str>> FromIterator<(K, V)> for Amounts {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Amounts {
        let amount =
            |(resource, text): (K, V)| Some((resource.into(), text.as_ref().parse().ok()?));
        Amounts(entries.into_iter().filter_map(amount).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Amounts;

    #[test]
    fn amounts_are_added_raised_and_taken_away() {
        let mut amounts = Amounts::from_iter([("cpu", "500m"), ("memory", "1Gi"), ("odd", "x")]);
        amounts.add(&Amounts::from_iter([("cpu", "1"), ("nvidia.com/gpu", "1")]));
        let expected =
            Amounts::from_iter([("cpu", "1500m"), ("memory", "1Gi"), ("nvidia.com/gpu", "1")]);
        assert_eq!(amounts, expected);
        amounts.raise_to(&Amounts::from_iter([("cpu", "1"), ("memory", "2Gi")]));
        assert_eq!(amounts.get("memory").as_str(), "2Gi");
        assert_eq!(amounts.get("cpu").as_str(), "1500m");
        let left = Amounts::from_iter([("cpu", "1"), ("pods", "110")]).without(&amounts);
        assert_eq!(left, Amounts::from_iter([("cpu", "-500m"), ("pods", "110")]));
        assert!(left.get("memory").is_zero());
    }
}
