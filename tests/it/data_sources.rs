//! What is there already, looked up by every program.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::arc_extension;
use crate::docs::{configurations, docs};
use crate::kubernetes_compute::{self, FILE_IN_HCL, with_extension};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::{REQUIRED_PROVIDERS, with_every_program, with_terraform};

with_every_program!(what_is_there_is_found);
with_terraform!(
    what_is_not_there_is_an_error,
    a_cluster_that_is_lost_is_told_with_its_time,
    versions_are_found_for_a_cluster_and_a_region,
    a_newer_version_is_seen,
    the_guide_to_versions_is_true,
    aks_has_its_own_refusals,
);

const TYPES: [&str; 3] =
    ["azureml_arc_extension", "azureml_connected_cluster", "azureml_kubernetes_compute"];

/// The examples, beside the resources that they look for.
pub(crate) fn what_is_there_is_found(azure: &Azure, cli: &mut Cli) {
    finds_what_is_there(azure, cli, example);
}

/// Without their postconditions, which came with Terraform 1.2.
pub(crate) fn what_is_there_is_found_without_postconditions(azure: &Azure, cli: &mut Cli) {
    finds_what_is_there(azure, cli, |name| {
        let example = example(name);
        match example.split_once("\n  lifecycle {") {
            None => example,
            Some((before, after)) => {
                let (_, after) = after.split_once("\n  }\n").expect("the block ends");
                format!("{before}\n{after}")
            }
        }
    });
}

#[track_caller]
fn finds_what_is_there(azure: &Azure, cli: &mut Cli, example: fn(&str) -> String) {
    cli.write(&with_extension(FILE_IN_HCL));
    cli.apply().succeeds();
    for name in TYPES {
        cli.write_file(&format!("{name}.tf"), &example(name));
    }
    cli.apply().succeeds();
    settled(cli);
    let outputs = cli.outputs();
    assert_eq!(outputs["nodes"], 3);
    let types = json!(["big_cpu_sku", "defaultinstancetype", "gpu_instance"]);
    assert_eq!(outputs["instance_types"], types);
    assert!(outputs["extension_version"].is_string(), "{outputs:#}");

    let compute = state(cli, "azureml_kubernetes_compute.training");
    assert_eq!(compute["id"], kubernetes_compute::id());
    assert_eq!(compute["cluster_id"], arc_extension::cluster());
    assert_eq!(compute["extension_id"], arc_extension::id());
    let gpu = &compute["effective_instance_types"]["gpu_instance"];
    assert_eq!(gpu["resources"]["limits"]["nvidia.com/gpu"], "1");

    let extension = state(cli, "azureml_arc_extension.training");
    assert_eq!(extension["id"], arc_extension::id());
    assert_eq!(extension["enable_training"], true);
    let held = azure.object(&arc_extension::id()).expect("the extension exists");
    let held = &held["properties"]["configurationSettings"];
    let settings = &extension["effective_configuration_settings"];
    for key in ["enableTraining", "relayserver.enabled", "cluster_name"] {
        assert!(held[key].is_string(), "the service holds {key}: {held:#}");
        assert_eq!(settings[key], held[key], "{key}");
    }
    assert!(!extension.to_string().contains("SharedAccessKey="), "{extension:#}");

    let cluster = state(cli, "azureml_connected_cluster.edge");
    assert_eq!(cluster["connected"], true);
    assert_eq!(cluster["agent_version"], "1.20.2");
    assert_eq!(cluster["distribution"], "k3s");
}

fn what_is_not_there_is_an_error(_: &Azure, cli: &mut Cli) {
    for name in TYPES {
        let wanted = example(name);
        let (from, to, at) = match name {
            "azureml_connected_cluster" => ("amlarc-cluster\"", "gone\"", "id "),
            _ => ("\"amlarc-compute\"", "\"gone\"", "name "),
        };
        cli.write(&(REQUIRED_PROVIDERS.to_owned() + &wanted.replace(from, to)));
        let planned = cli.run(&["plan", "-json"]);
        planned.fails_with("does not exist").says("/gone").says("Check").at(at);
    }
}

fn a_cluster_that_is_lost_is_told_with_its_time(_: &Azure, cli: &mut Cli) {
    let wanted = example("azureml_connected_cluster");
    cli.write(
        &(REQUIRED_PROVIDERS.to_owned() + &wanted.replace("amlarc-cluster", "amlarc-offline")),
    );
    let ran = cli.run(&["plan", "-json"]);
    ran.fails_with("The cluster is Offline since 2026-11-01T00:00:00.000Z.");
}

