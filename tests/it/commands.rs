//! The options of a real program and the ways in which it replaces, imports and configures: each works with our types.

use serde_json::json;

use crate::arc_extension::{TRAINING, cluster, id, resource};
use crate::kubernetes_compute::{self, FILE_IN_HCL, with_extension};
use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::{REQUIRED_PROVIDERS, with_every_program, with_terraform};

with_every_program!(
    a_replacement_in_either_order,
    what_is_unknown_at_plan_is_applied,
    a_replacement_that_stands_in_its_own_way,
    each_option_works,
    a_provider_block_that_is_not_known_yet,
);
with_terraform!(
    a_bad_import_says_what_is_wrong,
    a_saved_plan_is_applied_later,
    targets_and_parallelism,
    providers_with_aliases_are_their_own,
);

const ADDRESS: &str = "azureml_arc_extension.this";
const COMPUTE: &str = "azureml_kubernetes_compute.this";
const FIRST: &str = "  lifecycle {\n    create_before_destroy = true\n  }\n";

// === replacements ===

fn a_replacement_in_either_order(azure: &Azure, cli: &mut Cli) {
    let on = |cluster: &str, more: &str| {
        resource(&format!("{TRAINING}{more}"))
            .replace("/amlarc-cluster\"", &format!("/{cluster}\""))
    };
    let at = |cluster: &str| azure.object(&id().replace("amlarc-cluster", cluster)).is_some();
    cli.write(&on("amlarc-cluster", ""));
    cli.apply().succeeds();
    for (to, from, more) in
        [("amlarc-small", "amlarc-cluster", ""), ("amlarc-cluster", "amlarc-small", FIRST)]
    {
        cli.write(&on(to, more));
        let plan = cli.plan(&[]);
        plan.plans("replace", ADDRESS).ran().warns_of("every compute attached through it breaks");
        cli.apply().succeeds();
        assert!(at(to) && !at(from), "from {from} to {to}");
        settled(cli);
    }
}

/// A new object first, under the name of the old one: nothing is written, and nothing of the old one is touched. A new
/// one under another name, and the old one does not go: it is remembered as deposed, and goes with the next apply.
fn a_replacement_that_stands_in_its_own_way(azure: &Azure, cli: &mut Cli) {
    let compute = |name: &str| {
        with_extension(&format!("{FILE_IN_HCL}{FIRST}")).replacen(
            "\"amlarc-compute\"",
            &format!("\"{name}\""),
            1,
        )
    };
    let is_there = |name: &str| {
        azure.object(
            &kubernetes_compute::id()
                .replace("computes/amlarc-compute", &format!("computes/{name}")),
        )
    };
    cli.write(&compute("first"));
    cli.apply().succeeds();
    let before = is_there("first");
    azure.forget();
    let again = ["apply", "-json", "-auto-approve", &format!("-replace={COMPUTE}")];
    cli.run(&again).fails_with("already exists");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    assert_eq!(is_there("first"), before);

    let body = json!({ "error": { "code": "BadRequest", "message": "it is in use" } });
    azure.fails(
        &json!({ "method": "DELETE", "path": "computes/first" }),
        &json!({ "status": 400, "body": body }),
    );
    cli.write(&compute("second"));
    cli.apply().fails_with("it is in use");
    assert!(is_there("first").is_some() && is_there("second").is_some());
    cli.apply().succeeds();
    assert!(is_there("first").is_none() && is_there("second").is_some());
    settled(cli);
}

// === unknown values ===

