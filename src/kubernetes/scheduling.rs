//! Whether a pod may run on a node: labels, taints and tolerations, by Kubernetes' own rules.

use std::collections::BTreeMap;
use std::fmt;

use aml::settings::tolerations;
use aml::workload::ToleratedTaint;
use serde::Deserialize;

/// Labels by key.
pub type Labels = BTreeMap<String, String>;

/// A taint of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(default)]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value; often empty.
    pub value: String,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: String,
}

/// Which taints a pod tolerates. An empty part stands for any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Toleration {
    /// Key of the taint. Empty with `Exists`: every taint.
    pub key: String,
    /// `Equal`, which is the default, or `Exists`.
    pub operator: String,
    /// Value of the taint, compared with `Equal`.
    pub value: String,
    /// Effect of the taint. Empty: every effect.
    pub effect: String,
}

impl Taint {
    /// Whether it keeps pods away that do not tolerate it: `PreferNoSchedule` does not.
    pub fn repels(&self) -> bool {
        self.effect != "PreferNoSchedule"
    }
}

impl Toleration {
    /// Whether it tolerates this taint.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        if !self.effect.is_empty() && self.effect != taint.effect {
            return false;
        }
        match self.operator.as_str() {
            "Exists" => self.key.is_empty() || self.key == taint.key,
            _ => self.key == taint.key && self.value == taint.value,
        }
    }
}

impl From<ToleratedTaint> for Toleration {
    fn from(taint: ToleratedTaint) -> Toleration {
        let (key, value) = (taint.key.to_owned(), taint.value);
        Toleration { key, value, operator: "Equal".to_owned(), effect: String::new() }
    }
}

impl From<tolerations::Toleration> for Toleration {
    fn from(written: tolerations::Toleration) -> Toleration {
        let tolerations::Toleration { key, operator, value, effect } = written;
        Toleration { key, operator, value, effect }
    }
}

/// As `kubectl` writes it: `key=value:effect`.
impl fmt::Display for Taint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Taint { key, value, effect } = self;
        if value.is_empty() {
            write!(f, "{key}:{effect}")
        } else {
            write!(f, "{key}={value}:{effect}")
        }
    }
}

/// The first taint that keeps a pod with these tolerations away.
pub fn first_untolerated<'a>(taints: &'a [Taint], tolerations: &[Toleration]) -> Option<&'a Taint> {
    let is_tolerated = |taint: &Taint| tolerations.iter().any(|one| one.tolerates(taint));
    taints.iter().find(|taint| taint.repels() && !is_tolerated(taint))
}

/// The first label of a selector that these labels do not have.
pub fn first_unmatched<'a>(
    selector: impl IntoIterator<Item = (&'a str, &'a str)>, labels: &Labels,
) -> Option<(&'a str, &'a str)> {
    let mut selector = selector.into_iter();
    selector.find(|(key, value)| labels.get(*key).map(String::as_str) != Some(value))
}

#[cfg(test)]
mod tests {
    use super::{Labels, Taint, Toleration, first_unmatched, first_untolerated};

    #[test]
    fn taints_are_tolerated_as_kubernetes_does() {
        let gpu = taint("sku", "gpu", "NoSchedule");
        for (toleration, tolerates) in [
            (toleration("sku", "Equal", "gpu", "NoSchedule"), true),
            (toleration("sku", "", "gpu", ""), true),
            (toleration("sku", "Exists", "", ""), true),
            (toleration("", "Exists", "", ""), true),
            (toleration("", "Exists", "", "NoExecute"), false),
            (toleration("sku", "Equal", "cpu", ""), false),
            (toleration("sku", "Equal", "gpu", "NoExecute"), false),
            (toleration("other", "Exists", "", ""), false),
            (toleration("", "", "", ""), false),
        ] {
            assert_eq!(toleration.tolerates(&gpu), tolerates, "{toleration:?}");
        }
    }

    #[test]
    fn the_first_obstacle_is_named() {
        let taints = [
            taint("a", "", "PreferNoSchedule"),
            taint("b", "", "NoSchedule"),
            taint("c", "1", "NoExecute"),
        ];
        let told = |tolerations: &[Toleration]| {
            first_untolerated(&taints, tolerations).map(ToString::to_string)
        };
        assert_eq!(told(&[]).as_deref(), Some("b:NoSchedule"));
        assert_eq!(told(&[toleration("b", "Exists", "", "")]).as_deref(), Some("c=1:NoExecute"));
        assert_eq!(told(&[toleration("", "Exists", "", "")]), None);

        let labels = Labels::from([("a".to_owned(), "1".to_owned())]);
        assert_eq!(first_unmatched([("a", "1")], &labels), None);
        assert_eq!(first_unmatched([("a", "1"), ("b", "")], &labels), Some(("b", "")));
        assert_eq!(first_unmatched([("a", "2")], &labels), Some(("a", "2")));
    }

    fn taint(key: &str, value: &str, effect: &str) -> Taint {
        let [key, value, effect] = [key, value, effect].map(str::to_owned);
        Taint { key, value, effect }
    }

    fn toleration(key: &str, operator: &str, value: &str, effect: &str) -> Toleration {
        let [key, operator, value, effect] = [key, operator, value, effect].map(str::to_owned);
        Toleration { key, operator, value, effect }
    }
}
