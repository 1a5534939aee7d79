//! `azureml_cluster_capacity`: what fits on the nodes of a real API server, counted by hand.

use emulator::Options;
use serde_json::{Value, json};

use crate::aks::aks;
use crate::examples::{examples, read};
use crate::review::reviewed;
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::cluster::{Cluster, Kind, node, pod};
use crate::support::lifecycle::settled;
use crate::support::tools::TERRAFORM_1_11;
use crate::support::{REQUIRED_PROVIDERS, with_every_program, with_terraform};
use crate::{arc_extension, kubernetes_compute};

with_every_program!(what_fits_is_what_a_count_by_hand_gives);
with_terraform!(
    a_review_shows_what_fits_of_the_types_that_change,
    the_extension_decides_on_nodes_and_taints,
    a_cluster_without_instance_types_has_none_with_a_warning,
    a_right_that_is_missing_is_told_as_a_rule,
    a_cluster_that_does_not_answer_is_an_error,
    what_is_wrong_with_a_type_is_told_in_the_plan,
    the_example_works,
);

const CAPACITY: &str = "data.azureml_cluster_capacity.this";
const TYPES: &str = "/apis/amlarc.azureml.com/v1alpha1/instancetypes";

/// A configuration that looks at a cluster by a kubeconfig.
fn config(cli: &Cli, kubeconfig: &str, arguments: &str) -> String {
    cli.write_file("kubeconfig", kubeconfig);
    let (path, id) = (json!(cli.path("kubeconfig")), arc_extension::cluster());
    format!(
        "{REQUIRED_PROVIDERS}
provider \"azureml\" {{
  kubernetes {{
    config_path = {path}
    cluster_ids = [{id:?}]
  }}
}}
data \"azureml_cluster_capacity\" \"this\" {{
  cluster_id = {id:?}
{arguments}
}}
"
    )
}

/// Four nodes for jobs and one more, with what runs on them:
///
/// | node | pool | cpu | memory | pods | |
/// |---|---|---|---|---|---|
/// | cpu-1 | cpu | 4 | 16393244Ki | 110 | a pod of 1 CPU and 4Gi, and one that has ended |
/// | cpu-2 | cpu | 4 | 16393244Ki | 110 | |
/// | cpu-3 | cpu | 4 | 16393244Ki | 110 | cordoned |
/// | gpu-1 | gpu | 8 | 64Gi | 110 | 2 GPUs, of which a pod of 1 CPU and 8Gi has one; the taint sku=gpu |
/// | gpu-2 | gpu | 8 | 64Gi | 110 | 2 GPUs; not ready |
/// | few-1 | few | 4 | 16393244Ki | 3 | one pod of 1 CPU and 4Gi |
fn fill(cluster: &Cluster) {
    for (name, pool) in
        [("cpu-1", "cpu"), ("cpu-2", "cpu"), ("cpu-3", "cpu"), ("gpu-1", "gpu"), ("gpu-2", "gpu")]
    {
        add_node(cluster, name, pool, |node| {
            if pool == "gpu" {
                for side in ["allocatable", "capacity"] {
                    let amounts = &mut node["status"][side];
                    amounts["cpu"] = json!("8");
                    amounts["memory"] = json!("64Gi");
                    amounts["nvidia.com/gpu"] = json!("2");
                }
            }
            match name {
                "cpu-3" => node["spec"]["unschedulable"] = json!(true),
                "gpu-1" => {
                    node["spec"]["taints"] =
                        json!([{ "key": "sku", "value": "gpu", "effect": "NoSchedule" }]);
                }
                "gpu-2" => node["status"]["conditions"][0]["status"] = json!("False"),
                _ => {}
            }
        });
    }
    add_node(cluster, "few-1", "few", |node| node["status"]["allocatable"]["pods"] = json!("3"));
    let namespace = cluster.add_namespace();
    let add_pod = |name: &str, node: &str, phase: &str, requests: Value| {
        let mut pod = pod(name, node);
        pod["spec"]["containers"][0]["resources"] =
            json!({ "requests": requests, "limits": requests });
        pod["status"]["phase"] = json!(phase);
        cluster.add_pod(&namespace, &pod);
    };
    let one = json!({ "cpu": "1", "memory": "4Gi" });
    add_pod("works", "cpu-1", "Running", one.clone());
    add_pod("has-ended", "cpu-1", "Succeeded", json!({ "cpu": "3", "memory": "12Gi" }));
    let with_gpu = json!({ "cpu": "1", "memory": "8Gi", "nvidia.com/gpu": "1" });
    add_pod("trains", "gpu-1", "Running", with_gpu);
    add_pod("alone", "few-1", "Running", one);
}

