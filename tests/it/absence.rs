//! Extensions that are gone while what they created is still there: a destroy and a replacement that were cut short, a
//! deletion in the portal, a cluster that is gone. Nothing that costs money is lost.

use serde_json::{Value, json};

use crate::arc_extension::{cluster, id};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::connections::{
    BUS, LOGS, NAMES, RELAY, compute, existing, managed, managed_ids, object_id,
};
use crate::support::lifecycle::settled;
use crate::support::running::{Provider, Running};
use crate::support::{with_every_program, with_terraform};

with_every_program!(an_interrupted_destroy_of_the_extension_is_gone_on_with);
with_terraform!(
    an_interrupted_destroy_beside_the_extension_is_gone_on_with,
    a_destroy_that_is_terminated_is_gone_on_with,
    a_destroy_whose_host_is_killed_is_gone_on_with,
    a_destroy_whose_provider_is_killed_is_gone_on_with,
    an_extension_deleted_in_the_portal_is_installed_again,
    an_extension_deleted_in_the_portal_is_destroyed,
    a_replacement_whose_create_fails_keeps_what_was_made,
    a_create_that_is_killed_beside_the_extension_is_known_again,
    a_replacement_that_is_killed_between_its_halves_is_taken_up,
    a_cluster_that_is_gone_leaves_a_destroy,
    a_cluster_that_is_gone_with_everything_leaves_nothing,
);

const ADDRESS: &str = "azureml_arc_extension.this";
const DESTROY: [&str; 3] = ["destroy", "-json", "-auto-approve"];

// === a destroy that is cut short ===

/// What a destroy deletes, in its order.
fn steps() -> [String; 5] {
    let [connection, bus, logs] = managed_ids();
    [id(), connection, object_id(RELAY, NAMES[0].1), bus, logs]
}

fn an_interrupted_destroy_of_the_extension_is_gone_on_with(azure: &Azure, cli: &mut Cli) {
    cut_short(azure, cli, &steps()[..1], Running::interrupt);
    // While its deletion goes on in the service.
    cli.apply().succeeds();
    let hangs = json!({ "stick_operation": true });
    azure.fails(&json!({ "method": "DELETE", "path": "extensions/" }), &hangs);
    azure.forget();
    let running = cli.start(&DESTROY);
    azure.waits_for("DELETE", &id());
    running.interrupt();
    running.end().fails_with("interrupted");
    azure.ends_operations();
    gone_on_with(azure, cli);
}

fn an_interrupted_destroy_beside_the_extension_is_gone_on_with(azure: &Azure, cli: &mut Cli) {
    cut_short(azure, cli, &steps()[1..], Running::interrupt);
}

fn a_destroy_that_is_terminated_is_gone_on_with(azure: &Azure, cli: &mut Cli) {
    cut_short(azure, cli, &[steps()[0].clone(), steps()[3].clone()], Running::terminate);
}

fn a_destroy_whose_host_is_killed_is_gone_on_with(azure: &Azure, cli: &mut Cli) {
    cut_short(azure, cli, &[steps()[0].clone(), steps()[2].clone()], kill_host);
}

fn a_destroy_whose_provider_is_killed_is_gone_on_with(azure: &Azure, cli: &mut Cli) {
    cut_short(azure, cli, &[steps()[0].clone(), steps()[4].clone()], kill_providers);
}

fn kill_host(running: &Running) {
    let providers = running.providers();
    running.kill();
    providers.into_iter().for_each(Provider::ends);
}

fn kill_providers(running: &Running) {
    running.providers().into_iter().for_each(Provider::kill);
}

/// Cuts a destroy short while the DELETE of each of these is answered; the next one deletes what is left.
fn cut_short(azure: &Azure, cli: &mut Cli, steps: &[String], cut: impl Fn(&Running)) {
    cli.write(&managed(1));
    for step in steps {
        cli.apply().succeeds();
        let delay = json!({ "delay_ms": 1_500 });
        azure.fails(&json!({ "method": "DELETE", "path": step.to_lowercase() }), &delay);
        azure.forget();
        let running = cli.start(&DESTROY);
        azure.meets("DELETE", step);
        cut(&running);
        assert_ne!(running.end().code(), Some(0), "{step}");
        azure.waits_for("DELETE", step);
        azure.ends_operations();
        azure.clears_faults();
        assert!(cli.state(ADDRESS).is_some(), "{step}");
        gone_on_with(azure, cli);
    }
}

#[track_caller]
fn gone_on_with(azure: &Azure, cli: &Cli) {
    cli.destroy().succeeds();
    assert_eq!(existing(azure), []);
    assert_eq!((azure.object(&id()), cli.state(ADDRESS)), (None, None));
}

// === a deletion in the portal ===

/// The compute that hangs on it is attached again: its extension is another one.
fn an_extension_deleted_in_the_portal_is_installed_again(azure: &Azure, cli: &mut Cli) {
    cli.write(&(managed(1) + &compute()));
    cli.apply().succeeds();
    let made = existing(azure);
    azure.remove(&id());
    let planned = cli.plan(&[]);
    planned.plans("update", ADDRESS).plans("replace", "azureml_kubernetes_compute.this");
    planned.ran().warns_of("Extension amlarc-compute is not there").says(&managed_ids()[1]);
    azure.forget();
    cli.apply().succeeds();
    let writes = azure.writes().into_iter().map(|write| write.path);
    let written: Vec<_> = writes.filter(|path| !path.contains("/computes/")).collect();
    assert_eq!(written.len(), 1, "the extension alone is put: {written:#?}");
    assert_eq!(existing(azure), made);
    settled(cli);
    cli.destroy().succeeds();
    assert_eq!(existing(azure), []);
}

