//! Unknown values and bad input, argument by argument: what must plan, and what must be refused where it stands.

use crate::arc_extension::{self, TRAINING};
use crate::kubernetes_compute::{self, FILE_IN_HCL};
use crate::support::azure::Azure;
use crate::support::core::Core;
use crate::support::with_terraform;

with_terraform!(
    bad_computes_are_refused,
    everything_that_is_wrong_is_told_at_once,
    a_type_that_is_null_is_refused,
    extensions_plan_with_unknowns,
    computes_plan_with_unknowns,
    camel_case_is_lost_and_the_type_of_the_page_keeps_the_rest,
);

/// A value of any type that is known only after the apply.
const LATER: &str = "jsondecode(terraform_data.later.id)";

fn extensions_plan_with_unknowns(_: &Azure, core: &mut Core) {
    let arguments = [
        "name",
        "cluster_id",
        "enable_training",
        "enable_inference",
        "install_nvidia_device_plugin",
        "node_selector",
        "allow_insecure_connections",
        "inference_router_service_type",
        "inference_router_ha",
        "ssl_secret",
        "ssl_cname",
        "configuration_settings",
        "configuration_protected_settings",
        "configuration_settings_version",
        "relay",
        "release_train",
        "version",
        "auto_upgrade_minor_version",
        "log_analytics_ws",
        "volume_plugin_dir",
        "force_delete",
    ];
    for argument in arguments {
        let written = arc_extension::resource("enable_training = true\n")
            .replace("enable_training = true", "  enable_training = true");
        let kept: Vec<_> =
            written.lines().filter(|line| !line.starts_with(&format!("  {argument} "))).collect();
        let open =
            kept.join("\n").replacen("\" {\n", &format!("\" {{\n  {argument} = {LATER}\n"), 1);
        plans_with_unknowns(core, argument, &open);
    }
    plans_with_unknowns(
        core,
        "label",
        &arc_extension::resource(&TRAINING.replace("\"ml\"", LATER)),
    );
    plans_with_unknowns(
        core,
        "setting",
        &arc_extension::resource(&TRAINING.replace("\"true\" }", &format!("{LATER} }}"))),
    );
}

fn computes_plan_with_unknowns(_: &Azure, core: &mut Core) {
    let later = LATER;
    let whole = [
        "name",
        "workspace_id",
        "cluster_id",
        "extension_id",
        "namespace",
        "default_instance_type",
    ];
    let rest = ["instance_types", "description", "tags", "disable_local_auth"];
    for argument in whole.iter().chain(&rest) {
        let hcl = kubernetes_compute::resource(FILE_IN_HCL);
        let kept: Vec<_> = without(&hcl, argument);
        let open =
            kept.join("\n").replacen("\" {\n", &format!("\" {{\n  {argument} = {later}\n"), 1);
        plans_with_unknowns(core, argument, &open);
    }
    for (inside, from) in [
        ("a type", "{ VMSizes = \"VM-64vCPU-256GB\" }"),
        ("a label", "\"nvidia-tesla-k80\""),
        ("a quantity", "\"16Gi\""),
    ] {
        plans_with_unknowns(
            core,
            inside,
            &kubernetes_compute::resource(&FILE_IN_HCL.replacen(from, later, 1)),
        );
    }
}

fn bad_computes_are_refused(_: &Azure, core: &mut Core) {
    let good = "\"/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster\"";
    let storage =
        good.replace("Microsoft.Kubernetes/connectedClusters", "Microsoft.Storage/storageAccounts");
    let amounts = "requests = { cpu = \"4\", memory = \"16Gi\"";
    for (from, to, says) in [
        (good, "\"amlarc-cluster\"", "cluster_id"),
        (good, storage.as_str(), "connectedClusters"),
        (
            "default_instance_type = \"gpu_instance\"",
            "default_instance_type = \"gpu\"",
            "default_instance_type",
        ),
        ("default_instance_type = \"gpu_instance\"", "", "default_instance_type"),
        (amounts, "requests = { cpu = \"4 cores\", memory = \"16Gi\"", "4 cores"),
        (
            amounts,
            "requests = { cpu = \"4 cores\", memory = \"16Gi\"",
            "It stands at instance_types[\"big_cpu_sku\"].resources.requests[\"cpu\"].",
        ),
        (amounts, "requests = { cpu = \"5\", memory = \"16Gi\"", "limit"),
        (amounts, "requests = { cpu = \"-4\", memory = \"16Gi\"", "-4"),
        ("VMSizes = ", "\"VM Sizes\" = ", "VM Sizes"),
        ("\"VM-64vCPU-256GB\"", "\"-VM\"", "-VM"),
        ("\"amlarc-testing\"", "\"AmlArc\"", "namespace"),
        ("\"amlarc-compute\"", "\"a\"", "name"),
        (
            "\"nvidia.com/gpu\" = \"1\" }\n      }",
            "\"nvidia.com/gpu\" = \"0.5\" }\n      }",
            "nvidia.com/gpu",
        ),
    ] {
        let hcl = kubernetes_compute::resource(FILE_IN_HCL);
        assert!(hcl.contains(from), "{from} is not in the configuration");
        core.write(&hcl.replacen(from, to, 1));
        let ran = core.validate();
        let found = ran.fails_with(says);
        assert!(!found.code.is_empty(), "{from} -> {to}: this points nowhere: {found:#?}");
    }
}

