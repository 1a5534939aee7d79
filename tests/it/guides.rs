//! The configurations that the pages show, as the files under `examples/guides` that they come from: each folder there
//! is a whole configuration, which is valid, and which is applied wherever it asks for something.

use std::fs;
use std::path::{Path, PathBuf};

use emulator::Options;
use hyper::Method;
use serde_json::{Value, json};

use crate::aks::aks;
use crate::arc_extension;
use crate::examples::{examples, put_hybrid_connection, read, workspace};
use crate::kubernetes_compute::IMPORT_IGNORES;
use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::cluster::{Cluster, Kind, node};
use crate::support::lifecycle::settled;
use crate::support::peers::Peer;
use crate::support::tools::TERRAFORM_1_11;
use crate::support::{with_every_program, with_terraform};

with_every_program!(IDENTITY: an_import_by_identity_is_valid);
with_every_program!(QUERY: lists_are_valid);
with_terraform!(are_valid, are_applied, what_the_cli_and_the_studio_made_is_taken_over);

/// What is not applied to the emulator alone, and why.
const NOT_APPLIED: [(&str, &str); 6] = [
    ("cluster_instance_types", "imports instance types, which another test has in a cluster"),
    ("from_cli_and_studio", "imports what is made first, in a test of its own"),
    (BY_IDENTITY, "imports what another test has in Azure"),
    ("migration", "imports what another test has in Azure"),
    ("several_connections", "asks clusters that no test has"),
    ("keep_state", "says what happens when a cluster does not answer"),
];

/// Those that ask a cluster for something: applied to AKS, which is reached without a kubeconfig.
const IN_A_CLUSTER: [&str; 6] = [
    "capacity",
    "capacity_in_a_plan",
    "cluster_readiness",
    "extension_health",
    "first_job",
    "gpu_and_nodes/nodes",
];

/// What older programs do not know is valid in later ones.
const BY_IDENTITY: &str = "import_by_identity";

/// With its issuers, as a router wants it.
const CERTIFICATE: &str = concat!(
    include_str!("../fixtures/tls/server.crt"),
    include_str!("../fixtures/tls/intermediate.crt"),
    include_str!("../fixtures/tls/root.crt")
);

fn are_valid(_: &Azure, cli: &mut Cli) {
    let azurerm = Peer::with_azurerm_schemas();
    cli.set("TF_REATTACH_PROVIDERS", azurerm.attach());
    let folders = folders();
    assert!(folders.len() > 20, "{folders:?}");
    for folder in folders {
        enter(cli, &folder);
        cli.run(&["fmt", "-check", "-diff"]).succeeds();
        if !folder.ends_with(BY_IDENTITY) {
            cli.validate().succeeds();
        }
        leave(cli);
    }
}

fn an_import_by_identity_is_valid(_: &Azure, cli: &mut Cli) {
    enter(cli, &root().join(BY_IDENTITY));
    cli.validate().succeeds();
}

fn lists_are_valid(_: &Azure, cli: &mut Cli) {
    let has_lists = |folder: &PathBuf| {
        files(folder).iter().any(|file| file.to_string_lossy().ends_with(".tfquery.hcl"))
    };
    let folders: Vec<_> = folders().into_iter().filter(has_lists).collect();
    assert!(folders.len() >= 3, "{folders:?}");
    for folder in folders {
        enter(cli, &folder);
        cli.run(&["validate", "-query", "-json"]).succeeds();
        leave(cli);
    }
}

fn are_applied(azure: &Azure, cli: &mut Cli) {
    cli.set("TF_VAR_cluster_id", &arc_extension::cluster());
    cli.set("TF_VAR_workspace_id", &workspace());
    cli.set("TF_VAR_hybrid_connection_id", &put_hybrid_connection(azure));
    let logs = format!("{GROUP}/providers/Microsoft.OperationalInsights/workspaces/logs");
    azure.send(Method::PUT, &logs, Some(&json!({ "location": "eastus" })));
    cli.set("TF_VAR_log_analytics_workspace_id", &logs);
    cli.set("TF_VAR_certificate", CERTIFICATE);
    cli.set("TF_VAR_key", include_str!("../fixtures/tls/server.key"));
    let before = azure.objects();
    for folder in folders().iter().filter(|it| asks_for_something(it) && !is_elsewhere(it)) {
        enter(cli, folder);
        applies(cli, folder);
        assert!(azure.objects().keys().eq(before.keys()), "{}", folder.display());
        leave(cli);
    }
}

/// As the page says: the extension without a change, the compute with a change of the state alone.
fn what_the_cli_and_the_studio_made_is_taken_over(azure: &Azure, cli: &mut Cli) {
    let (extension, compute) =
        ("azureml_arc_extension.training", "azureml_kubernetes_compute.training");
    enter(cli, &root().join("from_cli_and_studio"));
    let imports = cli.read_file("imports.tf");
    cli.write_file("imports.tf", "");
    cli.apply().succeeds();
    cli.forget(extension).succeeds();
    cli.forget(compute).succeeds();
    cli.write_file("imports.tf", &imports);
    azure.forget();
    let plan = cli.plan(&[]);
    plan.plans("no-op", extension).plans("update", compute);
    plan.changes_within(compute, &IMPORT_IGNORES);
    cli.apply().succeeds();
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    settled(cli);
}

