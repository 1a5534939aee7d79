//! The functions in real configurations: without a provider block, credentials or network.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::{REQUIRED_PROVIDERS, with_every_program, with_terraform};

with_every_program!(
    each_gives_its_result,
    errors_point_at_the_argument,
    what_is_not_known_yet_is_called_later,
);
with_terraform!(results_are_arguments_of_a_compute, the_examples_work);

/// The other file of the documentation.
const DEFAULT_FILE: &str = r#"{
  "namespace": "default",
  "defaultInstanceType": "defaultInstanceType",
  "instanceTypes": {
    "defaultInstanceType": {
      "nodeSelector": null,
      "resources": {
        "requests": { "cpu": "1", "memory": "4Gi", "nvidia.com/gpu": "0" },
        "limits": { "cpu": "1", "memory": "4Gi", "nvidia.com/gpu": "0" }
      }
    }
  }
}"#;

const EACH: &str = r#"
locals {
  files = { for name in ["first.json", "default.json"] : name => file("${path.module}/${name}") }
  read  = { for name, file in local.files : name => provider::azureml::attach_configuration_decode(file) }
  again = { for name, read in local.read : name => provider::azureml::attach_configuration_encode(read) }
  type  = local.read["first.json"].instance_types["gpu_instance"]
  id    = "/subscriptions/s/resourcegroups/rg/providers/microsoft.machinelearningservices/workspaces/ws/computes/c"
}
output "read" {
  value = local.read["first.json"]
}
output "written" {
  value = { for name, file in local.again : name => jsondecode(file) }
}
output "stable" {
  value = alltrue([
    for name, file in local.again : provider::azureml::attach_configuration_decode(file) == local.read[name]
  ])
}
output "manifest" {
  value = yamldecode(provider::azureml::instance_type_manifest("gpu", local.type))
}
output "equal" {
  value = [
    provider::azureml::quantity_equal("1000m", 1),
    provider::azureml::quantity_equal("16G", "16Gi"),
  ]
}
output "id" {
  value = provider::azureml::parse_resource_id(local.id)
}
"#;

pub(crate) fn each_gives_its_result(azure: &Azure, cli: &mut Cli) {
    nothing_configured(azure, cli);
    let first = first_file();
    cli.write_file("first.json", &first);
    cli.write_file("default.json", DEFAULT_FILE);
    cli.write(&format!("{REQUIRED_PROVIDERS}{EACH}"));
    cli.apply().succeeds();
    cli.plan(&[]).plans_nothing();
    let outputs = cli.outputs();
    let first: Value = serde_json::from_str(&first).expect("the example is JSON");
    let mut default: Value = serde_json::from_str(DEFAULT_FILE).expect("the file is JSON");
    default["instanceTypes"]["defaultInstanceType"]
        .as_object_mut()
        .and_then(|one| one.remove("nodeSelector"));
    assert_eq!(outputs["written"], json!({ "first.json": first, "default.json": default }));
    assert_eq!(outputs["stable"], true);
    let gpu = &outputs["read"]["instance_types"]["gpu_instance"];
    assert_eq!(gpu["node_selector"], json!({ "accelerator": "nvidia-tesla-k80" }));
    assert_eq!(gpu["resources"]["limits"]["nvidia.com/gpu"], "1");
    let resources = json!({
        "requests": { "cpu": "2", "memory": "16Gi" },
        "limits": { "cpu": "2", "memory": "16Gi", "nvidia.com/gpu": 1 },
    });
    let manifest = json!({
        "apiVersion": "amlarc.azureml.com/v1alpha1",
        "kind": "InstanceType",
        "metadata": { "name": "gpu" },
        "spec": { "nodeSelector": gpu["node_selector"], "resources": resources },
    });
    assert_eq!(outputs["manifest"], manifest);
    assert_eq!(outputs["equal"], json!([true, false]));
    assert_eq!(outputs["id"]["resource_provider"], "Microsoft.MachineLearningServices");
    assert_eq!(outputs["id"]["parent_resources"], json!({ "workspaces": "ws" }));
}

