//! What a contributor meets before any code: `make help`, the forms of issues, the changelog.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use framework::Server;
use yaml_rust2::{Yaml, YamlLoader};

#[test]
fn make_help_has_a_line_for_every_target_and_variable() {
    let help = Command::new("make")
        .args(["--silent", "--directory", env!("CARGO_MANIFEST_DIR"), "help"])
        .output()
        .expect("make starts");
    assert!(help.status.success(), "{help:?}");
    let help = String::from_utf8(help.stdout).expect("a text");
    let names = names(&text("GNUmakefile"));
    assert!(names.contains("help") && names.contains("CLUSTER"), "{names:?}");
    for name in names {
        let line = help.lines().find(|line| line.split_whitespace().next() == Some(&name));
        let line = line.unwrap_or_else(|| panic!("`make help` has no line for {name}"));
        let says = line.trim_start().trim_start_matches(&name).trim();
        assert!(says.len() > 10 && says.starts_with(char::is_uppercase), "{name}: {says:?}");
        assert!(says.contains('.') || says.ends_with(']'), "{name}: {says:?} is no sentence");
    }
}

/// Targets, those of `.PHONY` among them, and the variables that can be given.
fn names(makefile: &str) -> BTreeSet<String> {
    let targets = makefile.lines().filter(|line| line.starts_with(|it: char| it.is_lowercase()));
    let targets = targets.filter_map(|line| line.split_once(':')).map(|(name, _)| name);
    let targets = targets.filter(|name| !name.contains([' ', '$']));
    let variables = makefile.lines().filter_map(|line| line.split_once(" ?="));
    let phony = makefile.lines().find_map(|line| line.strip_prefix(".PHONY: "));
    let phony = phony.expect("no target is a file").split(' ');
    targets.chain(variables.map(|(name, _)| name)).chain(phony).map(str::to_owned).collect()
}

#[test]
fn the_forms_of_issues_are_what_github_takes() {
    let mut forms = 0;
    for path in templates() {
        let form = &YamlLoader::load_from_str(&read(&path)).expect("it is YAML")[0];
        if path.ends_with("config.yml") {
            assert_eq!(problems_of_the_choice(form), [""; 0], "{}", path.display());
        } else {
            forms += 1;
            assert_eq!(problems(form), [""; 0], "{}", path.display());
        }
    }
    assert_eq!(forms, 2);
}

#[test]
fn a_form_that_github_refuses_is_found() {
    let refused = |form: &str| problems(&YamlLoader::load_from_str(form).expect("YAML")[0]);
    let head = "name: a\ndescription: b\nbody:\n";
    let input = "  - type: input\n    id: a\n    attributes: { label: A }\n";
    assert_eq!(refused(&format!("{head}{input}")), [""; 0]);
    for (form, problem) in [
        (format!("name: a\nbody:\n{input}"), "description is no text"),
        (format!("{head}{input}{input}"), "two fields have the id a"),
        (format!("{head}  - type: markdown\n    attributes: {{ value: A }}\n"), "nothing is asked"),
        (format!("{head}{input}  - type: radio\n"), "radio is no type"),
        (format!("{head}{input}  - type: input\n    id: b c\n"), "b c is no id"),
        (format!("{head}{input}  - type: input\n"), "a field has no label"),
        (format!("{head}{input}extra: 1\n"), "extra is no key of a form"),
        (format!("{head}{input}    requires: true\n"), "requires is no key of a field"),
        (
            format!("{head}{input}  - type: dropdown\n    attributes: {{ label: B }}\n"),
            "B has no options",
        ),
        (
            format!("{head}{input}  - type: dropdown\n    attributes: {{ label: B, options: [no, a] }}\n")
                .replace("no,", "false,"),
            "an option of B is no text",
        ),
    ] {
        assert!(refused(&form).iter().any(|it| it == problem), "{problem}: {:?}", refused(&form));
    }
}