/// One run tells all of it, with the place and with a guess at what was meant.
fn everything_that_is_wrong_is_told_at_once(_: &Azure, core: &mut Core) {
    let limits = |limits: &str| format!("{{ resources = {{ limits = {{ {limits} }} }} }}");
    let types = [
        ("slash", limits("\"nvidia/gpu\" = \"1\"")),
        ("bare", limits("gpu = \"1\"")),
        ("short", limits("mem = \"1Gi\"")),
        ("unit", limits("memory = \"4gb\"")),
        ("space", limits("memory = \"16 Gi\"")),
        ("comma", limits("cpu = \"1,5\"")),
        ("label", "{ node_selector = { \"-pool\" = \"x\" } }".to_owned()),
    ];
    let types = types.map(|(name, one)| format!("    {name} = {one}\n"));
    core.write(&kubernetes_compute::resource(&format!(
        "  namespace = \"Jobs\"\n  default_instance_type = \"slahs\"\n  instance_types = {{\n{}  }}\n",
        types.concat()
    )));
    let ran = core.validate();
    for (at, meant) in [
        ("instance_types[\"bare\"].resources.limits[\"gpu\"]", "`nvidia.com/gpu`"),
        ("instance_types[\"short\"].resources.limits[\"mem\"]", "`memory`"),
        ("instance_types[\"unit\"].resources.limits[\"memory\"]", "`4G` or `4Gi`"),
        ("instance_types[\"space\"].resources.limits[\"memory\"]", "`16Gi`"),
        ("instance_types[\"comma\"].resources.limits[\"cpu\"]", "`1.5`"),
        (
            "instance_types[\"label\"].node_selector[\"-pool\"]",
            "Did you mean `pool`? Otherwise look at",
        ),
    ] {
        ran.fails_with(&format!("It stands at {at}.")).says(meant);
    }
    // Kubernetes lets anybody name a resource with a domain.
    let unusual = "It stands at instance_types[\"slash\"].resources.limits[\"nvidia/gpu\"].";
    ran.warns_of(unusual).says("`nvidia.com/gpu`");
    ran.fails_with("Invalid default_instance_type").says("slash").at("slahs");
    ran.fails_with("Invalid namespace").at("Jobs");
}

fn a_type_that_is_null_is_refused(_: &Azure, core: &mut Core) {
    core.write(&kubernetes_compute::resource(
        "default_instance_type = \"a\"\n  instance_types = { a = null }",
    ));
    core.validate().fails_with("null").at("instance_types");
}

#[track_caller]
fn plans_with_unknowns(core: &Core, what: &str, hcl: &str) {
    core.write(&format!("{hcl}\nresource \"terraform_data\" \"later\" {{}}\n"));
    core.validate().succeeds();
    let planned = core.plan(&[]);
    assert_eq!(planned.ran().code(), Some(2), "with an unknown {what}: {}", planned.ran());
}

/// The lines of a configuration without one argument of the compute, which may go over several lines.
fn without<'a>(hcl: &'a str, argument: &str) -> Vec<&'a str> {
    let mut lines = hcl.lines();
    let mut kept = Vec::new();
    while let Some(line) = lines.next() {
        let is_it = line.starts_with(&format!("  {argument} "));
        let is_open = is_it && line.ends_with('{');
        if !is_it {
            kept.push(line);
        } else if is_open {
            lines.by_ref().find(|line| *line == "  }");
        }
    }
    kept
}

/// As the page of computes warns: Terraform drops what the type of a variable does not name, before the provider is asked.
fn camel_case_is_lost_and_the_type_of_the_page_keeps_the_rest(_: &Azure, core: &mut Core) {
    let page = include_str!("../../docs/resources/kubernetes_compute.md");
    let (_, rest) = page.split_once("  type = map(object({").expect("the page has a variable");
    let (fields, _) = rest.split_once("  }))\n}").expect("the variable ends");
    let variable = format!(
        r#"
variable "types" {{
  type    = map(object({{{fields}  }}))
  default = {{
    camel = {{ nodeSelector  = {{ pool = "lost" }}, resources = {{ limit = {{ cpu = "7" }}, limits = {{ cpu = "2" }} }} }}
    snake = {{ node_selector = {{ pool = "kept" }}, resources = {{ limits = {{ cpu = "3" }} }} }}
  }}
}}
"#
    );
    let arguments = "  default_instance_type = \"snake\"\n  instance_types = var.types\n";
    core.write(&(kubernetes_compute::resource(arguments) + &variable));
    let plan = core.plan(&[]);
    plan.plans("create", "azureml_kubernetes_compute.this");
    let shown =
        ["lost", "7", "2", "kept", "3"].map(|text| plan.text().contains(&format!("\"{text}\"")));
    assert_eq!(shown, [false, false, true, true, true], "{}", plan.text());
}
