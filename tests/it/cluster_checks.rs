//! `cluster_checks`: a look at a real API server when a change is planned, by a real Terraform.

use serde_json::{Value, json};

use crate::kubernetes_compute;
use crate::support::azure::{Azure, GROUP};
use crate::support::cli::{Cli, Ran};
use crate::support::cluster::{Cluster, Kind, node, unique};
use crate::support::lifecycle::settled;
use crate::support::plan::Planned;
use crate::support::{REQUIRED_PROVIDERS, with_every_program, with_terraform};

with_every_program!(a_cluster_that_is_not_known_yet_is_one_warning);
with_terraform!(
    an_instance_type_is_held_against_the_nodes,
    what_the_cluster_would_refuse_of_an_instance_type_is_told_and_nothing_is_written,
    many_instance_types_read_the_nodes_once,
    a_cluster_that_does_not_answer_is_one_warning,
    a_right_that_is_missing_leaves_one_check_out,
    an_extension_is_held_against_what_is_there,
    an_extension_is_held_against_the_nodes,
    a_compute_is_held_against_its_namespace_and_the_nodes,
);

const TYPES: &str = "/apis/amlarc.azureml.com/v1alpha1/instancetypes";

fn cluster_id() -> String {
    format!("{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster")
}

/// A configuration whose provider reaches the cluster of a kubeconfig.
fn config(cli: &Cli, kubeconfig: &str, resources: &str) -> String {
    cli.write_file("kubeconfig", kubeconfig);
    format!(
        "{REQUIRED_PROVIDERS}
provider \"azureml\" {{
  kubernetes {{
    config_path = {}
    cluster_ids = [{:?}]
  }}
}}
{resources}
",
        json!(cli.path("kubeconfig")),
        cluster_id(),
    )
}

fn instance_type(name: &str, checks: &str, body: &str) -> String {
    format!(
        "resource \"azureml_instance_type\" \"this\" {{
  name           = {name:?}
  cluster_id     = {:?}
  cluster_checks = {checks:?}
{body}
}}
",
        cluster_id()
    )
}

fn extension(checks: &str, body: &str) -> String {
    format!(
        "resource \"azureml_arc_extension\" \"this\" {{
  name           = \"amlarc-compute\"
  cluster_id     = {:?}
  cluster_checks = {checks:?}
{body}
}}
",
        cluster_id()
    )
}

fn body(selector: &str, amounts: &str) -> String {
    format!(
        "  node_selector = {{ {selector} }}
  resources = {{
    requests = {{ {amounts} }}
    limits   = {{ {amounts} }}
  }}"
    )
}

const SMALL: &str = r#"cpu = "1", memory = "4Gi""#;
const LINUX: &str = r#""kubernetes.io/os" = "linux""#;

/// Adds a node, and takes the taint away that it has until controllers have seen it.
fn add_node(cluster: &Cluster, name: &str, change: Change) {
    let mut node = node(name);
    change(&mut node);
    let taints = node["spec"]["taints"].clone();
    cluster.add_node(&node);
    cluster.merge(&format!("/api/v1/nodes/{name}"), &json!({ "spec": { "taints": taints } }));
}

/// What is special about a node.
type Change = fn(&mut Value);
/// Nodes, what is written, and what is found: its summary, where, and with which words.
type NodeCase<'a> = (&'a [Change], &'a str, &'a str, &'a str, &'a str);

fn remove_nodes(cluster: &Cluster) {
    cluster.delete("/api/v1/nodes");
}

/// That a plan of a change is made.
#[track_caller]
fn passes(plan: &Planned) -> &Ran {
    assert_eq!(plan.ran().code(), Some(2), "{}", plan.ran());
    plan.ran()
}

