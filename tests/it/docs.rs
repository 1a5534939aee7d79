//! `docs/` is what the provider's schemas, its examples, its guides and its tables of errors say.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use yaml_rust2::YamlLoader;

use crate::examples::read;
use crate::pull_request::{check_pins, check_scripts, lint_workflows, scripts};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::tools::TFPLUGINDOCS;
use crate::support::{REQUIRED_PROVIDERS, with_terraform};

with_terraform!(
    the_registry_takes_the_pages,
    configurations_of_guides_are_formatted,
    provider_blocks_of_guides_are_valid,
);

#[test]
fn pages_are_up_to_date() {
    let outdated = docgen::check_docs().unwrap_or_else(|error| panic!("{error}"));
    let mut shown = String::new();
    for difference in &outdated {
        write!(shown, "{difference}").expect("a string takes everything");
    }
    assert!(outdated.is_empty(), "docs/ is out of date. Run: cargo docgen\n{shown}");
}

/// By the registry's own rules: where pages lie, what stands at their head, and one for each type of the schema.
fn the_registry_takes_the_pages(_: &Azure, cli: &mut Cli) {
    let Some(tfplugindocs) = TFPLUGINDOCS.find() else { return };
    cli.write(REQUIRED_PROVIDERS);
    let schemas = cli.command(&["providers", "schema", "-json"]).output();
    let mut schemas: Value =
        serde_json::from_slice(&schemas.expect("it starts").stdout).expect("it is JSON");
    // It knows a provider by its name, or at an address of HashiCorp's.
    let own = schemas["provider_schemas"]["registry.terraform.io/azureml/azureml"].take();
    schemas["provider_schemas"] = json!({ "azureml": own });
    cli.write_file("schemas.json", &schemas.to_string());
    let validated = Command::new(tfplugindocs)
        .args(["validate", "--provider-name", "azureml", "--provider-dir"])
        .arg(docs().parent().expect("docs/ lies in the checkout"))
        .arg("--providers-schema")
        .arg(cli.path("schemas.json"))
        .output()
        .expect("it starts");
    assert!(validated.status.success(), "{}", String::from_utf8_lossy(&validated.stderr));
}

/// Each way to sign in that pipelines use has one to copy.
#[test]
fn pipelines_of_guides_are_well_formed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut workflows = Vec::new();
    for way in
        ["github_actions", "azure_devops", "gitlab", "virtual_machine", "aks", "service_principal"]
    {
        let pipelines = blocks(&docs().join(format!("guides/sign_in_{way}.md")), "yaml");
        assert_eq!(pipelines.len(), 1, "{way} shows one pipeline");
        let documents = YamlLoader::load_from_str(&pipelines[0])
            .unwrap_or_else(|error| panic!("{way}: {error}"));
        for document in &documents {
            check_scripts(&scripts(document));
            check_pins(document);
        }
        if !documents[0]["on"].is_badvalue() {
            let path = folder.path().join(format!("{way}.yml"));
            fs::write(&path, &pipelines[0]).expect("the folder takes files");
            workflows.push(path);
        }
    }
    assert_eq!(workflows.len(), 3, "{workflows:?}");
    lint_workflows(&workflows);
}

/// The role that the guide shows is its table of actions, without what an extension of today does not use.
#[test]
fn the_role_to_copy_has_the_actions_of_the_table() {
    let page = docs().join("guides/permissions.md");
    let role: Value = serde_json::from_str(&blocks(&page, "json")[0]).expect("JSON");
    let actions = role["Actions"].as_array().expect("a list").iter().filter_map(Value::as_str);
    let actions: BTreeSet<_> = actions.map(str::to_owned).collect();
    let text = fs::read_to_string(&page).expect("it is there");
    let (_, table) = text.split_once("| for | actions |").expect("the table");
    let mut expected = BTreeSet::new();
    for row in table.lines().skip(1).take_while(|row| row.starts_with('|')) {
        let (mut of, actions) = ("", row.split('|').nth(2).unwrap_or_default());
        for word in actions.split('`').skip(1).step_by(2) {
            // `write` alone is an action on what stands before it.
            let is_whole = word.starts_with("Microsoft.");
            of = if is_whole { word.trim_end_matches("/read") } else { of };
            let action = if is_whole { word.to_owned() } else { format!("{of}/{word}") };
            expected.insert(action);
        }
    }
    expected
        .retain(|action| !action.contains("ServiceBus") && !action.contains("OperationalInsights"));
    assert!(expected.len() > 20, "{expected:?}");
    assert_eq!(actions, expected);
}

