//! The examples are true: formatted, applied as they stand, and their imports name what they created.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::azure::Azure;
use crate::support::core::Core;
use crate::support::lifecycle::settled;
use crate::support::{with_every_program, with_every_program_of, with_terraform};

with_every_program!(are_formatted);
with_every_program_of!(IDENTITY: identities_import_what_was_created);
with_terraform!(the_demo_works, resources_work_and_are_imported, the_provider_block_is_valid);

fn are_formatted(_: &Azure, core: &mut Core) {
    let folder = examples().display().to_string();
    core.run(&["fmt", "-check", "-recursive", &folder]).succeeds();
}

fn the_provider_block_is_valid(_: &Azure, core: &mut Core) {
    core.write(&read(&examples().join("provider/provider.tf")));
    core.validate().succeeds();
}

fn the_demo_works(_: &Azure, core: &mut Core) {
    core.write(&read(&examples().join("demo/main.tf")));
    core.apply().succeeds();
    settled(core);
    core.destroy().succeeds();
}

fn resources_work_and_are_imported(_: &Azure, core: &mut Core) {
    core.write_file("versions.tf", &versions());
    let folders = fs::read_dir(examples().join("resources")).expect("there are examples");
    let folders: Vec<_> = folders.map(|found| found.expect("it can be listed").path()).collect();
    assert!(folders.len() >= 2, "each type has an example: {folders:?}");
    for folder in folders {
        core.write(&read(&folder.join("resource.tf")));
        core.apply().succeeds();
        settled(core);
        is_imported(core, &read(&folder.join("import.sh")));
        core.destroy().succeeds();
    }
}

/// The documented command, on the object that was just created.
#[track_caller]
fn is_imported(core: &Core, command: &str) {
    let words: Vec<_> = command.split_whitespace().collect();
    let ["terraform", "import", address, id] = words[..] else {
        panic!("{command:?} is no import")
    };
    let state = core.read_file("terraform.tfstate");
    core.forget(address).succeeds();
    core.import(address, id).succeeds();
    settled(core);
    core.write_file("terraform.tfstate", &state);
}

/// The import block that a page shows beside the command.
fn identities_import_what_was_created(_: &Azure, core: &mut Core) {
    let resources = examples().join("resources/azureml_kubernetes_compute/resource.tf");
    core.write(&(versions() + &read(&resources)));
    core.apply().succeeds();
    for kind in ["azureml_kubernetes_compute", "azureml_arc_extension"] {
        core.forget(&format!("{kind}.training")).succeeds();
        let block = examples().join("resources").join(kind).join("import-by-identity.tf");
        core.write_file(&format!("{kind}.tf"), &read(&block));
    }
    let plan = core.plan(&[]);
    plan.plans("no-op", "azureml_kubernetes_compute.training");
    plan.plans("no-op", "azureml_arc_extension.training");
}

fn versions() -> String {
    let source = "azureml = {\n      source = \"azureml/azureml\"\n    }";
    format!("terraform {{\n  required_providers {{\n    {source}\n  }}\n}}\n")
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