fn add_node(cluster: &Cluster, name: &str, pool: &str, change: impl FnOnce(&mut Value)) {
    let mut node = node(name);
    node["metadata"]["labels"]["pool"] = json!(pool);
    change(&mut node);
    cluster.add_node(&node);
}

const WRITTEN: &str = r#"
  instance_types = {
    small = {
      node_selector = { pool = "cpu" }
      resources = {
        requests = { cpu = "1", memory = "4Gi" }
        limits   = { cpu = "2", memory = "4Gi" }
      }
    }
    gpu = {
      node_selector = { pool = "gpu" }
      resources = {
        requests = { cpu = "4", memory = "16Gi" }
        limits   = { cpu = "4", memory = "16Gi", "nvidia.com/gpu" = "1" }
      }
    }
    huge = {
      resources = {
        requests = { cpu = "16", memory = "16Gi" }
        limits   = { cpu = "16", memory = "16Gi" }
      }
    }
    tiny = {
      node_selector = { pool = "few" }
      resources = {
        requests = { cpu = "100m", memory = "128Mi" }
        limits   = { cpu = "100m", memory = "128Mi" }
      }
    }
  }
"#;

/// The extension's `workLoadToleration` is for the taint of gpu-1. The cluster serves no instance types.
fn what_fits_is_what_a_count_by_hand_gives(azure: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Bare) else { return };
    fill(&cluster);
    azure.put(&arc_extension::id(), &extension(&tolerating_gpus()));
    cli.write(&config(cli, &cluster.kubeconfig(), WRITTEN));
    cli.apply().succeeds().warns_of_nothing();
    settled(cli);
    let found = cli.state(CAPACITY).expect("it was read");
    for (name, workload, fits, blocked_by) in [
        // 4Gi are 4194304Ki. Of cpu-1 are free 3 CPUs and 12198940Ki, which is twice 4194304Ki and
        // 3810332Ki more; of cpu-2 4 CPUs and 16393244Ki: three times, and 3810332Ki. 2 + 3 = 5.
        (
            "small",
            "training",
            5,
            vec![
                "2 nodes have at most 3810332Ki memory free of the 4Gi requested",
                "1 node is cordoned",
                "3 nodes lack the label pool=cpu of the type's node selector",
            ],
        ),
        // With the sidecar 1010m and 4296704Ki (4196Mi). Of cpu-1: 3 / 1.01 and 12198940 / 4296704 are
        // 2 and more, 980m left; of cpu-2: 4 / 1.01 and 16393244 / 4296704 are 3 and more, 970m left.
        (
            "small",
            "deployment",
            5,
            vec![
                "2 nodes have at most 980m cpu free of the 1010m requested",
                "1 node is cordoned",
                "3 nodes lack the label pool=cpu of the type's node selector",
            ],
        ),
        // Of gpu-1 are free 7 CPUs, 56Gi and one GPU: one, and 3 CPUs are left.
        (
            "gpu",
            "training",
            1,
            vec![
                "1 node has 3 cpu free of the 4 requested",
                "1 node is not ready",
                "4 nodes lack the label pool=gpu of the type's node selector",
            ],
        ),
        // No node has 16 CPUs; gpu-1 has 8.
        (
            "huge",
            "training",
            0,
            vec![
                "4 nodes have at most 8 cpu in all of the 16 requested",
                "1 node is cordoned",
                "1 node is not ready",
            ],
        ),
        // few-1 takes three pods and has one.
        (
            "tiny",
            "training",
            2,
            vec![
                "1 node has 0 pods free of the 1 requested",
                "5 nodes lack the label pool=few of the type's node selector",
            ],
        ),
        // An init container takes 500Mi, and runs before the others: still two pods, of 12198940Ki.
        (
            "tiny",
            "deployment",
            2,
            vec![
                "1 node has 0 pods free of the 1 requested",
                "5 nodes lack the label pool=few of the type's node selector",
            ],
        ),
    ] {
        let told = &found["capacity"][name][workload];
        let expected = json!({ "fits": fits, "blocked_by": blocked_by, "can_grow": [] });
        assert_eq!(*told, expected, "{name} {workload}");
    }
    assert_eq!(found["node_selector"], json!({}));
}