/// The guide names every secret of a resource, where the state holds it and where not.
#[test]
fn the_guide_on_security_names_every_secret() {
    let mut arguments = [BTreeSet::new(), BTreeSet::new()];
    for page in ["arc_extension", "instance_type", "kubernetes_compute"] {
        let text = read(&docs().join(format!("resources/{page}.md")));
        for line in text.lines().filter(|line| line.contains(", Sensitive")) {
            let name = line.split('`').nth(1).expect("it has a name").to_owned();
            arguments[usize::from(line.contains("[Write-only]"))].insert(name);
        }
    }
    let [stored, write_only] = arguments;
    assert!(!stored.is_empty() && write_only.len() > 3, "{stored:?} {write_only:?}");
    let text = read(&docs().join("guides/security.md"));
    let named = |state: &str| -> BTreeSet<String> {
        let rows = text.lines().map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
        let rows = rows.filter(|row| row.len() == 6 && row[2] == state);
        let words =
            |row: Vec<&str>| row[1].split('`').skip(1).step_by(2).map(str::to_owned).collect();
        rows.flat_map(|row| -> Vec<_> { words(row) }).collect()
    };
    assert_eq!(named("yes"), stored);
    let mut never = named("no");
    assert!(never.remove("provider"), "credentials of the provider stand in no state");
    assert_eq!(never, write_only);
}

fn configurations_of_guides_are_formatted(_: &Azure, cli: &mut Cli) {
    let blocks: Vec<_> = guides().iter().flat_map(|guide| configurations(guide)).collect();
    assert!(blocks.len() >= 5, "the guides show configurations: {blocks:?}");
    for (number, block) in blocks.iter().enumerate() {
        cli.write_file(&format!("block-{number}.tf"), block);
    }
    cli.run(&["fmt", "-check", "-diff"]).succeeds();
}

/// Those about signing in, as so many providers of one configuration.
fn provider_blocks_of_guides_are_valid(_: &Azure, cli: &mut Cli) {
    let guides = guides().into_iter().filter(|guide| {
        let name = guide.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with("sign_in_") || name == "authentication.md"
    });
    let blocks: Vec<_> = guides.flat_map(|guide| configurations(&guide)).collect();
    assert!(blocks.len() >= 5, "{blocks:?}");
    let begin = "provider \"azureml\" {\n";
    let with_alias = |(number, block): (usize, &String)| {
        assert!(block.starts_with(begin), "{block}");
        block.replacen(begin, &format!("{begin}  alias = \"way_{number}\"\n"), 1)
    };
    let providers: String = blocks.iter().enumerate().map(with_alias).collect();
    cli.write(&format!("{REQUIRED_PROVIDERS}{providers}"));
    cli.validate().succeeds();
}

/// Every block of Terraform's language on a page.
pub(crate) fn configurations(page: &Path) -> Vec<String> {
    blocks(page, "terraform")
}

/// Every block of a language on a page.
pub(crate) fn blocks(page: &Path, language: &str) -> Vec<String> {
    let text =
        fs::read_to_string(page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    let begin = format!("```{language}\n");
    let blocks = text.split(&begin).skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

fn guides() -> Vec<PathBuf> {
    let found = fs::read_dir(docs().join("guides")).expect("there are guides");
    let mut guides: Vec<_> = found.map(|file| file.expect("it can be listed").path()).collect();
    guides.sort();
    guides
}

pub(crate) fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}
