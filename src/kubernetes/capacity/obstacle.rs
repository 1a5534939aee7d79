//! What keeps a replica from a node.

use std::cmp::Ordering;
use std::fmt;

use aml::Quantity;

use crate::scheduling::Taint;

/// What keeps a replica from a node, nearest to fitting first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Others use the node.
    NoRoom {
        /// What runs out first.
        resource: String,
        /// What a replica requests of it.
        requested: Quantity,
        /// What is free.
        available: Quantity,
    },
    /// The node is too small, even if nothing else ran on it.
    TooSmall {
        /// What the node has too little of.
        resource: String,
        /// What a replica requests of it.
        requested: Quantity,
        /// What the node has for pods.
        available: Quantity,
    },
    /// The node is cordoned.
    Cordoned,
    /// The node is not ready.
    NotReady,
    /// The node has a taint that is not tolerated.
    Taint(Taint),
    /// The node lacks a label.
    Label {
        /// Whose selector asks for it.
        of: SelectorOf,
        /// Key of the label.
        key: String,
        /// Value that is asked for.
        value: String,
    },
    /// The node does not run Linux on amd64, for which the images are made.
    Platform,
}

/// Whose selector asks for a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectorOf {
    /// The extension's `node_selector`, which is combined with that of every type.
    Extension,
    /// The instance type's `node_selector`.
    InstanceType,
}

impl Obstacle {
    /// What keeps a replica from this many nodes: `2 nodes have the taint …`.
    pub fn describe(&self, nodes: usize) -> String {
        let noun = if nodes == 1 { "node" } else { "nodes" };
        format!("{nodes} {noun} {}", self.predicate(nodes))
    }

    fn predicate(&self, nodes: usize) -> String {
        // Of several nodes, the amount of the one that is nearest to fitting is known.
        let [has, most, is, lacks, does] = match nodes {
            1 => ["has", "", "is", "lacks", "does"],
            _ => ["have", "at most ", "are", "lack", "do"],
        };
        match self {
            Obstacle::NoRoom { resource, requested, available } => {
                let available = non_negative(available);
                format!("{has} {most}{available} {resource} free of the {requested} requested")
            }
            Obstacle::TooSmall { resource, requested, available } => {
                format!("{has} {most}{available} {resource} in all of the {requested} requested")
            }
            Obstacle::Cordoned => format!("{is} cordoned"),
            Obstacle::NotReady => format!("{is} not ready"),
            Obstacle::Taint(taint) => format!("{has} the taint {taint}, which is not tolerated"),
            Obstacle::Label { of, key, value } => {
                let whose = match of {
                    SelectorOf::Extension => "the extension's node selector",
                    SelectorOf::InstanceType => "the type's node selector",
                };
                format!("{lacks} the label {key}={value} of {whose}")
            }
            Obstacle::Platform => format!("{does} not run Linux on amd64"),
        }
    }

    pub(super) fn label((of, key): (SelectorOf, String), value: String) -> Obstacle {
        Obstacle::Label { of, key, value }
    }

    /// Whether the two are told as one, with the number of nodes.
    pub(super) fn is_kind_of(&self, other: &Obstacle) -> bool {
        match (self, other) {
            (Obstacle::NoRoom { resource: one, .. }, Obstacle::NoRoom { resource: two, .. })
            | (
                Obstacle::TooSmall { resource: one, .. },
                Obstacle::TooSmall { resource: two, .. },
            ) => one == two,
            _ => self == other,
        }
    }

    /// Takes over the larger amount of another one of its kind.
    pub(super) fn keep_nearer(&mut self, other: Obstacle) {
        let (Obstacle::NoRoom { available, .. } | Obstacle::TooSmall { available, .. }) = self
        else {
            return;
        };
        let (Obstacle::NoRoom { available: more, .. } | Obstacle::TooSmall { available: more, .. }) =
            other
        else {
            return;
        };
        if *available < more {
            *available = more;
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Obstacle::NoRoom { .. } => 0,
            Obstacle::TooSmall { .. } => 1,
            Obstacle::Cordoned => 2,
            Obstacle::NotReady => 3,
            Obstacle::Taint(_) => 4,
            Obstacle::Label { .. } => 5,
            Obstacle::Platform => 6,
        }
    }
}

/// By how near it is to fitting, then by its text.
impl Ord for Obstacle {
    fn cmp(&self, other: &Self) -> Ordering {
        let text = || self.to_string().cmp(&other.to_string());
        self.rank().cmp(&other.rank()).then_with(text)
    }
}

impl PartialOrd for Obstacle {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// To be read after "a node": "has the taint …".
impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.predicate(1))
    }
}

/// Pods of a higher priority can take more than there is.
fn non_negative(available: &Quantity) -> Quantity {
    if available.is_negative() { Quantity::zero() } else { available.clone() }
}