/// Every argument comes from something that is made in the same apply.
fn what_is_unknown_at_plan_is_applied(azure: &Azure, cli: &mut Cli) {
    let later = |value: &str| format!("terraform_data.later[\"{value}\"].output");
    let data = |values: &[(&str, &str)]| {
        let each: Vec<_> = values.iter().map(|(key, json)| format!("{key} = {json}")).collect();
        format!(
            "resource \"terraform_data\" \"later\" {{\n  for_each = toset(keys(local.all))\n  \
             input = local.all[each.key]\n}}\nlocals {{\n  all = {{\n    {}\n  }}\n}}\n",
            each.join("\n    ")
        )
    };
    let values = data(&[
        ("cluster", &format!("\"{}\"", cluster())),
        ("name", "\"amlarc-compute\""),
        ("namespace", "\"teams\""),
        ("cpu", "\"2\""),
        ("pool", "\"ml\""),
    ]);
    let config = format!(
        r#"{REQUIRED_PROVIDERS}resource "azureml_arc_extension" "this" {{
  name                   = {name}
  cluster_id             = {cluster}
  enable_training        = {cluster} != ""
  node_selector          = {{ pool = {pool} }}
  configuration_settings = {{ "amloperator.skipResourceValidation" = {cpu} }}
}}
resource "azureml_kubernetes_compute" "this" {{
  name                  = {name}
  workspace_id          = "{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  cluster_id            = {cluster}
  extension_id          = azureml_arc_extension.this.id
  namespace             = {namespace}
  default_instance_type = "small"
  instance_types = {{
    small = {{
      node_selector = {{ pool = {pool} }}
      resources     = {{ limits = {{ cpu = {cpu}, memory = "4Gi" }} }}
    }}
  }}
}}
{values}"#,
        name = later("name"),
        cluster = later("cluster"),
        pool = later("pool"),
        cpu = later("cpu"),
        namespace = later("namespace"),
    );
    cli.write(&config);
    cli.validate().succeeds();
    cli.plan(&[]).plans("create", ADDRESS).plans("create", COMPUTE);
    cli.run(&["apply", "-json", "plan"]).succeeds();
    let types = &azure.last_body("PUT", &kubernetes_compute::id())["properties"]["properties"];
    assert_eq!(types["instanceTypes"]["small"]["resources"]["limits"]["cpu"], "2");
    assert_eq!(types["namespace"], "teams");
    settled(cli);
}

// === imports ===

fn a_bad_import_says_what_is_wrong(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    let compute = kubernetes_compute::id();
    let elsewhere = id().replace("-000000000001/", "-000000000009/");
    let unknown = format!("{}/providers/Microsoft.Fabric/things/x", cluster());
    for (wrong, says) in [
        ("amlarc-compute", "Invalid import ID"),
        ("", "Invalid import ID"),
        (compute.as_str(), "Invalid import ID"),
        (unknown.as_str(), "Invalid import ID"),
        (id().as_str(), "non-existent remote object"),
        (elsewhere.as_str(), "az account list"),
    ] {
        let ran = cli.import(ADDRESS, wrong);
        assert_ne!(ran.code(), Some(0), "{wrong}");
        ran.mentions(says);
    }
    assert!(azure.writes().is_empty());
    assert_eq!(cli.state(ADDRESS), None);
}

// === options ===

fn each_option_works(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    let ignoring = "  lifecycle {\n    ignore_changes = [install_nvidia_device_plugin]\n  }\n";
    let changed = TRAINING.replace("plugin = false", "plugin = true");
    cli.write(&resource(&format!("{changed}{ignoring}")));
    settled(cli);

    cli.write(&resource(TRAINING));
    azure.drift(&id(), |object| {
        object["properties"]["configurationSettings"]["installNvidiaDevicePlugin"] = json!("True");
    });
    cli.plan(&["-refresh=false"]).plans_nothing();
    azure.forget();
    cli.run(&["apply", "-json", "-auto-approve", "-refresh-only"]).succeeds();
    assert!(azure.writes().is_empty(), "a look changes nothing: {:#?}", azure.writes());
    assert_eq!(cli.state(ADDRESS).expect("a state")["install_nvidia_device_plugin"], true);
    cli.plan(&[]).changes_only(ADDRESS, &["install_nvidia_device_plugin"]);
    cli.apply().succeeds();
    settled(cli);

    azure.forget();
    cli.plan(&[&format!("-replace={ADDRESS}")]).plans("replace", ADDRESS);
    cli.run(&["apply", "-json", "plan"]).succeeds();
    assert_eq!((azure.count("DELETE", &id()), azure.count("PUT", &id())), (1, 1));
    settled(cli);
}

fn targets_and_parallelism(azure: &Azure, cli: &mut Cli) {
    cli.write(&with_extension(FILE_IN_HCL));
    let apply = |option: &str| cli.run(&["apply", "-json", "-auto-approve", option]);
    apply(&format!("-target={ADDRESS}")).succeeds();
    assert!(azure.object(&id()).is_some() && azure.object(&kubernetes_compute::id()).is_none());
    apply("-parallelism=1").succeeds();
    settled(cli);
    cli.run(&["destroy", "-json", "-auto-approve", &format!("-target={COMPUTE}")]).succeeds();
    assert!(azure.object(&id()).is_some() && azure.object(&kubernetes_compute::id()).is_none());
    apply("-parallelism=50").succeeds();
    settled(cli);
}

