//! One cluster and everything on it in one apply: extension and computes, side by side, with an order and without.

use std::time::Duration;

use emulator::Options;
use serde_json::json;

use crate::arc_extension::{TRAINING, cluster, id, resource};
use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::tools::TERRAFORM_1_11;
use crate::support::{stage_in, with_terraform};

with_terraform!(
    an_extension_and_many_computes_are_one_apply,
    without_an_order_the_compute_names_the_extension,
    what_goes_on_is_in_the_log,
);

const COMPUTES: usize = 5;

fn an_extension_and_many_computes_are_one_apply(azure: &Azure, cli: &mut Cli) {
    cli.write(&everything("  extension_id = azureml_arc_extension.this.id\n"));
    cli.run(&["apply", "-json", "-auto-approve", "-parallelism=50"]).succeeds();
    let refused = azure.exchanges().into_iter().filter(|seen| seen.status == Some(409)).count();
    assert_eq!(refused, 0, "each waits for its turn before it asks");
    assert_eq!(attached(azure), COMPUTES);
    settled(cli);
    cli.run(&["destroy", "-json", "-auto-approve", "-parallelism=50"]).succeeds();
    assert_eq!((attached(azure), azure.object(&id())), (0, None));
}

/// Nothing tells the program that the extension comes first, so it starts all at once. The extension's own first look is
/// delayed, for the computes to come to the cluster before it.
fn without_an_order_the_compute_names_the_extension(azure: &Azure, cli: &mut Cli) {
    let look = json!({ "method": "GET", "path": "extensions/amlarc-compute" });
    azure.fails(&look, &json!({ "delay_ms": 4_000 }));
    cli.write(&everything(""));
    let ran = cli.apply();
    ran.fails_with("Extension is not installed")
        .says("Install it with `azureml_arc_extension`, and set `extension_id` to its `id`")
        .at("cluster_id");
    assert_eq!(attached(azure), 0, "nothing half-made is left behind");
    assert!(azure.object(&id()).is_some());
    // The extension is there now, in whatever order the rest comes.
    cli.apply().succeeds();
    assert_eq!(attached(azure), COMPUTES);
    settled(cli);
}

/// State, time and the service's last message, in the provider's log and for each object by its ID.
fn what_goes_on_is_in_the_log(azure: &Azure, cli: &mut Cli) {
    let puts = json!({ "method": "PUT", "path": "extensions/" });
    azure.fails(&puts, &json!({ "stick_operation": true }));
    let polled = json!({
        "status": "Creating",
        "error": { "code": "Waiting", "message": "the pods of the extension are starting" },
    });
    azure.fails(&json!({ "path": "/operations/" }), &json!({ "body": polled }));
    cli.set("TF_LOG", "INFO");
    let log = cli.path("log");
    cli.set("TF_LOG_PATH", &log.to_string_lossy());
    cli.write(&resource(TRAINING));
    let running = cli.start(&["apply", "-json", "-auto-approve"]);
    azure.waits_until("second poll", |seen| {
        seen.iter().filter(|seen| seen.path.contains("/operations/")).count() > 1
    });
    azure.ends_operations();
    running.end().succeeds();
    let log = cli.read_file("log");
    let of_extension = |line: &&str| line.contains(&format!("id={}", id()));
    let lines: Vec<_> = log.lines().filter(|line| line.contains("[INFO]")).collect();
    let told: Vec<_> = lines.into_iter().filter(of_extension).collect();
    let says = |text: &str| told.iter().any(|line| line.contains(text));
    assert!(says("Creating after "), "{told:#?}");
    assert!(says(": the pods of the extension are starting"), "{told:#?}");
}

/// What the program itself shows while it waits: which object, and for how long.
#[test]
fn the_program_says_what_it_waits_for() {
    let operation_duration = Duration::from_secs(12);
    let slow = Azure::with(Options { operation_duration, ..Options::default() });
    stage_in(&slow, TERRAFORM_1_11, |_, cli| {
        cli.write(&resource("  enable_training = true\n  relay = { mode = \"none\" }\n"));
        let ran = cli.apply();
        ran.succeeds();
        let told = ran.messages().filter(|line| line["type"] == "apply_progress").count();
        assert!(told > 0, "{ran}");
    });
}

fn attached(azure: &Azure) -> usize {
    let below = format!(
        "{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace/computes/"
    );
    azure.objects().into_keys().filter(|id| id.starts_with(&below)).count()
}

/// The extension, and computes with these arguments.
fn everything(arguments: &str) -> String {
    let computes = format!(
        r#"
resource "azureml_kubernetes_compute" "each" {{
  count        = {COMPUTES}
  name         = "team${{count.index}}-gpu"
  workspace_id = "{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  cluster_id   = "{cluster}"
  namespace    = "team${{count.index}}"
{arguments}
}}
"#,
        cluster = cluster()
    );
    resource(TRAINING) + &computes
}
