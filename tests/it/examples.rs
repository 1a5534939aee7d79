//! The examples are true: formatted, applied as they stand, and their imports name what they created.

use std::fs;
use std::path::{Path, PathBuf};

use hyper::Method;
use serde_json::{Value, json};

use crate::aks::aks;
use crate::arc_extension;
use crate::kubernetes_compute::IMPORT_IGNORES;
use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::{REQUIRED_PROVIDERS, with_every_program, with_terraform};

with_every_program!(are_formatted, the_whole_job_on_arc_works);
with_terraform!(
    the_whole_job_on_aks_works,
    a_relay_of_ones_own_works,
    the_upgrade_from_2021_works,
    a_proxy_that_opens_tls_is_trusted,
    the_demo_works,
    resources_work_and_are_imported,
    the_provider_block_is_valid,
);
with_every_program!(IDENTITY: identities_import_what_was_created);

fn are_formatted(_: &Azure, cli: &mut Cli) {
    let folder = examples().display().to_string();
    cli.run(&["fmt", "-check", "-recursive", &folder]).succeeds();
}

fn the_provider_block_is_valid(_: &Azure, cli: &mut Cli) {
    cli.write(&read(&examples().join("provider/provider.tf")));
    cli.validate().succeeds();
}

fn the_demo_works(_: &Azure, cli: &mut Cli) {
    cli.write(&read(&examples().join("demo/main.tf")));
    cli.apply().succeeds();
    settled(cli);
    cli.destroy().succeeds();
}

/// A configuration that somebody copies keeps working when there is a next release.
#[test]
fn what_is_copied_pins_the_provider() {
    let root = examples().join("..");
    let mut copied = vec![root.join("README.md"), root.join("docs/guides/getting_started.md")];
    let mut folders = vec![examples()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(extension) if extension == "tf" => copied.push(path),
                _ => {}
            }
        }
    }
    let release = env!("CARGO_PKG_VERSION").rsplit_once('.').expect("major, minor, patch").0;
    let pin = format!("version = \"~> {release}.0\"");
    let mut pins = 0;
    for path in copied {
        let text = read(&path);
        for block in text.split("azureml = {").skip(1) {
            let block = block.split('}').next().unwrap_or_default();
            assert!(block.contains(&pin), "{}: {block}", path.display());
            pins += 1;
        }
    }
    assert!(pins > 10, "{pins}");
}

// === whole jobs: our blocks as they stand, with stand-ins for those of azurerm ===

fn the_whole_job_on_arc_works(azure: &Azure, cli: &mut Cli) {
    let found = [
        ("data.azurerm_resource_group.arc", json!({ "id": GROUP })),
        ("data.azurerm_machine_learning_workspace.ml", json!({ "id": workspace() })),
    ];
    works(azure, cli, "arc", &found);
    azure.drift(&arc_extension::cluster(), |cluster| {
        cluster["properties"]["connectivityStatus"] = json!("Offline");
    });
    cli.plan(&[]).ran().fails_with("The cluster is Offline, last heard of at 2026-11-01");
}

fn the_whole_job_on_aks_works(azure: &Azure, cli: &mut Cli) {
    let made = [
        ("azurerm_kubernetes_cluster.ml", json!({ "id": aks() })),
        ("azurerm_machine_learning_workspace.ml", json!({ "id": workspace() })),
        ("azurerm_kubernetes_cluster_node_pool.gpu", json!({ "node_labels": { "pool": "gpu" } })),
    ];
    works(azure, cli, "aks", &made);
    let relay = azure.exchanges().into_iter().find(|seen| seen.path.contains("Microsoft.Relay"));
    assert!(relay.is_none(), "AKS has no relay: {relay:?}");
}

/// The keys of the relay are those that the extension gets, and the relay outlives it.
fn a_relay_of_ones_own_works(azure: &Azure, cli: &mut Cli) {
    let connection = put_hybrid_connection(azure);
    let rule = format!("{connection}/authorizationRules/azureml_rw");
    let made = [
        ("azurerm_relay_hybrid_connection.ml", json!({ "id": connection })),
        ("azurerm_relay_hybrid_connection_authorization_rule.azureml_rw", json!({ "id": rule })),
    ];
    works(azure, cli, "existing-relay", &made);
    let keys = azure.send(Method::POST, &format!("{rule}/listKeys"), None);
    let sent = &azure.last_body("PUT", &arc_extension::id())["properties"];
    let string = &sent["configurationProtectedSettings"]["relayserver.relayConnectionString"];
    assert_eq!(*string, keys["primaryConnectionString"]);
}