#[test]
fn those_for_a_cluster_are_applied_in_one() {
    let options = Options::default();
    let Some((azure, cluster)) = Cluster::start_in_azure(Kind::Strict, options) else { return };
    cluster.add_node(&node("one"));
    cluster.add_node(&node_with_gpu());
    let Some(mut cli) = Cli::new(TERRAFORM_1_11, &azure) else { return };
    cli.set("TF_VAR_cluster_id", &aks());
    cli.set("TF_VAR_workspace_id", &workspace());
    fs::create_dir(cli.path(".kube")).expect("a folder");
    cli.write_file(".kube/config", &cluster.kubeconfig());
    for folder in IN_A_CLUSTER.map(|it| root().join(it)) {
        enter(&cli, &folder);
        applies(&cli, &folder);
        leave(&cli);
    }
}

#[test]
fn what_is_left_out_exists() {
    let named = NOT_APPLIED.iter().map(|(folder, _)| folder).chain(&IN_A_CLUSTER);
    for folder in named {
        assert!(root().join(folder).is_dir(), "there is no {folder}");
    }
}

/// What a page shows is a file. A fence of its own would be tested by nobody.
#[test]
fn pages_show_nothing_else() {
    let pages = find_pages(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/provider"));
    assert!(pages.len() > 20, "{pages:?}");
    for page in pages {
        let text = read(&page);
        let own = text.split("\n```").skip(1).filter(|block| {
            let (language, body) = block.split_once('\n').unwrap_or_default();
            // A configuration of the program itself is in the same language.
            language == "terraform"
                || language == "hcl" && !body.starts_with("provider_installation")
        });
        assert_eq!(own.count(), 0, "{} has blocks of its own", page.display());
    }
}

/// And what is a file is shown.
#[test]
fn each_is_shown() {
    let pages = find_pages(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/provider"));
    let text: String = pages.iter().map(|page| read(page)).collect();
    for folder in folders() {
        let name = folder.strip_prefix(examples()).expect("it lies there").display();
        assert!(text.contains(&format!(" examples/{name}/")), "no page shows {name}");
    }
}

#[track_caller]
fn applies(cli: &Cli, folder: &Path) {
    cli.apply().succeeds();
    if folder.join("check.tf").exists() {
        // Terraform reads the data source of a check in every apply, and its plan says so.
        cli.plan(&[]).plans("no-op", "azureml_arc_extension.edge");
    } else {
        settled(cli);
    }
    cli.destroy().succeeds();
}

fn is_elsewhere(folder: &Path) -> bool {
    let named = NOT_APPLIED.iter().map(|(folder, _)| folder).chain(&IN_A_CLUSTER);
    named.into_iter().any(|it| folder.starts_with(root().join(it)))
}

fn asks_for_something(folder: &Path) -> bool {
    let text: String = files(folder).iter().map(|file| read(file)).collect();
    text.contains("resource \"azureml_") || text.contains("data \"azureml_")
}

/// Copies the files of a folder to where the program runs.
pub(crate) fn enter(cli: &Cli, folder: &Path) {
    for file in files(folder) {
        let name = file.file_name().expect("it has a name").to_string_lossy();
        cli.write_file(&name, &read(&file));
    }
}

/// Leaves nothing of them behind.
pub(crate) fn leave(cli: &Cli) {
    for file in files(&cli.path("")) {
        if file.extension().is_some_and(|it| it != "tfrc") {
            fs::remove_file(&file).expect("it can be removed");
        }
    }
}

fn root() -> PathBuf {
    examples().join("guides")
}

/// Each folder that has a configuration.
fn folders() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![root()];
    while let Some(folder) = left.pop() {
        let entries = fs::read_dir(&folder).expect("a folder");
        let entries = entries.map(|entry| entry.expect("an entry").path());
        left.extend(entries.filter(|path| path.is_dir()));
        if !files(&folder).is_empty() {
            found.push(folder);
        }
    }
    found.sort();
    found
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()).collect()
}

pub(crate) fn find_pages(root: PathBuf) -> Vec<PathBuf> {
    let (mut found, mut left) = (Vec::new(), vec![root]);
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.extension() {
                _ if path.is_dir() => left.push(path),
                Some(extension) if extension == "md" => found.push(path),
                _ => {}
            }
        }
    }
    found
}

/// As the guide to GPUs labels and taints it.
fn node_with_gpu() -> Value {
    let mut node = node("gpu");
    node["metadata"]["labels"]["pool"] = json!("ml");
    node["metadata"]["labels"]["gpu"] = json!("t4");
    node["spec"]["taints"] = json!([{ "key": "sku", "value": "gpu", "effect": "NoSchedule" }]);
    for amounts in ["allocatable", "capacity"] {
        node["status"][amounts]["nvidia.com/gpu"] = json!("1");
    }
    node
}