fn errors_point_at_the_argument(azure: &Azure, cli: &mut Cli) {
    nothing_configured(azure, cli);
    let duplicate = r#"{ \"namespace\": \"a\",\n  \"namespace\": \"b\" }"#;
    let decode = format!("attach_configuration_decode(\"{duplicate}\")");
    let refused = [
        ("quantity_equal(\"16 Gi\", \"1\")", "a", "(did you mean `16Gi`?)."),
        ("quantity_equal(\"1\", \"many\")", "b", "\"many\" is not a Kubernetes quantity"),
        (decode.as_str(), "json", "duplicate field `namespace` at line 2 column 13"),
        (
            "attach_configuration_encode({ instance_types = { a = { nodeSelector = {} } } })",
            "configuration",
            "instance_types[\"a\"].nodeSelector: there is no such attribute",
        ),
        ("instance_type_manifest(\"Big_CPU\", {})", "name", "such as \"big-cpu\""),
        (
            "instance_type_manifest(\"small\", {})",
            "instance_type",
            "resources.limits[\"memory\"]: the limits have no memory",
        ),
        ("parse_resource_id(\"rg-arc\")", "id", "is not an ARM ID"),
        ("parse_resource_id(null)", "id", "null"),
    ];
    let line = |call: &str| format!("value = provider::azureml::{call}");
    let outputs = refused
        .iter()
        .enumerate()
        .map(|(number, (call, ..))| format!("output \"it_{number}\" {{\n  {}\n}}\n", line(call)));
    cli.write(&format!("{REQUIRED_PROVIDERS}{}", outputs.collect::<String>()));
    let ran = cli.validate();
    for (call, parameter, told) in refused {
        let found = ran.fails_with(told).at(&line(call));
        found.says(&format!("\"{parameter}\"")).never_says("?.").never_says("..");
    }
}

fn what_is_not_known_yet_is_called_later(_: &Azure, cli: &mut Cli) {
    let later = r#"
resource "terraform_data" "cpu" {
  input = "2000m"
}
output "equal" {
  value = provider::azureml::quantity_equal(terraform_data.cpu.output, "2")
}
output "file" {
  value = provider::azureml::attach_configuration_encode({
    namespace      = "jobs"
    instance_types = { small = { resources = { limits = { cpu = terraform_data.cpu.output } } } }
    default_instance_type = "small"
  })
}
"#;
    cli.write(&format!("{REQUIRED_PROVIDERS}{later}"));
    cli.apply().succeeds();
    let outputs = cli.outputs();
    assert_eq!(outputs["equal"], true);
    let file = outputs["file"].as_str().expect("a text");
    let file: Value = serde_json::from_str(file).expect("the file is JSON");
    assert_eq!(file["instanceTypes"]["small"]["resources"]["limits"], json!({ "cpu": "2000m" }));
    cli.plan(&[]).plans_nothing();
}

/// The studio's file as it stands plans what the same arguments plan.
fn results_are_arguments_of_a_compute(_: &Azure, cli: &mut Cli) {
    let address = "azureml_kubernetes_compute.training";
    cli.write_file("attach-config.json", &first_file());
    let example = read(&examples().join("attach_configuration_decode/function.tf"));
    cli.write(&format!("{REQUIRED_PROVIDERS}{example}"));
    let plan = cli.plan(&[]);
    plan.plans("create", address);
    for shown in ["\"amlarc-testing\"", "\"gpu_instance\" = {", "\"VM-64vCPU-256GB\""] {
        assert!(plan.text().contains(shown), "{shown}\n{}", plan.text());
    }
}

fn the_examples_work(azure: &Azure, cli: &mut Cli) {
    nothing_configured(azure, cli);
    let folders = fs::read_dir(examples()).expect("there are examples");
    let folders: Vec<_> = folders.map(|found| found.expect("it can be listed").path()).collect();
    assert_eq!(folders.len(), 5, "each function has an example: {folders:?}");
    cli.write_file("attach-config.json", &first_file());
    for folder in folders {
        cli.write(&format!("{REQUIRED_PROVIDERS}{}", read(&folder.join("function.tf"))));
        cli.validate().succeeds();
    }
}

/// Nothing in the environment says where Azure is or how to sign in.
fn nothing_configured(azure: &Azure, cli: &mut Cli) {
    azure.environment().keys().for_each(|name| cli.unset(name));
}

fn first_file() -> String {
    read(&examples().join("attach_configuration_decode/attach-config.json"))
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/functions")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
