//! `azureml_kubernetes_compute`: a cluster attached to a workspace, with the instance types of its users.

mod order;
mod ownership;
mod plans;
mod requests;

use emulator::Trait;
use serde_json::{Value, json};

use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::lifecycle::{Case, lifecycle, settled};
use crate::support::tools::TERRAFORM_1_11;
use crate::support::{
    REQUIRED_PROVIDERS, stage_in, with_every_program, with_terraform, with_traits,
};

with_every_program!(lives);
// Where Azure ignores the types of a body, a compute does not live; a test below shows that.
with_traits!(
    lives_where: lives,
    an_undeclared_identity_is_dropped = DropsUndeclaredIdentity,
    types_of_the_cluster_are_hidden = HidesClusterTypes,
);
with_terraform!(one_deleted_outside_is_made_again);

const ADDRESS: &str = "azureml_kubernetes_compute.this";

/// What an import of a compute leaves null, and what moves with it.
pub(crate) const IMPORT_IGNORES: [&str; 3] =
    ["default_instance_type", "effective_instance_types", "instance_types"];

/// The first configuration file of the product's documentation, in HCL.
pub(crate) const FILE_IN_HCL: &str = r#"
  namespace             = "amlarc-testing"
  default_instance_type = "gpu_instance"
  instance_types = {
    gpu_instance = {
      node_selector = { accelerator = "nvidia-tesla-k80" }
      resources = {
        requests = { cpu = "2", memory = "16Gi", "nvidia.com/gpu" = "1" }
        limits   = { cpu = "2", memory = "16Gi", "nvidia.com/gpu" = "1" }
      }
    }
    big_cpu_sku = {
      node_selector = { VMSizes = "VM-64vCPU-256GB" }
      resources = {
        requests = { cpu = "4", memory = "16Gi", "nvidia.com/gpu" = "0" }
        limits   = { cpu = "4", memory = "16Gi", "nvidia.com/gpu" = "0" }
      }
    }
  }
"#;

// === the life of one compute ===

pub(crate) fn lives(azure: &Azure, cli: &mut Cli) {
    let respelt = FILE_IN_HCL.replace("16Gi", "16384Mi").replace("cpu = \"2\"", "cpu = \"2000m\"");
    let changed = FILE_IN_HCL.replace("limits   = { cpu = \"4\"", "limits   = { cpu = \"8\"");
    let case = Case {
        address: ADDRESS,
        id: &id(),
        created: &with_extension(FILE_IN_HCL),
        respelt: &with_extension(&respelt),
        changed: &with_extension(&changed),
        change: &["instance_types.big_cpu_sku.resources.limits.cpu"],
        drift: |object| {
            let types = &mut object["properties"]["properties"]["instanceTypes"];
            types["gpu_instance"]["resources"]["limits"]["memory"] = json!("8Gi");
        },
        drifted: &["instance_types.gpu_instance.resources.limits.memory"],
        import_ignores: &IMPORT_IGNORES,
    };
    lifecycle(azure, cli, &case);
}

/// Only an import, which has no configuration to go by, takes the cluster's own types for ours.
#[test]
fn types_of_the_cluster_are_shown_and_not_planned() {
    stage_in(&Azure::with_traits([Trait::ReturnsClusterTypes]), TERRAFORM_1_11, |_, cli| {
        cli.write(&with_extension(FILE_IN_HCL));
        cli.apply().succeeds();
        settled(cli);
        let state = cli.state(ADDRESS).expect("it is in the state");
        assert!(state["instance_types"]["defaultinstancetype"].is_null(), "{state:#}");
        assert!(state["effective_instance_types"]["defaultinstancetype"].is_object(), "{state:#}");
        let changed = FILE_IN_HCL.replace("limits   = { cpu = \"4\"", "limits   = { cpu = \"8\"");
        cli.write(&with_extension(&changed));
        cli.plan(&[]).changes_only(ADDRESS, &["instance_types.big_cpu_sku.resources.limits.cpu"]);
        cli.apply().succeeds();
        settled(cli);
    });
}

/// What Azure did not take is never stored as if it had, and each leaf of it is named.
#[test]
fn types_that_azure_ignores_are_an_error() {
    stage_in(&Azure::with_traits([Trait::IgnoresBodyTypes]), TERRAFORM_1_11, |azure, cli| {
        cli.write(&with_extension("description = \"x\""));
        cli.apply().succeeds();
        cli.write(&with_extension(FILE_IN_HCL.replace("  namespace", "  #").as_str()));
        let told = cli.apply();
        told.fails_with("instance_types")
            .says("gpu_instance")
            .says("-replace=")
            .at("default_instance_type");
        let state = cli.state(ADDRESS).expect("it is in the state");
        assert!(state["instance_types"]["gpu_instance"].is_null(), "{state:#}");
        assert!(stored(azure)["properties"]["description"].is_string(), "it is still there");
    });
}

fn one_deleted_outside_is_made_again(azure: &Azure, cli: &mut Cli) {
    cli.write(&with_extension(FILE_IN_HCL));
    cli.apply().succeeds();
    azure.remove(&id());
    cli.plan(&[]).plans("create", ADDRESS);
    cli.apply().succeeds();
    settled(cli);
}

// === configurations ===

pub(crate) fn with_extension(arguments: &str) -> String {
    let extension = format!(
        r#"
resource "azureml_arc_extension" "this" {{
  name            = "amlarc-compute"
  cluster_id      = "{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  enable_training = true
}}
"#
    );
    resource(&format!("  extension_id = azureml_arc_extension.this.id\n{arguments}")) + &extension
}

pub(crate) fn resource(arguments: &str) -> String {
    format!(
        r#"{REQUIRED_PROVIDERS}resource "azureml_kubernetes_compute" "this" {{
  name         = "amlarc-compute"
  workspace_id = "{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  cluster_id   = "{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
{arguments}
}}
"#
    )
}

/// An identity that someone else gave the compute.
pub(crate) fn system_assigned() -> Value {
    json!({
        "type": "SystemAssigned",
        "principalId": "00000000-0000-0000-0000-0000000000e7",
        "tenantId": "00000000-0000-0000-0000-00000000000a",
    })
}

pub(crate) fn id() -> String {
    format!(
        "{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace/computes/amlarc-compute"
    )
}

#[track_caller]
fn stored(azure: &Azure) -> Value {
    azure.object(&id()).expect("the compute exists")
}