/// With the authority of the emulator in the place of the proxy's.
fn a_proxy_that_opens_tls_is_trusted(_: &Azure, cli: &mut Cli) {
    let azure = Azure::over_tls();
    for (name, value) in azure.environment() {
        cli.set(name, value);
    }
    cli.unset("AZUREML_CA_CERTIFICATE_PATH");
    let authority = &azure.environment()["AZUREML_CA_CERTIFICATE_PATH"];
    cli.write_file("proxy-ca.pem", &read(Path::new(authority)));
    // What stays on this machine does not go through it.
    cli.set("HTTPS_PROXY", "http://127.0.0.1:1");
    let before = azure.objects();
    cli.write(&read(&examples().join("proxy/main.tf")));
    cli.apply().succeeds();
    settled(cli);
    let settings =
        &azure.last_body("PUT", &arc_extension::id())["properties"]["configurationSettings"];
    let keys: Vec<_> = settings.as_object().expect("a map").keys().collect();
    assert!(keys.iter().all(|key| !key.to_lowercase().contains("proxy")), "{keys:?}");
    cli.destroy().succeeds();
    assert!(azure.objects().keys().eq(before.keys()));
}

/// What the product of today no longer knows leaves the configuration. Nothing is sent for it.
fn the_upgrade_from_2021_works(azure: &Azure, cli: &mut Cli) {
    let folder = examples().join("upgrade-from-2021");
    let address = "azureml_arc_extension.training";
    cli.write(&read(&folder.join("before/main.tf")));
    cli.plan(&[]).ran().warns_of("installBlobfuseSysctl has no effect since the product of 2021");
    cli.apply().succeeds();
    settled(cli);
    cli.write(&read(&folder.join("after/main.tf")));
    let planned = cli.plan(&[]);
    let gone = [
        ("install_blobfuse_flexvol", "effective_configuration_settings.installBlobfuseFlexvol"),
        ("install_blobfuse_sysctl", "effective_configuration_settings.installBlobfuseSysctl"),
        ("volume_plugin_dir", "effective_configuration_settings.volumePluginDir"),
    ];
    let shown: Vec<_> = gone.iter().flat_map(|&(attribute, still)| [attribute, still]).collect();
    planned.plans("update", address).changes_only(address, &shown);
    for (attribute, _) in gone {
        planned
            .ran()
            .warns_of(&format!("{attribute} stays"))
            .says("The product of today does not read it, so nothing is left to do");
    }
    azure.forget();
    cli.apply().succeeds();
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    settled(cli);
}

/// Applies `main.tf` of a folder from start to end. `beside` are the objects of azurerm that it refers to, with the
/// attributes that it takes of them: those of data sources are known at once, those of resources after the apply.
#[track_caller]
fn works(azure: &Azure, cli: &Cli, folder: &str, beside: &[(&str, Value)]) {
    let folder = examples().join(folder);
    let declared = read(&folder.join("azure.tf"));
    let (mut main, mut stand_ins) = (read(&folder.join("main.tf")), String::new());
    for (reference, value) in beside {
        let path = reference.trim_start_matches("data.");
        let (kind, name) = path.split_once('.').expect("a type and a name");
        let block = if path == *reference { "resource" } else { "data" };
        let declaration = format!("{block} \"{kind}\" \"{name}\" {{");
        assert!(declared.contains(&declaration), "azure.tf has no {declaration}");
        assert!(main.contains(reference), "main.tf does not use {reference}");
        let label = format!("{kind}_{name}").replace("azurerm_", "");
        let (attributes, whole, stand_in) = stand_in(block, &label, value);
        main = main.replace(&format!("{reference}."), &format!("{attributes}."));
        main = main.replace(reference, &whole);
        stand_ins += &stand_in;
    }
    let left: Vec<_> = main.lines().filter(|line| !line.trim().starts_with('#')).collect();
    assert!(!left.join("\n").contains("azurerm_"), "something of azurerm is left:\n{main}");
    cli.write(&main);
    cli.write_file("azure.tf", &format!("{REQUIRED_PROVIDERS}{stand_ins}"));
    lives(azure, cli);
}

