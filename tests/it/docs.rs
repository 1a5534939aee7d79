//! `docs/` is what the provider's schemas, its examples and its guides say.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::{REQUIRED_PROVIDERS, with_terraform};

with_terraform!(configurations_of_guides_are_formatted, the_migration_is_valid);

#[test]
fn pages_are_up_to_date() {
    let outdated = docgen::check_docs().unwrap_or_else(|error| panic!("{error}"));
    let mut shown = String::new();
    for difference in &outdated {
        write!(shown, "{difference}").expect("a string takes everything");
    }
    assert!(outdated.is_empty(), "docs/ is out of date. Run: cargo docgen\n{shown}");
}

fn configurations_of_guides_are_formatted(_: &Azure, cli: &mut Cli) {
    let found = fs::read_dir(docs().join("guides")).expect("there are guides");
    let mut guides: Vec<_> = found.map(|file| file.expect("it can be listed").path()).collect();
    guides.sort();
    let blocks: Vec<_> = guides.iter().flat_map(|guide| configurations(guide)).collect();
    assert!(blocks.len() >= 5, "the guides show configurations: {blocks:?}");
    for (number, block) in blocks.iter().enumerate() {
        cli.write_file(&format!("block-{number}.tf"), block);
    }
    cli.run(&["fmt", "-check", "-diff"]).succeeds();
}

/// The imports of the guide and what they are imported to.
fn the_migration_is_valid(_: &Azure, cli: &mut Cli) {
    let blocks = configurations(&docs().join("guides/migration.md"));
    cli.write(&format!("{REQUIRED_PROVIDERS}{}", blocks.concat()));
    cli.validate().succeeds();
}

/// Every block of Terraform's language on a page.
pub(crate) fn configurations(page: &Path) -> Vec<String> {
    let text =
        fs::read_to_string(page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    let blocks = text.split("```terraform\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

pub(crate) fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}
