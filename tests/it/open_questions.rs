//! What no public source settles about Azure: each way it may be decided, where the types of this provider meet it.
//!
//! Their plain lives in every such Azure are in `arc_extension` and `kubernetes_compute`.

use emulator::Trait;
use serde_json::{Value, json};

use crate::arc_extension::{self, TRAINING};
use crate::kubernetes_compute::{self, FILE_IN_HCL, with_extension};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::stage_in;
use crate::support::tools::TERRAFORM_1_11;

const EXTENSION: &str = "azureml_arc_extension.this";
const COMPUTE: &str = "azureml_kubernetes_compute.this";

fn stage_with(traits: &[Trait], test: fn(&Azure, &mut Cli)) {
    stage_in(&Azure::with_traits(traits.iter().copied()), TERRAFORM_1_11, test);
}

// === the extension ===

/// What a PUT leaves out may be gone, so a repair sends what the service holds, foreign keys included.
#[test]
fn a_repair_loses_nothing_where_put_drops_keys() {
    stage_with(&[], a_repair_loses_nothing);
    stage_with(&[Trait::PutDropsKeys], a_repair_loses_nothing);
}

fn a_repair_loses_nothing(azure: &Azure, cli: &mut Cli) {
    cli.write(&arc_extension::resource(TRAINING));
    cli.apply().succeeds();
    azure.drift(&arc_extension::id(), |object| {
        object["properties"]["configurationSettings"]["someone.elses"] = json!("kept");
    });
    let before = held(azure);
    azure.drift(&arc_extension::id(), |object| {
        object["properties"]["provisioningState"] = json!("Failed");
    });
    cli.plan(&[]).plans("update", EXTENSION);
    cli.apply().succeeds();
    assert_eq!(held(azure), before);
    settled(cli);
}

/// Both maps of settings as the service holds them.
#[track_caller]
fn held(azure: &Azure) -> [Value; 2] {
    let object = azure.object(&arc_extension::id()).expect("the extension exists");
    ["configurationSettings", "configurationProtectedSettings"]
        .map(|map| object["properties"][map].clone())
}

/// Nothing but a change of a secret sends the protected map, so there is never an empty one.
#[test]
fn secrets_outlive_an_import_where_an_empty_map_wipes_them() {
    stage_with(
        &[Trait::EmptyProtectedMapWipes],
        arc_extension::an_import_keeps_what_is_not_written,
    );
}

/// The version that runs is no version that was pinned, whatever the service shows as `version`.
#[test]
fn a_version_is_pinned_and_let_go_where_auto_upgrade_shows_one() {
    stage_with(&[], a_version_is_pinned_and_let_go);
    stage_with(&[Trait::VersionUnderAutoUpgrade], a_version_is_pinned_and_let_go);
}

fn a_version_is_pinned_and_let_go(azure: &Azure, cli: &mut Cli) {
    let pinned = arc_extension::resource(&format!("{TRAINING}  version = \"1.1.31\"\n"));
    cli.write(&pinned);
    cli.apply().succeeds();
    settled(cli);
    cli.write(&arc_extension::resource(TRAINING));
    cli.plan(&[]).plans("update", EXTENSION);
    cli.apply().succeeds();
    settled(cli);
    let state = cli.state(EXTENSION).expect("it is in the state");
    assert_eq!(state["version"], Value::Null, "{state:#}");
    let object = azure.object(&arc_extension::id()).expect("the extension exists");
    assert_eq!(object["properties"]["autoUpgradeMinorVersion"], true);
    cli.write(&pinned);
    cli.plan(&[]).plans("update", EXTENSION);
    cli.apply().succeeds();
    settled(cli);
    cli.forget(EXTENSION).succeeds();
    cli.import(EXTENSION, &arc_extension::id()).succeeds();
    settled(cli);
}

// === the compute ===

/// An identity that nobody declares is sent back as it was read.
#[test]
fn an_undeclared_identity_stays_where_put_drops_it() {
    stage_with(&[], an_undeclared_identity_stays);
    stage_with(&[Trait::DropsUndeclaredIdentity], an_undeclared_identity_stays);
}

fn an_undeclared_identity_stays(azure: &Azure, cli: &mut Cli) {
    cli.write(&with_extension("description = \"before\""));
    cli.apply().succeeds();
    let identity = kubernetes_compute::system_assigned();
    azure.drift(&kubernetes_compute::id(), |object| object["identity"] = identity.clone());
    settled(cli);
    cli.write(&with_extension("description = \"after\""));
    cli.plan(&[]).changes_only(COMPUTE, &["description"]);
    cli.apply().succeeds();
    let object = azure.object(&kubernetes_compute::id()).expect("the compute exists");
    assert_eq!(
        (&object["identity"], &object["properties"]["description"]),
        (&identity, &json!("after"))
    );
    settled(cli);
}

/// As the product may have been since it reads instance types from the cluster: the body's have no effect, and reading
/// shows the cluster's. Whoever declares none has an empty plan.
#[test]
fn a_compute_without_types_lives_where_only_the_clusters_count() {
    let traits = [Trait::IgnoresBodyTypes, Trait::ReturnsClusterTypes];
    stage_with(&traits, |_, cli| {
        cli.write(&with_extension("description = \"before\""));
        cli.apply().succeeds();
        settled(cli);
        let state = cli.state(COMPUTE).expect("it is in the state");
        assert!(state["effective_instance_types"]["defaultinstancetype"].is_object(), "{state:#}");
        cli.write(&with_extension("description = \"after\""));
        cli.plan(&[]).changes_only(COMPUTE, &["description"]);
        cli.apply().succeeds();
        settled(cli);
        cli.destroy().succeeds();
    });
}

/// Types that are declared and not taken are an error, and stay planned until they are taken out.
#[test]
fn types_that_are_ignored_stay_planned() {
    stage_with(&[Trait::IgnoresBodyTypes], |azure, cli| {
        cli.write(&with_extension("namespace = \"amlarc-testing\""));
        cli.apply().succeeds();
        settled(cli);
        cli.write(&with_extension(FILE_IN_HCL));
        cli.plan(&[]).plans("update", COMPUTE);
        cli.apply().fails_with("gpu_instance").says("-replace");
        cli.plan(&[]).plans("update", COMPUTE);
        azure.forget();
        cli.write(&with_extension("namespace = \"amlarc-testing\""));
        cli.apply().succeeds();
        settled(cli);
    });
}
