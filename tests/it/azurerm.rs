//! The blocks of azurerm in the examples are what azurerm takes: each example that has some is validated as it stands,
//! beside a provider that has azurerm's schemas. Examples are applied elsewhere, with stand-ins for those blocks.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::examples::{examples, read};
use crate::guides::{enter, files, find_pages, leave};
use crate::support::azure::Azure;
use crate::support::azurerm::{Azurerm, SOURCE};
use crate::support::cli::Cli;
use crate::support::peers::Peer;
use crate::support::with_terraform;

with_terraform!(examples_with_azurerm_are_valid, mistakes_in_blocks_of_azurerm_are_found);

fn examples_with_azurerm_are_valid(_: &Azure, cli: &mut Cli) {
    let azurerm = Peer::with_azurerm_schemas();
    cli.set("TF_REATTACH_PROVIDERS", azurerm.attach());
    let folders = folders();
    assert!(folders.len() >= 3, "{folders:?}");
    for folder in folders {
        enter(cli, &folder);
        cli.validate().succeeds().warns_of_nothing();
        leave(cli);
    }
}

/// What is in an example, what stands there instead, and what Terraform says to it.
const MISTAKES: [(&str, &str, &str); 11] = [
    // Arguments and blocks that there are not, and those that must be there.
    (
        "dns_prefix          = \"ml\"",
        "dns_prefixes        = \"ml\"",
        "An argument named \"dns_prefixes\" is not expected here. Did you mean \"dns_prefix\"?",
    ),
    (
        "node_provisioning_profile {",
        "node_provisioning {",
        "Blocks of type \"node_provisioning\" are not expected here.",
    ),
    (
        "account_tier             = \"Standard\"",
        "",
        "The argument \"account_tier\" is required, but no definition was found.",
    ),
    (
        "node_provisioning_profile {\n    mode = \"Manual\"\n  }",
        "",
        "At least 1 \"node_provisioning_profile\" blocks are required.",
    ),
    (
        "identity {\n    type = \"SystemAssigned\"\n  }\n}\n\nresource \"azurerm_kubernetes_cluster_node_pool\"",
        "identity {\n    type = \"SystemAssigned\"\n  }\n  identity {\n    type = \"UserAssigned\"\n  }\n}\n\nresource \"azurerm_kubernetes_cluster_node_pool\"",
        "No more than 1 \"identity\" blocks are allowed",
    ),
    // Values of another type.
    (
        "node_count = 3",
        "node_count = \"three\"",
        "Inappropriate value for attribute \"node_count\": a number is required.",
    ),
    (
        "rbac_authorization_enabled = true",
        "rbac_authorization_enabled = [true]",
        "Inappropriate value for attribute \"rbac_authorization_enabled\": bool required",
    ),
    (
        "node_labels           = { pool = \"gpu\" }",
        "node_labels           = [\"gpu\"]",
        "Inappropriate value for attribute \"node_labels\": map of string required",
    ),
    // What is referred to.
    (
        "azurerm_storage_account.ml.id",
        "azurerm_storage_account.ml.identifier",
        "This object has no argument, nested block, or exported attribute named \"identifier\".",
    ),
    (
        "data.azurerm_client_config.current.tenant_id",
        "data.azurerm_client_config.current.tenant",
        "This object has no argument, nested block, or exported attribute named \"tenant\".",
    ),
    // The provider's own block.
    (
        "features {}",
        "features {\n    storage_account {}\n  }",
        "Blocks of type \"storage_account\" are not expected here.",
    ),
];

fn mistakes_in_blocks_of_azurerm_are_found(_: &Azure, cli: &mut Cli) {
    let azurerm = Peer::with_azurerm_schemas();
    cli.set("TF_REATTACH_PROVIDERS", azurerm.attach());
    let folder = examples().join("aks");
    for (right, wrong, said) in MISTAKES {
        enter(cli, &folder);
        let file = files(&folder).into_iter().find(|file| read(file).contains(right));
        let file = file.unwrap_or_else(|| panic!("examples/aks has no {right:?}"));
        let name = file.file_name().expect("it has a name").to_string_lossy();
        cli.write_file(&name, &read(&file).replacen(right, wrong, 1));
        cli.validate().fails_with(said);
        leave(cli);
    }
}

/// A type that is used and not in the fixture would be told as one that azurerm does not have.
#[test]
fn the_schemas_of_azurerm_are_those_of_the_examples() {
    let known = Azurerm::read();
    let fixture = known.fixture.display();
    let mut types = BTreeSet::new();
    for file in folders().iter().flat_map(|folder| files(folder)) {
        for found in find_types(&read(&file)) {
            let (at, known) = (file.display(), known.types().any(|it| it == found));
            assert!(known, "{at} has a {found}, and {fixture} has not: run its `extract`");
            types.insert(found);
        }
    }
    let left: Vec<_> = known.types().filter(|it| !types.contains(it)).collect();
    assert!(left.is_empty(), "no example has {left:?} any more: run `extract` beside {fixture}");
}

/// An example that asks for another version of azurerm would be held to the wrong schemas.
#[test]
fn the_schemas_of_azurerm_are_of_the_version_that_examples_ask_for() {
    let known = Azurerm::read();
    let (major, _) = known.version().split_once('.').expect("major, minor, patch");
    let asked = format!("source  = \"{SOURCE}\"\n      version = \"~> {major}.0\"");
    let name = format!("schema-{}.json", known.version());
    assert!(
        known.fixture.ends_with(&name),
        "{} is of {}",
        known.fixture.display(),
        known.version()
    );
    for folder in folders() {
        let text: String = files(&folder).iter().map(|file| read(file)).collect();
        assert!(text.contains(&asked), "{} does not say {asked:?}", folder.display());
    }
}

/// What a page writes itself is in no folder, and would be validated by nobody.
#[test]
fn pages_have_no_blocks_of_azurerm_of_their_own() {
    for page in find_pages(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/provider")) {
        let text = read(&page);
        for fence in text.split("\n```").skip(1).step_by(2) {
            assert!(!fence.contains("azurerm_"), "{}: {fence}", page.display());
        }
    }
}

/// The types of azurerm that a file has blocks of, as `resource NAME` and `data NAME`.
fn find_types(hcl: &str) -> Vec<String> {
    let headers = hcl.lines().filter_map(|line| line.trim_start().split_once(" \"azurerm_"));
    let blocks = headers.filter(|(kind, _)| ["resource", "data"].contains(kind));
    let names = blocks.filter_map(|(kind, rest)| Some((kind, rest.split_once('"')?.0)));
    names.map(|(kind, name)| format!("{kind} azurerm_{name}")).collect()
}

/// Each folder under `examples/` whose configuration has something of azurerm.
fn folders() -> Vec<PathBuf> {
    let (mut found, mut left) = (Vec::new(), vec![examples()]);
    while let Some(folder) = left.pop() {
        let entries = fs::read_dir(&folder).expect("a folder");
        let entries = entries.map(|entry| entry.expect("an entry").path());
        left.extend(entries.filter(|path| path.is_dir()));
        if files(&folder).iter().any(|file| has_azurerm(file)) {
            found.push(folder);
        }
    }
    found.sort();
    found
}

fn has_azurerm(file: &Path) -> bool {
    let hcl = file.extension().is_some_and(|it| it == "tf");
    hcl && read(file).lines().any(|line| {
        let line = line.trim_start();
        !line.starts_with('#') && (line.contains("azurerm_") || line.contains(SOURCE))
    })
}