/// The plan's own change is made. What somebody else changed since is told, and is in the next plan.
fn a_saved_plan_is_applied_later(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.plan(&[]).plans("create", ADDRESS);
    cli.run(&["apply", "-json", "plan"]).succeeds();
    settled(cli);
    cli.write(&resource(&TRAINING.replace("plugin = false", "plugin = true")));
    cli.plan(&[]).changes_only(ADDRESS, &["install_nvidia_device_plugin"]);
    azure.drift(&id(), |object| {
        object["properties"]["configurationSettings"]["nodeSelector.pool"] = json!("elsewhere");
    });
    let told = "What is true now was saved; the next plan shows the difference.";
    let ran = cli.run(&["apply", "-json", "plan"]);
    ran.fails_with("node_selector[\"pool\"]: its value changed").says(told).at("node_selector");
    let settings = |azure: &Azure| {
        azure.object(&id()).expect("it exists")["properties"]["configurationSettings"].clone()
    };
    assert_eq!(settings(azure)["installNvidiaDevicePlugin"], "True");
    assert_eq!(settings(azure)["nodeSelector.pool"], "elsewhere");
    cli.plan(&[]).changes_only(ADDRESS, &["node_selector.pool"]);
    cli.apply().succeeds();
    assert_eq!(settings(azure)["nodeSelector.pool"], "ml");
    settled(cli);
}

// === the provider block ===

fn a_provider_block_that_is_not_known_yet(azure: &Azure, cli: &mut Cli) {
    let config = |subscription: &str, flag: bool| {
        let provider = format!(
            "resource \"terraform_data\" \"who\" {{\n  input = \"{subscription}\"\n}}\n\
             provider \"azureml\" {{\n  subscription_id = terraform_data.who.output\n}}\n"
        );
        let flag = format!("plugin = {flag}");
        resource(&TRAINING.replace("plugin = false", &flag)) + &provider
    };
    let subscription = "00000000-0000-0000-0000-000000000001";
    cli.write(&config(subscription, false));
    cli.validate().succeeds();
    cli.plan(&[]).plans("create", ADDRESS);
    assert!(azure.exchanges().is_empty(), "nothing is asked: {:#?}", azure.exchanges());
    cli.apply().succeeds();
    settled(cli);

    azure.forget();
    cli.write(&config(&subscription.to_uppercase().replace('-', "_"), true));
    let plan = cli.plan(&[]);
    plan.plans("update", ADDRESS).ran().warns_of("State is not refreshed").says("subscription_id");
    assert!(azure.exchanges().is_empty(), "nothing is asked: {:#?}", azure.exchanges());
    cli.write(&config(subscription, true));
    cli.apply().succeeds();
    settled(cli);
}

/// Each has its own settings, and what is wrong with one is none of the others' business.
fn providers_with_aliases_are_their_own(azure: &Azure, cli: &mut Cli) {
    let config = |token: &str| {
        let small = cluster().replace("amlarc-cluster", "amlarc-small");
        format!(
            r#"{REQUIRED_PROVIDERS}provider "azureml" {{
  alias      = "one"
  partner_id = "00000000-0000-0000-0000-0000000000aa"
}}
provider "azureml" {{
  alias        = "other"
  access_token = "{token}"
}}
resource "azureml_arc_extension" "one" {{
  provider        = azureml.one
  name            = "amlarc-compute"
  cluster_id      = "{}"
  enable_training = true
}}
resource "azureml_arc_extension" "other" {{
  provider        = azureml.other
  name            = "amlarc-compute"
  cluster_id      = "{small}"
  enable_training = true
}}
"#,
            cluster()
        )
    };
    cli.write(&config("not-one-of-yours"));
    let ran = cli.apply();
    ran.fails_with("access_token").at("azureml_arc_extension\" \"other");
    assert!(azure.object(&id()).is_some(), "the other provider signs in as it is told");
    cli.write(&config(&azure.environment()["AZUREML_ACCESS_TOKEN"]));
    cli.apply().succeeds();
    settled(cli);
    let made = azure.objects().into_keys().filter(|id| id.ends_with("/extensions/amlarc-compute"));
    assert_eq!(made.filter(|id| id.starts_with(GROUP)).count(), 2);
}
