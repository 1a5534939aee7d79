//! tests/CASES.md: behaviour by ID, each with the tests that hold it. The tests exist, and no ID stands there twice.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// One row of the table.
#[derive(Debug)]
struct Case {
    id: String,
    behaviour: String,
    /// `path::name`, the path perhaps taken from the test before.
    tests: Vec<String>,
}

#[test]
fn every_test_of_the_table_exists() {
    let wrong = mistakes(&cases(&text("tests/CASES.md")), text);
    assert!(wrong.is_empty(), "tests/CASES.md: {wrong:#?}");
}

#[test]
fn mistakes_of_a_table_are_found() {
    let head = "| id | required behaviour | tests |\n|---|---|---|\n";
    let source = "#[test]\n#[expect(unused)]\nasync fn is_a_test() {}\n\nfn is_a_helper() {}\n\
                  with_terraform!(\n    is_listed,\n    with_others,\n    is_last,\n);\nfn is_listed(_: &Azure) {}\nmod inner {}\n";
    let judge = |rows: &str| {
        let read = |path: &str| if path == "a.rs" { source.to_owned() } else { String::new() };
        mistakes(&cases(&format!("{head}{rows}")), read)
    };
    let none: [&str; 0] = [];
    assert_eq!(judge("| A-1 | x | a.rs::is_a_test, `a.rs::is_listed` |"), none);
    assert_eq!(judge("| A-1 | x | a.rs::inner::is_a_test; a.rs::is_listed::tofu_1_12 |"), none);
    assert_eq!(judge("| A-1 | x | a.rs::is_listed, is_a_test; inner::is_a_test |"), none);
    assert_eq!(judge("| A-1 | x | a.rs::with_others, is_last |"), none);
    assert_eq!(judge("| A-1 | x | a.rs::is_listed, is_gone |"), ["A-1: a.rs::is_gone is no test"]);
    assert_eq!(judge("| A-1 | x | a.rs::is_a_helper |"), ["A-1: a.rs::is_a_helper is no test"]);
    assert_eq!(judge("| A-1 | x | a.rs::is_a |"), ["A-1: a.rs::is_a is no test"]);
    assert_eq!(
        judge("| A-1 | x | a.rs::outer::is_a_test |"),
        ["A-1: a.rs::outer::is_a_test is no test"]
    );
    assert_eq!(judge("| A-1 | x | b.rs::is_a_test |"), ["A-1: b.rs::is_a_test is no test"]);
    assert_eq!(judge("| A-1 | x | is_a_test |"), ["A-1: is_a_test names no file"]);
    assert_eq!(judge("| A-1 | x |  |"), ["A-1 names no test"]);
    assert_eq!(judge("| A-1 |  | a.rs::is_a_test |"), ["A-1 says nothing"]);
    let twice = "| A-1 | x | a.rs::is_a_test |\n| A-1 | y | a.rs::is_a_test |";
    assert_eq!(judge(twice), ["A-1 stands there twice"]);
    assert_eq!(mistakes(&cases(head), text), ["the table is empty"]);
}

/// Every row below the head.
fn cases(document: &str) -> Vec<Case> {
    let rows = document.lines().filter_map(|line| line.strip_prefix('|'));
    let rows = rows.filter(|row| !row.starts_with("---") && !row.starts_with(" id "));
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
        Case { id: cell(0).to_owned(), behaviour: cell(1).to_owned(), tests: tests(cell(2)) }
    })
    .collect()
}

/// The tests of a row. A name without a file is in that of the one before.
fn tests(cell: &str) -> Vec<String> {
    let names = cell.split([',', ';']).map(|name| name.trim().trim_matches('`'));
    let mut file = "";
    names
        .filter(|name| !name.is_empty())
        .map(|name| match name.split_once(".rs::") {
            Some((path, _)) => {
                file = path;
                name.to_owned()
            }
            None if file.is_empty() => name.to_owned(),
            None => format!("{file}.rs::{name}"),
        })
        .collect()
}

/// What is wrong with the rows, given the text of each file; of one that does not exist it is empty.
fn mistakes(cases: &[Case], read: impl Fn(&str) -> String) -> Vec<String> {
    let mut wrong = Vec::new();
    if cases.is_empty() {
        wrong.push("the table is empty".to_owned());
    }
    let mut seen = BTreeSet::new();
    for Case { id, behaviour, tests } in cases {
        if !seen.insert(id) {
            wrong.push(format!("{id} stands there twice"));
        }
        if behaviour.is_empty() {
            wrong.push(format!("{id} says nothing"));
        }
        if tests.is_empty() {
            wrong.push(format!("{id} names no test"));
        }
        wrong.extend(tests.iter().filter_map(|test| {
            let Some((path, name)) = test.split_once(".rs::") else {
                return Some(format!("{id}: {test} names no file"));
            };
            (!is_test(&read(&format!("{path}.rs")), name))
                .then(|| format!("{id}: {test} is no test"))
        }));
    }
    wrong
}

/// Whether a source has this test: `name`, perhaps within modules and for one program, `inner::name::tofu_1_12`.
fn is_test(source: &str, name: &str) -> bool {
    let segments: Vec<_> = name.split("::").filter(|segment| !is_program(segment)).collect();
    let Some((name, modules)) = segments.split_last() else { return false };
    let has_module = |module: &&str| source.contains(&format!("mod {module} {{"));
    modules.iter().all(has_module) && (has_attribute(source, name) || is_listed(source, name))
}

fn is_program(segment: &str) -> bool {
    segment.starts_with("terraform_1_") || segment.starts_with("tofu_1_")
}

/// Whether a function of that name stands below `#[test]` or its like; other attributes may come between.
fn has_attribute(source: &str, name: &str) -> bool {
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let is_it = |line: &str| {
        let declared = line.trim_start_matches("async ").strip_prefix("fn ");
        declared.and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.starts_with('('))
    };
    let declared = lines.iter().position(|line| is_it(line));
    let above = declared.map(|at| lines.iter().take(at).rev());
    let mut attributes = above.into_iter().flatten().take_while(|line| line.starts_with("#["));
    attributes.any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
}

/// Whether a macro that makes tests of functions, such as `with_every_program!`, lists the name.
fn is_listed(source: &str, name: &str) -> bool {
    let lists = source.split(['\n', ' ']).scan(0, |at, word| {
        let start = *at;
        *at += word.len() + 1;
        Some((start, word))
    });
    let lists = lists.filter(|(_, word)| is_macro(word));
    let listed =
        lists.filter_map(|(start, _)| source[start..].split_once("!(")?.1.split_once(");"));
    listed.flat_map(|(list, _)| list.split([',', ':'])).any(|listed| listed.trim() == name)
}

/// Whether a word calls a macro that makes tests.
fn is_macro(word: &str) -> bool {
    let called = word.strip_prefix("with_").and_then(|rest| rest.split_once("!("));
    called
        .is_some_and(|(rest, _)| rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
}

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default()
}
