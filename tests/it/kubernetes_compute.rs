//! `azureml_kubernetes_compute`: a cluster attached to a workspace, with the instance types of its users.

use emulator::{Options, Trait};
use serde_json::{Value, json};

use crate::aks::aks;
use crate::arc_extension::cluster;
use crate::support::azure::{Azure, GROUP};
use crate::support::core::Core;
use crate::support::lifecycle::{Case, lifecycle, settled};
use crate::support::tools::{TERRAFORM_1_11, TERRAFORM_1_15, TOFU_1_12};
use crate::support::{stage_in, with_every_program, with_terraform};

with_every_program!(
    lives,
    sends_the_configuration_file,
    sends_the_default_configuration_file,
    sends_the_sdk_sample,
    respelling_plans_nothing,
    an_import_keeps_what_is_not_written,
    one_quantity_is_one_line,
    what_is_known_only_later_is_applied_as_it_was_planned,
    removed_types_are_removed,
    foreign_types_survive,
    left_out_stays_and_empty_empties,
    nothing_written_sends_nothing,
    a_partial_type_shows_what_is_filled_in,
    a_reviewer_is_warned_of_each_kind,
    the_notice_of_many_computes_is_one_block,
);
with_terraform!(
    one_deleted_outside_is_made_again,
    the_extension_comes_first,
    an_existing_compute_is_not_taken,
    one_of_twenty_types_prints_its_own_lines,
    a_new_one_first_says_what_to_remove,
    extension_and_compute_change_in_one_apply,
    a_stopped_aks_is_refused_with_its_start_command,
);

const ADDRESS: &str = "azureml_kubernetes_compute.this";

/// What an import of a compute leaves null, and what moves with it.
pub(crate) const IMPORT_IGNORES: [&str; 3] =
    ["default_instance_type", "effective_instance_types", "instance_types"];

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

/// The same in HCL.
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

fn lives(azure: &Azure, core: &mut Core) {
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
    lifecycle(azure, core, &case);
}

/// Whatever no public source settles, but for the two that have tests of their own.
#[test]
fn lives_in_every_azure() {
    let own = [Trait::IgnoresBodyTypes, Trait::ReturnsClusterTypes];
    for one in Trait::ALL.into_iter().filter(|one| !own.contains(one)) {
        stage_in(&peculiar(one), TERRAFORM_1_11, lives);
    }
}

/// Only an import, which has no configuration to go by, takes the cluster's own types for ours.
#[test]
fn types_of_the_cluster_are_shown_and_not_planned() {
    stage_in(&peculiar(Trait::ReturnsClusterTypes), TERRAFORM_1_11, |_, core| {
        core.write(&with_extension(FILE_IN_HCL));
        core.apply().succeeds();
        settled(core);
        let state = core.state(ADDRESS).expect("it is in the state");
        assert!(state["instance_types"]["defaultinstancetype"].is_null(), "{state:#}");
        assert!(state["effective_instance_types"]["defaultinstancetype"].is_object(), "{state:#}");
        let changed = FILE_IN_HCL.replace("limits   = { cpu = \"4\"", "limits   = { cpu = \"8\"");
        core.write(&with_extension(&changed));
        core.plan(&[]).changes_only(ADDRESS, &["instance_types.big_cpu_sku.resources.limits.cpu"]);
        core.apply().succeeds();
        settled(core);
    });
}

/// What Azure did not take is never stored as if it had, and each leaf of it is named.
#[test]
fn types_that_azure_ignores_are_an_error() {
    for program in [TERRAFORM_1_11, TERRAFORM_1_15, TOFU_1_12] {
        stage_in(&peculiar(Trait::IgnoresBodyTypes), program, |azure, core| {
            core.write(&with_extension("description = \"x\""));
            core.apply().succeeds();
            core.write(&with_extension(FILE_IN_HCL.replace("  namespace", "  #").as_str()));
            let told = core.apply();
            told.fails_with("instance_types")
                .says("gpu_instance")
                .says("-replace=")
                .at("default_instance_type");
            let state = core.state(ADDRESS).expect("it is in the state");
            assert!(state["instance_types"]["gpu_instance"].is_null(), "{state:#}");
            assert!(stored(azure)["properties"]["description"].is_string(), "it is still there");
        });
    }
}

fn peculiar(one: Trait) -> Azure {
    Azure::with(Options { traits: [one].into(), ..Options::default() })
}

