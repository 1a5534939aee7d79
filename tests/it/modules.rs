//! Holds the paths inside `provider` to the second table of ARCHITECTURE.md.
//!
//! A row stands for a module with everything below it, and `types` for the module of each type: it may name what the
//! second column names, and itself. `lib` is the list of types, which may name everything and is named by nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::architecture::{code_of, document, names, rows_below, sources_below};

const HEADING: &str = "## Who may know whom inside `provider`";

type Rules = BTreeMap<String, BTreeSet<String>>;
/// A source's module and its text.
type Source = (Vec<String>, String);

#[test]
fn the_paths_keep_to_the_table() {
    let violations = violations(&rules(&document()), &sources());
    assert!(violations.is_empty(), "ARCHITECTURE.md forbids: {violations:#?}");
}

#[test]
fn each_way_to_name_a_module_is_seen() {
    let table = "| `arm` | |\n| `types` | `arm`, `types::shared` |\n";
    let rules = rules(&format!("{HEADING}\n\n{table}"));
    let from = |module: &str, text: &str| {
        let all = ["arm", "arm::ids", "types", "types::a", "types::b", "types::shared"];
        let mut all: Vec<_> = all.map(|each| (segments(each), String::new())).into();
        all.push((segments(module), text.to_owned()));
        violations(&rules, &all)
    };
    let none: [&str; 0] = [];
    assert_eq!(
        from("types::a::plan", "use crate::arm::{ids, locks::Lock};\nuse super::model;"),
        none
    );
    assert_eq!(
        from("types::a::plan", "use crate::types::shared;\nfn x() { crate::arm::y() }"),
        none
    );
    assert_eq!(
        from("types::a::plan", "// crate::types::b\n#[cfg(test)]\nuse crate::types::b;"),
        none
    );
    let forbidden = ["types::a may not know types::b: types::a::plan"];
    assert_eq!(
        from("types::a::plan", "use crate::{\n    arm,\n    types::{b::B, shared},\n};"),
        forbidden
    );
    assert_eq!(from("types::a::plan", "fn x() { super::super::b::y() }"), forbidden);
    assert_eq!(from("arm::ids", "use crate::types::a;"), ["arm may not know types::a: arm::ids"]);
    assert_eq!(from("arm", "use crate::Provider;"), ["arm may not know lib: arm"]);
    assert_eq!(from("new", "use crate::arm;"), ["new is not in the table"]);
}

// === the two sides ===

fn rules(document: &str) -> Rules {
    let rows = rows_below(document, HEADING).into_iter();
    rows.map(|[module, may]| (module.to_owned(), names(may))).collect()
}

fn sources() -> Vec<Source> {
    let sources = sources_below("src/provider").into_iter();
    let sources = sources.map(|(path, text)| (module_of(&path), text));
    let is_free = |segment: &String| segment == "tests" || segment == "lib";
    sources.filter(|(module, _)| !module.iter().any(is_free)).collect()
}

/// `types/a/mod.rs` is `types::a`, `lib.rs` is `lib`.
fn module_of(path: &Path) -> Vec<String> {
    let path: PathBuf = path.with_extension("");
    let mut segments: Vec<_> =
        path.iter().map(|segment| segment.to_string_lossy().into_owned()).collect();
    segments.pop_if(|last| last == "mod");
    segments
}

// === the comparison ===

fn violations(rules: &Rules, sources: &[Source]) -> Vec<String> {
    let modules: BTreeSet<_> = sources.iter().map(|(module, _)| module.join("::")).collect();
    let of_each = sources.iter().flat_map(|(module, text)| {
        let from = unit(module, &modules);
        let Some(may) = rules.get(&from).or_else(|| rules.get(first(&from))) else {
            return vec![format!("{from} is not in the table")];
        };
        let named = paths(module, text).into_iter().map(|path| unit(&path, &modules));
        let forbidden =
            named.filter(|to| *to != from && !may.contains(to) && !may.contains(first(to)));
        let at = module.join("::");
        forbidden.map(|to| format!("{from} may not know {to}: {at}")).collect()
    });
    of_each.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The part of the crate that a path belongs to. What is no module stands in `lib`.
fn unit(path: &[String], modules: &BTreeSet<String>) -> String {
    let of_type = path.len() > 1 && path[0] == "types";
    let two = path.iter().take(2).cloned().collect::<Vec<_>>().join("::");
    match path.first() {
        Some(_) if of_type && modules.contains(&two) => two,
        Some(first) if modules.contains(first) => first.clone(),
        _ => "lib".to_owned(),
    }
}

fn first(unit: &str) -> &str {
    unit.split("::").next().unwrap_or(unit)
}

/// Every path of the crate that a module names outside of its tests, from the root.
fn paths(module: &[String], text: &str) -> Vec<Vec<String>> {
    let code = code_of(text);
    let starts = ["crate::", "super::"].into_iter().flat_map(|start| code.match_indices(start));
    let starts = starts.filter(|(at, _)| !code[..*at].ends_with([':', '_']));
    let written = starts.flat_map(|(at, _)| leaves(&code[at..]));
    written.map(|path| from_root(module, &path)).collect()
}

/// The paths at the start of a text, one for each name in its braces.
fn leaves(text: &str) -> Vec<String> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || "_:".contains(c))).unwrap_or(text.len());
    let (path, rest) = text.split_at(end);
    let Some(inside) = rest.strip_prefix('{') else { return vec![path.to_owned()] };
    let mut found = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                let names = leaves(inside[start..at].trim());
                found.extend(names.into_iter().filter(|name| !name.is_empty()));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    found.into_iter().map(|name| format!("{path}{name}")).collect()
}

fn from_root(module: &[String], path: &str) -> Vec<String> {
    let mut base: Vec<_> = module.to_vec();
    let mut rest = Vec::new();
    for segment in path.split("::").filter(|segment| !segment.is_empty()) {
        match segment {
            "crate" => base.clear(),
            "super" => drop(base.pop()),
            "self" => {}
            name => rest.push(name.to_owned()),
        }
    }
    base.extend(rest);
    base
}

fn segments(path: &str) -> Vec<String> {
    path.split("::").filter(|segment| !segment.is_empty()).map(str::to_owned).collect()
}
