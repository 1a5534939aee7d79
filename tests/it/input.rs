//! Unknown values and bad input of computes as a user meets them. Each rule by itself is tested in `aml` or `provider`.

use crate::arc_extension::cluster;
use crate::kubernetes_compute::{self, FILE_IN_HCL};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::with_terraform;

with_terraform!(
    everything_that_is_wrong_is_told_at_once,
    a_type_that_is_null_is_refused,
    a_compute_plans_with_everything_unknown,
    camel_case_is_lost_and_the_type_of_the_page_keeps_the_rest,
);

fn a_compute_plans_with_everything_unknown(_: &Azure, cli: &mut Cli) {
    let later = "jsondecode(terraform_data.later.id)";
    let arguments = [
        "name",
        "workspace_id",
        "cluster_id",
        "extension_id",
        "namespace",
        "default_instance_type",
        "instance_types",
        "description",
        "tags",
        "disable_local_auth",
    ];
    let body = arguments.map(|argument| format!("  {argument} = {later}\n")).concat();
    let whole = kubernetes_compute::resource("");
    let head = whole.split_once("  name ").map_or("", |(head, _)| head);
    let inside = ["{ VMSizes = \"VM-64vCPU-256GB\" }", "\"nvidia-tesla-k80\"", "\"16Gi\""]
        .iter()
        .fold(FILE_IN_HCL.to_owned(), |hcl, value| hcl.replacen(value, later, 1));
    for hcl in [format!("{head}{body}}}\n"), kubernetes_compute::resource(&inside)] {
        cli.write(&format!("{hcl}\nresource \"terraform_data\" \"later\" {{}}\n"));
        cli.validate().succeeds();
        cli.plan(&[]).plans("create", "azureml_kubernetes_compute.this");
    }
}

/// One run tells all of it, with the place and with a guess at what was meant.
fn everything_that_is_wrong_is_told_at_once(_: &Azure, cli: &mut Cli) {
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
    let hcl = kubernetes_compute::resource(&format!(
        "  namespace = \"Jobs\"\n  default_instance_type = \"slahs\"\n  instance_types = {{\n{}  }}\n",
        types.concat()
    ));
    cli.write(&hcl.replace(&cluster(), "amlarc-cluster"));
    let ran = cli.validate();
    ran.fails_with("Invalid cluster_id").at("cluster_id");
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

fn a_type_that_is_null_is_refused(_: &Azure, cli: &mut Cli) {
    cli.write(&kubernetes_compute::resource(
        "default_instance_type = \"a\"\n  instance_types = { a = null }",
    ));
    cli.validate().fails_with("null").at("instance_types");
}

/// As the page of computes warns: Terraform drops what the type of a variable does not name, before the provider is asked.
fn camel_case_is_lost_and_the_type_of_the_page_keeps_the_rest(_: &Azure, cli: &mut Cli) {
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
    cli.write(&(kubernetes_compute::resource(arguments) + &variable));
    let plan = cli.plan(&[]);
    plan.plans("create", "azureml_kubernetes_compute.this");
    let shown =
        ["lost", "7", "2", "kept", "3"].map(|text| plan.text().contains(&format!("\"{text}\"")));
    assert_eq!(shown, [false, false, true, true, true], "{}", plan.text());
}
