//! Objects that nobody manages yet, found by `terraform query`, which is there since Terraform 1.14.

use serde_json::{Value, json};

use crate::arc_extension;
use crate::kubernetes_compute::{self, FILE_IN_HCL, with_extension};
use crate::support::azure::{Azure, GROUP};
use crate::support::core::Core;
use crate::support::{stage, tools};

#[test]
fn finds_both_types() {
    stage(tools::TERRAFORM_1_15, both_types);
}

#[test]
fn says_why_it_finds_nothing() {
    stage(tools::TERRAFORM_1_15, without_a_workspace);
}

fn both_types(azure: &Azure, core: &mut Core) {
    core.write(&with_extension(FILE_IN_HCL));
    core.apply().succeeds();
    let cluster = arc_extension::cluster();
    let workspace = format!("{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/ws");
    azure.drift(&kubernetes_compute::id(), |object| object["tags"] = json!({"Team": "ML"}));
    let own =
        format!("workspace_id = \"{workspace}\"\n cluster_id = \"{}\"", cluster.to_uppercase());
    let other = format!("workspace_id = \"{workspace}\"\n cluster_id = \"{cluster}-2\"");
    let lists = [
        list("azureml_arc_extension", "of", &format!("cluster_id = \"{cluster}\"")),
        list("azureml_kubernetes_compute", "of", &own),
        list("azureml_kubernetes_compute", "other", &other),
    ];
    core.write_file("main.tfquery.hcl", &lists.concat());
    let found = query(core);
    assert_eq!(found.len(), 2, "{found:#?}");
    let of = |kind: &str| found.iter().find(|it| it["resource_type"] == kind).expect("it is found");
    let extension = of("azureml_arc_extension");
    assert_eq!(extension["display_name"], "amlarc-compute on amlarc-cluster");
    assert_eq!(extension["identity"], json!({"name": "amlarc-compute", "cluster_id": cluster}));
    assert_eq!(extension["resource_object"]["enable_training"], true);
    let compute = of("azureml_kubernetes_compute");
    assert_eq!(compute["display_name"], "amlarc-compute in ws");
    assert_eq!(compute["identity"], json!({"name": "amlarc-compute", "workspace_id": workspace}));
    let object = &compute["resource_object"];
    assert_eq!(object["tags"], json!({"Team": "ML"}));
    assert_eq!(object["id"], kubernetes_compute::id());
    assert_eq!(object["instance_types"]["big_cpu_sku"]["resources"]["limits"]["cpu"], "4");
}

fn without_a_workspace(_: &Azure, core: &mut Core) {
    core.write(&kubernetes_compute::resource("namespace = \"default\""));
    let gone = format!("{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/gone");
    let config = format!("workspace_id = \"{gone}\"");
    core.write_file("main.tfquery.hcl", &list("azureml_kubernetes_compute", "of", &config));
    core.run(&["query", "-json"]).fails_with("gone");
    let config = format!("workspace_id = \"{}\"", arc_extension::cluster());
    core.write_file("main.tfquery.hcl", &list("azureml_kubernetes_compute", "of", &config));
    core.run(&["query", "-json"]).fails_with("Invalid workspace_id");
}

fn list(kind: &str, name: &str, config: &str) -> String {
    format!(
        r#"
list "{kind}" "{name}" {{
  provider         = azureml
  include_resource = true
  config {{
    {config}
  }}
}}
"#
    )
}

/// What the program found, one by one.
fn query(core: &Core) -> Vec<Value> {
    core.run(&["query", "-json"]).succeeds();
    let output = core.command(&["query", "-json"]).output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let found = lines.map(|line| line["list_resource_found"].clone());
    found.filter(|found| !found.is_null()).collect()
}
