//! tests/CASES.md names tests that exist, and has a row for every numbered case.

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
fn every_numbered_case_has_one_row() {
    let document = fs::read_to_string(root().join("tests/CASES.md")).expect("it is there");
    let wrong = find_wrong_numbers(&document);
    assert!(wrong.is_empty(), "tests/CASES.md: {wrong:#?}");
}

#[test]
fn a_number_is_one_or_a_range_and_a_reason_may_take_the_place_of_tests() {
    let none: [&str; 0] = [];
    assert_eq!(numbers("L01"), ["L01"]);
    assert_eq!(numbers("R09 to R11"), ["R09", "R10", "R11"]);
    for text in ["", "id", "L1", "l01", "L001", "LL1", "R01 to S02", "R01 and R02", "\u{e9}01"] {
        assert_eq!(numbers(text), none, "{text}");
    }
    let with = |row: &str| format!("| id | behaviour | tests |\n|---|---|---|\n{row}\n");
    let wrong = |row: &str| mistakes(&with(row), |_| BTreeSet::from(["a_test".to_owned()]));
    assert_eq!(wrong("| L01 | x | azure: `a_test` |"), none);
    assert_eq!(wrong("| L01 | x | open: nobody knows the `code` |"), none);
    assert_eq!(wrong("| L01 | x | azure: `a_test`; open: not on Windows |"), none);
    assert_eq!(wrong("| L01 | x | azure: `gone`; open: y |"), ["azure has no test gone"]);
    assert_eq!(wrong("| L01 | x | open:  |"), ["no test shows: x"]);
    assert_eq!(wrong("| L01 | x |  |"), ["no test shows: x"]);
    assert_eq!(wrong("| x | open: a topic needs a test |"), ["no test shows: x"]);
    let all: Vec<_> = NUMBERED
        .iter()
        .map(|(letter, last)| format!("| {letter}01 to {letter}{last:02} | {letter} | `x` |\n"))
        .collect();
    assert_eq!(find_wrong_numbers(&all.concat()), none);
    assert_eq!(find_wrong_numbers(&all[1..].concat()).len(), 44);
    let more = all.concat() + "| S39 | y | `x` |\n| T02 | z | `x` |\n";
    let wrong = ["S39 has two rows or is no case", "T02 has two rows or is no case"];
    assert_eq!(find_wrong_numbers(&more), wrong);
}

#[test]
fn attributes_and_macros_make_tests() {
    let source = "#[test]\n#[expect(unused)]\nfn one() {}\nfn helper() {}\n    #[tokio::test(start_paused = true)]\n    async fn two() {}\n\
                  with_terraform!(\n    three,\n    four,\n);\nwith_programs!(IDENTITY: five);\nfn three(_: &Azure) {}\n";
    let names: Vec<_> = names_of_tests(source).into_iter().collect();
    assert_eq!(names, ["IDENTITY", "five", "four", "one", "three", "two"]);
}

/// The cases that have numbers: their letter, and the last of them.
const NUMBERED: [(char, u32); 9] = [
    ('L', 44),
    ('R', 28),
    ('A', 18),
    ('T', 4),
    ('I', 24),
    ('P', 11),
    ('S', 38),
    ('F', 10),
    ('C', 60),
];
/// What stands in front of the reason why no test shows a numbered case, or not all of it.
const OPEN: &str = "open: ";

/// A line of a table.
struct Row<'a> {
    /// Its numbers, where the case has some: `L01`, or `R01 to R06`.
    ids: &'a str,
    behavior: &'a str,
    tests: &'a str,
}

fn rows(document: &str) -> Vec<Row<'_>> {
    let lines = document.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix('|'));
    let rows = lines.filter_map(|line| {
        let (first, rest) = line.split_once(" | ")?;
        let (ids, (behavior, tests)) = match rest.split_once(" | ") {
            Some(rest) if !numbers(first).is_empty() => (first, rest),
            _ => ("", (first, rest)),
        };
        Some(Row { ids, behavior, tests: tests.trim() })
    });
    rows.filter(|row| row.behavior != "behaviour" && row.behavior != "id").collect()
}

/// What is wrong with the rows, given the names of a crate's tests.
fn mistakes(document: &str, tests_of: impl Fn(&str) -> BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    let rows = rows(document);
    if rows.is_empty() {
        wrong.push("there is no row".to_owned());
    }
    let mut seen = BTreeSet::new();
    for Row { ids, behavior, tests } in rows {
        if !seen.insert(behavior) {
            wrong.push(format!("twice: {behavior}"));
        }
        let (tests, open) = match tests.split_once(OPEN) {
            Some((tests, reason)) if !ids.is_empty() => (tests, Some(reason)),
            _ => (tests, None),
        };
        if !tests.contains('`') && open.is_none_or(str::is_empty) {
            wrong.push(format!("no test shows: {behavior}"));
        }
        for group in tests.split(';').map(str::trim).filter(|group| group.contains('`')) {
            wrong.extend(mistakes_of_group(group, &tests_of));
        }
    }
    wrong
}

/// Each number that has no row, has several, or is none of ours.
fn find_wrong_numbers(document: &str) -> Vec<String> {
    let mut left: BTreeSet<String> =
        NUMBERED.iter().flat_map(|(letter, last)| list_numbers(*letter, 1, *last)).collect();
    let mut wrong = Vec::new();
    for id in rows(document).iter().flat_map(|row| numbers(row.ids)) {
        if !left.remove(&id) {
            wrong.push(format!("{id} has two rows or is no case"));
        }
    }
    wrong.extend(left.iter().map(|id| format!("{id} has no row")));
    wrong
}

/// The numbers that a cell names.
fn numbers(cell: &str) -> Vec<String> {
    let number = |text: &str| {
        let (letter, digits) = text.split_at_checked(1)?;
        let is_number = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let letter = letter.chars().next().filter(char::is_ascii_uppercase)?;
        is_number.then(|| digits.parse().ok()).flatten().map(|number| (letter, number))
    };
    let (first, last) = cell.split_once(" to ").unwrap_or((cell, cell));
    match (number(first), number(last)) {
        (Some((letter, first)), Some((same, last))) if letter == same => {
            list_numbers(letter, first, last).collect()
        }
        _ => Vec::new(),
    }
}

fn list_numbers(letter: char, first: u32, last: u32) -> impl Iterator<Item = String> {
    (first..=last).map(move |number| format!("{letter}{number:02}"))
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
