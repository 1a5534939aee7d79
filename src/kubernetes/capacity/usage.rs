//! What pods take of the nodes that they are on.

use std::collections::BTreeMap;

use aml::Quantity;

use crate::amounts::Amounts;
use crate::node::Node;
use crate::pod::Pod;

/// What is taken of each node. Pods are added one by one, so that nobody needs all of them at once.
#[derive(Clone, Debug, Default)]
pub struct Usage(BTreeMap<String, Amounts>);

impl Usage {
    /// Adds what a pod takes, if it is on a node and runs there.
    pub fn add(&mut self, pod: &Pod) {
        let Some(node) = &pod.node else { return };
        if pod.is_finished() {
            return;
        }
        let taken = self.0.entry(node.clone()).or_default();
        taken.add(&pod.requests);
        taken.add(&Amounts::from_iter([("pods", "1")]));
    }

    /// What is left of a node.
    pub fn free(&self, node: &Node) -> Amounts {
        match self.0.get(&node.name) {
            Some(taken) => node.allocatable.without(taken),
            None => node.allocatable.clone(),
        }
    }

    /// How many pods are on a node.
    pub fn pods(&self, node: &str) -> Quantity {
        self.0.get(node).map_or_else(Quantity::zero, |taken| taken.get("pods"))
    }
}
