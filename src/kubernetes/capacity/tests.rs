use aml::InstanceType;
use aml::workload::{ComputeNames, Workload};
use serde_json::{Value, json};

use super::{Capacity, Replica, Room, Usage, capacity, workload_tolerations};
use crate::amounts::Amounts;
use crate::node::Node;
use crate::pod::Pod;
use crate::pool::{Pool, Pools};
use crate::scheduling::{Labels, Taint, Toleration};

#[test]
fn a_replica_requests_what_the_scheduler_counts() {
    let both = json!({ "requests": { "cpu": "1", "memory": "2Gi" }, "limits": { "cpu": "2", "memory": "4Gi" } });
    let small = json!({ "requests": { "cpu": "10m", "memory": "64Mi" } });
    let gpu = json!({ "limits": { "cpu": "4", "nvidia.com/gpu": "2" } });
    for (resources, workload, expected) in [
        (&both, Workload::Training, vec![("cpu", "1"), ("memory", "2Gi")]),
        (&both, Workload::Deployment, vec![("cpu", "1010m"), ("memory", "2148Mi")]),
        (&small, Workload::Training, vec![("cpu", "10m"), ("memory", "64Mi")]),
        (&small, Workload::Deployment, vec![("cpu", "100m"), ("memory", "500Mi")]),
        (&gpu, Workload::Training, vec![("cpu", "4"), ("nvidia.com/gpu", "2")]),
    ] {
        let one = instance_type(&json!({ "resources": resources }));
        let (selector, tolerations) = (Labels::new(), []);
        let replica = Replica {
            extension_selector: &selector,
            instance_type: &one,
            workload,
            tolerations: &tolerations,
        };
        assert_eq!(replica.requests(), Amounts::from_iter(expected), "{resources} {workload:?}");
    }
}

#[test]
fn what_fits_is_counted_node_by_node_and_what_runs_out_first_is_named() {
    let mut room = Room { nodes: vec![node("a"), node("b"), node("c")], ..Room::default() };
    room.usage.add(&on("a", &json!({ "cpu": "1", "memory": "1Gi" })));
    room.usage.add(&on("b", &json!({ "memory": "13Gi" })));
    room.usage.add(&Pod { phase: "Succeeded".to_owned(), ..on("c", &json!({ "cpu": "4" })) });
    let one = json!({ "resources": { "requests": { "cpu": "1", "memory": "4Gi" } } });
    let found = training(&room, &one);
    // Of a: 3 CPU and 15Gi; of b: 3Gi; of c: all.
    assert_eq!(found.fits, 3 + 4);
    let expected = [
        "2 nodes have at most 0 cpu free of the 1 requested",
        "1 node has 3Gi memory free of the 4Gi requested",
    ];
    assert_eq!(told_of(&found), expected);
}

#[test]
fn the_number_of_pods_of_a_node_is_a_limit_too() {
    let mut room = Room { nodes: vec![node("a")], ..Room::default() };
    for _ in 0..9 {
        room.usage.add(&on("a", &json!({})));
    }
    let found = training(&room, &json!({ "resources": { "requests": { "cpu": "100m" } } }));
    assert_eq!(
        (found.fits, told_of(&found)),
        (1, vec!["1 node has 0 pods free of the 1 requested".to_owned()])
    );
}

#[test]
fn each_node_says_what_keeps_a_replica_from_it() {
    let change = |change: fn(&mut Node)| {
        let mut node = node("n");
        change(&mut node);
        node
    };
    let wants = json!({ "node_selector": { "pool": "gpu" }, "resources": { "limits": { "cpu": "2", "nvidia.com/gpu": "1" } } });
    for (node, expected) in [
        (change(|_| {}), "lacks the label pool=gpu of the type's node selector"),
        (change(|it| gpu(it, "0")), "has 0 nvidia.com/gpu in all of the 1 requested"),
        (
            change(|it| {
                gpu(it, "1");
                it.is_ready = false;
            }),
            "is not ready",
        ),
        (
            change(|it| {
                gpu(it, "1");
                it.is_cordoned = true;
            }),
            "is cordoned",
        ),
        (
            change(|it| {
                gpu(it, "1");
                it.architecture = "arm64".to_owned();
            }),
            "does not run Linux on amd64",
        ),
        (
            change(|it| {
                gpu(it, "1");
                it.taints = vec![taint("sku", "gpu")];
            }),
            "has the taint sku=gpu:NoSchedule, which is not tolerated",
        ),
    ] {
        let room = Room { nodes: vec![node], ..Room::default() };
        let found = training(&room, &wants);
        assert_eq!((found.fits, told_of(&found)), (0, vec![format!("1 node {expected}")]));
    }
    let fits = Room { nodes: vec![change(|it| gpu(it, "2"))], ..Room::default() };
    assert_eq!(training(&fits, &wants).fits, 2);
}