/// One `local` serves the compute and the count, and the second plan changes one amount of it.
fn a_review_shows_what_fits_of_the_types_that_change(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Bare) else { return };
    fill(&cluster);
    let data = config(cli, &cluster.kubeconfig(), "  instance_types = local.types");
    let id = kubernetes_compute::id();
    let (workspace_id, _) = id.split_once("/computes/").expect("an ID of a compute");
    let cluster_id = arc_extension::cluster();
    let written = |types: &str| {
        let types = types.replace("instance_types =", "types =");
        format!(
            "{data}
locals {{{types}}}
resource \"azureml_arc_extension\" \"this\" {{
  name            = \"amlarc-compute\"
  cluster_id      = {cluster_id:?}
  enable_training = true
}}
resource \"azureml_kubernetes_compute\" \"this\" {{
  name                  = \"amlarc-compute\"
  workspace_id          = {workspace_id:?}
  cluster_id            = azureml_arc_extension.this.cluster_id
  extension_id          = azureml_arc_extension.this.id
  default_instance_type = \"small\"
  instance_types        = local.types
}}
"
        )
    };
    cli.write(&written(WRITTEN));
    cli.apply().succeeds();
    let one_more = r#"requests = { cpu = "2""#;
    cli.write(&written(&WRITTEN.replacen(r#"requests = { cpu = "1""#, one_more, 1)));
    cli.plan(&[]).plans("update", "azureml_kubernetes_compute.this");
    let (told, _) = reviewed(cli);
    // Of cpu-1 are free 3 CPUs, of cpu-2 4: 1 + 2, and with the sidecar 1 + 1.
    let row = "| `small` | `cpu`: `2`<br>`memory`: `4Gi` | `pool`: `cpu` | 3 | 2 | 2 nodes have at most 1 cpu \
               free of the 2 requested<br>1 node is cordoned<br>3 nodes lack the label pool=cpu of the \
               type's node selector | – |";
    assert!(told.lines().any(|line| line == row), "{told}");
    assert!(told.contains("by `data.azureml_cluster_capacity.this`:"), "{told}");
    assert!(told.contains("3 more instance types, which do not change"), "{told}");
}

fn the_extension_decides_on_nodes_and_taints(azure: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Strict) else { return };
    fill(&cluster);
    // Types of the cluster, since none are written.
    let amounts = json!({ "cpu": "1", "memory": "4Gi" });
    let any = json!({
        "apiVersion": "amlarc.azureml.com/v1alpha1",
        "kind": "InstanceType",
        "metadata": { "name": "any" },
        "spec": { "resources": { "requests": amounts, "limits": amounts } },
    });
    cluster.create(TYPES, &any);
    let counted = |settings: Value, arguments: &str| {
        azure.put(&arc_extension::id(), &extension(&settings));
        cli.write(&config(cli, &cluster.kubeconfig(), arguments));
        cli.apply().succeeds();
        let found = cli.state(CAPACITY).expect("it was read");
        let types = found["capacity"].as_object().expect("a map");
        assert_eq!(types.keys().collect::<Vec<_>>(), ["any"]);
        (found["capacity"]["any"]["training"].clone(), found["node_selector"].clone())
    };
    let (everywhere, selector) = counted(json!({}), "");
    // cpu-1: 2, cpu-2: 3, few-1: 2 by memory and by pods.
    assert_eq!((&everywhere["fits"], selector), (&json!(7), json!({})));
    let taint = "1 node has the taint sku=gpu:NoSchedule, which is not tolerated";
    assert_eq!(everywhere["blocked_by"][3], taint, "{everywhere:#}");

    // gpu-1: 7 by its CPUs.
    let (with_gpus, _) = counted(tolerating_gpus(), "");
    assert_eq!(with_gpus["fits"], 14, "{with_gpus:#}");

    let (on_few, selector) = counted(json!({ "nodeSelector.pool": "few" }), "");
    assert_eq!((&on_few["fits"], selector), (&json!(2), json!({ "pool": "few" })));
    let label = "5 nodes lack the label pool=few of the extension's node selector";
    assert_eq!(on_few["blocked_by"][1], label, "{on_few:#}");

    // What is written counts instead: an extension that is not installed yet.
    let written = "  node_selector = { pool = \"cpu\" }";
    let (on_cpu, selector) = counted(json!({ "nodeSelector.pool": "few" }), written);
    assert_eq!((&on_cpu["fits"], selector), (&json!(5), json!({ "pool": "cpu" })));

    // A node for the jobs of one compute.
    add_node(&cluster, "own-1", "own", |node| {
        let names = [("workspace", "amlarc-workspace"), ("compute", "amlarc-compute")];
        node["spec"]["taints"] = names.map(|(key, name)| json!({ "key": format!("ml.azure.com/{key}"), "value": name, "effect": "NoExecute" })).into();
    });
    let own = "  node_selector = { pool = \"own\" }\n";
    assert_eq!(counted(json!({}), own).0["fits"], 0);
    let own = format!("{own}  compute_id = {:?}\n", kubernetes_compute::id());
    // 4 CPUs; 16393244Ki are three times 4Gi.
    assert_eq!(counted(json!({}), &own).0["fits"], 3);
}

fn a_cluster_without_instance_types_has_none_with_a_warning(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Bare) else { return };
    cli.write(&config(cli, &cluster.kubeconfig(), ""));
    let ran = cli.apply();
    ran.succeeds().warns_of("Cluster knows no instance types").says("`instance_types`");
    assert_eq!(cli.state(CAPACITY).expect("it was read")["capacity"], json!({}));
}

