//! Import of existing objects: by identity, and with a generated configuration.

use emulator::Trait;
use serde_json::{Value, json};

use crate::arc_extension::{self, INFERENCE, TRAINING};
use crate::kubernetes_compute::{self, FILE_IN_HCL, IMPORT_IGNORES, with_extension};
use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::tools::TERRAFORM_1_11;
use crate::support::{REQUIRED_PROVIDERS, stage_in, with_every_program, with_terraform};

with_every_program!(IDENTITY: by_their_identities);
with_every_program!(
    an_extension_with_a_generated_configuration,
    a_compute_with_a_generated_configuration
);
with_terraform!(
    an_extension_for_inference_with_a_generated_configuration,
    an_extension_of_the_cli_with_a_generated_configuration,
    an_extension_with_a_certificate_with_a_generated_configuration,
    a_compute_without_types_imports_to_an_empty_plan,
    types_that_are_written_as_they_are_change_the_state_alone,
    a_default_type_alone_is_attached_without_warnings,
);

const EXTENSION: &str = "azureml_arc_extension.this";
const COMPUTE: &str = "azureml_kubernetes_compute.this";

// === by identity ===

fn by_their_identities(_: &Azure, cli: &mut Cli) {
    let config = with_extension(FILE_IN_HCL);
    cli.write(&config);
    cli.apply().succeeds();
    let stored = [("cluster_id", arc_extension::cluster()), ("workspace_id", workspace())];
    assert_eq!(
        identities(cli),
        stored.map(|(parent, id)| json!({"name": "amlarc-compute", parent: id}))
    );
    cli.forget(COMPUTE).succeeds();
    cli.forget(EXTENSION).succeeds();
    let cluster = arc_extension::cluster();
    let extension = identity(EXTENSION, "cluster_id", &cluster);
    let compute = identity(COMPUTE, "workspace_id", &workspace());
    cli.write(&format!("{config}{extension}{compute}"));
    cli.plan(&[])
        .plans("no-op", EXTENSION)
        .plans("update", COMPUTE)
        .changes_within(COMPUTE, &IMPORT_IGNORES);
    cli.apply().succeeds();
    settled(cli);
    cli.forget(EXTENSION).succeeds();
    let elsewhere = identity(EXTENSION, "cluster_id", &workspace());
    cli.write(&format!("{config}{elsewhere}"));
    cli.plan(&[]).ran().fails_with("Invalid cluster_id").says("not of a connected cluster");
}

/// The identities in the state, in the order of the type names.
fn identities(cli: &Cli) -> Vec<Value> {
    let state: Value = serde_json::from_str(&cli.read_file("terraform.tfstate")).expect("JSON");
    let resources = state["resources"].as_array().expect("a list").iter();
    resources.map(|resource| resource["instances"][0]["identity"].clone()).collect()
}

fn identity(address: &str, parent: &str, id: &str) -> String {
    format!(
        r#"
import {{
  to = {address}
  identity = {{
    name     = "amlarc-compute"
    {parent} = "{id}"
  }}
}}
"#
    )
}

// === without a configuration ===

fn an_extension_with_a_generated_configuration(_: &Azure, cli: &mut Cli) {
    cli.write(&arc_extension::resource(TRAINING));
    import_with_generated_configuration(cli, EXTENSION, "", &arc_extension::id());
}

fn an_extension_for_inference_with_a_generated_configuration(_: &Azure, cli: &mut Cli) {
    cli.write(&arc_extension::resource(INFERENCE));
    import_with_generated_configuration(cli, EXTENSION, "", &arc_extension::id());
}

/// The commonest attach: a client gave no types, and whatever the service tells is the cluster's.
fn a_compute_without_types_imports_to_an_empty_plan(azure: &Azure, cli: &mut Cli) {
    cli.write(&with_extension(""));
    cli.apply().succeeds();
    azure.drift(&kubernetes_compute::id(), |object| {
        object["properties"]["properties"]["instanceTypes"]["gpu"] = json!({
            "nodeSelector": { "pool": "gpu" },
            "resources": { "limits": { "cpu": "4", "memory": "8Gi", "nvidia.com/gpu": null } },
        });
    });
    let held = azure.object(&kubernetes_compute::id()).expect("it exists");
    cli.forget(COMPUTE).succeeds();
    cli.import(COMPUTE, &kubernetes_compute::id()).succeeds();
    settled(cli);
    let state = cli.state(COMPUTE).expect("it is imported");
    assert!(state["instance_types"].is_null() && state["default_instance_type"].is_null());
    assert_eq!(state["effective_instance_types"]["gpu"]["node_selector"]["pool"], "gpu");
    cli.write(&with_extension("  description = \"ours\""));
    cli.apply().succeeds();
    let sent = azure.last_body("PUT", &kubernetes_compute::id())["properties"]["properties"].take();
    let held = &held["properties"]["properties"];
    assert_eq!(sent["instanceTypes"]["gpu"], held["instanceTypes"]["gpu"], "as it was read");
    assert_eq!(sent["defaultInstanceType"], held["defaultInstanceType"]);
    settled(cli);
}

/// Writing down what the service already has changes only the state, and gives no warning.
fn types_that_are_written_as_they_are_change_the_state_alone(azure: &Azure, cli: &mut Cli) {
    cli.write(&with_extension(FILE_IN_HCL));
    cli.apply().succeeds();
    cli.forget(COMPUTE).succeeds();
    cli.import(COMPUTE, &kubernetes_compute::id()).succeeds();
    let plan = cli.plan(&[]);
    plan.plans("update", COMPUTE).changes_within(COMPUTE, &IMPORT_IGNORES);
    plan.ran().warns_of_nothing();
    azure.forget();
    cli.apply().succeeds().warns_of_nothing();
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    settled(cli);
}

