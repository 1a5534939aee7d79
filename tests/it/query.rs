//! Objects that nobody manages yet, found by `terraform query`, which is there since Terraform 1.14.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::arc_extension;
use crate::kubernetes_compute::{self, FILE_IN_HCL, with_extension};
use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::cluster::{Cluster, Kind};
use crate::support::lifecycle::settled;
use crate::support::{REQUIRED_PROVIDERS, with_every_program};

with_every_program!(
    QUERY: both_types_are_found,
    the_examples_find_and_are_taken_over,
    it_says_why_it_finds_nothing,
    every_page_is_read,
    instance_types_of_a_cluster_are_found_and_taken_over,
);

pub(crate) fn both_types_are_found(azure: &Azure, cli: &mut Cli) {
    cli.write(&with_extension(FILE_IN_HCL));
    cli.apply().succeeds();
    let cluster = arc_extension::cluster();
    let workspace =
        format!("{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace");
    azure.drift(&kubernetes_compute::id(), |object| object["tags"] = json!({"Team": "ML"}));
    let own =
        format!("workspace_id = \"{workspace}\"\n cluster_id = \"{}\"", cluster.to_uppercase());
    let other = format!("workspace_id = \"{workspace}\"\n cluster_id = \"{cluster}-2\"");
    let lists = [
        list("azureml_arc_extension", "of", &format!("cluster_id = \"{cluster}\"")),
        list("azureml_kubernetes_compute", "of", &own),
        list("azureml_kubernetes_compute", "other", &other),
    ];
    cli.write_file("main.tfquery.hcl", &lists.concat());
    let found = query(cli);
    assert_eq!(found.len(), 2, "{found:#?}");
    let of = |kind: &str| found.iter().find(|it| it["resource_type"] == kind).expect("it is found");
    let extension = of("azureml_arc_extension");
    assert_eq!(extension["display_name"], "amlarc-compute on amlarc-cluster");
    assert_eq!(extension["identity"], json!({"name": "amlarc-compute", "cluster_id": cluster}));
    assert_eq!(extension["resource_object"]["enable_training"], true);
    let compute = of("azureml_kubernetes_compute");
    assert_eq!(compute["display_name"], "amlarc-compute in amlarc-workspace");
    assert_eq!(compute["identity"], json!({"name": "amlarc-compute", "workspace_id": workspace}));
    let object = &compute["resource_object"];
    assert_eq!(object["tags"], json!({"Team": "ML"}));
    assert_eq!(object["id"], kubernetes_compute::id());
    assert!(object["instance_types"].is_null() && object["default_instance_type"].is_null());
    let effective = &object["effective_instance_types"];
    assert_eq!(effective["big_cpu_sku"]["resources"]["limits"]["cpu"], "4");
}

/// The lists of `examples/list-resources`, and the configuration that the program writes of what they find.
fn the_examples_find_and_are_taken_over(_: &Azure, cli: &mut Cli) {
    cli.write(&with_extension(FILE_IN_HCL));
    cli.apply().succeeds();
    cli.write_file("extension.tfquery.hcl", &example("azureml_arc_extension"));
    cli.write_file("compute.tfquery.hcl", &example("azureml_kubernetes_compute"));
    let found = query(cli);
    let told = |address: &str| -> Vec<bool> {
        let found = found.iter().filter(|it| it["address"] == address);
        found.map(|it| it["resource_object"].is_object()).collect()
    };
    assert_eq!(told("list.azureml_arc_extension.edge"), [true], "{found:#?}");
    assert_eq!(told("list.azureml_kubernetes_compute.all"), [true], "{found:#?}");
    assert_eq!(told("list.azureml_kubernetes_compute.edge"), [false], "{found:#?}");

    for address in ["azureml_kubernetes_compute.this", "azureml_arc_extension.this"] {
        cli.forget(address).succeeds();
    }
    fs::remove_file(cli.path("compute.tfquery.hcl")).expect("it is there");
    let all = example("azureml_kubernetes_compute");
    let (all, _) = all.split_once("# One cluster").expect("the example has a second list");
    cli.write_file("compute.tfquery.hcl", all);
    cli.run(&["query", "-generate-config-out=found.tf"]).succeeds();
    cli.write(REQUIRED_PROVIDERS);
    let plan = cli.plan(&[]);
    let taken = ["azureml_arc_extension.edge_0", "azureml_kubernetes_compute.all_0"];
    for address in taken {
        plan.plans("no-op", address);
    }
    cli.apply().succeeds();
    settled(cli);
}