#[test]
fn nodes_with_the_same_obstacle_are_told_as_one() {
    let twice = |node: Node| vec![node.clone(), Node { name: "other".to_owned(), ..node }];
    let wants =
        json!({ "node_selector": { "pool": "a" }, "resources": { "requests": { "cpu": "8" } } });
    let labels: Labels = [("pool".to_owned(), "a".to_owned())].into();
    let small = Node { labels, ..node("n") };
    for (node, expected) in [
        (node("n"), "2 nodes lack the label pool=a of the type's node selector"),
        (small.clone(), "2 nodes have at most 4 cpu in all of the 8 requested"),
        (Node { is_ready: false, ..small.clone() }, "2 nodes are not ready"),
        (Node { is_cordoned: true, ..small.clone() }, "2 nodes are cordoned"),
        (
            Node { taints: vec![taint("a", "")], ..small.clone() },
            "2 nodes have the taint a:NoSchedule, which is not tolerated",
        ),
        (
            Node { operating_system: "windows".to_owned(), ..small },
            "2 nodes do not run Linux on amd64",
        ),
    ] {
        let room = Room { nodes: twice(node), ..Room::default() };
        assert_eq!(told_of(&training(&room, &wants)), [expected]);
    }
}

#[test]
fn the_selector_of_the_extension_counts_too() {
    let room = Room { nodes: vec![node("n")], ..Room::default() };
    let one = instance_type(&json!({}));
    let selector = Labels::from([("ml".to_owned(), "yes".to_owned())]);
    let found = capacity(
        &room,
        &Replica {
            extension_selector: &selector,
            instance_type: &one,
            workload: Workload::Training,
            tolerations: &[],
        },
    );
    let expected = "1 node lacks the label ml=yes of the extension's node selector";
    assert_eq!(told_of(&found), [expected]);
}

#[test]
fn taints_of_azure_ml_and_of_the_settings_are_tolerated() {
    let names = ComputeNames {
        resource_group: "rg".to_owned(),
        workspace: "ws".to_owned(),
        compute: "edge".to_owned(),
    };
    let setting = Toleration {
        key: "mine".to_owned(),
        operator: "Exists".to_owned(),
        ..Toleration::default()
    };
    let tolerations = workload_tolerations(Some(&names), &[setting]);
    for (key, value, is_tolerated) in [
        ("ml.azure.com/amlarc", "true", true),
        ("ml.azure.com/amlarc-workload", "true", true),
        ("ml.azure.com/amlarc-system", "true", false),
        ("ml.azure.com/workspace", "ws", true),
        ("ml.azure.com/workspace", "other", false),
        ("ml.azure.com/resource-group", "rg", true),
        ("ml.azure.com/compute", "edge", true),
        ("mine", "any", true),
        ("CriticalAddonsOnly", "true", false),
    ] {
        let taint = taint(key, value);
        let found = tolerations.iter().any(|it| it.tolerates(&taint));
        assert_eq!(found, is_tolerated, "{taint}");
    }
}

#[test]
fn a_pool_that_can_grow_is_named_unless_its_nodes_are_too_small() {
    let wants =
        json!({ "node_selector": { "pool": "big" }, "resources": { "requests": { "cpu": "16" } } });
    let pool = Pool {
        name: "big".to_owned(),
        labels: [("pool".to_owned(), "big".to_owned())].into(),
        count: 0,
        max_count: Some(3),
        ..Pool::default()
    };
    let mut small = node("small");
    small.labels.insert("agentpool".to_owned(), "big".to_owned());
    for (nodes, pools, expected) in [
        (vec![], vec![pool.clone()], vec!["big"]),
        (vec![node("other")], vec![pool.clone()], vec!["big"]),
        (vec![small], vec![pool.clone()], vec![]),
        (vec![], vec![Pool { max_count: None, ..pool }], vec![]),
    ] {
        let room = Room { nodes, usage: Usage::default(), pools: Pools::Known(pools) };
        assert_eq!(training(&room, &wants).growing_pools, expected);
    }
}

fn training(room: &Room, wants: &Value) -> Capacity {
    let one = instance_type(wants);
    let selector = Labels::new();
    let replica = Replica {
        extension_selector: &selector,
        instance_type: &one,
        workload: Workload::Training,
        tolerations: &workload_tolerations(None, &[]),
    };
    capacity(room, &replica)
}

fn told_of(capacity: &Capacity) -> Vec<String> {
    capacity.blocked_by.iter().map(|(obstacle, nodes)| obstacle.describe(*nodes)).collect()
}

fn node(name: &str) -> Node {
    Node {
        name: name.to_owned(),
        is_ready: true,
        operating_system: "linux".to_owned(),
        architecture: "amd64".to_owned(),
        allocatable: Amounts::from_iter([("cpu", "4"), ("memory", "16Gi"), ("pods", "10")]),
        ..Node::default()
    }
}

fn gpu(node: &mut Node, count: &str) {
    node.labels.insert("pool".to_owned(), "gpu".to_owned());
    node.allocatable.add(&Amounts::from_iter([("nvidia.com/gpu", count)]));
}

fn on(node: &str, requests: &Value) -> Pod {
    let container = json!({ "resources": { "requests": requests } });
    let pod = json!({ "spec": { "nodeName": node, "containers": [container] }, "status": { "phase": "Running" } });
    serde_json::from_value(pod).unwrap()
}

fn taint(key: &str, value: &str) -> Taint {
    let effect = "NoSchedule".to_owned();
    Taint { key: key.to_owned(), value: value.to_owned(), effect }
}

fn instance_type(json: &Value) -> InstanceType {
    serde_json::from_value(json.clone()).unwrap()
}
