//! The workflows of `examples/pull-request`: well-formed, nothing secret in a log, and one comment for each pull
//! request.

mod comments;
mod forge;
mod policy;
mod stage;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use yaml_rust2::yaml::Hash;
use yaml_rust2::{Yaml, YamlLoader};

use crate::support::tools::ACTIONLINT;

#[test]
fn the_workflows_of_github_are_well_formed() {
    lint_workflows(&[own_workflows(), vec![path("github-actions")]].concat());
}

#[test]
fn own_workflows_are_pinned_and_write_nothing_but_a_release() {
    let mut writes = Vec::new();
    for path in own_workflows() {
        let workflow = load(&path);
        check_pins(&workflow);
        check_scripts(&scripts(&workflow));
        let permissions = workflow["permissions"].as_hash().expect("a workflow says what it may");
        assert!(permissions.values().all(|how| how.as_str() == Some("read")), "{permissions:?}");
        for (job, said) in workflow["jobs"].as_hash().expect("it has jobs") {
            let permissions = said["permissions"].as_hash().cloned().unwrap_or_default();
            if permissions.values().any(|how| how.as_str() == Some("write")) {
                writes.push(job.as_str().expect("a job has a name").to_owned());
            }
        }
    }
    assert_eq!(writes, ["publish"]);
}

fn own_workflows() -> Vec<PathBuf> {
    let own = fs::read_dir(root().join(".github/workflows")).expect("there are workflows");
    own.map(|file| file.expect("it can be listed").path()).collect()
}

/// Has GitHub's workflows checked, if the program for that is there.
pub(crate) fn lint_workflows(files: &[PathBuf]) {
    let Some(actionlint) = ACTIONLINT.find() else { return };
    // Which other linters are on PATH must not matter.
    let mut command = Command::new(actionlint);
    command.args(["-shellcheck=", "-pyflakes="]).args(files);
    let output = command.output().expect("actionlint starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Has scripts parsed by bash.
pub(crate) fn check_scripts(scripts: &[String]) {
    for script in scripts {
        let output = Command::new("bash").args(["-n", "-c", script]).output();
        let output = output.expect("bash starts");
        assert!(output.status.success(), "{script}\n{output:?}");
    }
}

/// Has each action be one of a commit; one of the repository itself is of the same commit.
pub(crate) fn check_pins(workflow: &Yaml) {
    for action in texts(workflow, &["uses"]).iter().filter(|it| !it.starts_with("./")) {
        let commit = action.split_once('@').map(|(_, commit)| commit).unwrap_or_default();
        let is_hash = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
        assert!(is_hash, "{action}");
    }
}

#[test]
fn every_script_is_one() {
    for name in ["github-actions", "azure-pipelines", "gitlab-ci"] {
        let scripts = scripts(&workflow(name));
        assert!(scripts.len() >= 3, "{name}: {scripts:?}");
        check_scripts(&scripts);
    }
}

#[test]
fn a_job_has_what_it_needs_and_no_more() {
    let github = workflow("github-actions");
    assert_eq!(github["permissions"].as_hash().map(Hash::len), Some(0));
    let permissions = |job: &str| -> Vec<(String, String)> {
        let all = github["jobs"][job]["permissions"].as_hash().expect("a job says what it may");
        let text = |yaml: &Yaml| yaml.as_str().unwrap_or_default().to_owned();
        all.iter().map(|(what, how)| (text(what), text(how))).collect()
    };
    let pair = |what: &str, how: &str| (what.to_owned(), how.to_owned());
    assert_eq!(permissions("plan"), [pair("contents", "read"), pair("id-token", "write")]);
    assert_eq!(permissions("comment"), [pair("pull-requests", "write")]);
    let reads =
        [pair("contents", "read"), pair("id-token", "write"), pair("pull-requests", "read")];
    assert_eq!(permissions("apply"), reads);
    assert_eq!(github["jobs"]["apply"]["environment"].as_str(), Some("production"));
    let text = fs::read_to_string(path("github-actions")).expect("it is there");
    assert!(!text.contains("secrets."), "nothing of it is a secret");
}

#[test]
fn actions_are_pinned_to_a_commit() {
    let github = workflow("github-actions");
    let used: Vec<_> = texts(&github, &["uses"]);
    assert!(used.len() >= 4, "{used:?}");
    check_pins(&github);
}

/// The scripts of a workflow.
pub(crate) fn scripts(workflow: &Yaml) -> Vec<String> {
    texts(workflow, &["run", "bash", "inlineScript", "script"])
}

/// The texts under any of these keys, in their order.
fn texts(yaml: &Yaml, keys: &[&str]) -> Vec<String> {
    match yaml {
        Yaml::Array(items) => items.iter().flat_map(|item| texts(item, keys)).collect(),
        Yaml::Hash(entries) => {
            let entry = |(key, value): (&Yaml, &Yaml)| match (key.as_str(), value) {
                (Some(key), Yaml::String(text)) if keys.contains(&key) => vec![text.clone()],
                (Some(key), Yaml::Array(lines)) if keys.contains(&key) => {
                    lines.iter().filter_map(|line| line.as_str().map(str::to_owned)).collect()
                }
                _ => texts(value, keys),
            };
            entries.iter().flat_map(entry).collect()
        }
        _ => Vec::new(),
    }
}

fn workflow(name: &str) -> Yaml {
    load(&path(name))
}

fn load(path: &Path) -> Yaml {
    let text = fs::read_to_string(path).expect("it is there");
    let mut documents = YamlLoader::load_from_str(&text).expect("it is YAML");
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

fn path(name: &str) -> PathBuf {
    root().join(format!("examples/pull-request/{name}.yml"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