/// More computes than a page of the emulator has.
fn every_page_is_read(azure: &Azure, cli: &mut Cli) {
    let many = with_extension("for_each = toset([\"a\", \"b\", \"c\", \"d\", \"e\"])");
    let compute = "resource \"azureml_kubernetes_compute\" \"this\" {\n  name         = ";
    cli.write(&many.replace(
        &format!("{compute}\"amlarc-compute\""),
        &format!("{compute}\"compute-${{each.key}}\""),
    ));
    cli.apply().succeeds();
    let workspace =
        format!("{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace");
    let config = format!("workspace_id = \"{workspace}\"");
    cli.write_file("main.tfquery.hcl", &list("azureml_kubernetes_compute", "of", &config));
    azure.forget();
    let found = query(cli);
    let mut names: Vec<_> = found.iter().filter_map(|it| it["display_name"].as_str()).collect();
    names.sort_unstable();
    let expected =
        ["a", "b", "c", "d", "e"].map(|name| format!("compute-{name} in amlarc-workspace"));
    assert_eq!(names, expected);
    let pages = azure.exchanges();
    assert!(pages.iter().any(|seen| seen.query.contains("skip=3")), "{pages:#?}");
}

fn instance_types_of_a_cluster_are_found_and_taken_over(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Strict) else { return };
    let path = "/apis/amlarc.azureml.com/v1alpha1/instancetypes";
    for (name, cpu) in [("cpu", "1"), ("gpu", "2")] {
        let amounts = json!({ "cpu": cpu, "memory": "4Gi" });
        let object = json!({
            "apiVersion": "amlarc.azureml.com/v1alpha1",
            "kind": "InstanceType",
            "metadata": { "name": name },
            "spec": { "resources": { "requests": amounts, "limits": amounts } },
        });
        cluster.apply_as("kubectl", &format!("{path}/{name}"), &object);
    }
    let provider = format!(
        "{REQUIRED_PROVIDERS}
provider \"azureml\" {{
  kubernetes {{
    config_path = {}
    cluster_ids = [{:?}]
  }}
}}
",
        json!(cli.path("kubeconfig")),
        arc_extension::cluster()
    );
    cli.write(&provider);
    cli.write_file("main.tfquery.hcl", &example("azureml_instance_type"));
    let nothing = cluster.add_account(&json!([]));
    cli.write_file("kubeconfig", &nothing.kubeconfig());
    cli.run(&["query", "-json"])
        .fails_with("Instance type cannot be listed")
        .says("verbs: [get, list, create, patch, delete]");
    cli.write_file("kubeconfig", &cluster.kubeconfig());
    let found = query(cli);
    let told = found.iter().map(|it| {
        let cpu = &it["resource_object"]["resources"]["limits"]["cpu"];
        (it["display_name"].as_str().unwrap_or_default(), &it["identity"]["name"], cpu.clone())
    });
    let expected = [
        ("cpu in amlarc-cluster", &json!("cpu"), json!("1")),
        ("gpu in amlarc-cluster", &json!("gpu"), json!("2")),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected, "{found:#?}");
    cli.run(&["query", "-generate-config-out=found.tf"]).succeeds();
    let plan = cli.plan(&[]);
    for address in ["azureml_instance_type.all_0", "azureml_instance_type.all_1"] {
        plan.plans("no-op", address);
    }
    cli.apply().succeeds();
    settled(cli);
}

fn it_says_why_it_finds_nothing(_: &Azure, cli: &mut Cli) {
    cli.write(&kubernetes_compute::resource("namespace = \"default\""));
    let gone = format!("{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/gone");
    let config = format!("workspace_id = \"{gone}\"");
    cli.write_file("main.tfquery.hcl", &list("azureml_kubernetes_compute", "of", &config));
    cli.run(&["query", "-json"]).fails_with("gone");
    let config = format!("workspace_id = \"{}\"", arc_extension::cluster());
    cli.write_file("main.tfquery.hcl", &list("azureml_kubernetes_compute", "of", &config));
    cli.run(&["query", "-json"]).fails_with("Invalid workspace_id");
}

fn example(kind: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/list-resources");
    let file = folder.join(kind).join("list.tfquery.hcl");
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn list(kind: &str, name: &str, config: &str) -> String {
    format!(
        r#"
list "{kind}" "{name}" {{
  provider         = azureml
  include_resource = true
  config {{
    {config}
  }}
}}
"#
    )
}

/// What the program found, one by one.
fn query(cli: &Cli) -> Vec<Value> {
    cli.run(&["query", "-json"]).succeeds();
    let output = cli.command(&["query", "-json"]).output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let found = lines.map(|line| line["list_resource_found"].clone());
    found.filter(|found| !found.is_null()).collect()
}
