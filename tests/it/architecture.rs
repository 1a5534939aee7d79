//! Holds the manifests to the first table of ARCHITECTURE.md.
//!
//! The table is about direct, normal dependencies. Between our own crates its second column is complete; of
//! other people's crates the third column binds.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::{Value, json};

const HEADING: &str = "## Who may know whom";

/// What the table says of one crate: names in backticks, column by column.
#[derive(Debug, Default)]
struct Rule {
    may: BTreeSet<String>,
    must_not: BTreeSet<String>,
    knows_nothing_else: bool,
}

type Rules = BTreeMap<String, Rule>;
type Manifests = BTreeMap<String, BTreeSet<String>>;

#[test]
fn the_manifests_keep_to_the_table() {
    let violations = violations(&rules(&document()), &manifests(&metadata()));
    assert!(violations.is_empty(), "ARCHITECTURE.md forbids: {violations:#?}");
}

#[test]
fn the_table_is_held_in_every_direction() {
    let rows = "| `a` | `b`, `serde` | `tokio` |\n| `b` | `serde` | everything else |\n";
    let rules = rules(&format!("{HEADING}\n\n{rows}"));
    let check = |manifests: Value| {
        violations(&rules, &serde_json::from_value(manifests).expect("a map of lists"))
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(check(json!({"a": ["b", "serde", "url"], "b": ["serde"]})), none);
    assert_eq!(check(json!({"a": ["tokio"], "b": []})), ["a must not know tokio"]);
    assert_eq!(check(json!({"a": [], "b": ["a"]})), ["b may not depend on a"]);
    assert_eq!(check(json!({"a": [], "b": ["url"]})), ["b may not depend on url"]);
    assert_eq!(check(json!({"a": [], "b": [], "c": []})), ["c is not in the table"]);
    assert_eq!(check(json!({"a": []})), ["b is in the table and does not exist"]);
}

/// The table is about normal dependencies; this is about those of build scripts too.
#[test]
fn what_tests_share_is_a_dependency_of_tests_alone() {
    let metadata = metadata();
    let of = |package: &Value| package["dependencies"].as_array().cloned().unwrap_or_default();
    let packages = metadata["packages"].as_array().expect("there are packages").iter();
    let mut kinds: Vec<_> = packages
        .flat_map(of)
        .filter(|dependency| dependency["name"] == "testing")
        .map(|dependency| dependency["kind"].clone())
        .collect();
    kinds.dedup();
    assert_eq!(kinds, ["dev"]);
}

// === the two sides ===

pub(crate) fn document() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ARCHITECTURE.md");
    std::fs::read_to_string(path).expect("ARCHITECTURE.md is there")
}

fn rules(document: &str) -> Rules {
    let rows = rows_below(document, HEADING).into_iter();
    rows.map(|[name, may, must_not]| {
        let knows_nothing_else = must_not.contains("everything else");
        let rule = Rule { may: names(may), must_not: names(must_not), knows_nothing_else };
        (name.to_owned(), rule)
    })
    .collect()
}

/// The table below a heading: in each row a name in backticks, and the cells behind it.
pub(crate) fn rows_below<'a, const CELLS: usize>(
    document: &'a str, heading: &str,
) -> Vec<[&'a str; CELLS]> {
    let below = document.lines().skip_while(|line| *line != heading).skip(1);
    let below = below.take_while(|line| !line.starts_with("## "));
    let rows = below.filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'));
    rows.filter_map(|row| {
        let mut cells: Vec<_> = row.split('|').map(str::trim).collect();
        cells[0] = cells[0].strip_prefix('`')?.strip_suffix('`')?;
        cells.try_into().ok()
    })
    .collect()
}

pub(crate) fn names(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn metadata() -> Value {
    let run = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    serde_json::from_slice(&run.stdout).expect("cargo writes JSON")
}

/// The direct, normal dependencies of every crate in the workspace.
fn manifests(metadata: &Value) -> Manifests {
    let name = |value: &Value| value["name"].as_str().expect("a package has a name").to_owned();
    let packages = metadata["packages"].as_array().expect("there are packages");
    let of = |package: &Value| {
        let all = package["dependencies"].as_array().expect("there are dependencies").iter();
        all.filter(|dependency| dependency["kind"].is_null()).map(name).collect()
    };
    packages.iter().map(|package| (name(package), of(package))).collect()
}

// === the comparison ===

fn violations(rules: &Rules, manifests: &Manifests) -> Vec<String> {
    let missing = rules.keys().filter(|name| !manifests.contains_key(*name));
    let missing = missing.map(|name| format!("{name} is in the table and does not exist"));
    let of_each = manifests.iter().flat_map(|(name, dependencies)| match rules.get(name) {
        None => vec![format!("{name} is not in the table")],
        Some(rule) => dependencies
            .iter()
            .filter_map(|dependency| forbidden(name, rule, dependency, manifests))
            .collect(),
    });
    of_each.chain(missing).collect()
}

fn forbidden(name: &str, rule: &Rule, dependency: &str, manifests: &Manifests) -> Option<String> {
    if rule.must_not.contains(dependency) {
        return Some(format!("{name} must not know {dependency}"));
    }
    let is_bound = rule.knows_nothing_else || manifests.contains_key(dependency);
    (is_bound && !rule.may.contains(dependency))
        .then(|| format!("{name} may not depend on {dependency}"))
}
