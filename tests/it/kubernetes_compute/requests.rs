//! What goes over the wire, from the document's examples to nothing at all.

use serde_json::{Value, json};

use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::with_terraform;

use super::{ADDRESS, FILE_IN_HCL, id, with_extension};

with_terraform!(
    sends_the_configuration_file,
    sends_the_default_configuration_file,
    sends_the_sdk_sample,
    nothing_written_sends_nothing,
    a_partial_type_shows_what_is_filled_in,
);

/// The first configuration file of the product's documentation, as it stands there.
const FILE: &str = r#"{
   "namespace": "amlarc-testing",
   "defaultInstanceType": "gpu_instance",
   "instanceTypes": {
      "gpu_instance": {
         "nodeSelector": { "accelerator": "nvidia-tesla-k80" },
         "resources": {
            "requests": { "cpu": "2", "memory": "16Gi", "nvidia.com/gpu": "1" },
            "limits": { "cpu": "2", "memory": "16Gi", "nvidia.com/gpu": "1" }
         }
      },
      "big_cpu_sku": {
         "nodeSelector": { "VMSizes": "VM-64vCPU-256GB" },
         "resources": {
            "requests": { "cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "0" },
            "limits": { "cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "0" }
         }
      }
   }
}"#;

fn sends_the_configuration_file(azure: &Azure, cli: &mut Cli) {
    applies(azure, cli, FILE_IN_HCL, &serde_json::from_str(FILE).expect("the file is JSON"));
}

/// Its selector is null, and a null is left out.
fn sends_the_default_configuration_file(azure: &Azure, cli: &mut Cli) {
    let hcl = r#"
      namespace             = "default"
      default_instance_type = "defaultInstanceType"
      instance_types = {
        defaultInstanceType = {
          node_selector = null
          resources = {
            requests = { cpu = "1", memory = "4Gi", "nvidia.com/gpu" = "0" }
            limits   = { cpu = "1", memory = "4Gi", "nvidia.com/gpu" = "0" }
          }
        }
      }
    "#;
    let amounts = json!({"cpu": "1", "memory": "4Gi", "nvidia.com/gpu": "0"});
    let sent = json!({
        "namespace": "default",
        "defaultInstanceType": "defaultInstanceType",
        "instanceTypes": {"defaultInstanceType": {"resources": {"requests": amounts, "limits": amounts}}},
    });
    applies(azure, cli, hcl, &sent);
}

/// Its second type has a selector and nothing else.
fn sends_the_sdk_sample(azure: &Azure, cli: &mut Cli) {
    let hcl = r#"
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
        big_cpu_sku = { node_selector = { VMSizes = "VM-64vCPU-256GB" } }
      }
    "#;
    let mut sent: Value = serde_json::from_str(FILE).expect("the file is JSON");
    sent["instanceTypes"]["big_cpu_sku"] = json!({"nodeSelector": {"VMSizes": "VM-64vCPU-256GB"}});
    applies(azure, cli, hcl, &sent);
}

fn nothing_written_sends_nothing(azure: &Azure, cli: &mut Cli) {
    applies(azure, cli, "", &json!({"namespace": "default"}));
    let state = cli.state(ADDRESS).expect("it is in the state");
    assert!(state["instance_types"].is_null(), "what is not written is null: {state:#}");
    let amounts = json!({"cpu": "1", "memory": "4Gi", "nvidia.com/gpu": "0"});
    let default = json!({
        "defaultInstanceType": {
            "node_selector": null, "resources": {"requests": amounts, "limits": amounts},
        },
    });
    let effective = &state["effective_instance_types"];
    let filled_in = &effective["defaultInstanceType"];
    assert_eq!(*filled_in, default["defaultInstanceType"], "the document's default configuration");
    assert!(effective["defaultinstancetype"].is_object(), "that of the cluster: {state:#}");
}

/// What the service fills in shows beside what is written, and makes no plan.
fn a_partial_type_shows_what_is_filled_in(_: &Azure, cli: &mut Cli) {
    let hcl = "default_instance_type = \"a\"\n  instance_types = { a = { node_selector = { pool = \"x\" } } }";
    cli.write(&with_extension(hcl));
    cli.apply().succeeds();
    settled(cli);
    let state = cli.state(ADDRESS).expect("it is in the state");
    assert!(state["instance_types"]["a"]["resources"].is_null(), "{state:#}");
    let effective = &state["effective_instance_types"]["a"];
    assert_eq!(effective["resources"]["limits"]["memory"], "4Gi", "{state:#}");
    assert_eq!(effective["node_selector"]["pool"], "x", "{state:#}");
}

/// Applies a compute with these arguments, and looks for exactly `sent` on the wire and for an empty plan.
#[track_caller]
fn applies(azure: &Azure, cli: &Cli, arguments: &str, sent: &Value) {
    cli.write(&with_extension(arguments));
    cli.apply().succeeds();
    let body = azure.last_body("PUT", &id());
    assert_eq!(&body["properties"]["properties"], sent);
    settled(cli);
}
