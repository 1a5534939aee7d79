//! The policy of `examples/pull-request/policy` that jq runs, on facts of real plans.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use super::root;
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::{tools, with_terraform};

with_terraform!(no_instance_type_is_lost_without_a_label);

/// The demo as it is, with a type changed, renamed and removed, and without its compute.
fn no_instance_type_is_lost_without_a_label(_: &Azure, cli: &mut Cli) {
    if tools::on_path("jq").is_none() {
        return;
    }
    let demo = fs::read_to_string(root().join("examples/demo/main.tf")).expect("it is there");
    cli.write(&demo);
    cli.apply().succeeds();
    let (until_type, _) = demo.split_once("\n    big-cpu").expect("it has the type");
    let (until_compute, _) =
        demo.split_once("resource \"azureml_kubernetes_compute\"").expect("it has a compute");
    let larger = demo.replacen(r#"limits   = { cpu = "4""#, r#"limits   = { cpu = "8""#, 1);
    for (configuration, lost) in [
        (demo.clone(), None),
        (larger, None),
        (demo.replace("big-cpu", "huge-cpu"), Some("big-cpu is renamed to huge-cpu")),
        (format!("{until_type}  }}\n}}\n"), Some("big-cpu is removed")),
        (until_compute.to_owned(), Some("big-cpu is removed")),
    ] {
        cli.write(&configuration);
        cli.plan(&[]);
        let facts = facts(cli);
        let several = json!({ "root_modules": [{ "name": "edge", "review": facts }] });
        for facts in [facts, several] {
            let without = run_policy(&facts, "[\"bug\"]");
            assert_eq!(without.status.code(), Some(i32::from(lost.is_some())), "{without:?}");
            let told = String::from_utf8_lossy(&without.stderr);
            assert!(lost.is_none_or(|lost| told.contains(lost)), "{lost:?}: {told}");
            let allowed = run_policy(&facts, "[\"allow-instance-type-loss\"]");
            assert!(allowed.status.success(), "{allowed:?}");
        }
    }
}

/// What the review says of the plan that was made last.
fn facts(cli: &Cli) -> Value {
    let plan = cli.command(&["show", "-json", "plan"]).output().expect("the program starts");
    let mut review = Command::new(env!("CARGO_BIN_EXE_terraform-provider-azureml"));
    review.args(["review", "--format", "json"]);
    let output = run_with_input(&mut review, &plan.stdout);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn run_policy(facts: &Value, labels: &str) -> Output {
    let policy = root().join("examples/pull-request/policy/instance-types.jq");
    let mut jq = Command::new("jq");
    jq.args(["--raw-output", "--argjson", "labels", labels, "--from-file"]).arg(policy);
    run_with_input(&mut jq, facts.to_string().as_bytes())
}

/// What a program answers to its standard input.
fn run_with_input(program: &mut Command, input: &[u8]) -> Output {
    let program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = program.spawn().expect("it starts");
    let mut stdin = running.stdin.take().expect("it is piped");
    stdin.write_all(input).expect("it reads everything");
    drop(stdin);
    running.wait_with_output().expect("it ends")
}