/// How attributes are referred to, how the whole is, and the block.
fn stand_in(block: &str, label: &str, value: &Value) -> (String, String, String) {
    if block == "data" {
        let whole = format!("local.{label}");
        return (whole.clone(), whole, format!("locals {{\n  {label} = {value}\n}}\n"));
    }
    let whole = format!("terraform_data.{label}");
    let declared = format!("resource \"terraform_data\" \"{label}\" {{\n  input = {value}\n}}\n");
    (format!("{whole}.output"), whole, declared)
}

#[track_caller]
fn lives(azure: &Azure, cli: &Cli) {
    let before = azure.objects();
    cli.apply().succeeds();
    settled(cli);
    let state = cli.state("azureml_kubernetes_compute.training").expect("the cluster is attached");
    assert_eq!(state["provisioning_state"], "Succeeded");
    cli.destroy().succeeds();
    assert!(azure.objects().keys().eq(before.keys()), "destroy leaves what was there before");
    cli.apply().succeeds();
}

/// A relay that somebody else made, with the rule that the extension uses. Gives its hybrid connection.
pub(crate) fn put_hybrid_connection(azure: &Azure) -> String {
    let namespace = format!("{GROUP}/providers/Microsoft.Relay/namespaces/relay-ml-example");
    let connection = format!("{namespace}/hybridConnections/amlarc-cluster");
    let rule = format!("{connection}/authorizationRules/azureml_rw");
    let client = json!({ "properties": { "requiresClientAuthorization": true } });
    let rights = json!({ "properties": { "rights": ["Manage", "Send", "Listen"] } });
    for (id, body) in
        [(&namespace, json!({ "location": "eastus" })), (&connection, client), (&rule, rights)]
    {
        azure.send(Method::PUT, id, Some(&body));
    }
    connection
}

pub(crate) fn workspace() -> String {
    format!("{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace")
}

// === pages of types ===

fn resources_work_and_are_imported(_: &Azure, cli: &mut Cli) {
    cli.write_file("versions.tf", REQUIRED_PROVIDERS);
    for folder in resources() {
        cli.write(&read(&folder.join("resource.tf")));
        cli.apply().succeeds();
        settled(cli);
        is_imported(cli, &read(&folder.join("import.sh")));
        cli.destroy().succeeds();
    }
}

/// The documented command, on the object that was just created.
#[track_caller]
pub(crate) fn is_imported(cli: &Cli, command: &str) {
    let words: Vec<_> = command.split_whitespace().collect();
    let ["terraform", "import", address, id] = words[..] else {
        panic!("{command:?} is no import")
    };
    // The quotes are the shell's.
    let id = id.trim_matches('\'');
    let state = cli.read_file("terraform.tfstate");
    cli.forget(address).succeeds();
    cli.import(address, id).succeeds();
    if address.starts_with("azureml_kubernetes_compute") {
        // Instance types that the configuration writes are declared by the first apply.
        cli.plan(&[]).changes_within(address, &IMPORT_IGNORES);
        cli.apply().succeeds();
    }
    settled(cli);
    cli.write_file("terraform.tfstate", &state);
}

/// The import block that a page shows beside the command.
pub(crate) fn identities_import_what_was_created(_: &Azure, cli: &mut Cli) {
    for folder in resources() {
        cli.write(&(REQUIRED_PROVIDERS.to_owned() + &read(&folder.join("resource.tf"))));
        cli.apply().succeeds();
        let block = read(&folder.join("import-by-identity.tf"));
        let address = block.split_whitespace().nth(4).expect("`import { to = ADDRESS`");
        cli.forget(address).succeeds();
        cli.write_file("import.tf", &block);
        let plan = cli.plan(&[]);
        if address.starts_with("azureml_kubernetes_compute") {
            plan.changes_within(address, &IMPORT_IGNORES);
        } else {
            plan.plans("no-op", address);
        }
        cli.apply().succeeds();
        cli.write_file("import.tf", "");
        cli.destroy().succeeds();
    }
}

/// The folder of each resource that needs no cluster: `instance_type` plays the example of the other.
fn resources() -> Vec<PathBuf> {
    let folders = fs::read_dir(examples().join("resources")).expect("there are examples");
    let folders = folders.map(|found| found.expect("it can be listed").path());
    let folders: Vec<_> = folders.filter(|it| !it.ends_with("azureml_instance_type")).collect();
    assert!(folders.len() >= 2, "each type has an example: {folders:?}");
    folders
}

pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
