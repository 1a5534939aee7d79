//! The life of one object of one type, step by step, as a user would live it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::azure::Azure;
use super::cli::Cli;

/// One type's life: its configurations, and what each step must show.
pub(crate) struct Case<'a> {
    /// The resource: `azureml_arc_extension.this`.
    pub(crate) address: &'a str,
    /// The ARM ID of the object that it manages.
    pub(crate) id: &'a str,
    /// The first configuration.
    pub(crate) created: &'a str,
    /// The same in other words; plans nothing.
    pub(crate) respelt: &'a str,
    /// An update in place, and the attributes whose known values it changes.
    pub(crate) changed: &'a str,
    pub(crate) change: &'a [&'a str],
    /// A change made behind the provider's back, and the attributes by which the next plan repairs it.
    pub(crate) drift: fn(&mut Value),
    pub(crate) drifted: &'a [&'a str],
    /// The attributes that an import leaves null, as `ImportStateVerifyIgnore` names them: to declare what Azure holds
    /// changes the state alone.
    pub(crate) import_ignores: &'a [&'a str],
}

/// Runs the whole life. Panics at the first step that does not go as it must.
#[track_caller]
pub(crate) fn lifecycle(azure: &Azure, cli: &Cli, case: &Case<'_>) {
    let before = ids(azure);
    created(azure, cli, case);
    updated(azure, cli, case);
    repaired(azure, cli, case);
    imported(azure, cli, case);
    cli.destroy().succeeds();
    assert_eq!(ids(azure), before, "destroy leaves exactly what was there before");
}

/// That the next plan is empty, by the state alone and after a look at Azure.
#[track_caller]
pub(crate) fn settled(cli: &Cli) {
    cli.plan(&["-refresh=false"]).plans_nothing();
    cli.plan(&[]).plans_nothing();
}

#[track_caller]
fn created(azure: &Azure, cli: &Cli, case: &Case<'_>) {
    cli.write(case.created);
    cli.plan(&[]).plans("create", case.address);
    cli.apply().succeeds();
    assert!(
        azure.object(case.id).is_some(),
        "{} was applied, and {} does not exist",
        case.address,
        case.id
    );
    settled(cli);
    cli.write(case.respelt);
    settled(cli);
}

#[track_caller]
fn updated(azure: &Azure, cli: &Cli, case: &Case<'_>) {
    cli.write(case.changed);
    cli.plan(&[]).plans("update", case.address).changes_only(case.address, case.change);
    azure.forget();
    cli.apply().succeeds();
    let deleted = azure.writes().iter().any(|write| write.method == "DELETE");
    assert!(!deleted, "an update in place deletes nothing: {:#?}", azure.writes());
    settled(cli);
}

#[track_caller]
fn repaired(azure: &Azure, cli: &Cli, case: &Case<'_>) {
    let sound = contents(azure, case);
    azure.drift(case.id, case.drift);
    cli.plan(&[]).plans("update", case.address).changes_only(case.address, case.drifted);
    cli.apply().succeeds();
    settled(cli);
    assert_eq!(contents(azure, case), sound, "the repair brings back what was there");
}

/// By an ID in another casing than Azure's own, and with the slash that copying may leave.
#[track_caller]
fn imported(azure: &Azure, cli: &Cli, case: &Case<'_>) {
    let whole = cli.state(case.address).expect("it is in the state");
    let state = cli.read_file("terraform.tfstate");
    cli.forget(case.address).succeeds();
    cli.import(case.address, &respelt(case.id)).succeeds();
    if !case.import_ignores.is_empty() {
        cli.plan(&[])
            .plans("update", case.address)
            .changes_within(case.address, case.import_ignores);
        azure.forget();
        cli.apply().succeeds();
        assert!(azure.writes().is_empty(), "what is there is not sent: {:#?}", azure.writes());
    }
    settled(cli);
    let again = cli.state(case.address).expect("it was imported");
    assert_eq!(again["id"], whole["id"], "the ID keeps the casing that Azure gave it");
    // An import cannot know what else was created with the object; the state before it can.
    cli.write_file("terraform.tfstate", &state);
}

/// The ID with the fixed words of its path in lower case; names keep theirs.
fn respelt(id: &str) -> String {
    let words = [
        "resourceGroups",
        "Microsoft.Kubernetes",
        "connectedClusters",
        "managedClusters",
        "KubernetesConfiguration",
    ];
    let lower = |id: String, word: &&str| id.replace(*word, &word.to_lowercase());
    words.iter().fold(id.to_owned(), lower) + "/"
}

/// What the object holds, but for the time of the last write.
#[track_caller]
fn contents(azure: &Azure, case: &Case<'_>) -> Value {
    let mut properties = azure.object(case.id).expect("the object exists")["properties"].take();
    let is_time_of_write =
        |name: &str| ["modified", "lastModified", "updated"].iter().any(|it| name.starts_with(it));
    let members = properties.as_object_mut().expect("properties are an object");
    members.retain(|name, _| !is_time_of_write(name));
    properties
}

fn ids(azure: &Azure) -> BTreeSet<String> {
    azure.objects().into_keys().map(|id| id.to_lowercase()).collect()
}
