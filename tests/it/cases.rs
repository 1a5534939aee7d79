//! tests/CASES.md names tests that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_named_test_exists() {
    let document = fs::read_to_string(root().join("tests/CASES.md")).expect("it is there");
    let wrong = mistakes(&document, |krate| {
        let folder = if krate == "it" { "tests/it".into() } else { format!("src/{krate}") };
        sources(&root().join(folder)).iter().flat_map(|source| names_of_tests(source)).collect()
    });
    assert!(wrong.is_empty(), "tests/CASES.md: {wrong:#?}");
}

#[test]
fn each_mistake_of_the_table_is_an_error() {
    let tests = |krate: &str| match krate {
        "azure" => BTreeSet::from(["a_test".to_owned(), "another".to_owned()]),
        _ => BTreeSet::new(),
    };
    let of_row = |row: &str| {
        mistakes(&format!("## Topic\n\n| behaviour | tests |\n|---|---|\n{row}\n"), tests)
    };
    let none: [&str; 0] = [];
    assert_eq!(of_row("| x | azure: `a_test`, `another` |"), none);
    assert_eq!(of_row("| x | azure: `a_test`; it: `a_test` |"), ["it has no test a_test"]);
    assert_eq!(of_row("| x | azure: `a_test`, `gone` |"), ["azure has no test gone"]);
    assert_eq!(of_row("| x | `a_test` |"), ["no crate stands before `a_test`"]);
    assert_eq!(of_row("| x |  |"), ["no test shows: x"]);
    assert_eq!(of_row("| x | azure: |"), ["no test shows: x"]);
    assert_eq!(of_row("| x | azure: `a_test` |\n| x | azure: `another` |"), ["twice: x"]);
    assert_eq!(mistakes("# Nothing", tests), ["there is no row"]);
}

#[test]
fn attributes_and_macros_make_tests() {
    let source = "#[test]\n#[expect(unused)]\nfn one() {}\nfn helper() {}\n    #[tokio::test(start_paused = true)]\n    async fn two() {}\n\
                  with_terraform!(\n    three,\n    four,\n);\nwith_programs!(IDENTITY: five);\nfn three(_: &Azure) {}\n";
    let names: Vec<_> = names_of_tests(source).into_iter().collect();
    assert_eq!(names, ["IDENTITY", "five", "four", "one", "three", "two"]);
}

/// What is wrong with the rows, given the names of a crate's tests.
fn mistakes(document: &str, tests_of: impl Fn(&str) -> BTreeSet<String>) -> Vec<String> {
    let rows = document.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix('|'));
    let rows: Vec<_> = rows.filter_map(|row| row.split_once(" | ")).collect();
    let rows: Vec<_> = rows.into_iter().filter(|(behavior, _)| *behavior != "behaviour").collect();
    let mut wrong = Vec::new();
    if rows.is_empty() {
        wrong.push("there is no row".to_owned());
    }
    let mut seen = BTreeSet::new();
    for (behavior, cell) in rows {
        if !seen.insert(behavior) {
            wrong.push(format!("twice: {behavior}"));
        }
        if !cell.contains('`') {
            wrong.push(format!("no test shows: {behavior}"));
        }
        for group in cell.split(';').map(str::trim).filter(|group| group.contains('`')) {
            wrong.extend(mistakes_of_group(group, &tests_of));
        }
    }
    wrong
}

/// A crate, a colon, and the names of its tests in backticks.
fn mistakes_of_group(group: &str, tests_of: impl Fn(&str) -> BTreeSet<String>) -> Vec<String> {
    let Some((krate, names)) = group.split_once(": ") else {
        return vec![format!("no crate stands before {group}")];
    };
    let tests = tests_of(krate);
    let names = names.split(',').map(|name| name.trim().trim_matches('`'));
    let missing = names.filter(|name| !tests.contains(*name));
    missing.map(|name| format!("{krate} has no test {name}")).collect()
}

/// Functions below `#[test]` or its like, and what a macro such as `with_terraform!` lists.
fn names_of_tests(source: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        let function = line.trim_start_matches("async ").strip_prefix("fn ");
        if let Some((name, _)) = function.and_then(|rest| rest.split_once('(')) {
            if is_test {
                names.insert(name.to_owned());
            }
            is_test = false;
        }
    }
    let lists = source.match_indices("\nwith_").filter_map(|(at, _)| {
        let (list, _) = source[at..].split_once(");")?;
        list.split_once("!(").map(|(_, list)| list)
    });
    let listed = lists.flat_map(|list| list.split([',', ':'])).map(str::trim);
    names.extend(listed.filter(|name| !name.is_empty()).map(str::to_owned));
    names
}

/// The text of every source of a folder.
fn sources(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it is read").path()).collect();
    let of_path = |path: &PathBuf| match path.extension() {
        _ if path.is_dir() => sources(path),
        Some(extension) if extension == "rs" => {
            vec![fs::read_to_string(path).expect("a source is text")]
        }
        _ => Vec::new(),
    };
    paths.iter().flat_map(of_path).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
