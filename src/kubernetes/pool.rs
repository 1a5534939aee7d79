//! Pools of nodes that grow when pods wait: what the cloud says of them, as plain values.

use crate::scheduling::{Labels, Taint, Toleration, first_untolerated};

/// What is known of the pools of a cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Pools {
    /// Nothing: pools may be there and may grow.
    #[default]
    Unknown,
    /// All of them.
    Known(Vec<Pool>),
}

/// A pool of nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// Labels that its nodes are given.
    pub labels: Labels,
    /// Taints that its nodes are given.
    pub taints: Vec<Taint>,
    /// `linux` or `windows`. One that does not say is taken for Linux.
    pub operating_system: String,
    /// How many nodes it has.
    pub count: u32,
    /// Up to how many nodes it grows by itself. `None`: it does not.
    pub max_count: Option<u32>,
}

impl Pools {
    /// Whether a pool may grow whose nodes would take a pod with this selector and these tolerations.
    pub fn may_take(&self, selector: &Labels, tolerations: &[Toleration]) -> bool {
        *self == Pools::Unknown || !self.that_would_take(selector, tolerations).is_empty()
    }

    /// The pools that can grow, and whose nodes take a pod with this selector and these tolerations.
    pub fn that_would_take<'a>(
        &'a self, selector: &Labels, tolerations: &[Toleration],
    ) -> Vec<&'a Pool> {
        match self {
            Pools::Unknown => Vec::new(),
            Pools::Known(pools) => {
                let takes = |pool: &&Pool| pool.can_grow() && pool.takes(selector, tolerations);
                pools.iter().filter(takes).collect()
            }
        }
    }
}

impl Pool {
    /// Whether it may get another node by itself.
    pub fn can_grow(&self) -> bool {
        self.max_count.is_some_and(|max| self.count < max)
    }

    fn takes(&self, selector: &Labels, tolerations: &[Toleration]) -> bool {
        let may_have = |(key, value): (&String, &String)| match self.labels.get(key) {
            Some(label) => label == value,
            // Nodes get such labels when they join; a pool does not list them.
            None => key.contains("kubernetes.io/") || key.starts_with("kubernetes.azure.com/"),
        };
        matches!(self.operating_system.as_str(), "" | "linux")
            && selector.iter().all(may_have)
            && first_untolerated(&self.taints, tolerations).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::{Pool, Pools};
    use crate::scheduling::{Labels, Taint, Toleration};

    #[test]
    fn a_pool_helps_if_it_can_grow_and_its_nodes_would_take_the_pod() {
        let taint = Taint {
            key: "sku".to_owned(),
            value: "gpu".to_owned(),
            effect: "NoSchedule".to_owned(),
        };
        let pool = Pool {
            name: "gpu".to_owned(),
            labels: labels(&[("pool", "gpu")]),
            taints: vec![taint],
            max_count: Some(2),
            ..Pool::default()
        };
        let any = [Toleration { operator: "Exists".to_owned(), ..Toleration::default() }];
        for (selector, tolerations, count, max_count, helps) in [
            (labels(&[]), &any[..], 0, Some(2), true),
            (labels(&[("pool", "gpu")]), &any, 1, Some(2), true),
            (labels(&[("kubernetes.io/os", "linux")]), &any, 0, Some(2), true),
            (labels(&[("pool", "cpu")]), &any, 0, Some(2), false),
            (labels(&[("disk", "ssd")]), &any, 0, Some(2), false),
            (labels(&[]), &[], 0, Some(2), false),
            (labels(&[]), &any, 2, Some(2), false),
            (labels(&[]), &any, 0, None, false),
        ] {
            let pools = Pools::Known(vec![Pool { count, max_count, ..pool.clone() }]);
            let found = pools.that_would_take(&selector, tolerations);
            assert_eq!(found.len(), usize::from(helps), "{selector:?} {count} {max_count:?}");
        }
        let windows = Pool { operating_system: "windows".to_owned(), ..pool };
        let found = Pools::Known(vec![windows]);
        assert!(found.that_would_take(&Labels::new(), &any).is_empty(), "the images are for Linux");
        assert!(Pools::Unknown.that_would_take(&Labels::new(), &any).is_empty());
    }

    fn labels(labels: &[(&str, &str)]) -> Labels {
        labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }
}