fn a_right_that_is_missing_is_told_as_a_rule(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let right = |group: &str, resource: &str| json!({ "apiGroups": [group], "resources": [resource], "verbs": ["list"] });
    let all = [right("amlarc.azureml.com", "instancetypes"), right("", "nodes"), right("", "pods")];
    for (missing, resource) in ["instancetypes", "nodes", "pods"].into_iter().enumerate() {
        let mut rules = all.to_vec();
        rules.remove(missing);
        let account = cluster.add_account(&json!(rules));
        cli.write(&config(cli, &account.kubeconfig(), ""));
        let ran = cli.plan(&[]);
        let told = ran.ran().fails_with("Capacity cannot be read");
        told.says("a ClusterRole with this rule").says(&format!("resources: [{resource}]"));
    }
    let account = cluster.add_account(&json!(all));
    cli.write(&config(cli, &account.kubeconfig(), ""));
    cli.apply().succeeds();
}

fn a_cluster_that_does_not_answer_is_an_error(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Bare) else { return };
    let kubeconfig = cluster.kubeconfig();
    cluster.stop();
    cli.write(&config(cli, &kubeconfig, "  timeouts {\n    read = \"3s\"\n  }"));
    cli.plan(&[]).ran().fails_with("Capacity cannot be read").says("block `kubernetes`");
    let without = config(cli, &kubeconfig, "");
    let (head, data) = without.split_once("provider \"azureml\"").expect("there is one");
    let (_, data) = data.split_once("data ").expect("there is one");
    cli.write(&format!("{head}data {data}"));
    cli.plan(&[]).ran().fails_with("No way to the cluster").says("az connectedk8s proxy");
}

fn what_is_wrong_with_a_type_is_told_in_the_plan(_: &Azure, cli: &mut Cli) {
    let misspelt = WRITTEN.replace("cpu = \"16\"", "cpu = \"sixteen\"");
    cli.write(&config(cli, "", &misspelt));
    cli.validate().fails_with("Invalid instance_types").says("\"sixteen\"");
    let wrong = config(cli, "", "").replace("connectedClusters", "disconnectedClusters");
    cli.write(&wrong);
    cli.validate().fails_with("Invalid cluster_id");
}

fn the_example_works(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Strict) else { return };
    add_node(&cluster, "cpu-1", "cpu", |_| {});
    let example = read(&examples().join("data-sources/azureml_cluster_capacity/data-source.tf"));
    let config = config(cli, &cluster.kubeconfig(), "");
    let (head, _) = config.split_once("data ").expect("there is one");
    cli.write(&format!("{head}{example}"));
    let ran = cli.apply();
    ran.succeeds()
        .warns_of("Check block assertion failed")
        .says("No GPU job fits: 1 node lacks the label pool=gpu of the type's node selector.");
    assert_eq!(cli.outputs()["jobs_that_fit"], json!({ "gpu": 0, "small": 3 }));
}

