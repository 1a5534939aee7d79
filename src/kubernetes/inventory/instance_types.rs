//! What instance types meet in a cluster. Places count from the map of types.

use std::collections::BTreeSet;

use aml::instance_type::is_extended;
use aml::workload::Workload;
use aml::{InstanceType, Types};
use vocabulary::Path;

use super::finding::Finding;
use crate::capacity::{Capacity, Obstacle, Replica, Room, SelectorOf, capacity};
use crate::pool::Pools;
use crate::scheduling::{Labels, Toleration};

/// What keeps jobs of these types from every node, even from an empty one. What a pool that can grow may
/// mend is a note.
pub fn check_instance_types(
    types: &Types, room: &Room, extension_selector: &Labels, tolerations: &[Toleration],
) -> Vec<Finding> {
    let check = |(name, instance_type): (&String, &InstanceType)| {
        let workload = Workload::Training;
        let replica = Replica { extension_selector, instance_type, workload, tolerations };
        let found = finding(name, &capacity(room, &replica))?;
        Some(found.into_note_if(room.pools == Pools::Unknown))
    };
    types.iter().filter_map(check).collect()
}

/// What is wrong with the namespace of jobs. The place is the attribute that names it.
pub fn check_namespace(name: &str, namespaces: &BTreeSet<String>) -> Option<Finding> {
    if namespaces.contains(name) {
        return None;
    }
    let cause = format!("the cluster has no namespace {name:?}");
    let fix = format!(
        "create it, which takes cluster-administrator rights: kubectl create namespace {name}"
    );
    Some(Finding::new(Path::root(), "Namespace is not in the cluster", cause, fix))
}

/// `None`: some node would take a job if nothing else ran on it.
fn finding(name: &str, capacity: &Capacity) -> Option<Finding> {
    let (obstacle, _) = capacity.blocked_by.first()?;
    let path = place(name, obstacle)?;
    if let Some(pool) = capacity.growing_pools.first() {
        let cause = format!("a job of {name} fits no node that is there, but pool {pool} can grow");
        let fix = "set `configuration_settings = { \"amloperator.skipResourceValidation\" = \"true\" }` \
                   on the extension: otherwise jobs fail as too large for every node. Volcano's \
                   overcommit and proportion plugins may hold them back too";
        let summary = "Instance type waits for a node pool to grow";
        return Some(Finding::new(path, summary, cause, fix).into_note_if(true));
    }
    let cause = format!("a job of {name} would wait for ever: every node {obstacle}");
    let cause = if capacity.blocked_by.len() == 1 {
        cause
    } else {
        format!("a job of {name} would wait for ever: the nearest node {obstacle}")
    };
    Some(Finding::new(path, summary(obstacle), cause, fix(obstacle)))
}

/// The attribute to look at. `None`: the obstacle may pass.
fn place(name: &str, obstacle: &Obstacle) -> Option<Path> {
    let at = Path::root().key(name);
    match obstacle {
        Obstacle::NoRoom { .. } => None,
        Obstacle::TooSmall { resource, .. } => {
            let side = if is_extended(resource) { "limits" } else { "requests" };
            Some(at.attribute("resources").attribute(side).key(resource))
        }
        Obstacle::Label { of: SelectorOf::InstanceType, key, .. } => {
            Some(at.attribute("node_selector").key(key))
        }
        Obstacle::Cordoned
        | Obstacle::NotReady
        | Obstacle::Taint(_)
        | Obstacle::Platform
        | Obstacle::Label { of: SelectorOf::Extension, .. } => Some(at),
    }
}

/// What is found, without names.
fn summary(obstacle: &Obstacle) -> &'static str {
    match obstacle {
        Obstacle::TooSmall { resource, available, .. }
            if is_extended(resource) && available.is_zero() =>
        {
            "No node advertises the devices of an instance type"
        }
        Obstacle::TooSmall { .. } => "Instance type is larger than every node",
        Obstacle::Label { .. } => "No node matches the selector of an instance type",
        _ => "No node takes jobs of an instance type",
    }
}

