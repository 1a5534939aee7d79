//! The namespace of a compute: created before the cluster is attached, and deleted after it is detached.

use serde_json::{Value, json};

use crate::kubernetes_compute::{self, with_extension};
use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::cluster::{Cluster, Kind, unique, wait_until};
use crate::support::lifecycle::settled;
use crate::support::tools::{TERRAFORM_1_11, TOFU_1_12};
use crate::support::{stage, with_terraform};

with_terraform!(
    a_namespace_that_is_there_is_adopted_and_never_deleted,
    a_namespace_with_something_in_it_is_kept,
    a_namespace_that_another_compute_uses_is_kept,
    switching_the_arguments_calls_nothing,
    a_cluster_that_does_not_answer_stops_before_anything_is_written,
    a_cluster_that_does_not_answer_keeps_the_namespace_and_not_the_compute,
    a_namespace_that_is_being_deleted_says_what_it_waits_for,
    a_replacement_keeps_the_namespace_that_it_needs,
    a_compute_that_was_refused_leaves_a_namespace_that_is_known_again,
    a_compute_that_is_gone_leaves_its_namespace,
    a_right_that_is_missing_is_printed_as_a_rule,
);

const COMPUTE: &str = "azureml_kubernetes_compute.this";
const BOTH: &str = "create_namespace = true\n  delete_namespace_on_destroy = true";

/// A compute in a namespace of a cluster that a kubeconfig leads to.
fn config(cli: &Cli, cluster: &Cluster, namespace: &str, arguments: &str) -> String {
    config_as(cli, &cluster.kubeconfig(), namespace, arguments)
}

fn config_as(cli: &Cli, kubeconfig: &str, namespace: &str, arguments: &str) -> String {
    cli.write_file("kubeconfig", kubeconfig);
    let id = format!("{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster");
    let compute = with_extension(&format!("  namespace = {namespace:?}\n  {arguments}"));
    format!(
        "provider \"azureml\" {{
  kubernetes {{
    config_path = {}
    cluster_ids = [{id:?}]
  }}
}}
{compute}",
        json!(cli.path("kubeconfig"))
    )
}

fn path(namespace: &str) -> String {
    format!("/api/v1/namespaces/{namespace}")
}

/// Destroys everything, with no word on a namespace.
#[track_caller]
fn destroys_all(cli: &Cli) {
    let told = cli.destroy();
    told.succeeds();
    let words = told.diagnostics().iter().filter(|it| it.text.starts_with("Namespace"));
    assert_eq!(words.count(), 0, "{told}");
}

/// Once the controllers have put into it what every namespace has.
fn wait_until_filled(cluster: &Cluster, namespace: &str) {
    for object in ["serviceaccounts/default", "configmaps/kube-root-ca.crt"] {
        let object = format!("{}/{object}", path(namespace));
        wait_until(&object, || cluster.find(&object).is_some());
    }
}

#[test]
fn lives_with_terraform() {
    stage(TERRAFORM_1_11, lives);
}

#[test]
fn lives_with_tofu() {
    stage(TOFU_1_12, lives);
}

fn lives(azure: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Controlled) else { return };
    let namespace = unique("jobs");
    cli.write(&config(cli, cluster, &namespace, BOTH));
    cli.plan(&[]).plans("create", COMPUTE);
    assert!(cluster.find(&path(&namespace)).is_none(), "a plan creates nothing");
    cli.apply().succeeds().warns_of_nothing();
    settled(cli);
    let made = cluster.get(&path(&namespace));
    let metadata = &made["metadata"];
    let manager = "terraform-provider-azureml";
    assert_eq!(metadata["labels"]["app.kubernetes.io/managed-by"], manager, "{made:#}");
    let note = &metadata["annotations"]["terraform-provider-azureml/made-for"];
    assert_eq!(*note, kubernetes_compute::id().to_lowercase(), "{made:#}");
    let sent = azure.last_body("PUT", &kubernetes_compute::id());
    assert_eq!(sent["properties"]["properties"]["namespace"], namespace.as_str());
    wait_until_filled(cluster, &namespace);
    destroys_all(cli);
    assert!(cluster.find(&path(&namespace)).is_none());
}

fn a_namespace_that_is_there_is_adopted_and_never_deleted(azure: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Controlled) else { return };
    let namespace = cluster.add_namespace();
    cli.write(&config(cli, cluster, &namespace, BOTH));
    cli.apply().succeeds().warns_of_nothing();
    settled(cli);
    let told = cli.destroy();
    told.succeeds()
        .warns_of(&format!("Namespace {namespace} is kept"))
        .says("This resource did not create it.")
        .says(&format!("kubectl delete namespace {namespace}"));
    assert!(azure.object(&kubernetes_compute::id()).is_none());
    assert!(cluster.find(&path(&namespace)).is_some());
}

