//! `terraform-provider-azureml review` on plans of real programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use framework::Server;
use framework::schema::{Attribute, Presence};
use review::Resource;
use serde_json::json;

use crate::support::azure::Azure;
use crate::support::core::Core;
use crate::support::with_every_program;

with_every_program!(one_quantity_is_one_row);

/// The demo's configuration, its change and the lines that a reviewer reads of it.
fn one_quantity_is_one_row(_: &Azure, core: &mut Core) {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo/main.tf");
    let demo = fs::read_to_string(demo).expect("the demo has a configuration");
    core.write(&demo);
    core.apply().succeeds();
    core.plan(&[]).plans_nothing();
    let (told, exit) = reviewed(core);
    assert_eq!(exit, Some(0), "{told}");
    assert!(told.lines().any(|line| line == "## Azure ML: no changes"), "{told}");

    core.write(&demo.replacen(r#"limits   = { cpu = "4""#, r#"limits   = { cpu = "8""#, 1));
    core.plan(&[]).plans("update", "azureml_kubernetes_compute.training");
    let (told, exit) = reviewed(core);
    assert_eq!(exit, Some(2), "{told}");
    assert!(told.starts_with(review::MARKER), "{told}");
    assert!(told.lines().any(|line| line == "## Azure ML: 1 to update"), "{told}");
    let changed: Vec<_> = told.lines().filter(|line| line.contains(" → ")).collect();
    let cells = "`VMSizes`: `VM-64vCPU-256GB` | `cpu`: `4`<br>`memory`: `16Gi`";
    let row =
        format!("| `big_cpu_sku`<br>changed | {cells} | `cpu`: `4` → `8`<br>`memory`: `16Gi` |  |");
    assert_eq!(changed, [row], "{told}");
}

/// What the review of the plan that was made last says, and its exit code.
fn reviewed(core: &Core) -> (String, Option<i32>) {
    let plan = core.command(&["show", "-json", "plan"]).output().expect("the program starts");
    assert!(plan.status.success(), "{}", String::from_utf8_lossy(&plan.stderr));
    let file = core.path("plan.json");
    fs::write(&file, plan.stdout).expect("the working folder takes files");
    let mut command = Command::new(env!("CARGO_BIN_EXE_terraform-provider-azureml"));
    let options = [PathBuf::from("review"), "--detailed-exitcode".into(), file];
    let output = command.args(options).output().expect("the provider starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.is_empty(), "{errors}");
    (String::from_utf8(output.stdout).expect("a review is UTF-8"), output.status.code())
}

/// A review knows by name what only the service answers and what calls nothing. Here the schemas say the same.
#[test]
fn attributes_are_told_as_the_schema_has_them() {
    let server = Server::new::<provider::AzureMl>();
    let types = &server.schemas().resources;
    assert!(types.len() >= 2, "{:?}", types.keys());
    for (kind, schema) in types {
        for attribute in &schema.body().attributes {
            is_told(kind, attribute);
        }
    }
}

fn is_told(kind: &str, attribute: &Attribute) {
    let name = attribute.name;
    let answered = attribute.presence == Presence::Computed;
    let resource = changing(kind, name);
    let mut told: Vec<_> = resource.settings.iter().map(|each| each.path.as_str()).collect();
    // The default type is told beside the table of types.
    if resource.instance_types.is_some_and(|types| types.default_before != types.default_after) {
        told.push("default_instance_type");
    }
    let expected = if answered { vec![] } else { vec![name] };
    assert_eq!(told, expected, "{kind}.{name}: {:?}", attribute.presence);
    assert_eq!(resource.state_only, attribute.local, "{kind}.{name} calls nothing");
}

/// What the review says of an update of that attribute alone.
fn changing(kind: &str, attribute: &str) -> Resource {
    let change = json!({
        "actions": ["update"],
        "before": { attribute: "before" },
        "after": { attribute: "after" },
        "after_unknown": {},
        "before_sensitive": {},
        "after_sensitive": {},
    });
    let plan = json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": [{
            "address": format!("{kind}.this"),
            "mode": "managed",
            "type": kind,
            "name": "this",
            "provider_name": "registry.terraform.io/azureml/azureml",
            "change": change,
        }],
    });
    let mut review = review::review(plan.to_string().as_bytes()).expect("it is a plan");
    review.resources.remove(0)
}
