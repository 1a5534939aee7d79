//! Where nothing is configured: modules are validated and tested with mocks, without credentials or network.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::azure::{Azure, GROUP};
use crate::support::cli::{Cli, Ran};
use crate::support::{REQUIRED_PROVIDERS, with_every_program};

with_every_program!(
    the_module_is_validated,
    the_module_is_tested_with_mocks,
    the_module_is_tested_on_the_emulator,
    overrides_take_the_place_of_azure,
    mocks_do_not_hide_what_is_wrong,
    a_bare_mock_is_enough,
    a_made_up_id_is_refused_by_a_plan,
    functions_are_called_in_a_tested_module,
);

with_every_program!(OVERRIDE_DURING: overrides_are_seen_in_a_plan);
with_every_program!(FUNCTIONS_IN_ASSERTIONS: functions_are_called_in_assertions);

/// As short as it gets.
const MOCKS: &str = "mock_provider \"azureml\" {}\n";

fn the_module_is_validated(azure: &Azure, cli: &mut Cli) {
    module(cli);
    everywhere(azure, cli, |cli| {
        cli.validate().succeeds();
    });
}

fn the_module_is_tested_with_mocks(azure: &Azure, cli: &mut Cli) {
    module(cli);
    cli.write_file("tests/mocks.tftest.hcl", &example("tests/mocks.tftest.hcl"));
    everywhere(azure, cli, |cli| passes(&test(cli), 3));
}

fn the_module_is_tested_on_the_emulator(azure: &Azure, cli: &mut Cli) {
    module(cli);
    cli.write_file("tests/it.tftest.hcl", &example("tests/emulator/emulator.tftest.hcl"));
    let before = azure.objects();
    passes(&test(cli), 2);
    let created = azure.writes();
    let compute = |path: &str| path.ends_with("/computes/training");
    assert!(created.iter().any(|write| write.method == "PUT" && compute(&write.path)));
    assert!(azure.objects().keys().eq(before.keys()), "the test tidies up after itself");
}

/// The provider itself runs here, and is never asked for what is overridden.
fn overrides_take_the_place_of_azure(azure: &Azure, cli: &mut Cli) {
    module(cli);
    let overrides = format!(
        "override_resource {{\n  target = azureml_arc_extension.training\n  values = {{ id = \"{}\" }}\n}}\n\
         override_resource {{\n  target = azureml_kubernetes_compute.training\n  values = {{ id = \"given\" }}\n}}\n",
        extension()
    );
    let run = asserts("overridden", "output.compute_id == \"given\"");
    cli.write_file("tests/it.tftest.hcl", &format!("{}{overrides}{run}", variables()));
    everywhere(azure, cli, |cli| passes(&test(cli), 1));
}

/// The negative control: what passes elsewhere in this file passes because it is right.
fn mocks_do_not_hide_what_is_wrong(azure: &Azure, cli: &mut Cli) {
    module(cli);
    for (name, variable, value) in [
        ("half_a_gpu", "gpus", "0.5".to_owned()),
        ("a_cluster_is_no_workspace", "workspace_id", format!("\"{}\"", cluster())),
    ] {
        let run = format!(
            "run \"{name}\" {{\n  command = plan\n  variables {{\n    {variable} = {value}\n  }}\n}}\n"
        );
        cli.write_file(&format!("tests/{name}.tftest.hcl"), &[&variables(), MOCKS, &run].concat());
    }
    everywhere(azure, cli, |cli| {
        let ran = test(cli);
        ran.fails_with("Invalid workspace_id").at("workspace_id = var.workspace_id");
        let found = ran.fails_with("resources.limits[\"nvidia.com/gpu\"]");
        found.says("\"0.5\"").says("instance_types[\"gpu\"]");
    });
}

/// A mock makes up a word for the `id` of the extension, which is an argument of the compute, and another provider's
/// mock does for cluster and workspace.
pub(crate) fn a_bare_mock_is_enough(azure: &Azure, cli: &mut Cli) {
    module(cli);
    let run = asserts("made_up", "output.compute_id != \"\"");
    let others = "run \"of_others\" {\n  variables {\n    cluster_id   = \"b4gj75yy\"\n    \
                  workspace_id = \"Zx81\"\n  }\n}\n";
    cli.write_file("tests/it.tftest.hcl", &[&variables(), MOCKS, &run, others].concat());
    let look_up = "data \"azureml_connected_cluster\" \"of_others\" {\n  id = var.cluster_id\n}\n";
    cli.write_file("data.tf", look_up);
    everywhere(azure, cli, |cli| passes(&test(cli), 2));
}

