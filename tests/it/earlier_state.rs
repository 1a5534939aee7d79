//! States, private data and saved operations that an earlier build wrote, read by this one.
//!
//! The fixtures are resources of state files that the build of commit 171c53b (2026-11-30) left, on the same
//! configurations and an emulator. Private data stands decoded, and `OPERATION` stands for the URL of an operation.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::arc_extension::{self, TRAINING, resource};
use crate::interruption::{changed, hangs, resumed};
use crate::kubernetes_compute::{self, FILE_IN_HCL, with_extension};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::with_terraform;

with_terraform!(
    an_interrupted_create_is_resumed,
    an_interrupted_update_is_resumed,
    an_interrupted_attach_is_resumed,
    what_is_up_to_date_plans_nothing,
    an_imported_extension_keeps_what_is_known_of_it,
);

const STATE: &str = "terraform.tfstate";
const EXTENSION: &str = "azureml_arc_extension.this";
const COMPUTE: &str = "azureml_kubernetes_compute.this";

fn an_interrupted_create_is_resumed(azure: &Azure, cli: &mut Cli) {
    hangs(azure, "PUT");
    cli.write(&resource(TRAINING));
    cli.apply_interrupted(|| azure.waits_for("PUT", &arc_extension::id()));
    replace_state(cli, include_str!("../fixtures/earlier-state/interrupted-create.json"));
    cli.plan(&[]).plans("update", EXTENSION).ran().warns_of("Extension amlarc-compute is Creating");
    resumed(azure, cli).succeeds();
    assert_eq!(azure.count("PUT", &arc_extension::id()), 1, "the work is resumed, not repeated");
    settled(cli);
}

fn an_interrupted_update_is_resumed(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    hangs(azure, "PATCH");
    cli.write(&changed());
    cli.apply_interrupted(|| azure.waits_for("PATCH", &arc_extension::id()));
    replace_state(cli, include_str!("../fixtures/earlier-state/interrupted-update.json"));
    cli.plan(&[]).plans("update", EXTENSION);
    resumed(azure, cli).succeeds();
    assert_eq!(azure.count("PATCH", &arc_extension::id()), 1, "the work is resumed, not repeated");
    settled(cli);
}

fn an_interrupted_attach_is_resumed(azure: &Azure, cli: &mut Cli) {
    let compute = kubernetes_compute::id();
    let puts = json!({ "method": "PUT", "path": "computes/" });
    azure.fails(&puts, &json!({ "stick_operation": true }));
    cli.write(&with_extension(FILE_IN_HCL));
    cli.apply_interrupted(|| azure.waits_for("PUT", &compute));
    replace_state(cli, include_str!("../fixtures/earlier-state/interrupted-attach.json"));
    cli.plan(&[]).plans("update", COMPUTE);
    azure.ends_operations();
    cli.apply().succeeds();
    assert_eq!(azure.count("PUT", &compute), 1, "the work is resumed, not repeated");
    settled(cli);
}

fn what_is_up_to_date_plans_nothing(_: &Azure, cli: &mut Cli) {
    cli.write(&with_extension(FILE_IN_HCL));
    cli.apply().succeeds();
    replace_state(cli, include_str!("../fixtures/earlier-state/attached.json"));
    cli.plan(&["-refresh=false"]).plans_nothing();
    settled(cli);
}

/// Its secrets were never seen, so the first update sends them all.
fn an_imported_extension_keeps_what_is_known_of_it(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    replace_state(cli, include_str!("../fixtures/earlier-state/imported.json"));
    cli.plan(&[]).plans_nothing();
    cli.write(&changed());
    cli.apply().succeeds();
    let body = azure.last_body("PATCH", &arc_extension::id());
    assert!(body["properties"]["configurationProtectedSettings"].is_null(), "{body:#}");
    settled(cli);
}

/// Puts the resources of `earlier` into the state file, with the operation that the state there waits for.
fn replace_state(cli: &Cli, earlier: &str) {
    let mut state: Value = serde_json::from_str(&cli.read_file(STATE)).expect("JSON");
    let operation = state["resources"].as_array().expect("a list").iter().find_map(operation_of);
    let earlier = earlier.replace("OPERATION", &operation.unwrap_or_default());
    let mut resources: Value = serde_json::from_str(&earlier).expect("JSON");
    for resource in resources.as_array_mut().expect("a list") {
        let private = &mut resource["instances"][0]["private"];
        *private = STANDARD.encode(private.to_string()).into();
    }
    state["resources"] = resources;
    cli.write_file(STATE, &state.to_string());
}

/// The URL of the operation that this resource waits for.
fn operation_of(resource: &Value) -> Option<String> {
    let private = STANDARD.decode(resource["instances"][0]["private"].as_str()?).expect("base64");
    let private: Value = serde_json::from_slice(&private).expect("JSON");
    Some(private["operation"]["follow"]["url"].as_str()?.to_owned())
}
