//! Work that was cut short on real programs and goes on while the service is still at it: after Ctrl-C, a deadline, a
//! lost connection or a sudden death. Each signal at each seam is in `signals`.

use serde_json::{Value, json};

use crate::arc_extension::{TRAINING, id, resource};
use crate::kubernetes_compute;
use crate::support::azure::Azure;
use crate::support::cli::{Cli, Ran};
use crate::support::lifecycle::settled;
use crate::support::running::Provider;
use crate::support::{with_every_program, with_terraform};

with_every_program!(an_interrupted_create_is_resumed);
with_terraform!(
    an_interrupted_update_is_resumed,
    a_create_that_takes_too_long_is_kept_and_resumed,
    an_interrupted_create_that_has_ended_since_plans_nothing,
    an_update_that_takes_too_long_is_resumed,
    what_is_tainted_is_made_anew,
    a_connection_that_is_lost_while_it_is_waited,
    an_answer_that_is_lost_is_asked_for_again,
    an_interrupted_destroy_is_gone_on_with,
    a_provider_that_is_killed_during_an_update,
    an_interrupted_attach_is_resumed,
);

const ADDRESS: &str = "azureml_arc_extension.this";
const APPLY: [&str; 3] = ["apply", "-json", "-auto-approve"];
const SHORT: &str = "  timeouts {\n    create = \"5s\"\n    update = \"5s\"\n  }\n";

// === interrupts ===

fn an_interrupted_create_is_resumed(azure: &Azure, cli: &mut Cli) {
    hangs(azure, "PUT");
    cli.write(&resource(TRAINING));
    let ran = cli.apply_interrupted(|| azure.waits_for("PUT", &id()));
    ran.warns_of("interrupted");
    assert_eq!(ran.code(), Some(1), "the program itself says that it was interrupted: {ran}");
    assert_eq!(in_state(cli)["provisioning_state"], "Creating");
    cli.plan(&[]).plans("update", ADDRESS).ran().warns_of("Extension amlarc-compute is Creating");
    resumed(azure, cli).succeeds();
    assert_eq!(azure.count("PUT", &id()), 1, "the work is resumed, not repeated");
    settled(cli);
}

fn an_interrupted_create_that_has_ended_since_plans_nothing(azure: &Azure, cli: &mut Cli) {
    hangs(azure, "PUT");
    cli.write(&resource(TRAINING));
    cli.apply_interrupted(|| azure.waits_for("PUT", &id()));
    azure.ends_operations();
    cli.plan(&[]).plans_nothing();
    cli.apply().succeeds();
    assert_eq!(in_state(cli)["provisioning_state"], "Succeeded");
    assert_eq!(azure.count("PUT", &id()), 1);
}

fn an_interrupted_update_is_resumed(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    hangs(azure, "PATCH");
    cli.write(&changed());
    let ran = cli.apply_interrupted(|| azure.waits_for("PATCH", &id()));
    ran.fails_with("interrupted");
    assert_eq!(in_state(cli)["provisioning_state"], "Updating");
    cli.plan(&[]).plans("update", ADDRESS);
    resumed(azure, cli).succeeds();
    assert_eq!(azure.count("PATCH", &id()), 1, "the work is resumed, not repeated");
    settled(cli);
}

fn an_interrupted_destroy_is_gone_on_with(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    hangs(azure, "DELETE");
    let running = cli.start(&["destroy", "-json", "-auto-approve"]);
    azure.waits_for("DELETE", &id());
    running.interrupt();
    running.end().fails_with("interrupted");
    assert_eq!(in_state(cli)["id"], id(), "it is still there, so it is in the state");
    azure.forget();
    let running = cli.start(&["destroy", "-json", "-auto-approve"]);
    azure.waits_for("DELETE", &id());
    azure.ends_operations();
    running.end().succeeds();
    assert_eq!(azure.object(&id()), None);
    assert_eq!(cli.state(ADDRESS), None);
}

fn an_interrupted_attach_is_resumed(azure: &Azure, cli: &mut Cli) {
    let compute = kubernetes_compute::id();
    let puts = json!({ "method": "PUT", "path": "computes/" });
    azure.fails(&puts, &json!({ "stick_operation": true }));
    cli.write(&kubernetes_compute::with_extension(kubernetes_compute::FILE_IN_HCL));
    cli.apply_interrupted(|| azure.waits_for("PUT", &compute)).warns_of("interrupted");
    cli.plan(&[]).plans("update", "azureml_kubernetes_compute.this");
    let running = cli.start(&APPLY);
    azure.ends_operations();
    running.end().succeeds();
    assert_eq!(azure.count("PUT", &compute), 1, "the work is resumed, not repeated");
    settled(cli);
}

// === the deadline, and lost connections ===