/// GitHub's rules: <https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests>.
fn problems(form: &Yaml) -> Vec<String> {
    const KEYS: [&str; 8] =
        ["name", "description", "body", "assignees", "labels", "title", "type", "projects"];
    let mut found = find_unknown(form, &KEYS, "a form");
    for key in ["name", "description"] {
        if form[key].as_str().is_none_or(str::is_empty) {
            found.push(format!("{key} is no text"));
        }
    }
    let body = form["body"].as_vec().cloned().unwrap_or_default();
    if body.iter().all(|field| field["type"].as_str() == Some("markdown")) {
        found.push("nothing is asked".to_owned());
    }
    let (mut ids, mut labels) = (BTreeSet::new(), BTreeSet::new());
    for field in &body {
        found.extend(problems_of_field(field));
        if field["id"].as_str().is_some_and(|id| !ids.insert(id)) {
            found.push(format!("two fields have the id {}", field["id"].as_str().expect("it")));
        }
        let label = field["attributes"]["label"].as_str();
        if label.is_some_and(|label| !labels.insert(label)) {
            found.push(format!("two fields have the label {}", label.unwrap_or_default()));
        }
    }
    found
}

fn problems_of_field(field: &Yaml) -> Vec<String> {
    let (kind, said) = (field["type"].as_str().unwrap_or_default(), &field["attributes"]);
    let mut found = find_unknown(field, &["type", "id", "attributes", "validations"], "a field");
    let Some(keys) = attributes(kind) else { return vec![format!("{kind} is no type")] };
    found.extend(find_unknown(said, keys, kind));
    found.extend(find_unknown(&field["validations"], &["required"], "validations"));
    let id = field["id"].as_str().unwrap_or("a");
    if id.contains(|it: char| !it.is_ascii_alphanumeric() && !"-_".contains(it)) {
        found.push(format!("{id} is no id"));
    }
    if kind == "markdown" {
        found.extend(said["value"].as_str().is_none().then(|| "it says nothing".to_owned()));
        return found;
    }
    let Some(label) = said["label"].as_str() else {
        found.push("a field has no label".to_owned());
        return found;
    };
    if keys.contains(&"options") {
        found.extend(problems_of_options(kind, label, &said["options"]));
    }
    found
}

/// What GitHub knows below `attributes`, by the type of the field.
fn attributes(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "markdown" => &["value"],
        "input" => &["label", "description", "placeholder", "value"],
        "textarea" => &["label", "description", "placeholder", "value", "render"],
        "dropdown" => &["label", "description", "multiple", "options", "default"],
        "checkboxes" => &["label", "description", "options"],
        _ => return None,
    })
}

fn problems_of_options(kind: &str, label: &str, options: &Yaml) -> Vec<String> {
    let Some(options) = options.as_vec().filter(|it| !it.is_empty()) else {
        return vec![format!("{label} has no options")];
    };
    let text = |option: &Yaml| match kind {
        "checkboxes" => option["label"].as_str().map(str::to_owned),
        _ => option.as_str().map(str::to_owned),
    };
    let texts: Option<BTreeSet<String>> = options.iter().map(text).collect();
    match texts {
        // `yes` and `no` without quotes are booleans, which GitHub refuses.
        None => vec![format!("an option of {label} is no text")],
        Some(texts) if texts.len() < options.len() => vec![format!("{label} has an option twice")],
        Some(_) => vec![],
    }
}

/// What is chosen from before a form opens.
fn problems_of_the_choice(choice: &Yaml) -> Vec<String> {
    let mut found = find_unknown(choice, &["blank_issues_enabled", "contact_links"], "the choice");
    for link in choice["contact_links"].as_vec().into_iter().flatten() {
        found.extend(find_unknown(link, &["name", "url", "about"], "a link"));
        let is_empty = |key: &&str| link[*key].as_str().is_none_or(str::is_empty);
        found.extend(["name", "about"].iter().filter(|it| is_empty(it)).map(|it| (*it).to_owned()));
        let url = link["url"].as_str().unwrap_or_default();
        let repository = concat!(env!("CARGO_PKG_REPOSITORY"), "/");
        match url.strip_prefix(repository) {
            None => found.push(format!("{url} leads elsewhere")),
            Some(page) => {
                let file = page.strip_prefix("blob/main/");
                let is_there = file.is_none_or(|file| root().join(file).is_file());
                found.extend((!is_there).then(|| format!("{page} does not exist")));
            }
        }
    }
    found
}

