//! `terraform-provider-azureml review` on plans of real programs.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

use crate::arc_extension;
use crate::kubernetes_compute;
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::{with_every_program, with_terraform};

with_every_program!(
    one_quantity_is_one_row,
    what_a_plan_does_beside_changes_is_told,
    a_plan_that_failed_is_no_empty_plan,
);
with_terraform!(a_plan_of_others_says_so, what_is_no_plan_is_refused_with_the_way_out);

/// The demo's configuration, its change and the lines that a reviewer reads of it.
fn one_quantity_is_one_row(_: &Azure, cli: &mut Cli) {
    let demo = demo();
    cli.write(&demo);
    cli.apply().succeeds();
    cli.plan(&[]).plans_nothing();
    let (told, exit) = reviewed(cli);
    assert_eq!(exit, Some(0), "{told}");
    assert!(told.lines().any(|line| line == "## Azure ML: no changes"), "{told}");

    cli.write(&demo.replacen(r#"limits   = { cpu = "4""#, r#"limits   = { cpu = "8""#, 1));
    cli.plan(&[]).plans("update", "azureml_kubernetes_compute.training");
    let (told, exit) = reviewed(cli);
    assert_eq!(exit, Some(2), "{told}");
    assert!(told.starts_with(review::MARKER), "{told}");
    assert!(told.lines().any(|line| line == "## Azure ML: 1 to update"), "{told}");
    let changed: Vec<_> = told.lines().filter(|line| line.contains(" → ")).collect();
    let cells = "`VMSizes`: `VM-64vCPU-256GB` | `cpu`: `4`<br>`memory`: `16Gi`";
    let row =
        format!("| `big-cpu`<br>changed | {cells} | `cpu`: `4` → `8`<br>`memory`: `16Gi` |  |");
    assert_eq!(changed, [row], "{told}");
}

/// An import, a move, drift, a check that fails, types of others; then everything forgotten.
fn what_a_plan_does_beside_changes_is_told(azure: &Azure, cli: &mut Cli) {
    let demo = demo();
    let (_, compute) =
        demo.split_once("resource \"azureml_kubernetes_compute\"").expect("it has one");
    let other = compute.replacen("training", "other", 1).replacen("amlarc-compute", "other", 1);
    let both = format!("{demo}\nresource \"azureml_kubernetes_compute\"{other}");
    cli.write(&both);
    cli.apply().succeeds();
    azure.drift(&kubernetes_compute::id(), |object| {
        object["properties"]["properties"]["instanceTypes"]["theirs"] =
            json!({"nodeSelector": {"pool": "x"}, "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}});
    });
    azure.drift(&arc_extension::id(), |object| {
        object["properties"]["configurationSettings"]["enableTraining"] = json!("False");
    });
    cli.forget("azureml_kubernetes_compute.other").succeeds();
    let id = kubernetes_compute::id().replace("/amlarc-compute", "/other");
    let changed = both
        .replace("azureml_arc_extension.training", "azureml_arc_extension.edge")
        .replace("\"azureml_arc_extension\" \"training\"", "\"azureml_arc_extension\" \"edge\"")
        .replacen("namespace    =", "description  = \"ours\"\n  namespace    =", 2);
    let beside = format!(
        "moved {{\n  from = azureml_arc_extension.training\n  to = azureml_arc_extension.edge\n}}\n\
         import {{\n  to = azureml_kubernetes_compute.other\n  id = \"{id}\"\n}}\n\
         check \"never\" {{\n  assert {{\n    condition = azureml_arc_extension.edge.name == \"\"\n    \
         error_message = \"It has a | name.\"\n  }}\n}}\n"
    );
    cli.write(&format!("{changed}\n{beside}"));
    cli.plan(&[]);
    let (told, exit) = reviewed(cli);
    assert_eq!(exit, Some(2), "{told}");
    has(
        &told,
        &[
            "## Azure ML: 3 to update, 1 to import, 1 moved, 1 check fails, 2 changed outside of Terraform",
            "### Checks that fail",
            "- **`check.never`**: It has a &#124; name.",
            "### Update `azureml_arc_extension.edge`",
            "- Moved from `azureml_arc_extension.training`.",
            &format!("- Imported from `{id}`."),
            "Not managed by this resource, and not changed: `theirs`.",
            "**`azureml_arc_extension.edge`** changed; the plan updates it.",
        ],
    );
    cli.apply().succeeds();

    let kinds = ["arc_extension.edge", "kubernetes_compute.training", "kubernetes_compute.other"];
    let removed = kinds.map(|one| {
        format!(
            "removed {{\n  from = azureml_{one}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"
        )
    });
    let (head, _) = demo.split_once("locals {").expect("it has locals");
    cli.write(&format!("{head}{}", removed.concat()));
    cli.plan(&[]);
    let (told, exit) = reviewed(cli);
    assert_eq!(exit, Some(2), "{told}");
    has(&told, &["## Azure ML: 3 to forget", "### Forget `azureml_kubernetes_compute.other`"]);
}

fn a_plan_that_failed_is_no_empty_plan(_: &Azure, cli: &mut Cli) {
    let never = "  lifecycle {\n    precondition {\n      condition = var.fine\n      error_message = \"Not now.\"\n    \
                 }\n  }\n";
    let variable = "variable \"fine\" {\n  default = false\n}\n";
    let compute = "resource \"azureml_kubernetes_compute\" \"training\" {\n";
    cli.write(&(demo().replace(compute, &format!("{compute}{never}")) + variable));
    cli.plan(&[]).ran().fails_with("Not now.");
    let (told, exit) = reviewed(cli);
    assert_eq!(exit, Some(1), "{told}");
    assert!(told.lines().any(|line| line.starts_with("## Azure ML: the plan failed")), "{told}");
    assert!(!told.contains("no changes"), "{told}");
}

fn a_plan_of_others_says_so(_: &Azure, cli: &mut Cli) {
    cli.write("resource \"terraform_data\" \"one\" {}\n");
    cli.plan(&[]);
    let (told, exit) = reviewed(cli);
    assert_eq!(exit, Some(2), "{told}");
    has(
        &told,
        &[
            "## Azure ML: no changes",
            "This plan has no resource of the provider `azureml`.",
            "Other providers (terraform): 1 to create.",
        ],
    );
}

/// What people hand over by mistake, as each program writes it.
fn what_is_no_plan_is_refused_with_the_way_out(_: &Azure, cli: &mut Cli) {
    cli.write("resource \"terraform_data\" \"one\" {}\n");
    cli.apply().succeeds();
    let run =
        |arguments: &[&str]| cli.command(arguments).output().expect("the program starts").stdout;
    let log = run(&["plan", "-json", "-out=plan"]);
    let state = run(&["show", "-json"]);
    let plan = run(&["show", "-json", "plan"]);
    let saved = fs::read(cli.path("plan")).expect("there is a plan");
    let future = String::from_utf8_lossy(&plan).replacen(
        "\"format_version\":\"1",
        "\"format_version\":\"2",
        1,
    );
    for (input, told) in [
        (&saved[..], "a saved plan, not its JSON"),
        (&log, "the log of `plan -json`"),
        (&state, "a state, not a plan"),
        (&plan[..plan.len() / 2], "at line 1, column"),
        (future.as_bytes(), "format version \"2."),
        (b"", "the input is empty"),
    ] {
        let file = cli.path("input.json");
        fs::write(&file, input).expect("the working folder takes files");
        let output = review(&file);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{told}: {errors}");
        assert!(errors.contains(told), "{told}: {errors}");
    }
}

fn review(file: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terraform-provider-azureml"));
    command.args([Path::new("review"), Path::new("--detailed-exitcode"), file]);
    command.output().expect("the provider starts")
}

#[track_caller]
fn has(told: &str, lines: &[&str]) {
    for wanted in lines {
        assert!(told.lines().any(|line| line == *wanted), "{wanted:?} is no line of\n{told}");
    }
}

pub(crate) fn demo() -> String {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo/main.tf");
    fs::read_to_string(demo).expect("the demo has a configuration")
}

/// What the review of the plan that was made last says, and its exit code.
pub(crate) fn reviewed(cli: &Cli) -> (String, Option<i32>) {
    let plan = cli.command(&["show", "-json", "plan"]).output().expect("the program starts");
    assert!(plan.status.success(), "{}", String::from_utf8_lossy(&plan.stderr));
    let file = cli.path("plan.json");
    fs::write(&file, plan.stdout).expect("the working folder takes files");
    let output = review(&file);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.is_empty(), "{errors}");
    (String::from_utf8(output.stdout).expect("a review is UTF-8"), output.status.code())
}