fn fix(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::TooSmall { resource, available, .. }
            if resource == "nvidia.com/gpu" && available.is_zero() =>
        {
            "see whether NVIDIA's device plugin runs on the nodes with GPUs; \
             `install_nvidia_device_plugin = true` lets the extension install it"
                .to_owned()
        }
        Obstacle::TooSmall { available, resource, .. } => {
            format!("request less than {available} {resource}, or add larger nodes")
        }
        Obstacle::Label { key, value, .. } => format!(
            "look at the labels of the nodes with `kubectl get nodes --show-labels`; labelling one \
             with {key}={value} takes cluster-administrator rights"
        ),
        Obstacle::Taint(_) => "let jobs tolerate it with the extension's settings \
                               `workLoadToleration[0].key` and so on, or use other nodes"
            .to_owned(),
        Obstacle::Cordoned => "uncordon a node: kubectl uncordon NODE".to_owned(),
        Obstacle::NotReady => "see why: kubectl describe node NODE".to_owned(),
        Obstacle::Platform => "add a node pool that does".to_owned(),
        Obstacle::NoRoom { .. } => "wait until something ends".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::{check_instance_types, check_namespace};
    use crate::amounts::Amounts;
    use crate::capacity::Room;
    use crate::node::Node;
    use crate::pool::{Pool, Pools};
    use crate::scheduling::{Labels, Taint};

    #[test]
    fn a_type_that_no_node_would_take_is_told_at_its_place() {
        let amounts = |cpu: &str| json!({ "requests": { "cpu": cpu, "memory": "1Gi" } });
        for (one, place, words) in [
            (json!({ "resources": amounts("2") }), None, ""),
            (
                json!({ "resources": amounts("64") }),
                Some(r#"["a"].resources.requests["cpu"]"#),
                "request less than 4 cpu",
            ),
            (
                json!({ "resources": { "limits": { "nvidia.com/gpu": "1" } } }),
                Some(r#"["a"].resources.limits["nvidia.com/gpu"]"#),
                "device plugin",
            ),
            (
                json!({ "node_selector": { "pool": "gpu" } }),
                Some(r#"["a"].node_selector["pool"]"#),
                "labelling one with pool=gpu takes cluster-administrator rights",
            ),
        ] {
            let found = check(&one, &room());
            let places: Vec<_> = found.iter().map(|(path, _)| path.as_str()).collect();
            assert_eq!(places, place.into_iter().collect::<Vec<_>>(), "{one}");
            assert!(found.iter().all(|(_, fix)| fix.contains(words)), "{found:?}");
        }
    }

    #[test]
    fn a_cluster_that_is_full_is_no_finding_and_one_that_is_tainted_is() {
        let mut room = room();
        room.nodes[0].allocatable =
            Amounts::from_iter([("cpu", "4"), ("memory", "4Gi"), ("pods", "0")]);
        assert_eq!(check(&json!({}), &room), []);
        room.nodes[0].taints = vec![Taint {
            key: "a".to_owned(),
            effect: "NoSchedule".to_owned(),
            ..Taint::default()
        }];
        assert_eq!(check(&json!({}), &room)[0].0, r#"["a"]"#);
    }

    #[test]
    fn a_pool_that_can_grow_is_a_note_about_scaling_from_zero() {
        let pool = Pool { name: "big".to_owned(), max_count: Some(2), ..Pool::default() };
        let room = Room { pools: Pools::Known(vec![pool]), ..room() };
        let found = check(&json!({ "resources": { "requests": { "cpu": "64" } } }), &room);
        assert!(found[0].1.contains("amloperator.skipResourceValidation"), "{found:?}");
    }

    #[test]
    fn a_namespace_must_exist() {
        let namespaces = BTreeSet::from(["default".to_owned()]);
        assert_eq!(check_namespace("default", &namespaces), None);
        let fix = check_namespace("jobs", &namespaces).unwrap().fix;
        assert!(
            fix.contains("cluster-administrator rights: kubectl create namespace jobs"),
            "{fix}"
        );
    }

    fn check(one: &Value, room: &Room) -> Vec<(String, String)> {
        let types = serde_json::from_value(json!({ "a": one })).unwrap();
        let found = check_instance_types(&types, room, &Labels::new(), &[]);
        found.into_iter().map(|finding| (finding.path.to_reference(), finding.fix)).collect()
    }

    fn room() -> Room {
        let node = Node {
            name: "n".to_owned(),
            is_ready: true,
            allocatable: Amounts::from_iter([("cpu", "4"), ("memory", "16Gi"), ("pods", "10")]),
            ..Node::default()
        };
        Room { nodes: vec![node], ..Room::default() }
    }
}
