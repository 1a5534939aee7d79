//! What is there already, looked up by every program.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::arc_extension;
use crate::kubernetes_compute::{self, FILE_IN_HCL, with_extension};
use crate::support::azure::Azure;
use crate::support::core::Core;
use crate::support::lifecycle::settled;
use crate::support::with_every_program;

with_every_program!(
    what_is_there_is_found,
    what_is_not_there_is_an_error,
    a_cluster_that_is_lost_is_told_with_its_time,
);

const TYPES: [&str; 3] =
    ["azureml_arc_extension", "azureml_connected_cluster", "azureml_kubernetes_compute"];

/// The examples, beside the resources that they look for.
fn what_is_there_is_found(azure: &Azure, core: &mut Core) {
    core.write(&with_extension(FILE_IN_HCL));
    core.apply().succeeds();
    for name in TYPES {
        core.write_file(&format!("{name}.tf"), &example(name));
    }
    core.apply().succeeds();
    settled(core);
    let outputs = core.outputs();
    assert_eq!(outputs["nodes"], 3);
    assert_eq!(outputs["instance_types"], json!(["big_cpu_sku", "gpu_instance"]));
    assert!(outputs["extension_version"].is_string(), "{outputs:#}");

    let compute = state(core, "azureml_kubernetes_compute.training");
    assert_eq!(compute["id"], kubernetes_compute::id());
    assert_eq!(compute["cluster_id"], arc_extension::cluster());
    assert_eq!(compute["extension_id"], arc_extension::id());
    let gpu = &compute["effective_instance_types"]["gpu_instance"];
    assert_eq!(gpu["resources"]["limits"]["nvidia.com/gpu"], "1");

    let extension = state(core, "azureml_arc_extension.training");
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

    let cluster = state(core, "azureml_connected_cluster.edge");
    assert_eq!(cluster["connected"], true);
    assert_eq!(cluster["agent_version"], "1.20.2");
    assert_eq!(cluster["distribution"], "k3s");
}

fn what_is_not_there_is_an_error(_: &Azure, core: &mut Core) {
    for name in TYPES {
        let wanted = example(name);
        let (from, to, at) = match name {
            "azureml_connected_cluster" => ("amlarc-cluster\"", "gone\"", "id "),
            _ => ("\"amlarc-compute\"", "\"gone\"", "name "),
        };
        core.write(&(versions() + &wanted.replace(from, to)));
        let planned = core.run(&["plan", "-json"]);
        planned.fails_with("does not exist").says("/gone").says("Check").at(at);
    }
}

fn a_cluster_that_is_lost_is_told_with_its_time(_: &Azure, core: &mut Core) {
    let wanted = example("azureml_connected_cluster");
    core.write(&(versions() + &wanted.replace("amlarc-cluster", "amlarc-offline")));
    let ran = core.run(&["plan", "-json"]);
    ran.fails_with("The cluster is Offline since 2026-11-01T00:00:00.000Z.");
}

fn state(core: &Core, of: &str) -> serde_json::Value {
    core.state(&format!("data.{of}")).unwrap_or_else(|| panic!("{of} is in the state"))
}

fn versions() -> String {
    let source = "azureml = {\n      source = \"azureml/azureml\"\n    }";
    format!("terraform {{\n  required_providers {{\n    {source}\n  }}\n}}\n")
}

fn example(name: &str) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data-sources");
    let path = examples.join(name).join("data-source.tf");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