fn find_unknown(hash: &Yaml, known: &[&str], of: &str) -> Vec<String> {
    let keys = hash.as_hash().into_iter().flat_map(|it| it.keys());
    let keys = keys.map(|key| key.as_str().unwrap_or("a key that is no text"));
    let unknown = keys.filter(|key| !known.contains(key));
    unknown.map(|key| format!("{key} is no key of {of}")).collect()
}

fn templates() -> Vec<PathBuf> {
    let templates = fs::read_dir(root().join(".github/ISSUE_TEMPLATE")).expect("it is there");
    templates.map(|file| file.expect("it can be listed").path()).collect()
}

#[test]
fn the_changelog_has_the_form_of_the_registry() {
    let releases = releases(&text("CHANGELOG.md")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(releases[0].version, env!("CARGO_PKG_VERSION"), "the newest is on top");
}

#[test]
fn the_changelog_lists_everything_that_the_provider_has() {
    let releases = releases(&text("CHANGELOG.md")).expect("the form of the registry");
    let entries: Vec<_> = releases.iter().flat_map(|release| &release.entries).collect();
    let server = Server::new::<provider::AzureMl>();
    let schemas = server.schemas();
    let kinds = [
        ("Resource", schemas.resources.keys().collect::<Vec<_>>()),
        ("Data Source", schemas.data_sources.keys().collect()),
        ("List Resource", schemas.lists.keys().collect()),
        ("Function", schemas.functions.keys().collect()),
    ];
    for (kind, names) in kinds {
        assert!(!names.is_empty(), "{kind}");
        for name in names {
            let start = format!("**New {kind}:** `{name}` ");
            assert!(entries.iter().any(|it| it.starts_with(&start)), "no entry {start}…");
        }
    }
    for entry in entries {
        if let Some(name) = entry.split(':').next().and_then(|it| it.strip_prefix("resource/")) {
            let names = name.split(", resource/");
            names.for_each(|it| assert!(schemas.resources.contains_key(it), "no resource {it}"));
        }
    }
}

#[test]
fn a_changelog_of_another_form_is_refused() {
    let good = "# Changelog\n\n## 1.2.0 (Unreleased)\n\nBUG FIXES:\n\n* provider: a\n  b\n\n\
                ## 1.1.0 (2026-11-30)\n\nNOTES:\n\n* review: c\n";
    assert_eq!(releases(good).map(|it| it.len()), Ok(2));
    for (from, to, problem) in [
        ("BUG FIXES:", "FIXES:", "line 5: FIXES: is no heading"),
        ("(Unreleased)", "(unreleased)", "line 3: neither a day nor Unreleased"),
        ("2026-11-30", "30.11.2026", "line 10: neither a day nor Unreleased"),
        ("1.1.0", "1.3.0", "line 10: 1.3.0 stands below 1.2.0"),
        ("1.1.0 (2026-11-30)", "1.1.0 (Unreleased)", "line 10: only the newest is unreleased"),
        ("* provider: a", "- provider: a", "line 7: no entry"),
        ("* provider: a", "* somebody: a", "line 7: nothing is called somebody"),
        ("* provider: a", "* **New Thing:** `a` b", "line 7: nothing is called **New Thing"),
        ("* provider: a", "* a", "line 7: an entry begins with what it is about"),
        ("* review: c", "* **New Function:** `c` d", "line 14: what is new stands under FEATURES"),
        (
            "NOTES:\n\n* review: c\n",
            "BUG FIXES:\n\n* review: c\n\nNOTES:\n",
            "line 16: out of order",
        ),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_eq!(releases(&bad).err().as_deref(), Some(problem), "{bad}");
    }
}

#[derive(Debug, PartialEq)]
struct Release {
    version: String,
    entries: Vec<String>,
}

/// In the order in which they stand.
const HEADINGS: [&str; 6] =
    ["BREAKING CHANGES:", "DEPRECATIONS:", "NOTES:", "FEATURES:", "ENHANCEMENTS:", "BUG FIXES:"];

/// What an entry is about, where it is no object of the provider's.
const SUBJECTS: [&str; 6] =
    ["provider", "review", "emulator", "releases", "documentation", "examples"];

/// The changelog's releases, the newest first, or the first line that has another form.
fn releases(changelog: &str) -> Result<Vec<Release>, String> {
    let (mut releases, mut heading): (Vec<Release>, _) = (Vec::new(), None);
    for (index, line) in changelog.lines().enumerate() {
        let at = |problem: String| format!("line {}: {problem}", index + 1);
        if let Some(title) = line.strip_prefix("## ") {
            releases.push(release(title, &releases).map_err(at)?);
            heading = None;
        } else if let Some(release) = releases.last_mut() {
            if line.ends_with(':') && !line.starts_with([' ', '*']) {
                let known = HEADINGS.iter().position(|it| *it == line);
                let known = known.ok_or_else(|| at(format!("{line} is no heading")))?;
                if heading.is_some_and(|before| before >= known) {
                    return Err(at("out of order".to_owned()));
                }
                heading = Some(known);
            } else if !line.is_empty() {
                take(line, heading, &mut release.entries).map_err(at)?;
            }
        }
    }
    Ok(releases)
}

/// `1.2.3 (Unreleased)`, or with a day.
fn release(title: &str, newer: &[Release]) -> Result<Release, String> {
    let (version, when) = title.split_once(' ').unwrap_or((title, ""));
    let day = when.strip_prefix('(').and_then(|it| it.strip_suffix(')')).unwrap_or_default();
    let shape: String = day.chars().map(|it| if it.is_ascii_digit() { '0' } else { it }).collect();
    match newer.last() {
        _ if day != "Unreleased" && shape != "0000-00-00" => {
            return Err("neither a day nor Unreleased".to_owned());
        }
        Some(_) if day == "Unreleased" => return Err("only the newest is unreleased".to_owned()),
        Some(newer) if numbers(version) >= numbers(&newer.version) => {
            return Err(format!("{version} stands below {}", newer.version));
        }
        _ => {}
    }
    Ok(Release { version: version.to_owned(), entries: Vec::new() })
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().expect("a version has numbers")).collect()
}