/// That a plan says this in the way that `cluster_checks` asks for: as a warning, or as an error.
#[track_caller]
fn finds(cli: &Cli, config: &str, summary: &str, at: &str, words: &str) {
    cli.write(&config.replace("\"CHECKS\"", "\"off\""));
    passes(&cli.plan(&[])).never_says(summary);
    cli.write(&config.replace("\"CHECKS\"", "\"warn\""));
    let plan = cli.plan(&[]);
    passes(&plan).warns_of(summary).at(at).says(words);
    cli.write(&config.replace("\"CHECKS\"", "\"error\""));
    let plan = cli.plan(&[]);
    let told = plan.ran().fails_with(summary);
    told.at(at).says(words).says("To plan all the same, set `cluster_checks = \"warn\"`");
}

/// That a plan which would be refused for findings has none.
#[track_caller]
fn finds_nothing(cli: &Cli, config: &str) {
    cli.write(&config.replace("\"CHECKS\"", "\"error\""));
    let plan = cli.plan(&[]);
    passes(&plan).never_says("Cluster was not checked").never_says("Cluster was checked in part");
}

fn an_instance_type_is_held_against_the_nodes(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Strict) else { return };
    add_node(&cluster, "one", |_| {});
    let kubeconfig = cluster.kubeconfig();
    let with = |selector: &str, amounts: &str| {
        config(cli, &kubeconfig, &instance_type("gpu", "CHECKS", &body(selector, amounts)))
    };
    finds_nothing(cli, &with(LINUX, SMALL));
    for (selector, amounts, summary, at, words) in [
        (
            r#"pool = "gpu""#,
            SMALL,
            "No node matches the selector of an instance type",
            "node_selector",
            "labelling one with pool=gpu takes",
        ),
        (
            LINUX,
            r#"cpu = "64", memory = "4Gi""#,
            "Instance type is larger than every node",
            "requests",
            "Request less than 4 cpu",
        ),
        (
            LINUX,
            r#"cpu = "1", memory = "4Gi", "nvidia.com/gpu" = "1""#,
            "No node advertises the devices of an instance type",
            "limits",
            "install_nvidia_device_plugin = true",
        ),
    ] {
        finds(cli, &with(selector, amounts), summary, at, words);
    }
    cli.write(&with(LINUX, SMALL).replace("CHECKS", "warning"));
    cli.plan(&[]).ran().fails_with("Invalid cluster_checks").at("cluster_checks");
    assert!(cluster.find(&format!("{TYPES}/gpu")).is_none());
}

