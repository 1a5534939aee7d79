//! Tolerations in the settings: `toleration[0].key` and so on, a list that Helm puts together.

use std::collections::BTreeMap;

/// The settings that list which taints the extension's own pods tolerate.
pub const OF_EXTENSION: &str = "toleration";
/// The settings that list which taints jobs and deployments tolerate.
pub const OF_WORKLOADS: &str = "workLoadToleration";

/// A toleration as settings write it, in Kubernetes' own terms. What is not written is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toleration {
    /// Key of the taint.
    pub key: String,
    /// `Equal` or `Exists`.
    pub operator: String,
    /// Value of the taint.
    pub value: String,
    /// Effect of the taint.
    pub effect: String,
}

/// The tolerations of a list in a service's plain map, in the order of their numbers.
pub fn read_tolerations(held: &BTreeMap<String, String>, list: &str) -> Vec<Toleration> {
    let mut found: BTreeMap<u32, Toleration> = BTreeMap::new();
    for (key, text) in held {
        let Some((number, part)) = place(key, list) else { continue };
        let toleration = found.entry(number).or_default();
        let field = match part {
            "key" => &mut toleration.key,
            "operator" => &mut toleration.operator,
            "value" => &mut toleration.value,
            "effect" => &mut toleration.effect,
            _ => continue,
        };
        text.clone_into(field);
    }
    found.into_values().filter(|it| *it != Toleration::default()).collect()
}

/// The number and the field of a setting of a list. `None`: it is none.
fn place<'a>(key: &'a str, list: &str) -> Option<(u32, &'a str)> {
    let (number, part) = key.strip_prefix(list)?.strip_prefix('[')?.split_once("].")?;
    Some((number.parse().ok()?, part))
}

#[cfg(test)]
mod tests {
    use super::{OF_EXTENSION, OF_WORKLOADS, Toleration, read_tolerations};

    #[test]
    fn tolerations_are_put_together_by_their_numbers() {
        let held = [
            ("toleration[10].operator", "Exists"),
            ("toleration[2].key", "sku"),
            ("toleration[2].value", "gpu"),
            ("toleration[2].effect", "NoSchedule"),
            ("toleration[2].tolerationSeconds", "9"),
            ("toleration[3].tolerationSeconds", "9"),
            ("toleration[x].key", "odd"),
            ("toleration.key", "odd"),
            ("workLoadToleration[0].key", "jobs"),
        ];
        let held = held.map(|(key, text)| (key.to_owned(), text.to_owned())).into();
        let sku = Toleration {
            key: "sku".to_owned(),
            value: "gpu".to_owned(),
            effect: "NoSchedule".to_owned(),
            ..Toleration::default()
        };
        let any = Toleration { operator: "Exists".to_owned(), ..Toleration::default() };
        assert_eq!(read_tolerations(&held, OF_EXTENSION), [sku, any]);
        let jobs = Toleration { key: "jobs".to_owned(), ..Toleration::default() };
        assert_eq!(read_tolerations(&held, OF_WORKLOADS), [jobs]);
    }
}