/// A pool that can grow for a type is named, and the provider signs in to AKS by itself.
#[test]
fn pools_of_aks_that_can_grow_are_named() {
    let Some((azure, cluster)) = Cluster::start_in_azure(Kind::Strict, Options::default()) else {
        return;
    };
    let rule = |group: &str, resource: &str| json!({ "apiGroups": [group], "resources": [resource], "verbs": ["list"] });
    let rules =
        json!([rule("amlarc.azureml.com", "instancetypes"), rule("", "nodes"), rule("", "pods")]);
    let user = json!({ "kind": "User", "name": "00000000-0000-0000-0000-0000000000e4" });
    cluster.grant(&user, &rules);
    let Some(mut cli) = Cli::new(TERRAFORM_1_11, &azure) else { return };
    cli.unset("AZUREML_ACCESS_TOKEN");
    azure.drift(&aks(), |object| {
        let properties = &mut object["properties"];
        properties["aadProfile"] = json!({});
        let pool = |name: &str, size: &str, count: u32, max: Option<u32>, taints: &[&str]| {
            json!({
                "name": name, "type": "VirtualMachineScaleSets", "mode": "User", "osType": "Linux",
                "vmSize": size, "count": count, "enableAutoScaling": max.is_some(),
                "minCount": max.map(|_| 0), "maxCount": max, "nodeTaints": taints,
                "nodeLabels": { "pool": name }, "powerState": { "code": "Running" },
            })
        };
        properties["agentPoolProfiles"] = json!([
            pool("cpu", "Standard_D4s_v5", 1, Some(3), &[]),
            pool("gpu", "Standard_NC6s_v3", 0, Some(2), &["sku=gpu:NoSchedule"]),
            pool("fixed", "Standard_D4s_v5", 2, None, &[]),
        ]);
    });
    add_node(&cluster, "aks-cpu-1", "cpu", |node| {
        node["metadata"]["labels"]["kubernetes.azure.com/agentpool"] = json!("cpu");
    });
    let on_aks = arc_extension::id().replace(&arc_extension::cluster(), &aks());
    for (settings, gpu_grows) in [(json!({}), json!([])), (tolerating_gpus(), json!(["gpu"]))] {
        azure.put(&on_aks, &extension(&settings));
        cli.write(&format!(
            "{REQUIRED_PROVIDERS}\ndata \"azureml_cluster_capacity\" \"this\" {{\n  cluster_id = \
             {:?}\n{WRITTEN}}}\n",
            aks()
        ));
        cli.apply().succeeds().warns_of_nothing();
        let found = cli.state(CAPACITY).expect("it was read");
        let told = |name: &str| found["capacity"][name]["training"].clone();
        // The node of the pool is there, has 4 CPUs and 16393244Ki, and no pod: three times 4Gi.
        assert_eq!(
            (&told("small")["fits"], &told("small")["can_grow"]),
            (&json!(3), &json!(["cpu"]))
        );
        // None of its nodes is there, and they are tainted.
        assert_eq!((&told("gpu")["fits"], &told("gpu")["can_grow"]), (&json!(0), &gpu_grows));
        // Nodes of the pool cpu are too small, as the one that is there shows; of gpu nobody knows.
        assert_eq!(told("huge")["can_grow"], gpu_grows);
        // No pool has the label.
        assert_eq!(told("tiny")["can_grow"], json!([]));
    }
}

fn tolerating_gpus() -> Value {
    json!({
        "workLoadToleration[0].key": "sku",
        "workLoadToleration[0].operator": "Equal",
        "workLoadToleration[0].value": "gpu",
        "workLoadToleration[0].effect": "NoSchedule",
    })
}

/// An installed extension with these settings.
fn extension(settings: &Value) -> Value {
    json!({
        "properties": {
            "extensionType": "microsoft.azureml.kubernetes",
            "autoUpgradeMinorVersion": true,
            "releaseTrain": "stable",
            "scope": { "cluster": { "releaseNamespace": "azureml" } },
            "configurationSettings": settings,
            "configurationProtectedSettings": {},
            "provisioningState": "Succeeded",
        },
    })
}
