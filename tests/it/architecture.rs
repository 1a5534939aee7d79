//! Holds the manifests to the first table of ARCHITECTURE.md, and the walk over a schema to one place.
//!
//! The table is about direct, normal dependencies. Between our own crates its second column is complete; of
//! other people's crates the third column binds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
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

/// Crates of ours that are no part of the released binary.
const NOT_RELEASED: [&str; 3] = ["docgen", "emulator", "testing"];

#[test]
fn the_list_of_other_peoples_crates_is_complete() {
    let manifests = manifests(&metadata());
    let released = manifests.iter().filter(|(name, _)| !NOT_RELEASED.contains(&name.as_str()));
    let used: BTreeSet<&str> =
        released.flat_map(|(_, all)| all.iter().map(String::as_str)).collect();
    let others: BTreeSet<&str> =
        used.into_iter().filter(|it| !manifests.contains_key(*it)).collect();
    let document = document();
    let rows: Vec<[&str; 2]> = rows_below(&document, "## Crates of other people");
    let listed: Vec<&str> = rows.iter().map(|[name, _]| *name).collect();
    assert_eq!(listed, others.into_iter().collect::<Vec<_>>(), "in alphabetical order");
    assert!(rows.iter().all(|[_, why]| !why.is_empty()));
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

/// Who may ask how objects are nested: the schema with the one walk over it, and those that spell a schema
/// for a host and for readers. Whoever else walks a value along a schema takes that walk.
const MAY_NAME_NESTINGS: [&str; 3] =
    ["framework/schema/", "plugin/wire/schema.rs", "docgen/schema.rs"];

#[test]
fn a_schema_is_walked_in_one_place() {
    let sources = sources_below("src").into_iter();
    let naming: Vec<_> = sources.filter(|(_, text)| names_nestings(text)).collect();
    let named = |may: &str| naming.iter().any(|(path, _)| path.starts_with(may));
    for may in MAY_NAME_NESTINGS {
        assert!(named(may), "{may} names no nesting: it can leave the list");
    }
    let is_free = |path: &Path| {
        let is_test = path.iter().any(|part| part == "tests" || part == "tests.rs");
        is_test || MAY_NAME_NESTINGS.iter().any(|may| path.starts_with(may))
    };
    let others: Vec<_> = naming.iter().map(|(path, _)| path).filter(|it| !is_free(it)).collect();
    assert!(others.is_empty(), "take the walk of framework/schema/walk instead: {others:#?}");
}

#[test]
fn a_nesting_is_seen_where_it_is_named() {
    for (text, expected) in [
        ("(Some((Nesting::List, _)), _) => {}", true),
        ("use crate::schema::{\n    Kind, Nesting::Map,\n};", true),
        ("match kind { Kind::Nested(..) => {} }", true),
        ("Nesting::Single => ObjectNesting::Single,", true),
        ("parts.nesting == ObjectNesting::Map", false),
        ("// Nesting::Map\nfn nested(nesting: Nesting) {}", false),
        ("#[cfg(test)]\nmod tests { use super::Nesting::Map; }", false),
    ] {
        assert_eq!(names_nestings(text), expected, "{text}");
    }
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

/// The sources below a folder of the repository, by their paths in it.
pub(crate) fn sources_below(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder is read") {
            let path = entry.expect("an entry is read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source is text");
                sources.push((path.strip_prefix(&root).expect("it is below").to_owned(), text));
            }
        }
    }
    sources
}

/// A source without its comments and unit tests.
pub(crate) fn code_of(text: &str) -> String {
    let (code, _) = text.split_once("#[cfg(test)]").unwrap_or((text, ""));
    code.lines().map(|line| line.split("//").next().unwrap_or(line)).collect()
}

fn names_nestings(text: &str) -> bool {
    let code = code_of(text);
    let is_whole = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    ["Nesting::", "Kind::Nested"]
        .iter()
        .any(|name| code.match_indices(name).any(|(at, _)| is_whole(at)))
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
