//! What an emulated extension does in the cluster that is behind it.

use std::time::Duration;

use emulator::{Options, Trait};
use hyper::Method;
use serde_json::{Value, json};

use crate::support::azure::{Azure, GROUP};
use crate::support::cluster::{Cluster, Kind, node, wait_until};

const NAMESPACE: &str = "/api/v1/namespaces/azureml";
const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const INSTANCE_TYPES: &str = "/apis/amlarc.azureml.com/v1alpha1/instancetypes";

fn extension() -> String {
    format!(
        "{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster/providers/\
         Microsoft.KubernetesConfiguration/extensions/ml"
    )
}

/// Creates the extension with these settings beside those that it needs.
fn install(azure: &Azure, settings: &Value) -> Value {
    let mut all = json!({"cluster_name": "c", "domain": "d", "location": "eastus"});
    for (name, value) in settings.as_object().expect("settings are a map") {
        all[name] = value.clone();
    }
    let body = json!({"properties": {
        "extensionType": "Microsoft.AzureML.Kubernetes",
        "autoUpgradeMinorVersion": true,
        "scope": {"cluster": {"releaseNamespace": "azureml"}},
        "configurationSettings": all,
        "configurationProtectedSettings": {"relayserver.relayConnectionString": "Endpoint=sb://r"},
    }});
    azure.send(Method::PUT, &extension(), Some(&body));
    azure.send(Method::GET, &extension(), None)
}

fn uninstall(azure: &Azure) {
    azure.send(Method::DELETE, &extension(), None);
    azure.ends_operations();
    // Any request waits until the cluster is as far.
    azure.send(
        Method::GET,
        &format!("{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks-cluster"),
        None,
    );
}

/// The components of the pods, ordered.
fn components(cluster: &Cluster) -> Vec<String> {
    let all = pods(cluster);
    let mut names: Vec<_> =
        all.iter().map(|pod| pod["metadata"]["labels"]["app"].as_str().expect("a label")).collect();
    names.sort_unstable();
    names.into_iter().map(str::to_owned).collect()
}

fn pods(cluster: &Cluster) -> Vec<Value> {
    let list = cluster.get(&format!("{NAMESPACE}/pods"));
    list["items"].as_array().expect("a list").clone()
}

fn report(cluster: &Cluster) -> Value {
    cluster.get(&format!("{NAMESPACE}/configmaps/arcml-healthcheck"))["data"].clone()
}

fn has_definition(cluster: &Cluster, name: &str) -> bool {
    cluster.find(&format!("{DEFINITIONS}/{name}.amlarc.azureml.com")).is_some()
}

#[test]
fn an_extension_is_installed_changed_and_uninstalled() {
    let Some((azure, cluster)) = Cluster::start_in_azure(Kind::Bare, Options::default()) else {
        return;
    };
    cluster.add_node(&node("one"));
    let training = json!({"enableTraining": "True", "installPromOp": "False"});
    install(&azure, &training);
    let of_training = [
        "aml-operator",
        "gateway",
        "metrics-controller-manager",
        "relayserver",
        "volcano-admission",
        "volcano-controllers",
        "volcano-scheduler",
    ];
    assert_eq!(components(&cluster), of_training);
    for pod in pods(&cluster) {
        assert_eq!(
            (&pod["status"]["phase"], &pod["spec"]["nodeName"]),
            (&json!("Running"), &json!("one"))
        );
        assert_eq!(pod["status"]["containerStatuses"][0]["ready"], true, "{pod}");
    }
    assert!(has_definition(&cluster, "instancetypes") && has_definition(&cluster, "amljobs"));
    let lines = report(&cluster)["reports-pre-install"].as_str().expect("a report").to_owned();
    assert!(lines.contains("Status: Passed ") && lines.contains("CorrelationId: "), "{lines}");

    let amounts = json!({"cpu": "1", "memory": "4Gi"});
    let kept = json!({
        "apiVersion": "amlarc.azureml.com/v1alpha1", "kind": "InstanceType",
        "metadata": {"name": "kept"}, "spec": {"resources": {"requests": amounts, "limits": amounts}},
    });
    wait_until("instance types are served", || {
        cluster.send(Method::POST, INSTANCE_TYPES, "application/json", Some(&kept)).0.is_success()
    });

    let inference = json!({"properties": {"configurationSettings": {
        "enableTraining": "False", "enableInference": "True", "allowInsecureConnections": "True",
        "inferenceRouterHA": "False",
    }}});
    azure.send(Method::PATCH, &extension(), Some(&inference));
    let of_inference = [
        "amlarc-identity-controller",
        "amlarc-identity-proxy",
        "azureml-fe-v2",
        "gateway",
        "inference-operator-controller-manager",
        "relayserver",
    ];
    assert_eq!(components(&cluster), of_inference);
    let reported = report(&cluster);
    let hooks: Vec<_> = reported.as_object().expect("a map").keys().collect();
    assert_eq!(hooks, ["reports-pre-install", "reports-pre-upgrade"]);

    uninstall(&azure);
    assert_eq!(components(&cluster), Vec::<String>::new());
    assert_eq!(cluster.find(&format!("{NAMESPACE}/configmaps/arcml-healthcheck")), None);
    assert!(cluster.find(NAMESPACE).is_some(), "Helm leaves the namespace");
    assert!(cluster.find(&format!("{INSTANCE_TYPES}/kept")).is_some(), "and the definitions");
}

