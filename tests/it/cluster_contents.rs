//! Nodes, pods, namespaces and rights of a real API server.

use std::time::Duration;

use aml::workload::Workload;
use kubernetes::access::{access_of_readiness, find_missing};
use kubernetes::capacity::{Replica, Room, capacity, workload_tolerations};
use kubernetes::namespace::{
    NamespaceRemoval, NewNamespace, Origin, create_if_absent, delete_if_empty, read_cluster_uid,
    read_uid,
};
use kubernetes::pool::Pools;
use kubernetes::readiness::{ReadinessError, wait_until_ready};
use kubernetes::scheduling::Labels;
use serde_json::{Value, json};

use crate::support::cluster::{
    Cluster, Kind, node, node_as_large_as_a_real_one, pod, unique, wait_until,
};

#[test]
fn nodes_are_read_page_by_page() {
    let Some(cluster) = Cluster::shared(Kind::Bare) else { return };
    let names: Vec<String> = (0..60).map(|_| unique("large-node")).collect();
    for name in &names {
        cluster.add_node(&node_as_large_as_a_real_one(name));
    }
    let found = cluster.client().run(async |cluster, options| cluster.read_nodes(options).await);
    let found = found.unwrap();
    for name in &names {
        let node = found.iter().find(|node| node.name == *name).expect("each is there");
        assert_eq!(node.allocatable.get("memory").as_str(), "16393244Ki");
        assert!(node.is_schedulable() && node.runs_linux_amd64());
    }
}

#[test]
fn what_fits_is_counted_on_nodes_and_pods_of_a_real_server() {
    let Some(cluster) = Cluster::shared(Kind::Bare) else { return };
    let (name, namespace) = (unique("node"), cluster.add_namespace());
    let mut labelled = node(&name);
    labelled["metadata"]["labels"]["pool"] = json!(name);
    cluster.add_node(&labelled);
    for pod_name in ["a", "b"] {
        cluster.add_pod(&namespace, &pod(pod_name, &name));
    }
    let (nodes, usage) = cluster.client().run(async |cluster, options| {
        let nodes = cluster.read_nodes(options).await.unwrap();
        (nodes, cluster.read_usage(options).await.unwrap())
    });
    let of = json!({
        "node_selector": { "pool": name },
        "resources": { "requests": { "cpu": "1", "memory": "1Gi" } } });
    let replica = Replica {
        extension_selector: &Labels::new(),
        instance_type: &serde_json::from_value(of).unwrap(),
        workload: Workload::Training,
        tolerations: &workload_tolerations(None, &[]),
    };
    let room = Room { nodes, usage, pools: Pools::Unknown };
    let found = capacity(&room, &replica);
    assert_eq!(found.fits, 3);
    assert_eq!(found.blocked_by[0].0.to_string(), "has 800m cpu free of the 1 requested");
}

#[test]
fn components_that_are_there_are_found() {
    let Some(cluster) = Cluster::shared(Kind::Bare) else { return };
    let namespace = cluster.add_namespace();
    for (plural, name, image) in [
        ("daemonsets", "gpu", "nvcr.io/nvidia/k8s-device-plugin:v0.17.0"),
        ("deployments", "volcano-scheduler", "volcanosh/vc-scheduler:v1.5.1"),
        ("deployments", "web", "nginx"),
    ] {
        let labels = json!({ "app": name });
        let containers = json!([{ "name": "main", "image": image }]);
        let template =
            json!({ "metadata": { "labels": labels }, "spec": { "containers": containers } });
        let spec = json!({ "selector": { "matchLabels": labels }, "template": template });
        let path = format!("/apis/apps/v1/namespaces/{namespace}/{plural}");
        cluster.create(&path, &json!({ "metadata": { "name": name }, "spec": spec }));
    }
    let found =
        cluster.client().run(async |cluster, options| cluster.read_components(options).await);
    let names: Vec<_> = found.unwrap().into_iter().filter(|it| it.namespace == namespace).collect();
    let names: Vec<_> = names.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["gpu", "volcano-scheduler"]);
}