fn a_namespace_with_something_in_it_is_kept(azure: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Controlled) else { return };
    let namespace = unique("jobs");
    cli.write(&config(cli, cluster, &namespace, BOTH));
    cli.apply().succeeds();
    wait_until_filled(cluster, &namespace);
    let object = json!({ "metadata": { "name": "mine" } });
    cluster.create(&format!("{}/configmaps", path(&namespace)), &object);
    cluster.create(&format!("{}/secrets", path(&namespace)), &object);
    cli.destroy()
        .succeeds()
        .warns_of(&format!("Namespace {namespace} is kept"))
        .says("It holds configmaps/mine, secrets/mine.");
    assert!(azure.object(&kubernetes_compute::id()).is_none());
    assert!(cluster.find(&path(&namespace)).is_some());
}

/// A second compute of the workspace, which somebody else attached.
fn a_namespace_that_another_compute_uses_is_kept(azure: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Controlled) else { return };
    let namespace = unique("jobs");
    cli.write(&config(cli, cluster, &namespace, BOTH));
    cli.apply().succeeds();
    let other = azure.object(&kubernetes_compute::id()).expect("it was attached");
    let id = kubernetes_compute::id().replace("amlarc-compute", "other-compute");
    let text = other.to_string().replace("amlarc-compute", "other-compute");
    azure.put(&id, &serde_json::from_str(&text).expect("it stays JSON"));
    cli.destroy()
        .succeeds()
        .warns_of(&format!("Namespace {namespace} is kept"))
        .says("The compute other-compute of the same workspace uses it.");
    assert!(cluster.find(&path(&namespace)).is_some());
}

fn switching_the_arguments_calls_nothing(azure: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Controlled) else { return };
    let namespace = unique("jobs");
    let alone = config(cli, cluster, &namespace, "delete_namespace_on_destroy = true");
    cli.write(&alone);
    cli.validate()
        .succeeds()
        .warns_of("Namespace is deleted only if this resource created it")
        .at("delete_namespace_on_destroy");
    cli.write(&config(cli, cluster, &namespace, ""));
    cli.apply().succeeds();
    azure.forget();
    cli.write(&config(cli, cluster, &namespace, BOTH));
    let expected = ["create_namespace", "delete_namespace_on_destroy"];
    let plan = cli.plan(&[]);
    plan.plans("update", COMPUTE).changes_only(COMPUTE, &expected);
    plan.ran().warns_of("Namespace is not created by this change").at("create_namespace");
    cli.apply().succeeds();
    settled(cli);
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    assert!(cluster.find(&path(&namespace)).is_none());
    cli.destroy().succeeds().warns_of("is kept").says("did not create it");
}

fn a_cluster_that_does_not_answer_stops_before_anything_is_written(azure: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Strict) else { return };
    cluster.stop();
    let extension = config(cli, &cluster, "jobs", "");
    cli.write(&extension);
    cli.run(&["apply", "-json", "-auto-approve", "-target=azureml_arc_extension.this"]).succeeds();
    azure.forget();
    let short = format!("{BOTH}\n  timeouts {{\n    create = \"3s\"\n  }}");
    cli.write(&config(cli, &cluster, "jobs", &short));
    cli.apply().fails_with("Namespace jobs was not created").says("cannot be reached");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    assert!(cli.state(COMPUTE).is_none());
    let without = config(cli, &cluster, "jobs", &short);
    let (before, block) = without.split_once("  kubernetes {").expect("it has the block");
    let (_, after) = block.split_once("  }\n").expect("it ends");
    cli.write(&format!("{before}{after}"));
    cli.apply()
        .fails_with("No way to the cluster")
        .says("az connectedk8s proxy")
        .says("Nothing was written.")
        .at("create_namespace");
}

fn a_cluster_that_does_not_answer_keeps_the_namespace_and_not_the_compute(
    azure: &Azure, cli: &mut Cli,
) {
    let Some(cluster) = Cluster::start(Kind::Controlled) else { return };
    let short = format!("{BOTH}\n  timeouts {{\n    delete = \"10s\"\n  }}");
    cli.write(&config(cli, &cluster, "jobs", &short));
    cli.apply().succeeds();
    cluster.stop();
    cli.destroy()
        .succeeds()
        .warns_of("Namespace jobs is kept")
        .says("-refresh=false")
        .says("kubectl delete namespace jobs");
    assert!(cli.state(COMPUTE).is_none() && azure.object(&kubernetes_compute::id()).is_none());
}