fn what_the_cluster_would_refuse_of_an_instance_type_is_told_and_nothing_is_written(
    _: &Azure, cli: &mut Cli,
) {
    let Some(cluster) = Cluster::start(Kind::Strict) else { return };
    add_node(&cluster, "one", |_| {});
    let kubeconfig = cluster.kubeconfig();
    let with = |amounts: &str| {
        config(cli, &kubeconfig, &instance_type("gpu", "CHECKS", &body(LINUX, amounts)))
    };
    let path = format!("{TYPES}/gpu");
    let theirs = json!({
        "apiVersion": "amlarc.azureml.com/v1alpha1", "kind": "InstanceType",
        "metadata": { "name": "gpu" },
        "spec": { "resources": {
            "requests": { "cpu": "1", "memory": "1Gi" }, "limits": { "cpu": "1", "memory": "1Gi" },
        } },
    });
    cluster.apply_as("kubectl", &path, &theirs);
    let summary = "Instance type is in the cluster already";
    let id = format!("{}|gpu", cluster_id());
    finds(cli, &with(SMALL), summary, "name", &id);
    cluster.delete(&path);

    cli.write(&with(SMALL).replace("CHECKS", "error"));
    cli.apply().succeeds();
    settled(cli);
    cluster.merge(
        &format!("{path}?fieldManager=helm"),
        &json!({ "spec": { "resources": { "limits": { "cpu": "2" } } } }),
    );
    let before = cluster.get(&path)["metadata"]["resourceVersion"].clone();
    finds(
        cli,
        &with(r#"cpu = "3", memory = "4Gi""#),
        "Instance type has other managers",
        "limits",
        r#"resources.limits["cpu"]: helm has "2", declared is "3""#,
    );
    deny_large_types(&cluster);
    finds(
        cli,
        &with(r#"cpu = "4", memory = "4Gi""#)
            .replace("  cluster_checks", "  force_conflicts = true\n  cluster_checks"),
        "Cluster would refuse the instance type",
        "azureml_instance_type",
        "types of 4 CPUs are for others",
    );
    let account = cluster.add_account(&json!([
        { "apiGroups": [""], "resources": ["nodes", "namespaces"], "verbs": ["get", "list"] },
        { "apiGroups": ["amlarc.azureml.com"], "resources": ["instancetypes"], "verbs": ["get", "list"] },
    ]));
    let forced = with(r#"cpu = "3", memory = "4Gi""#);
    cli.write_file("kubeconfig", &account.kubeconfig());
    finds(
        cli,
        &forced,
        "Cluster would refuse the instance type",
        "azureml_instance_type",
        "verbs: [get, list, create, patch, delete]",
    );
    assert_eq!(cluster.get(&path)["metadata"]["resourceVersion"], before, "nothing was written");
}

/// A policy of the cluster, in force when this returns.
fn deny_large_types(cluster: &Cluster) {
    let group = "/apis/admissionregistration.k8s.io/v1";
    let rules = json!([{
        "apiGroups": ["amlarc.azureml.com"], "apiVersions": ["*"],
        "operations": ["CREATE", "UPDATE"], "resources": ["instancetypes"],
    }]);
    cluster.create(
        &format!("{group}/validatingadmissionpolicies"),
        &json!({
            "metadata": { "name": "large" },
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": { "resourceRules": rules },
                "validations": [{
                    "expression": "object.spec.resources.limits.cpu != '4'",
                    "message": "types of 4 CPUs are for others",
                }],
            },
        }),
    );
    cluster.create(
        &format!("{group}/validatingadmissionpolicybindings"),
        &json!({
            "metadata": { "name": "large" },
            "spec": { "policyName": "large", "validationActions": ["Deny"] },
        }),
    );
    let large = json!({
        "apiVersion": "amlarc.azureml.com/v1alpha1", "kind": "InstanceType",
        "metadata": { "name": "large" },
        "spec": { "resources": {
            "requests": { "cpu": "4", "memory": "1Gi" }, "limits": { "cpu": "4", "memory": "1Gi" },
        } },
    });
    crate::support::cluster::wait_until("the policy is in force", || {
        let path = format!("{TYPES}?dryRun=All");
        let (status, _) =
            cluster.send(hyper::Method::POST, &path, "application/json", Some(&large));
        !status.is_success()
    });
}

/// How many requests of a kind the API server has answered.
fn count(cluster: &Cluster, labels: &[&str]) -> u64 {
    let (_, metrics) = cluster.send(hyper::Method::GET, "/metrics", "application/json", None);
    let metrics = metrics.as_str().expect("metrics are text").to_owned();
    let lines = metrics.lines().filter(|line| line.starts_with("apiserver_request_total{"));
    let wanted = lines.filter(|line| labels.iter().all(|label| line.contains(label)));
    wanted
        .map(|line| line.rsplit(' ').next().and_then(|it| it.parse::<u64>().ok()).unwrap_or(0))
        .sum()
}

fn many_instance_types_read_the_nodes_once(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Strict) else { return };
    add_node(&cluster, "one", |_| {});
    let kubeconfig = cluster.kubeconfig();
    let with = |checks: &str, selector: &str| {
        let one = instance_type("N", checks, &body(selector, SMALL));
        let many = one.replace("\"N\"", "\"type-${count.index}\"\n  count = 50");
        config(cli, &kubeconfig, &many)
    };
    let counts = || {
        [
            count(&cluster, &["resource=\"nodes\"", "verb=\"LIST\""]),
            count(&cluster, &["resource=\"instancetypes\"", "dry_run=\"All\""]),
            count(&cluster, &["resource=\"instancetypes\""]),
        ]
    };
    let counted = |config: &str| {
        cli.write(config);
        let before = counts();
        let plan = cli.plan(&[]);
        passes(&plan);
        let after = counts();
        [after[0] - before[0], after[1] - before[1], after[2] - before[2]]
    };
    assert_eq!(counted(&with("off", LINUX)), [0, 0, 0]);
    let [nodes, tried, _] = counted(&with("error", LINUX));
    assert_eq!([nodes, tried], [1, 50]);

    // What does not fit is looked at again, as it may have changed since the reading of another.
    let [nodes, _, _] = counted(&with("warn", r#"pool = "gpu""#));
    assert!(nodes <= 11, "{nodes}");
    let text = cli.plan_text();
    let summary = "No node matches the selector of an instance type";
    assert_eq!(text.matches(summary).count(), 1, "{text}");
    assert!(text.contains("and 49 more similar warnings elsewhere"), "{text}");

    cli.write(&with("error", LINUX));
    cli.apply().succeeds();
    let before = count(&cluster, &["resource=\"nodes\""]);
    cli.plan(&[]).plans_nothing();
    assert_eq!(count(&cluster, &["resource=\"nodes\""]), before, "nothing changes");
}

fn a_cluster_that_does_not_answer_is_one_warning(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Strict) else { return };
    let timeouts = "  timeouts {\n    read = \"3s\"\n  }";
    let resources = [
        instance_type("gpu", "error", &format!("{}\n{timeouts}", body(LINUX, SMALL))),
        extension("error", &format!("  enable_training = true\n{timeouts}")),
    ];
    cli.write(&config(cli, &cluster.kubeconfig(), &resources.concat()));
    cluster.stop();
    is_unchecked(&cli.plan(&[]), "The time for list nodes is over: ");
    let text = cli.plan_text();
    assert!(text.contains("and one more similar warning elsewhere"), "{text}");
}

#[track_caller]
fn is_unchecked(plan: &Planned, why: &str) {
    passes(plan).warns_of("Cluster was not checked").says(why);
}

fn a_cluster_that_is_not_known_yet_is_one_warning(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let name = unique("type");
    let id = cluster_id();
    let late = format!("resource \"terraform_data\" \"id\" {{\n  input = {id:?}\n}}\n");
    let one = instance_type(&name, "warn", &body("", r#"cpu = "1", memory = "1Gi""#));
    let one = one.replacen(&format!("{id:?}"), "terraform_data.id.output", 1);
    cli.write(&config(cli, &cluster.kubeconfig(), &format!("{late}{one}")));
    is_unchecked(&cli.plan(&[]), "`cluster_id` is not known");
    cli.apply().succeeds();
    settled(cli);
    cli.destroy().succeeds();

    // The provider block is late in the same way.
    let config = config(
        cli,
        &cluster.kubeconfig(),
        &one.replace("terraform_data.id.output", &format!("{id:?}")),
    );
    let path = json!(cli.path("kubeconfig")).to_string();
    let late = format!("resource \"terraform_data\" \"path\" {{\n  input = {path}\n}}\n");
    cli.write(&(config.replace(&path, "terraform_data.path.output") + &late));
    is_unchecked(&cli.plan(&[]), "config_path");
}

fn a_right_that_is_missing_leaves_one_check_out(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Strict) else { return };
    let account = cluster.add_account(&json!([
        { "apiGroups": ["apps"], "resources": ["daemonsets", "deployments"], "verbs": ["list"] },
        {
            "apiGroups": ["amlarc.azureml.com"], "resources": ["instancetypes"],
            "verbs": ["get", "list", "create", "patch", "delete"],
        },
    ]));
    let resources = [
        instance_type("gpu", "error", &body(r#"pool = "gpu""#, SMALL)),
        extension("warn", "  enable_training = true"),
    ];
    install(&cluster, "volcano-scheduler");
    cli.write(&config(cli, &account.kubeconfig(), &resources.concat()));
    let plan = cli.plan(&[]);
    let ran = passes(&plan);
    ran.warns_of("Cluster was checked in part").says("resources: [nodes] verbs: [list]");
    ran.warns_of("Cluster has Volcano already");
}

/// Creates a deployment of one container.
fn install(cluster: &Cluster, name: &str) {
    let labels = json!({ "app": name });
    cluster.create(
        "/apis/apps/v1/namespaces/default/deployments",
        &json!({
            "metadata": { "name": name },
            "spec": {
                "selector": { "matchLabels": labels },
                "template": {
                    "metadata": { "labels": labels },
                    "spec": { "containers": [{ "name": "main", "image": "example.com/main:1" }] },
                },
            },
        }),
    );
}

const INFERENCE: &str = r#"  enable_training               = true
  enable_inference              = true
  allow_insecure_connections    = true
  inference_router_service_type = "loadBalancer"
  install_nvidia_device_plugin  = true
  install_dcgm_exporter         = true
  install_prom_op               = true
  install_volcano               = true
"#;

fn an_extension_is_held_against_what_is_there(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Bare) else { return };
    for name in ["one", "two", "three"] {
        add_node(&cluster, name, |_| {});
    }
    let kubeconfig = cluster.kubeconfig();
    let with = |body: &str| config(cli, &kubeconfig, &extension("CHECKS", body));
    finds_nothing(cli, &with(INFERENCE));
    for (name, summary, at) in [
        (
            "nvidia-device-plugin",
            "Cluster has NVIDIA's device plugin already",
            "install_nvidia_device_plugin",
        ),
        ("dcgm-exporter", "Cluster has NVIDIA's DCGM exporter already", "install_dcgm_exporter"),
        ("prometheus-operator", "Cluster has the Prometheus operator already", "install_prom_op"),
        ("volcano-scheduler", "Cluster has Volcano already", "install_volcano"),
    ] {
        install(&cluster, name);
        finds(cli, &with(INFERENCE), summary, at, &format!("Set `{at} = false`"));
        finds_nothing(cli, &with(&off(INFERENCE, at)));
        cluster.delete(&format!("/apis/apps/v1/namespaces/default/deployments/{name}"));
    }
    install(&cluster, "azureml-fe");
    let summary = "Cluster has the inference router of the older inference on AKS already";
    finds(
        cli,
        &with(INFERENCE),
        summary,
        "enable_inference",
        "kubectl delete deployment azureml-fe",
    );
    install(&cluster, "blobfuse-flexvol-installer");
    let old = format!("{INFERENCE}  install_blobfuse_flexvol = true\n");
    let summary = "Cluster has the Blobfuse Flexvolume already";
    finds(cli, &with(&old), summary, "install_blobfuse_flexvol", "= false`");
}

/// The same with one flag turned off.
fn off(body: &str, attribute: &str) -> String {
    let lines = body.lines().map(|line| {
        let is_meant = line.trim_start().starts_with(attribute);
        if is_meant { line.replace("true", "false") } else { line.to_owned() }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn an_extension_is_held_against_the_nodes(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Bare) else { return };
    let kubeconfig = cluster.kubeconfig();
    let ha = format!("{INFERENCE}  inference_router_ha = true\n");
    let pool = format!("{INFERENCE}  node_selector = {{ pool = \"ml\" }}\n");
    let resource = "azureml_arc_extension";
    let gpu: Change = |node| {
        for part in ["allocatable", "capacity"] {
            node["status"][part]["nvidia.com/gpu"] = json!("1");
        }
    };
    let critical: Change = |node| {
        node["spec"] = json!({ "taints": [
            { "key": "CriticalAddonsOnly", "value": "true", "effect": "NoSchedule" },
        ] });
    };
    let other: fn(&mut Value) =
        |node| node["status"]["nodeInfo"]["operatingSystem"] = json!("windows");
    let arm: Change = |node| node["status"]["nodeInfo"]["architecture"] = json!("arm64");
    let none: Change = |_| {};
    let cases: [NodeCase<'_>; 7] = [
        (&[], INFERENCE, "Cluster has no ready node", resource, "kubectl get nodes"),
        (
            &[critical, critical],
            INFERENCE,
            "Every node keeps the extension away",
            resource,
            "Add a user node pool",
        ),
        (
            &[none, other],
            INFERENCE,
            "Extension may land on nodes that cannot run it",
            "node",
            "kubernetes.io/os",
        ),
        (
            &[none, arm],
            INFERENCE,
            "Extension may land on nodes that cannot run it",
            "node",
            "kubernetes.io/arch",
        ),
        (
            &[none, none],
            &ha,
            "Too few nodes for a highly available router",
            "inference_router_ha",
            "2 would take it",
        ),
        (
            &[none],
            &pool,
            "No node matches the extension's selector",
            "node_selector",
            "labels pool=ml",
        ),
        (
            &[gpu],
            INFERENCE,
            "Cluster has NVIDIA's device plugin already",
            "install_nvidia_device_plugin",
            "advertises nvidia.com/gpu",
        ),
    ];
    for (changes, body, summary, at, words) in cases {
        for (number, change) in changes.iter().enumerate() {
            add_node(&cluster, &format!("node-{number}"), *change);
        }
        let config = config(cli, &kubeconfig, &extension("CHECKS", body));
        // What is not written has no line to point at: the block itself is shown.
        let at = if at == "node" { resource } else { at };
        finds(cli, &config, summary, at, words);
        remove_nodes(&cluster);
    }
    add_node(&cluster, "one", none);
    finds_nothing(cli, &config(cli, &kubeconfig, &extension("CHECKS", INFERENCE)));
}

fn a_compute_is_held_against_its_namespace_and_the_nodes(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Bare) else { return };
    add_node(&cluster, "one", |_| {});
    let kubeconfig = cluster.kubeconfig();
    let with = |body: &str| {
        let body = format!("  cluster_checks = \"CHECKS\"\n{body}");
        let resource = kubernetes_compute::resource(&body);
        let resource = resource.strip_prefix(REQUIRED_PROVIDERS).expect("it begins so");
        config(cli, &kubeconfig, resource)
    };
    let types = |selector: &str, amounts: &str| {
        format!(
            "  default_instance_type = \"cpu\"\n  instance_types = {{\n    cpu = {{\n{}\n    }}\n  }}\n",
            body(selector, amounts)
        )
    };
    finds_nothing(cli, &with(&types(LINUX, SMALL)));
    finds(
        cli,
        &with("  namespace = \"jobs\"\n"),
        "Namespace is not in the cluster",
        "namespace",
        "kubectl create namespace jobs",
    );
    for (selector, amounts, summary, words) in [
        (
            r#"pool = "gpu""#,
            SMALL,
            "No node matches the selector of an instance type",
            r#"instance_types["cpu"].node_selector["pool"]"#,
        ),
        (
            LINUX,
            r#"cpu = "64", memory = "4Gi""#,
            "Instance type is larger than every node",
            r#"instance_types["cpu"].resources.requests["cpu"]"#,
        ),
        (
            LINUX,
            r#"cpu = "1", memory = "4Gi", "nvidia.com/gpu" = "1""#,
            "No node advertises the devices of an instance type",
            r#"instance_types["cpu"].resources.limits["nvidia.com/gpu"]"#,
        ),
    ] {
        finds(cli, &with(&types(selector, amounts)), summary, "cpu = {", words);
    }
}