fn one_deleted_outside_is_made_again(azure: &Azure, core: &mut Core) {
    core.write(&with_extension(FILE_IN_HCL));
    core.apply().succeeds();
    azure.remove(&id());
    core.plan(&[]).plans("create", ADDRESS);
    core.apply().succeeds();
    settled(core);
}

// === what goes over the wire ===

fn sends_the_configuration_file(azure: &Azure, core: &mut Core) {
    applies(azure, core, FILE_IN_HCL, &serde_json::from_str(FILE).expect("the file is JSON"));
}

/// Its selector is null, and a null is left out.
fn sends_the_default_configuration_file(azure: &Azure, core: &mut Core) {
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
    applies(azure, core, hcl, &sent);
}

/// Its second type has a selector and nothing else.
fn sends_the_sdk_sample(azure: &Azure, core: &mut Core) {
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
    applies(azure, core, hcl, &sent);
}

fn nothing_written_sends_nothing(azure: &Azure, core: &mut Core) {
    applies(azure, core, "", &json!({"namespace": "default"}));
    let state = core.state(ADDRESS).expect("it is in the state");
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
fn a_partial_type_shows_what_is_filled_in(_: &Azure, core: &mut Core) {
    let hcl = "default_instance_type = \"a\"\n  instance_types = { a = { node_selector = { pool = \"x\" } } }";
    core.write(&with_extension(hcl));
    core.apply().succeeds();
    settled(core);
    let state = core.state(ADDRESS).expect("it is in the state");
    assert!(state["instance_types"]["a"]["resources"].is_null(), "{state:#}");
    let effective = &state["effective_instance_types"]["a"];
    assert_eq!(effective["resources"]["limits"]["memory"], "4Gi", "{state:#}");
    assert_eq!(effective["node_selector"]["pool"], "x", "{state:#}");
}

// === plans ===

fn respelling_plans_nothing(_: &Azure, core: &mut Core) {
    let hcl = r#"
      default_instance_type = "small"
      instance_types = { small = { resources = {
        requests = { cpu = "2", memory = "16Gi" }
        limits   = { cpu = "2", memory = "16Gi" }
      } } }
    "#;
    core.write(&with_extension(hcl));
    core.apply().succeeds();
    for (from, to) in [
        ("16Gi", "16384Mi"),
        ("cpu = \"2\"", "cpu = \"2000m\""),
        ("memory = \"16Gi\"", "memory = \"16Gi\", \"nvidia.com/gpu\" = \"0\""),
        ("small = {", "small = { node_selector = {}, "),
    ] {
        core.write(&with_extension(&hcl.replace(from, to)));
        settled(core);
    }
}

/// A quantity, a label and a default that an apply makes known: the host holds the result to the plan.
fn what_is_known_only_later_is_applied_as_it_was_planned(_: &Azure, core: &mut Core) {
    let later = "resource \"terraform_data\" \"later\" {\n  input = { cpu = \"2000m\", pool = \"x\", name = \"a\" }\n}\n";
    let types = r#"
      default_instance_type = terraform_data.later.output.name
      instance_types = {
        a = {
          node_selector = { pool = terraform_data.later.output.pool }
          resources = { limits = { cpu = terraform_data.later.output.cpu, memory = "4096Mi" } }
        }
      }
    "#;
    core.write(&(with_extension(types) + later));
    core.apply().succeeds();
    settled(core);
    let limits = |core: &Core| {
        core.state(ADDRESS).expect("state")["instance_types"]["a"]["resources"]["limits"].clone()
    };
    assert_eq!(limits(core), json!({"cpu": "2000m", "memory": "4096Mi"}));
    core.write(&(with_extension(&types.replace("4096Mi", "4Gi")) + &later.replace("2000m", "3")));
    core.apply().succeeds();
    settled(core);
    assert_eq!(limits(core), json!({"cpu": "3", "memory": "4Gi"}));
}

/// What a reviewer reads: besides what Azure will answer, one line.
fn one_quantity_is_one_line(_: &Azure, core: &mut Core) {
    core.write(&with_extension(FILE_IN_HCL));
    core.apply().succeeds();
    core.write(&with_extension(
        &FILE_IN_HCL.replace("limits   = { cpu = \"4\"", "limits   = { cpu = \"8\""),
    ));
    let plan = core.plan(&[]);
    let changed = plan.text().lines().filter(|line| line.contains("\" -> \""));
    let changed: Vec<_> =
        changed.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(changed, ["~ \"cpu\" = \"4\" -> \"8\""], "{}", plan.text());
}

/// One warning for each kind of change, whose names it lists: hosts print the whole map for one that stands on it.
fn a_reviewer_is_warned_of_each_kind(_: &Azure, core: &mut Core) {
    let one = |name: &str, pool: &str, cpu: &str| {
        format!(
            "    {name} = {{\n      node_selector = {{ pool = \"{pool}\" }}\n      resources = {{ limits = {{ cpu = \"{cpu}\" }} }}\n    }}\n"
        )
    };
    let written = |default: &str, types: &[String]| {
        let types = types.concat();
        with_extension(&format!(
            "  default_instance_type = \"{default}\"\n  instance_types = {{\n{types}  }}"
        ))
    };
    let kept = one("kept", "x", "1");
    let four =
        [("a", "4"), ("b", "5"), ("c", "6"), ("d", "7")].map(|(name, cpu)| one(name, "x", cpu));
    core.write(&written("a", &[&[kept.clone()][..], &four].concat()));
    core.apply().succeeds();
    core.write(&written("kept", &[kept, one("a", "y", "2"), one("New_B", "x", "5")]));
    let plan = core.plan(&[]);
    plan.plans("update", ADDRESS);
    let told = plan.ran();
    for (summary, line) in [
        ("Compute amlarc-compute: b is renamed to New_B: Jobs that name the old", "resource"),
        ("Compute amlarc-compute: c, d are removed: Jobs that name these", "resource"),
        ("Compute amlarc-compute: a gets lower limits: cpu from 4 to 2", "resource"),
        ("Compute amlarc-compute: a selects other nodes", "resource"),
        ("Compute amlarc-compute: New_B is no name for the cluster", "resource"),
        ("Compute amlarc-compute: a is no longer the default: kept is", "default_instance_type"),
    ] {
        let found = told.warns_of(summary).at(line);
        assert_eq!(found.code.lines().count(), 1, "{found:#?}");
    }
    core.write(
        &written("a", &[one("a", "x", "4")])
            .replace("  default_i", "  namespace = \"jobs\"\n  default_i"),
    );
    let plan = core.plan(&[]);
    plan.plans("replace", ADDRESS);
    plan.ran().warns_of("Changing namespace replaces").says("old namespace").at("namespace");
    plan.ran().warns_of("b, c, d, kept are removed").at("resource");
}

/// Three clusters have one notice, which names the way out.
fn the_notice_of_many_computes_is_one_block(_: &Azure, core: &mut Core) {
    let types = "for_each = toset([\"a\", \"b\", \"c\"])\n  default_instance_type = \"cpu\"\n  instance_types = { cpu = {} }";
    core.write(&with_extension(types).replace(
        "\"azureml_kubernetes_compute\" \"this\" {\n  name         = \"amlarc-compute\"",
        "\"azureml_kubernetes_compute\" \"this\" {\n  name         = \"compute-${each.key}\"",
    ));
    let text = core.plan_text();
    assert_eq!(
        text.matches("Warning: Instance types may not be what jobs see").count(),
        1,
        "{text}"
    );
    assert!(text.contains("instance_type_manifest"), "{text}");
    let others =
        text.matches("Warning: ").count() - text.matches("development overrides").count().min(1);
    assert_eq!(others, 1, "{text}");
}

/// Whoever takes one of twenty types away, or renames it, reads of that type alone.
fn one_of_twenty_types_prints_its_own_lines(_: &Azure, core: &mut Core) {
    let one = |name: &str| {
        format!(
            "    {name} = {{\n      node_selector = {{ pool = \"{name}\" }}\n      resources = {{\n        requests = {{ cpu = \"1\", memory = \"2Gi\" }}\n        limits   = {{ cpu = \"2\", memory = \"4Gi\" }}\n      }}\n    }}\n"
        )
    };
    let written = |names: &[String]| {
        let types = names.iter().map(|name| one(name)).collect::<String>();
        with_extension(&format!(
            "  default_instance_type = \"t00\"\n  instance_types = {{\n{types}  }}"
        ))
    };
    let names: Vec<String> = (0..20).map(|number| format!("t{number:02}")).collect();
    core.write(&written(&names));
    core.apply().succeeds();
    let renamed: Vec<String> = names.iter().map(|name| name.replace("t07", "big")).collect();
    for (what, after) in [("is removed", without(&names, "t07")), ("is renamed to big", renamed)] {
        core.write(&written(&after).replace("pool = \"big\"", "pool = \"t07\""));
        let text = core.plan_text();
        assert!(text.contains(&format!("Compute amlarc-compute: t07 {what}")), "{text}");
        let (plan, warnings) = text.split_once("Plan: ").expect("it changes something");
        let warned = warnings.lines().skip_while(|line| !line.contains("Compute amlarc")).count();
        assert!(warned <= 12, "{warned} lines: {warnings}");
        assert!(!plan.contains("\"t08\""), "{plan}");
    }
}

fn without(names: &[String], gone: &str) -> Vec<String> {
    names.iter().filter(|name| *name != gone).cloned().collect()
}

fn removed_types_are_removed(azure: &Azure, core: &mut Core) {
    core.write(&with_extension(FILE_IN_HCL));
    core.apply().succeeds();
    let (rest, _) = FILE_IN_HCL.split_once("    big_cpu_sku").expect("the file has that type");
    core.write(&with_extension(&(rest.to_owned() + "}")));
    let plan = core.plan(&[]);
    plan.plans("update", ADDRESS).ran().warns_of("big_cpu_sku");
    core.apply().succeeds();
    settled(core);
    let types = &stored(azure)["properties"]["properties"]["instanceTypes"];
    assert!(types["gpu_instance"].is_object() && types["big_cpu_sku"].is_null(), "{types:#}");
}

fn foreign_types_survive(azure: &Azure, core: &mut Core) {
    core.write(&with_extension(FILE_IN_HCL));
    core.apply().succeeds();
    let foreign =
        json!({"resources": {"requests": {"cpu": "1", "memory": null}, "limits": {"cpu": "1"}}});
    azure.drift(&id(), |object| {
        object["properties"]["properties"]["instanceTypes"]["foreign"] = foreign.clone();
    });
    core.plan(&[]).plans_nothing();
    core.write(&with_extension(
        &FILE_IN_HCL.replace("limits   = { cpu = \"4\"", "limits   = { cpu = \"8\""),
    ));
    core.apply().succeeds();
    let body = azure.last_body("PUT", &id());
    let sent = &body["properties"]["properties"]["instanceTypes"]["foreign"];
    assert_eq!(sent, &foreign, "what is not ours goes back as it was");
    let state = core.state(ADDRESS).expect("it is in the state");
    assert!(state["instance_types"]["foreign"].is_null(), "{state:#}");
    assert!(state["effective_instance_types"]["foreign"].is_object(), "{state:#}");
}

/// One rule of ownership for types, tags, identity and description.
fn left_out_stays_and_empty_empties(azure: &Azure, core: &mut Core) {
    let rest = "\n  description = \"ours\"\n  tags = { team = \"ml\" }\n  identity {\n    type = \"SystemAssigned\"\n  }\n";
    core.write(&with_extension(&format!("{FILE_IN_HCL}{rest}")));
    core.apply().succeeds();
    settled(core);
    let before = stored(azure);
    core.write(&with_extension("namespace = \"amlarc-testing\""));
    let plan = core.plan(&[]);
    plan.plans("update", ADDRESS);
    for what in [
        "instance types big_cpu_sku, gpu_instance are",
        "description, tags, identity, default_instance_type are",
    ] {
        plan.ran().warns_of(&format!("{what} no longer managed"));
    }
    azure.forget();
    core.apply().succeeds();
    settled(core);
    assert!(azure.writes().is_empty(), "nothing is called: {:#?}", azure.writes());
    assert_eq!(stored(azure), before);
    let empty = "namespace = \"amlarc-testing\"\n  instance_types = {}\n  description = \"\"\n  tags = {}\n  identity {\n    type = \"None\"\n  }\n";
    core.write(&with_extension(empty));
    core.apply().succeeds();
    settled(core);
    let after = stored(azure);
    assert_eq!((&after["tags"], &after["properties"]["description"]), (&json!({}), &json!("")));
    assert_eq!(after["identity"]["type"], "None");
    let types = &after["properties"]["properties"]["instanceTypes"];
    assert!(
        types["gpu_instance"].is_object(),
        "`{{}}` removes what this resource declared: {types}"
    );
}

fn an_import_keeps_what_is_not_written(azure: &Azure, core: &mut Core) {
    core.write(&with_extension(FILE_IN_HCL));
    core.apply().succeeds();
    let identity = system_assigned();
    azure.drift(&id(), |object| {
        object["tags"] = json!({"Team": "ML", "cost": ""});
        object["identity"] = identity.clone();
    });
    let before = stored(azure);
    core.forget(ADDRESS).succeeds();
    core.import(ADDRESS, &id()).succeeds();
    core.write(&with_extension("namespace = \"amlarc-testing\"\n  description = \"imported\""));
    core.apply().succeeds();
    settled(core);
    let body = azure.last_body("PUT", &id());
    assert_eq!(body["tags"], before["tags"]);
    assert_eq!(body["identity"]["type"], "SystemAssigned");
    assert_eq!(body["location"], before["location"]);
    let sent = &body["properties"]["properties"]["instanceTypes"];
    let stored = before["properties"]["properties"]["instanceTypes"].as_object();
    for (name, one) in stored.expect("the compute has types") {
        assert_eq!(sent[name], *one, "{name} is sent back as it was read");
    }
    assert_eq!(body["properties"]["description"], "imported");
}

// === unknown, bad and unexpected ===

fn the_extension_comes_first(azure: &Azure, core: &mut Core) {
    core.write(&resource(FILE_IN_HCL));
    core.apply().fails_with("azureml_arc_extension");
    assert!(azure.writes().is_empty(), "nothing is written: {:#?}", azure.writes());
}

fn an_existing_compute_is_not_taken(azure: &Azure, core: &mut Core) {
    core.write(&with_extension(FILE_IN_HCL));
    core.apply().succeeds();
    core.forget(ADDRESS).succeeds();
    azure.forget();
    core.apply().fails_with("import").says(&id());
    assert!(azure.writes().is_empty(), "nothing is written: {:#?}", azure.writes());
}

// === configurations ===

/// Azure has one object of an ID, so the old one must go first.
fn a_new_one_first_says_what_to_remove(azure: &Azure, core: &mut Core) {
    let written = |namespace: &str| {
        with_extension(&format!(
            "  namespace = \"{namespace}\"\n  lifecycle {{\n    create_before_destroy = true\n  }}"
        ))
    };
    core.write(&written("one"));
    core.apply().succeeds();
    azure.forget();
    core.write(&written("two"));
    core.apply().fails_with("already exists").says("remove `create_before_destroy`");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
}

/// With an order between the two and without one.
fn extension_and_compute_change_in_one_apply(_: &Azure, core: &mut Core) {
    for order in ["", "  extension_id = azureml_arc_extension.this.id"] {
        let written = |description: &str, plugin: bool| {
            let compute = with_extension(&format!("  description = \"{description}\""))
                .replace("  extension_id = azureml_arc_extension.this.id\n", &format!("{order}\n"));
            compute.replace(
                "  enable_training = true\n",
                &format!("  enable_training = true\n  install_nvidia_device_plugin = {plugin}\n"),
            )
        };
        core.write(&with_extension("  description = \"one\""));
        core.apply().succeeds();
        core.write(&written("two", true));
        core.apply().succeeds();
        settled(core);
        core.destroy().succeeds();
    }
}

fn a_stopped_aks_is_refused_with_its_start_command(azure: &Azure, core: &mut Core) {
    azure.drift(&aks(), |cluster| cluster["properties"]["powerState"]["code"] = json!("Stopped"));
    core.write(&with_extension("").replace(&cluster(), &aks()));
    let start = "az aks start --name aks-cluster --resource-group rg-arc";
    core.apply().fails_with("Cluster is stopped").says(start).at("cluster_id");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
}

/// Applies a compute with these arguments, and looks for exactly `sent` on the wire and for an empty plan.
#[track_caller]
fn applies(azure: &Azure, core: &Core, arguments: &str, sent: &Value) {
    core.write(&with_extension(arguments));
    core.apply().succeeds();
    let body = azure.last_body("PUT", &id());
    assert_eq!(&body["properties"]["properties"], sent);
    settled(core);
}

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
        r#"
terraform {{
  required_providers {{
    azureml = {{ source = "azureml/azureml" }}
  }}
}}
resource "azureml_kubernetes_compute" "this" {{
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