fn a_namespace_that_is_being_deleted_says_what_it_waits_for(azure: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Controlled) else { return };
    let namespace = unique("jobs");
    let short = format!("{BOTH}\n  timeouts {{\n    create = \"20s\"\n    delete = \"15s\"\n  }}");
    cli.write(&config(cli, cluster, &namespace, &short));
    cli.apply().succeeds();
    // A finalizer on the namespace itself is no content of it.
    let finalizers = |list: Value| json!({ "metadata": { "finalizers": list } });
    cluster.merge(&path(&namespace), &finalizers(json!(["example.com/slow"])));
    cli.run(&["destroy", "-json", "-auto-approve", "-target=azureml_kubernetes_compute.this"])
        .succeeds()
        .warns_of(&format!("Namespace {namespace} is still being deleted"))
        .says("finalizer example.com/slow")
        .says(&format!("kubectl get namespace {namespace} -o yaml"));
    assert!(azure.object(&kubernetes_compute::id()).is_none());
    azure.forget();
    cli.apply()
        .fails_with(&format!("Namespace {namespace} is being deleted"))
        .says("finalizer example.com/slow")
        .says("Nothing was written.");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    // One that goes in time is waited for.
    cluster.merge(&path(&namespace), &finalizers(Value::Null));
    cli.apply().succeeds();
    assert!(cluster.get(&path(&namespace))["metadata"]["deletionTimestamp"].is_null());
    cli.destroy().succeeds();
}

fn a_replacement_keeps_the_namespace_that_it_needs(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Controlled) else { return };
    let (one, other) = (unique("jobs"), unique("jobs"));
    let uid = |name: &str| cluster.find(&path(name)).map(|it| it["metadata"]["uid"].clone());
    cli.write(&config(cli, cluster, &one, BOTH));
    cli.apply().succeeds();
    let made = uid(&one);
    assert!(made.is_some());
    let replace = ["apply", "-json", "-auto-approve", "-replace=azureml_kubernetes_compute.this"];
    cli.run(&replace).succeeds();
    assert_eq!(uid(&one), made, "a replacement by a command");
    let renamed = |namespace: &str| {
        let config = config(cli, cluster, namespace, BOTH);
        config.replacen("\"amlarc-compute\"", "\"renamed-compute\"", 1)
    };
    cli.write(&renamed(&one));
    cli.apply().succeeds();
    assert_eq!(uid(&one), made, "a replacement under another name");
    cli.write(&renamed(&other));
    let told = cli.apply();
    told.succeeds();
    assert_eq!(uid(&one), None, "a replacement in another namespace: {told}");
    assert!(uid(&other).is_some());
    settled(cli);
    destroys_all(cli);
    assert_eq!(uid(&other), None);
}

fn a_compute_that_was_refused_leaves_a_namespace_that_is_known_again(azure: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Controlled) else { return };
    let namespace = unique("jobs");
    cli.write(&config(cli, cluster, &namespace, BOTH));
    let refused = json!({ "error": { "code": "BadRequest", "message": "not today" } });
    azure.fails(
        &json!({ "method": "PUT", "path": kubernetes_compute::id() }),
        &json!({ "status": 400, "body": refused }),
    );
    let told = cli.apply();
    told.fails_with("not today");
    told.warns_of(&format!("Namespace {namespace} stays in the cluster"))
        .says(&format!("kubectl delete namespace {namespace}"));
    assert!(cli.state(COMPUTE).is_none());
    let made = cluster.get(&path(&namespace))["metadata"]["uid"].clone();
    cli.apply().succeeds();
    assert_eq!(cluster.get(&path(&namespace))["metadata"]["uid"], made);
    destroys_all(cli);
    assert!(cluster.find(&path(&namespace)).is_none());
}

fn a_compute_that_is_gone_leaves_its_namespace(azure: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Controlled) else { return };
    let namespace = unique("jobs");
    cli.write(&config(cli, cluster, &namespace, BOTH));
    cli.apply().succeeds();
    azure.remove(&kubernetes_compute::id());
    let plan = cli.plan(&[]);
    plan.plans("create", COMPUTE)
        .ran()
        .warns_of(&format!("Namespace {namespace} is kept"))
        .says("is gone");
    cli.apply().succeeds();
    destroys_all(cli);
    assert!(cluster.find(&path(&namespace)).is_none());
}

fn a_right_that_is_missing_is_printed_as_a_rule(azure: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Controlled) else { return };
    let namespace = unique("jobs");
    let account = cluster.add_account(&json!([]));
    cli.write(&config_as(cli, &account.kubeconfig(), &namespace, BOTH));
    cli.apply()
        .fails_with(&format!("Namespace {namespace} was not created"))
        .says("resources: [namespaces] verbs: [get, create, delete]");
    assert!(azure.object(&kubernetes_compute::id()).is_none());
}
