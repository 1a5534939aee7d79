//! Which version of the extension runs: pinned, moved, let go, and held against the catalogue.

use emulator::Trait;
use serde_json::{Value, json};

use crate::arc_extension::resource;
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::tools::TERRAFORM_1_11;
use crate::support::{stage_in, with_terraform};

with_terraform!(
    moves_in_place,
    an_upgrade_of_the_service_is_no_drift,
    the_catalogue_is_asked_before_anything_is_written,
    an_older_version_is_warned_of,
    the_service_has_the_last_word,
);

const ADDRESS: &str = "azureml_arc_extension.this";
const CATALOGUE: &str = "/providers/Microsoft.KubernetesConfiguration/extensionTypes/microsoft.azureml.kubernetes/versions";

// === in place ===

/// Pinned at what runs, rolled back, bumped, let go, on another train: each is one PATCH of that alone.
fn moves_in_place(azure: &Azure, cli: &mut Cli) {
    azure.remove(&format!("{CATALOGUE}/1.2.0-preview"));
    cli.write(&at(""));
    cli.apply().succeeds();
    runs(cli, "1.1.39");
    let pinned = |version: &str| json!({"autoUpgradeMinorVersion": false, "version": version});
    for (arguments, sent, current) in [
        ("version = \"1.1.39\"", pinned("1.1.39"), "1.1.39"),
        ("version = \"1.1.30\"", pinned("1.1.30"), "1.1.30"),
        ("version = \"1.1.31\"", pinned("1.1.31"), "1.1.31"),
        ("", json!({"autoUpgradeMinorVersion": true}), "1.1.39"),
        ("auto_upgrade_minor_version = false", json!({"autoUpgradeMinorVersion": false}), "1.1.39"),
        (
            "release_train = \"preview\"",
            json!({"autoUpgradeMinorVersion": true, "releaseTrain": "preview"}),
            "1.1.40",
        ),
    ] {
        moves(azure, cli, arguments, sent);
        runs(cli, current);
        cli.plan(&[]).plans_nothing();
    }
    settled(cli);
}

/// One update in place, which is what is sent.
#[track_caller]
fn moves(azure: &Azure, cli: &Cli, arguments: &str, sent: Value) {
    cli.write(&at(arguments));
    cli.plan(&[]).plans("update", ADDRESS);
    azure.forget();
    cli.apply().succeeds();
    let writes: Vec<_> =
        azure.writes().into_iter().map(|it| (it.method, it.body["properties"].clone())).collect();
    assert_eq!(writes, [("PATCH".to_owned(), sent)], "{arguments}");
}

/// By its numbers: `1.1.9` is older than `1.1.39`.
fn an_older_version_is_warned_of(_: &Azure, cli: &mut Cli) {
    cli.write(&at("version = \"1.1.39\""));
    cli.apply().succeeds();
    cli.write(&at("version = \"1.1.9\""));
    let planned = cli.plan(&[]);
    let told = planned.plans("update", ADDRESS).ran();
    told.warns_of("goes back from version 1.1.39 to 1.1.9").at("version ");
    cli.write(&at("version = \"1.1.30\""));
    cli.apply().succeeds().warns_of("goes back from version 1.1.39 to 1.1.30");
    cli.write(&at("version = \"1.1.39\""));
    cli.plan(&[]).plans("update", ADDRESS).ran().never_says("goes back");
    settled_at(cli, "1.1.30");
}

/// That nothing is told of a version that stays.
#[track_caller]
fn settled_at(cli: &Cli, version: &str) {
    cli.write(&at(&format!("version = \"{version}\"")));
    cli.plan(&[]).plans_nothing().ran().never_says("goes back");
}

fn an_upgrade_of_the_service_is_no_drift(azure: &Azure, cli: &mut Cli) {
    cli.write(&at(""));
    cli.apply().succeeds();
    runs(cli, "1.1.39");
    let mut release = azure.object(&format!("{CATALOGUE}/1.1.39")).expect("it is there");
    release["properties"]["version"] = json!("1.1.100");
    azure.put(&format!("{CATALOGUE}/1.1.100"), &release);
    settled(cli);
    azure.forget();
    cli.apply().succeeds();
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    runs(cli, "1.1.100");
    assert_eq!(cli.state(ADDRESS).expect("it is there")["version"], json!(null));
}

/// Where the service answers the running version as if somebody had pinned it.
#[test]
fn an_upgrade_is_no_drift_in_an_azure_that_tells_it_as_the_version() {
    let azure = Azure::with_traits([Trait::VersionUnderAutoUpgrade]);
    stage_in(&azure, TERRAFORM_1_11, an_upgrade_of_the_service_is_no_drift);
}

// === the catalogue ===

fn the_catalogue_is_asked_before_anything_is_written(azure: &Azure, cli: &mut Cli) {
    let refuses = |arguments: &str, told: &str, says: &[&str], at_line: &str| {
        cli.write(&at(arguments));
        azure.forget();
        let found = cli.apply();
        let found = found.fails_with(told).at(at_line);
        for part in says {
            found.says(part);
        }
        assert!(azure.writes().is_empty(), "nothing is written: {:#?}", azure.writes());
    };
    let wrong = ["1.1.9", "1.29.4", "k3s", ">1.26", "1.1.39, 1.1.31, 1.1.30."];
    refuses("version = \"1.1.9\"", "Version does not run on the cluster", &wrong, "version ");
    let near = ["1.1.35", "1.1.39, 1.1.31, 1.1.30"];
    refuses("version = \"1.1.35\"", "Version does not exist", &near, "version ");
    let newest = ["1.2.0-preview", "1.29.4", "version = \"1.1.40\""];
    let told = "Newest version does not run on the cluster";
    refuses("release_train = \"preview\"", told, &newest, "cluster_id ");
    assert_eq!(cli.state(ADDRESS), None);

    cli.write(&at("version = \"1.1.31\""));
    cli.apply().succeeds();
    refuses("version = \"1.1.9\"", "Version does not run on the cluster", &wrong, "version ");
    cli.write(&at("version = \"1.1.31\""));
    settled(cli);
}

/// Who may not look at the catalogue hears it from the service.
fn the_service_has_the_last_word(azure: &Azure, cli: &mut Cli) {
    let body = json!({"error": {"code": "AuthorizationFailed", "message": "not for you"}});
    let reads = json!({"method": "GET", "path": "kubernetes/versions"});
    azure.fails(&reads, &json!({"status": 403, "body": body}));
    cli.write(&at("version = \"1.1.35\""));
    cli.apply().fails_with("Chart path not found for version 1.1.35");
    let state = cli.state(ADDRESS).expect("what was written is in the state");
    assert_eq!(state["provisioning_state"], "Failed");
}

// === configurations ===

fn at(release: &str) -> String {
    resource(&format!("  enable_training = true\n  {release}"))
}

#[track_caller]
fn runs(cli: &Cli, version: &str) {
    let state = cli.state(ADDRESS).expect("it is in the state");
    assert_eq!(state["current_version"], version);
}