fn a_default_type_alone_is_attached_without_warnings(azure: &Azure, cli: &mut Cli) {
    let alone = |name: &str| with_extension(&format!("  default_instance_type = \"{name}\""));
    cli.write(&alone("defaultinstancetype"));
    cli.apply().succeeds().warns_of_nothing();
    let sent = azure.last_body("PUT", &kubernetes_compute::id())["properties"]["properties"].take();
    assert_eq!(
        sent,
        json!({ "namespace": "default", "defaultInstanceType": "defaultinstancetype" })
    );
    settled(cli);
}

/// The compute tests again, against a service that hides the cluster's types.
#[test]
fn computes_where_types_of_the_cluster_are_hidden() {
    for test in [
        a_compute_without_types_imports_to_an_empty_plan as fn(&Azure, &mut Cli),
        types_that_are_written_as_they_are_change_the_state_alone,
        a_default_type_alone_is_attached_without_warnings,
        a_compute_with_a_generated_configuration,
    ] {
        stage_in(&Azure::with_traits([Trait::HidesClusterTypes]), TERRAFORM_1_11, test);
    }
}

/// With what no configuration may say: keys in two spellings, values that do not fit, secrets in the wrong map, a
/// setting that follows from one that is not there.
fn an_extension_of_the_cli_with_a_generated_configuration(azure: &Azure, cli: &mut Cli) {
    cli.write(&arc_extension::resource(TRAINING));
    cli.apply().succeeds();
    let others = json!({
        "InferenceRouterHA": "false",
        "inferenceRouterHA": "True",
        "EnableTraining": "true",
        "installVolcano": "odd",
        "installPromOp": null,
        "scoringFe.serviceType.nodePort": "True",
        "sslKeyPemFile": "/home/somebody/key.pem",
        "nodeSelector.a b": "c",
        "nodeSelector.kubernetes\\.io/os": "linux",
        "nodeSelector.kubernetes.io/os": "windows",
        "enableInference": "True",
        "someone.elses": "kept",
    });
    azure.drift(&arc_extension::id(), |object| {
        let settings = object["properties"]["configurationSettings"].as_object_mut();
        settings.expect("settings").extend(others.as_object().cloned().unwrap_or_default());
        object["properties"]["autoUpgradeMinorVersion"] = Value::Null;
    });
    cli.forget(EXTENSION).succeeds();
    cli.write(&format!(
        "{REQUIRED_PROVIDERS}import {{\n  to = {EXTENSION}\n  id = \"{}\"\n}}\n",
        arc_extension::id()
    ));
    azure.forget();
    cli.plan(&["-generate-config-out=generated.tf"]).plans("no-op", EXTENSION);
    cli.plan(&[]).plans("no-op", EXTENSION);
    cli.apply().succeeds();
    settled(cli);
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    let state = cli.state(EXTENSION).expect("it was imported");
    let shown = &state["effective_configuration_settings"];
    for key in ["InferenceRouterHA", "installVolcano", "nodeSelector.kubernetes.io/os"] {
        assert!(shown[key].is_string(), "{key} in {shown:#}");
    }
    assert_eq!(shown.get("sslKeyPemFile"), None);
    assert_eq!(state["node_selector"], json!({ "kubernetes.io/os": "linux", "pool": "ml" }));
    assert_eq!(state["inference_router_ha"], true);
}

/// Its certificate is nowhere to be read.
fn an_extension_with_a_certificate_with_a_generated_configuration(_: &Azure, cli: &mut Cli) {
    cli.write_file("server.crt", include_str!("../fixtures/tls/server.crt"));
    cli.write_file("server.key", include_str!("../fixtures/tls/server.key"));
    cli.write(&arc_extension::resource(
        r#"
  enable_inference              = true
  inference_router_service_type = "clusterIP"
  ssl_cname                     = "edge.example"
  ssl_cert_pem                  = file("server.crt")
  ssl_key_pem                   = file("server.key")
"#,
    ));
    import_with_generated_configuration(cli, EXTENSION, "", &arc_extension::id());
}

fn a_compute_with_a_generated_configuration(azure: &Azure, cli: &mut Cli) {
    cli.write(&with_extension(FILE_IN_HCL));
    cli.apply().succeeds();
    azure.drift(&kubernetes_compute::id(), |object| {
        object["tags"] = json!({"Team": "ML"});
        object["identity"] = kubernetes_compute::system_assigned();
    });
    import_with_generated_configuration(cli, COMPUTE, &extension(), &kubernetes_compute::id());
}

/// Lets the program write the configuration of what it imports, and plans it.
#[track_caller]
fn import_with_generated_configuration(cli: &Cli, address: &str, others: &str, id: &str) {
    cli.apply().succeeds();
    cli.forget(address).succeeds();
    cli.write(&format!(
        "{REQUIRED_PROVIDERS}{others}import {{\n  to = {address}\n  id = \"{id}\"\n}}\n"
    ));
    cli.plan(&["-generate-config-out=generated.tf"]).plans("no-op", address);
    cli.plan(&[]).plans("no-op", address);
    cli.apply().succeeds();
    settled(cli);
}

fn extension() -> String {
    arc_extension::resource("enable_training = true").replace(REQUIRED_PROVIDERS, "")
}

fn workspace() -> String {
    format!("{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace")
}
