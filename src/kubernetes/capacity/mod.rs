//! How many jobs or deployments of an instance type fit into the cluster now, and what blocks the next.

mod obstacle;
mod usage;

use aml::instance_type::custom_resource::cluster_form;
use aml::workload::{ComputeNames, Workload, tolerated_by_workloads};
use aml::{InstanceType, Quantity};

pub use obstacle::{Obstacle, SelectorOf};
pub use usage::Usage;

use crate::amounts::Amounts;
use crate::node::Node;
use crate::pool::{Pool, Pools};
use crate::scheduling::{Labels, Toleration, first_unmatched, first_untolerated};

/// The cluster as the scheduler finds it.
#[derive(Clone, Debug, Default)]
pub struct Room {
    /// All nodes.
    pub nodes: Vec<Node>,
    /// What pods take of them.
    pub usage: Usage,
    /// The pools that nodes come from.
    pub pools: Pools,
}

/// One replica that looks for a node.
#[derive(Clone, Debug)]
pub struct Replica<'a> {
    /// The extension's own selector, which is combined with that of every type.
    pub extension_selector: &'a Labels,
    /// What it runs on.
    pub instance_type: &'a InstanceType,
    /// What it is.
    pub workload: Workload,
    /// Taints that it tolerates: [`workload_tolerations`].
    pub tolerations: &'a [Toleration],
}

/// How many fit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Capacity {
    /// How many more replicas fit now.
    pub fits: u64,
    /// What keeps one more from each node, with the number of nodes, nearest to fitting first.
    pub blocked_by: Vec<(Obstacle, usize)>,
    /// Names of the pools that can grow and whose nodes would take one more.
    pub growing_pools: Vec<String>,
}

/// The taints that jobs and deployments tolerate: Azure ML's own, and those of the extension's settings
/// `workLoadToleration`.
pub fn workload_tolerations(
    names: Option<&ComputeNames>, settings: &[Toleration],
) -> Vec<Toleration> {
    let own = tolerated_by_workloads(names).into_iter().map(Toleration::from);
    own.chain(settings.iter().cloned()).collect()
}

/// How many replicas fit, node by node.
pub fn capacity(room: &Room, replica: &Replica<'_>) -> Capacity {
    let requests = replica.requests();
    let mut capacity = Capacity::default();
    for node in &room.nodes {
        let free = room.usage.free(node);
        let (fits, obstacle) = match replica.obstacle(node, &requests) {
            Some(obstacle) => (0, obstacle),
            None => fit(&requests, &free),
        };
        capacity.fits = capacity.fits.saturating_add(fits);
        capacity.count(obstacle);
    }
    capacity.blocked_by.sort();
    capacity.growing_pools = growing_pools(room, replica, &requests);
    capacity
}

impl Capacity {
    /// Counts the obstacle of one more node; of a kind the one nearest to fitting is kept.
    fn count(&mut self, obstacle: Obstacle) {
        match self.blocked_by.iter_mut().find(|(known, _)| known.is_kind_of(&obstacle)) {
            Some((known, nodes)) => {
                *nodes += 1;
                known.keep_nearer(obstacle);
            }
            None => self.blocked_by.push((obstacle, 1)),
        }
    }
}

impl Replica<'_> {
    /// What it takes of a node: the largest init container or the sum of its containers, whichever is
    /// more. A limit alone is also the request.
    pub fn requests(&self) -> Amounts {
        let resources = cluster_form(self.instance_type).resources.unwrap_or_default();
        let of = |amounts: &Option<aml::Amounts>| -> Amounts {
            amounts.iter().flat_map(aml::Amounts::iter).collect()
        };
        let mut requests = of(&resources.requests);
        let limits = of(&resources.limits);
        requests.fill_in(&limits);
        requests.add(&self.workload.sidecar_requests().iter().copied().collect());
        requests.raise_to(&self.workload.init_requests().iter().copied().collect());
        requests
    }

    /// The labels that its node must have.
    fn selector(&self) -> Labels {
        let own = self.instance_type.node_selector.iter().flat_map(aml::Labels::iter);
        let own = own.map(|(key, value)| (key.to_owned(), value.to_owned()));
        self.extension_selector.clone().into_iter().chain(own).collect()
    }

    /// Why it cannot run on this node even if nothing else does.
    fn obstacle(&self, node: &Node, requests: &Amounts) -> Option<Obstacle> {
        if let Some((key, value)) = self.find_unmatched_label(node) {
            return Some(Obstacle::label(key, value));
        }
        if !node.runs_linux_amd64() {
            return Some(Obstacle::Platform);
        }
        if !node.is_schedulable() {
            return Some(if node.is_ready { Obstacle::Cordoned } else { Obstacle::NotReady });
        }
        if let Some(taint) = first_untolerated(&node.taints, self.tolerations) {
            return Some(Obstacle::Taint(taint.clone()));
        }
        let short = requests.first_above(&node.allocatable);
        short.map(|(resource, requested)| Obstacle::TooSmall {
            resource: resource.to_owned(),
            requested: requested.clone(),
            available: node.allocatable.get(resource),
        })
    }

    fn find_unmatched_label(&self, node: &Node) -> Option<((SelectorOf, String), String)> {
        let extension = self.extension_selector.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        let own = self.instance_type.node_selector.iter().flat_map(aml::Labels::iter);
        let of =
            |of: SelectorOf, (key, value): (&str, &str)| ((of, key.to_owned()), value.to_owned());
        let unmatched =
            first_unmatched(extension, &node.labels).map(|it| of(SelectorOf::Extension, it));
        unmatched.or_else(|| {
            first_unmatched(own, &node.labels).map(|it| of(SelectorOf::InstanceType, it))
        })
    }
}

/// How many fit into what is free, and what there is too little of for one more.
fn fit(requests: &Amounts, free: &Amounts) -> (u64, Obstacle) {
    let mut requests = requests.clone();
    requests.add(&Amounts::from_iter([("pods", "1")]));
    let times = |(resource, requested): (&str, &Quantity)| {
        Some((requested.times_in(&free.get(resource))?, resource.to_owned(), requested.clone()))
    };
    let least = requests.iter().filter_map(times).min_by_key(|(times, _, _)| *times);
    // One pod is requested, so that there is one.
    let (times, resource, requested) =
        least.unwrap_or_else(|| (0, String::new(), Quantity::zero()));
    let available = &free.get(&resource) - &requested.times(times);
    (times, Obstacle::NoRoom { resource, requested, available })
}

fn growing_pools(room: &Room, replica: &Replica<'_>, requests: &Amounts) -> Vec<String> {
    let is_large_enough = |pool: &&&Pool| {
        let mut nodes = room.nodes.iter().filter(|node| node.is_of_pool(&pool.name)).peekable();
        // The nodes of a pool are alike; of a pool without nodes nothing is known.
        nodes.peek().is_none()
            || nodes.any(|node| requests.first_above(&node.allocatable).is_none())
    };
    let pools = room.pools.that_would_take(&replica.selector(), replica.tolerations);
    pools.iter().filter(is_large_enough).map(|pool| pool.name.clone()).collect()
}

#[cfg(test)]
mod tests;