fn an_extension_deleted_in_the_portal_is_destroyed(azure: &Azure, cli: &mut Cli) {
    cli.write(&managed(1));
    cli.apply().succeeds();
    azure.remove(&id());
    cli.run(&["apply", "-json", "-auto-approve", "-refresh-only"]).succeeds();
    assert_eq!(in_state(cli)["provisioning_state"], Value::Null);
    gone_on_with(azure, cli);
}

// === replacements ===

fn a_replacement_whose_create_fails_keeps_what_was_made(azure: &Azure, cli: &mut Cli) {
    cli.write(&managed(1));
    cli.apply().succeeds();
    let made = existing(azure);
    cli.write(&managed(1).replace("amlarc-compute", "renamed"));
    let body = json!({ "error": { "code": "BadRequest", "message": "not today" } });
    let puts = json!({ "method": "PUT", "path": "extensions/renamed" });
    azure.fails(&puts, &json!({ "status": 400, "body": body }));
    cli.apply().fails_with("not today");
    assert_eq!(existing(azure), made);
    cli.apply().succeeds();
    settled(cli);
    cli.destroy().succeeds();
    assert_eq!(existing(azure), []);
}

/// Half of it is done when the provider or its host dies; nothing of the new one is in the state.
fn a_replacement_that_is_killed_between_its_halves_is_taken_up(azure: &Azure, cli: &mut Cli) {
    let renamed = managed(1).replace("amlarc-compute", "renamed");
    for (cut, from, to) in [
        (kill_host as fn(&Running), managed(1), renamed.clone()),
        (kill_providers, renamed.clone(), managed(1)),
    ] {
        cli.write(&from);
        cli.apply().succeeds();
        let made = existing(azure);
        cli.write(&to);
        // The second half begins with a look at the new one.
        let new = if to == renamed { id().replace("amlarc-compute", "renamed") } else { id() };
        let delay = json!({ "delay_ms": 1_500 });
        azure.fails(&json!({ "method": "GET", "path": new.to_lowercase() }), &delay);
        azure.forget();
        let running = cli.start(&["apply", "-json", "-auto-approve"]);
        azure.meets("GET", &new);
        cut(&running);
        assert_ne!(running.end().code(), Some(0));
        azure.waits_for("GET", &new);
        azure.clears_faults();
        cli.apply().succeeds();
        assert_eq!(existing(azure), made);
        settled(cli);
        cli.destroy().succeeds();
        assert_eq!(existing(azure), []);
    }
}

/// The next create knows by their tags what an earlier one has made.
fn a_create_that_is_killed_beside_the_extension_is_known_again(azure: &Azure, cli: &mut Cli) {
    cli.write(&managed(1));
    let [_, bus, _] = managed_ids();
    for (at, cut) in [(bus, kill_providers as fn(&Running)), (id(), kill_host)] {
        let delay = json!({ "delay_ms": 1_500, "status": 400, "body": { "error": {
            "code": "BadRequest", "message": "not today",
        } } });
        azure.fails(&json!({ "method": "PUT", "path": at.to_lowercase() }), &delay);
        azure.forget();
        let running = cli.start(&["apply", "-json", "-auto-approve"]);
        azure.meets("PUT", &at);
        cut(&running);
        assert_ne!(running.end().code(), Some(0), "{at}");
        azure.waits_for("PUT", &at);
        azure.clears_faults();
        assert_eq!(cli.state(ADDRESS), None, "{at}");
        assert!(!existing(azure).is_empty(), "{at}");
        cli.apply().succeeds();
        gone_on_with(azure, cli);
    }
}

// === a cluster that is gone ===

fn a_cluster_that_is_gone_leaves_a_destroy(azure: &Azure, cli: &mut Cli) {
    cli.write(&managed(1));
    cli.apply().succeeds();
    azure.remove(&id());
    azure.remove(&cluster());
    azure.remove(&object_id(LOGS, NAMES[2].1));
    let planned = cli.plan(&[]);
    planned.ran().warns_of("its cluster is gone").says("terraform state rm").at("cluster_id");
    let command = format!("az resource delete --ids {}", object_id(RELAY, NAMES[0].1));
    azure.forget();
    cli.apply().fails_with(&command).says(&object_id(BUS, NAMES[1].1)).says("terraform state rm");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    gone_on_with(azure, cli);
}

fn a_cluster_that_is_gone_with_everything_leaves_nothing(azure: &Azure, cli: &mut Cli) {
    cli.write(&managed(1));
    cli.apply().succeeds();
    let [connection, bus, logs] = managed_ids();
    for gone in [id(), cluster(), connection, object_id(RELAY, NAMES[0].1), bus, logs] {
        azure.remove(&gone);
    }
    cli.plan(&[]).plans("create", ADDRESS).ran().warns_of("Extension is gone");
    cli.destroy().succeeds();
    assert_eq!(cli.state(ADDRESS), None);
}

#[track_caller]
fn in_state(cli: &Cli) -> Value {
    cli.state(ADDRESS).expect("it is in the state")
}