#[test]
fn the_wait_for_pods_ends_when_they_run_or_never_will() {
    let Some(cluster) = Cluster::shared(Kind::Bare) else { return };
    let namespace = cluster.add_namespace();
    cluster.add_pod(&namespace, &pod("gateway", "n"));
    let client = cluster.client();
    let wait = || {
        client.run(async |cluster, options| {
            wait_until_ready(cluster, &namespace, &Pools::Unknown, options, |_| {}).await
        })
    };
    assert_eq!(wait().map(|progress| progress.ready), Ok(1));

    let mut crashing = pod("crashing", "n");
    crashing["status"]["phase"] = json!("Pending");
    crashing["status"]["conditions"] = json!([{ "type": "Ready", "status": "False" }]);
    let status = &mut crashing["status"]["containerStatuses"][0];
    status["ready"] = json!(false);
    status["restartCount"] = json!(5);
    status["state"] = json!({ "waiting": { "reason": "CrashLoopBackOff", "message": "back-off" } });
    status["lastState"] = json!({ "terminated": { "reason": "Error", "exitCode": 3 } });
    let object = cluster.add_pod(&namespace, &crashing);
    add_event(cluster, &namespace, &object, "Back-off restarting failed container");
    let error = wait().expect_err("one will never run");
    assert!(matches!(error, ReadinessError::Failed(_)), "{error:?}");
    let text = error.to_string();
    for expected in ["1 of 2 pods", "crashing", "exit code 3", "5 restarts", "BackOff: Back-off"] {
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_right_that_is_missing_is_known_before_it_is_needed() {
    let Some(cluster) = Cluster::shared(Kind::Bare) else { return };
    let rules = json!([{ "apiGroups": [""], "resources": ["pods"], "verbs": ["list"] }]);
    for (rules, expected) in [(rules, 0), (json!([]), 1)] {
        let client = cluster.add_account(&rules).client();
        let missing = client.run(async |cluster, options| {
            find_missing(cluster, &access_of_readiness("azureml"), options).await
        });
        assert_eq!(missing.unwrap().len(), expected, "{rules}");
    }
}

#[test]
fn the_health_report_is_read_from_its_config_map() {
    let Some(cluster) = Cluster::shared(Kind::Bare) else { return };
    let namespace = cluster.add_namespace();
    let data = json!({ "reports-pre-install":
        "Status: Failed Name: azureml-fe ErrorCode: E40002 ErrorMessage: INSUFFICIENT_NODE" });
    let object = json!({ "metadata": { "name": "arcml-healthcheck" }, "data": data });
    let client = cluster.client();
    let read = || {
        client.run(async |cluster, options| cluster.read_health_report(&namespace, options).await)
    };
    assert_eq!(read(), Ok(vec![]));
    cluster.create(&format!("/api/v1/namespaces/{namespace}/configmaps"), &object);
    assert_eq!(read().unwrap()[0].checks[0].error_code.as_deref(), Some("E40002"));
}

#[test]
fn a_namespace_goes_only_if_it_is_ours_and_empty() {
    let Some(cluster) = Cluster::shared(Kind::Controlled) else { return };
    let (client, name) = (cluster.client(), unique("jobs"));
    let create = |made_for: &str| {
        let new = NewNamespace { name: &name, made_for, known_uid: None };
        client.run(async |cluster, options| create_if_absent(cluster, new, options).await).unwrap()
    };
    let made = create("/one");
    let origins = [made.origin, create("/one").origin, create("/other").origin];
    assert_eq!(origins, [Origin::Created, Origin::CreatedBefore, Origin::Foreign]);
    wait_until("the namespace is filled", || {
        let path = format!("/api/v1/namespaces/{name}/serviceaccounts/default");
        let config_map = format!("/api/v1/namespaces/{name}/configmaps/kube-root-ca.crt");
        cluster.find(&path).is_some() && cluster.find(&config_map).is_some()
    });
    let remove = |uid: &str| {
        client.run(async |cluster, options| {
            delete_if_empty(cluster, &name, uid, options.within(Duration::from_mins(1))).await
        })
    };
    let config_maps = format!("/api/v1/namespaces/{name}/configmaps");
    cluster.create(&config_maps, &json!({ "metadata": { "name": "mine" } }));
    for (uid, reason) in [(made.uid.as_str(), "it holds configmaps/mine"), ("other", "another one")]
    {
        let kept = remove(uid).unwrap();
        assert!(matches!(&kept, NamespaceRemoval::Kept(it) if it.contains(reason)), "{kept:?}");
    }
    cluster.delete(&format!("{config_maps}/mine"));
    assert_eq!(remove(&made.uid), Ok(NamespaceRemoval::Gone));
    let uid = client.run(async |cluster, options| read_uid(cluster, &name, options).await);
    assert_eq!(uid, Ok(None));
}

#[test]
fn a_cluster_is_told_from_another_one() {
    let Some(one) = Cluster::shared(Kind::Controlled) else { return };
    let Some(other) = Cluster::shared(Kind::Bare) else { return };
    let uid = |cluster: &Cluster| {
        let client = cluster.client();
        client.run(async |cluster, options| read_cluster_uid(cluster, options).await).unwrap()
    };
    assert_eq!(uid(one), uid(one));
    assert!(uid(one).is_some() && uid(one) != uid(other));
}

fn add_event(cluster: &Cluster, namespace: &str, pod: &Value, message: &str) {
    let metadata = &pod["metadata"];
    let involved = json!({ "kind": "Pod", "namespace": namespace, "name": metadata["name"], "uid": metadata["uid"] });
    let event = json!({
        "metadata": { "name": unique("event") },
        "involvedObject": involved,
        "type": "Warning",
        "reason": "BackOff",
        "message": message,
        "lastTimestamp": "2026-11-01T00:00:00Z",
    });
    cluster.create(&format!("/api/v1/namespaces/{namespace}/events"), &event);
}