fn a_create_that_takes_too_long_is_kept_and_resumed(azure: &Azure, cli: &mut Cli) {
    hangs(azure, "PUT");
    cli.write(&resource(&format!("{TRAINING}{SHORT}")));
    cli.apply().fails_with("terraform untaint ADDRESS").says("the last state was \"Creating\"");
    assert_eq!(in_state(cli)["id"], id());
    cli.run(&["untaint", ADDRESS]).succeeds();
    cli.write(&resource(TRAINING));
    resumed(azure, cli).succeeds();
    assert_eq!(azure.count("PUT", &id()), 1, "the work is resumed, not repeated");
    settled(cli);
}

fn what_is_tainted_is_made_anew(azure: &Azure, cli: &mut Cli) {
    hangs(azure, "PUT");
    cli.write(&resource(&format!("{TRAINING}{SHORT}")));
    cli.apply().fails_with("terraform untaint ADDRESS");
    azure.ends_operations();
    cli.write(&resource(TRAINING));
    cli.plan(&[]).plans("replace", ADDRESS);
    cli.apply().succeeds();
    assert_eq!((azure.count("DELETE", &id()), azure.count("PUT", &id())), (1, 2));
    settled(cli);
}

fn an_update_that_takes_too_long_is_resumed(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(&format!("{TRAINING}{SHORT}")));
    cli.apply().succeeds();
    hangs(azure, "PATCH");
    let arguments = TRAINING.replace("plugin = false", "plugin = true");
    cli.write(&resource(&format!("{arguments}{SHORT}")));
    cli.apply().fails_with("timeouts { update").says("the next apply waits");
    assert_eq!(in_state(cli)["provisioning_state"], "Updating");
    cli.write(&changed());
    cli.plan(&[]).plans("update", ADDRESS);
    resumed(azure, cli).succeeds();
    assert_eq!(azure.count("PATCH", &id()), 1, "the work is resumed, not repeated");
    settled(cli);
}

fn a_connection_that_is_lost_while_it_is_waited(azure: &Azure, cli: &mut Cli) {
    hangs(azure, "PUT");
    azure.fails_times(0, &json!({ "path": "/operations/" }), &json!({ "reset": true }));
    cli.write(&resource(&format!("{TRAINING}{SHORT}")));
    cli.apply().fails_with("terraform untaint ADDRESS").says("the connection broke");
    assert_eq!(in_state(cli)["id"], id());
    assert_eq!(in_state(cli)["provisioning_state"], "Creating");
}

fn an_answer_that_is_lost_is_asked_for_again(azure: &Azure, cli: &mut Cli) {
    azure.fails(&puts(), &json!({ "accept_then_reset": true }));
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    assert_eq!(azure.count("PUT", &id()), 2, "a PUT twice is the same as once");
    settled(cli);
}

// === a sudden death ===

/// The object was in the state before, so nothing is to be imported: the change is seen.
fn a_provider_that_is_killed_during_an_update(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    hangs(azure, "PATCH");
    cli.write(&changed());
    let running = cli.start(&APPLY);
    azure.waits_for("PATCH", &id());
    running.providers().into_iter().for_each(Provider::kill);
    assert_eq!(running.end().code(), Some(1));
    cli.plan(&[]).plans("update", ADDRESS).ran().warns_of("is Updating");
    resumed(azure, cli).succeeds();
    assert_eq!(azure.count("PATCH", &id()), 1, "the work is resumed, not repeated");
    settled(cli);
}

// === steps ===

/// Applies while the work of an earlier apply goes on, which then ends.
pub(crate) fn resumed(azure: &Azure, cli: &Cli) -> Ran {
    let before = azure.exchanges().len();
    let running = cli.start(&APPLY);
    azure.waits_until("look at what goes on", |seen| {
        let reads = seen.iter().skip(before).filter(|seen| seen.method == "GET");
        let (mut looks, mut polls) = (0, 0);
        reads.for_each(|seen| {
            looks += usize::from(seen.is("GET", &id()));
            polls += usize::from(seen.path.contains("/operations/"));
        });
        // The plan's look and the apply's come first; where the operation is not known, the object is polled.
        polls > 0 || looks > 2
    });
    azure.ends_operations();
    running.end()
}

/// The next operation on the extension goes on until it is ended.
pub(crate) fn hangs(azure: &Azure, method: &str) {
    let when = json!({ "method": method, "path": "extensions/" });
    azure.fails(&when, &json!({ "stick_operation": true }));
}

fn puts() -> Value {
    json!({ "method": "PUT", "path": "extensions/" })
}

pub(crate) fn changed() -> String {
    resource(&TRAINING.replace("plugin = false", "plugin = true"))
}

#[track_caller]
fn in_state(cli: &Cli) -> Value {
    cli.state(ADDRESS).expect("what Azure took is in the state")
}