#[test]
fn pods_come_by_stages_and_as_scripted() {
    let options = Options { operation_duration: Duration::from_hours(1), ..Options::default() };
    let Some((azure, cluster)) = Cluster::start_in_azure(Kind::Bare, options) else { return };
    let mut tainted = node("tainted");
    tainted["spec"] = json!({"taints": [{"key": "team", "effect": "NoSchedule"}]});
    cluster.add_node(&tainted);
    let training = json!({"enableTraining": "True", "nodeSelector.pool": "ml"});

    // Pods that wait for the agents, then for a node.
    let created = install(&azure, &training);
    assert_eq!(created["properties"]["provisioningState"], "Creating");
    assert!(!has_definition(&cluster, "instancetypes"), "it is too early");
    assert!(pods(&cluster).iter().all(|pod| pod["status"]["conditions"].is_null()));
    azure.ends_operations();
    let installed = azure.send(Method::GET, &extension(), None);
    assert_eq!(installed["properties"]["provisioningState"], "Succeeded");
    for pod in pods(&cluster) {
        let condition = &pod["status"]["conditions"][0];
        assert_eq!(condition["reason"], "Unschedulable", "no node takes it: {pod}");
        assert_eq!(pod["spec"]["nodeSelector"], json!({"pool": "ml"}));
    }
    uninstall(&azure);

    // Pods that crash.
    let mut fitting = node("fitting");
    fitting["metadata"]["labels"]["pool"] = json!("ml");
    cluster.add_node(&fitting);
    let crash = json!({"containerStatuses": [{
        "ready": false, "restartCount": 7, "imageID": "", "image": "",
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    }]});
    azure.fails(&json!({"method": "PUT", "path": "/extensions/"}), &json!({"pod_status": crash}));
    install(&azure, &training);
    azure.ends_operations();
    azure.send(Method::GET, &extension(), None);
    let all = pods(&cluster);
    assert!(!all.is_empty());
    for pod in all {
        let container = &pod["status"]["containerStatuses"][0];
        assert_eq!(container["state"]["waiting"]["reason"], "CrashLoopBackOff", "{pod}");
        assert_eq!(pod["spec"]["nodeName"], "fitting");
    }
}

#[test]
fn pods_may_be_later_than_the_operation() {
    let Some((azure, cluster)) = Cluster::start_in_azure(Kind::Bare, Options::default()) else {
        return;
    };
    cluster.add_node(&node("one"));
    let hour = json!({"pods_delay_ms": 3_600_000});
    azure.fails(&json!({"method": "PUT", "path": "/extensions/"}), &hour);
    let installed = install(&azure, &json!({"enableTraining": "True"}));
    assert_eq!(installed["properties"]["provisioningState"], "Succeeded");
    let are_ready = || {
        let all = pods(&cluster);
        all.iter().all(|pod| pod["status"]["containerStatuses"][0]["ready"] == true)
    };
    assert!(!are_ready());
    azure.ends_operations();
    // Nobody asks Azure, which goes on by itself.
    wait_until("the pods are ready", are_ready);
    azure.fails(&json!({"method": "PATCH", "path": "/extensions/"}), &hour);
    let change = json!({"properties": {"configurationSettings": {"installVolcano": "False"}}});
    azure.send(Method::PATCH, &extension(), Some(&change));
    uninstall(&azure);
    assert_eq!(components(&cluster), Vec::<String>::new(), "nothing is waited for");
}

#[test]
fn findings_of_the_health_check_are_reported() {
    let traits = [Trait::LaxInstanceTypes].into();
    let options = Options { traits, ..Options::default() };
    let Some((azure, cluster)) = Cluster::start_in_azure(Kind::Bare, options) else { return };
    cluster.add_node(&node("one"));
    for (code, state) in [("E45002", "Succeeded"), ("E40001", "Failed"), ("E49999", "Succeeded")] {
        let finding = json!({"name": "prometheus", "code": code, "message": "it is there already"});
        azure.fails(
            &json!({"method": "PUT", "path": "/extensions/"}),
            &json!({"health_check": finding}),
        );
        let extension = install(&azure, &json!({"enableTraining": "True"}));
        assert_eq!(extension["properties"]["provisioningState"], state, "{code}");
        let line = format!(
            "Status: Failed Name: prometheus ErrorCode: {code} ErrorMessage: it is there already"
        );
        let lines = report(&cluster)["reports-pre-install"].as_str().expect("a report").to_owned();
        assert!(lines.lines().any(|it| it == line), "{lines}");
        assert_eq!(pods(&cluster).is_empty(), state == "Failed", "{code}");
        uninstall(&azure);
    }
    // A missing setting is found by the emulator itself.
    let failed = install(&azure, &json!({"enableTraining": "True", "domain": ""}));
    assert_eq!(failed["properties"]["provisioningState"], "Failed");
    let lines = report(&cluster)["reports-pre-install"].as_str().expect("a report").to_owned();
    assert!(
        lines.contains("ErrorCode: E40000 ErrorMessage: the setting domain is not given"),
        "{lines}"
    );
    let loose = json!({
        "apiVersion": "amlarc.azureml.com/v1alpha1", "kind": "InstanceType",
        "metadata": {"name": "loose"}, "spec": {"resources": {"limits": {"cpu": 1}}},
    });
    let (status, answer) =
        cluster.send(Method::POST, INSTANCE_TYPES, "application/json", Some(&loose));
    assert!(status.is_success(), "the definition takes anything: {answer}");
}