/// The example, before anything is installed.
fn versions_are_found_for_a_cluster_and_a_region(_: &Azure, cli: &mut Cli) {
    cli.write(&(REQUIRED_PROVIDERS.to_owned() + &example("azureml_extension_versions")));
    cli.apply().succeeds();
    settled(cli);
    let edge = state(cli, "azureml_extension_versions.edge");
    let found = edge["versions"].as_array().expect("a list").iter();
    let found: Vec<_> = found.map(|it| (it["version"].clone(), &it["supported"])).collect();
    let expected =
        [("1.1.39", true), ("1.1.31", true), ("1.1.30", true), ("1.1.29", false), ("1.1.9", false)];
    let expected = expected.map(|(version, supported)| (json!(version), json!(supported)));
    assert_eq!(found, expected.each_ref().map(|(version, it)| (version.clone(), it)));
    assert_eq!(edge["installed_version"], json!(null));
    assert_eq!(edge["update_available"], false);
    let refused = json!([
        { "cluster_type": "connectedClusters", "distributions": ["All"], "versions": ["<1.18", ">1.26"] },
        { "cluster_type": "managedClusters", "distributions": ["AKS"], "versions": ["<1.18", ">1.26"] },
    ]);
    assert_eq!(edge["versions"][4]["unsupported_kubernetes_versions"], refused);
    let trains = json!({ "stable": "1.1.39", "preview": "1.2.0-preview" });
    let region = state(cli, "azureml_extension_versions.eastus");
    assert_eq!((&edge["latest_by_release_train"], &region["latest"]), (&trains, &json!("1.1.39")));

    let wanted = example("azureml_extension_versions");
    cli.write(&(REQUIRED_PROVIDERS.to_owned() + &wanted.replace("amlarc-cluster\"", "gone\"")));
    let planned = cli.run(&["plan", "-json"]);
    planned.fails_with("does not exist").says("connectedClusters/gone").at("cluster_id ");
}

fn aks_has_its_own_refusals(_: &Azure, cli: &mut Cli) {
    let (arc, aks) = (
        "Microsoft.Kubernetes/connectedClusters/amlarc-cluster",
        "Microsoft.ContainerService/managedClusters/aks-cluster",
    );
    let wanted = example("azureml_extension_versions");
    assert!(wanted.contains(arc), "{wanted}");
    cli.write(&(REQUIRED_PROVIDERS.to_owned() + &wanted.replace(arc, aks)));
    cli.apply().succeeds();
    let found = state(cli, "azureml_extension_versions.edge");
    assert_eq!(found["kubernetes_version"], "1.29.4");
    let oldest = &found["versions"][4];
    assert_eq!((&oldest["version"], &oldest["supported"]), (&json!("1.1.9"), &json!(false)));
    let id = found["id"].as_str().expect("it has an ID");
    assert!(id.contains(aks), "{id}");
}

/// Told of by a check, then planned because it is there.
fn the_guide_to_versions_is_true(_: &Azure, cli: &mut Cli) {
    let blocks = configurations(&docs().join("data-sources/extension_versions.md"));
    let [_, told, planned] = &blocks[..] else { panic!("an example and two blocks: {blocks:?}") };
    let pinned =
        planned.replace("data.azureml_extension_versions.edge.latest_supported\n", "\"1.1.31\"\n");
    assert!(pinned.contains("\"1.1.31\""), "{pinned}");
    cli.write(&(REQUIRED_PROVIDERS.to_owned() + "variable \"cluster_id\" {}\n"));
    cli.set("TF_VAR_cluster_id", &arc_extension::cluster());
    cli.write_file("blocks.tf", &pinned);
    cli.run(&["fmt", "-check", "-diff", "blocks.tf"]).succeeds();
    cli.apply().succeeds();
    cli.write_file("told.tf", &told.replace("edge", "told"));
    cli.plan(&[]).ran().warns_of("The extension can be upgraded to 1.1.39.");
    cli.write_file("blocks.tf", planned);
    cli.plan(&[]).plans("update", "azureml_arc_extension.edge");
    cli.apply().succeeds();
    let edge = cli.state("azureml_arc_extension.edge").expect("it is in the state");
    assert_eq!(edge["version"], "1.1.39");
    settled(cli);
}

/// What is pinned runs on while the catalogue has something newer.
fn a_newer_version_is_seen(azure: &Azure, cli: &mut Cli) {
    let resource = arc_extension::resource("enable_training = true\n  version = \"1.1.31\"");
    cli.write(&resource);
    cli.apply().succeeds();
    cli.write_file("versions.tf", &example("azureml_extension_versions"));
    cli.apply().succeeds();
    assert_eq!(cli.outputs()["extension_update"], "1.1.39");
    let id = "/providers/Microsoft.KubernetesConfiguration/extensionTypes/microsoft.azureml.kubernetes/versions/1.1.39";
    let mut release = azure.object(id).expect("it is in the catalogue");
    release["properties"]["version"] = json!("1.1.100");
    azure.put(&id.replace("1.1.39", "1.1.100"), &release);
    cli.apply().succeeds();
    assert_eq!(cli.outputs()["extension_update"], "1.1.100");
    let edge = state(cli, "azureml_extension_versions.edge");
    assert_eq!(edge["installed_version"], "1.1.31");
}

fn state(cli: &Cli, of: &str) -> serde_json::Value {
    cli.state(&format!("data.{of}")).unwrap_or_else(|| panic!("{of} is in the state"))
}

fn example(name: &str) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data-sources");
    let path = examples.join(name).join("data-source.tf");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