/// Takes a line of an entry, its first or one that goes on.
fn take(line: &str, heading: Option<usize>, entries: &mut Vec<String>) -> Result<(), String> {
    let heading = heading.ok_or("an entry without a heading")?;
    if let (Some(rest), Some(entry)) = (line.strip_prefix("  "), entries.last_mut()) {
        *entry += " ";
        *entry += rest;
        return Ok(());
    }
    let text = line.strip_prefix("* ").ok_or("no entry")?.to_owned();
    let (subject, _) = text.split_once(':').ok_or("an entry begins with what it is about")?;
    if let Some(kind) = subject.strip_prefix("**New ") {
        if !["Resource", "Data Source", "List Resource", "Function", "Command"].contains(&kind) {
            return Err(format!("nothing is called {subject}"));
        }
        if HEADINGS[heading] != "FEATURES:" {
            return Err("what is new stands under FEATURES".to_owned());
        }
    } else if let Some(unknown) = subject.split(", ").find(|it| !is_subject(it)) {
        return Err(format!("nothing is called {unknown}"));
    }
    entries.push(text);
    Ok(())
}

fn is_subject(name: &str) -> bool {
    let object = name.split_once('/').map(|(kind, _)| kind);
    let kinds = ["resource", "data-source", "list-resource", "function"];
    SUBJECTS.contains(&name) || object.is_some_and(|kind| kinds.contains(&kind))
}

fn text(file: &str) -> String {
    read(&root().join(file))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
