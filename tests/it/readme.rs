//! What README.md and the first guide tell a newcomer to do, done.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::aks::aks;
use crate::arc_extension;
use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::{with_every_program, with_terraform};

with_every_program!(what_is_installed_is_found_by_init);
with_terraform!(the_configuration_works, that_of_the_guide_works);

/// As `make install` leaves it: no CLI configuration says where the provider is.
fn what_is_installed_is_found_by_init(azure: &Azure, cli: &mut Cli) {
    let plugins = cli.path(".terraform.d/plugins");
    let mirrored = Command::new("make")
        .args(["--silent", "--directory", env!("CARGO_MANIFEST_DIR"), "mirror"])
        .arg(format!("PLUGINS={}", plugins.display()))
        .arg(concat!("PROVIDER=", env!("CARGO_BIN_EXE_terraform-provider-azureml")))
        .output()
        .expect("make starts");
    assert!(mirrored.status.success(), "{mirrored:?}");
    cli.write_file("cli.tfrc", "");
    cli.write(&configuration("README.md", "hcl"));
    cli.run(&["init", "-no-color"]).succeeds();
    cli.validate().succeeds();
    attaches(azure, cli, &aks());
}

fn the_configuration_works(azure: &Azure, cli: &mut Cli) {
    cli.write(&configuration("README.md", "hcl"));
    cli.run(&["fmt", "-check"]).succeeds();
    attaches(azure, cli, &arc_extension::cluster());
}

fn that_of_the_guide_works(azure: &Azure, cli: &mut Cli) {
    cli.write(&configuration("docs/guides/getting_started.md", "terraform"));
    attaches(azure, cli, &arc_extension::cluster());
}

#[test]
fn every_target_of_make_exists() {
    let makefile = text("GNUmakefile");
    let exists = |name: &str| makefile.lines().any(|line| line.starts_with(&format!("{name}:")));
    for page in ["README.md", "CONTRIBUTING.md", "docs/guides/getting_started.md"] {
        let text = text(page);
        let named: Vec<_> =
            ["`make ", "```\nmake "].iter().flat_map(|it| after(&text, it)).collect();
        assert!(!named.is_empty(), "{page} names no target");
        for name in named {
            assert!(exists(name), "{page}: there is no `make {name}`");
        }
    }
}

/// What the README claims is what tests show: the table of cases names both.
#[test]
fn every_claim_with_a_test_stands_there() {
    let (cases, readme) = (text("tests/CASES.md"), one_line(&text("README.md")));
    let (_, section) = cases.split_once("## The README").expect("a section");
    let rows = section.split("\n## ").next().unwrap_or_default().lines();
    let claims: Vec<_> = rows
        .filter_map(|row| row.strip_prefix("| ")?.split(" | ").next())
        .filter(|claim| *claim != "behaviour")
        .collect();
    assert!(claims.len() > 10, "{claims:?}");
    for claim in claims {
        assert!(readme.contains(claim), "the README does not say {claim:?}");
    }
}

#[test]
fn every_link_leads_to_a_file() {
    let readme = text("README.md");
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let links: Vec<_> = links.filter(|link| !link.contains("://")).collect();
    assert!(links.len() > 10, "{links:?}");
    for link in links {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(link);
        assert!(path.exists(), "the README links to {link}, which is not there");
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words that follow that opening.
fn after<'a>(text: &'a str, opening: &str) -> Vec<&'a str> {
    let rests = text.split(opening).skip(1);
    rests.filter_map(|rest| rest.split(['`', '\n', ' ']).next()).collect()
}

/// Applies and destroys, with an empty plan between.
#[track_caller]
fn attaches(azure: &Azure, cli: &mut Cli, cluster: &str) {
    cli.set("TF_VAR_cluster_id", cluster);
    let workspace =
        format!("{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace");
    cli.set("TF_VAR_workspace_id", &workspace);
    let before = azure.objects();
    cli.apply().succeeds();
    settled(cli);
    let compute = |id: &String| id.starts_with(&format!("{workspace}/computes/"));
    assert_eq!(azure.objects().keys().filter(|id| compute(id)).count(), 1);
    cli.destroy().succeeds();
    assert!(azure.objects().keys().eq(before.keys()), "destroy leaves what was there before");
}

/// What is shown is the file that the tests of examples format and pin.
#[test]
fn the_configuration_is_a_file_of_the_examples() {
    assert_eq!(configuration("README.md", "hcl"), text("examples/readme/main.tf"));
}

/// The one configuration of a page.
fn configuration(page: &str, language: &str) -> String {
    let text = text(page);
    let (_, rest) = text.split_once(&format!("```{language}\n")).expect("it shows one");
    rest.split("```").next().unwrap_or_default().to_owned()
}

fn text(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