/// Only a test with mocks may hold such a word.
fn a_made_up_id_is_refused_by_a_plan(azure: &Azure, cli: &mut Cli) {
    module(cli);
    cli.set("TF_VAR_cluster_id", &cluster());
    cli.set("TF_VAR_workspace_id", "b4gj75yy");
    let ran = cli.plan(&[]);
    let form = "Microsoft.MachineLearningServices/workspaces/<workspace>";
    ran.ran().fails_with("Invalid workspace_id").at("var.workspace_id").says(form);
    cli.set("TF_VAR_cluster_id", "b4gj75yy");
    let ran = cli.plan(&[]);
    ran.ran().fails_with("Invalid cluster_id").says("connectedClusters/<connectedCluster>");
    cli.write_file("main.tf", &data("b4gj75yy"));
    cli.plan(&[]).ran().fails_with("Invalid id").at("b4gj75yy");
    assert!(azure.writes().is_empty(), "a plan writes nothing: {:#?}", azure.writes());
}

fn data(id: &str) -> String {
    format!(
        "{REQUIRED_PROVIDERS}data \"azureml_connected_cluster\" \"it\" {{\n  id = \"{id}\"\n}}\n"
    )
}

fn functions_are_called_in_a_tested_module(azure: &Azure, cli: &mut Cli) {
    module(cli);
    cli.write_file(
        "equal.tf",
        "output \"equal\" {\n  value = provider::azureml::quantity_equal(local.cpu.resources.limits.memory, \"16384Mi\")\n}\n",
    );
    let run = asserts("equal", "output.equal");
    cli.write_file("tests/it.tftest.hcl", &format!("{}{}{run}", variables(), MOCKS));
    everywhere(azure, cli, |cli| passes(&test(cli), 1));
}

fn overrides_are_seen_in_a_plan(azure: &Azure, cli: &mut Cli) {
    module(cli);
    let overrides = "override_resource {\n  target          = azureml_kubernetes_compute.training\n  \
                     override_during = plan\n  values          = { id = \"given\" }\n}\n";
    let run = planned("overridden", "output.compute_id == \"given\"");
    cli.write_file("tests/it.tftest.hcl", &[&variables(), MOCKS, overrides, &run].concat());
    everywhere(azure, cli, |cli| passes(&test(cli), 1));
}

fn functions_are_called_in_assertions(azure: &Azure, cli: &mut Cli) {
    module(cli);
    let cpu = "azureml_kubernetes_compute.training.instance_types[\"cpu\"].resources.limits.memory";
    let run = planned("equal", &format!("provider::azureml::quantity_equal({cpu}, \"16384Mi\")"));
    cli.write_file("tests/it.tftest.hcl", &[&variables(), MOCKS, &run].concat());
    everywhere(azure, cli, |cli| passes(&test(cli), 1));
}

/// Where Azure refuses every connection, and where nothing says what Azure is or how to sign in.
#[track_caller]
fn everywhere(azure: &Azure, cli: &mut Cli, works: fn(&Cli)) {
    azure.forget();
    for name in ["ARM_RESOURCE_MANAGER_ENDPOINT", "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"] {
        cli.set(name, "http://127.0.0.1:1");
    }
    works(cli);
    azure.environment().keys().for_each(|name| cli.unset(name));
    // Without the Azure CLI as well.
    cli.set("PATH", "");
    works(cli);
    assert!(azure.exchanges().is_empty(), "Azure was asked: {:#?}", azure.exchanges());
}

fn test(cli: &Cli) -> Ran {
    cli.run(&["test", "-json"])
}

#[track_caller]
fn passes(ran: &Ran, runs: u64) {
    ran.succeeds();
    let summary = ran.messages().find(|line| line["type"] == "test_summary");
    let summary = summary.unwrap_or_else(|| panic!("there is no summary in\n{ran}"));
    assert_eq!(summary["test_summary"]["passed"], Value::from(runs), "{summary}");
}

/// The module of the example, and a folder for its tests.
fn module(cli: &Cli) {
    cli.write(&example("main.tf"));
    fs::create_dir(cli.path("tests")).expect("the working folder takes folders");
}

fn variables() -> String {
    format!(
        "variables {{\n  cluster_id   = \"{}\"\n  workspace_id = \"{GROUP}/providers/\
         Microsoft.MachineLearningServices/workspaces/amlarc-workspace\"\n}}\n",
        cluster()
    )
}

fn asserts(name: &str, condition: &str) -> String {
    format!(
        "run \"{name}\" {{\n  assert {{\n    condition     = {condition}\n    \
         error_message = \"It does not hold.\"\n  }}\n}}\n"
    )
}

fn planned(name: &str, condition: &str) -> String {
    let run = format!("run \"{name}\" {{\n");
    asserts(name, condition).replace(&run, &format!("{run}  command = plan\n"))
}

fn cluster() -> String {
    format!("{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster")
}

fn extension() -> String {
    format!("{}/providers/Microsoft.KubernetesConfiguration/extensions/training", cluster())
}

fn example(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/tests").join(name);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
