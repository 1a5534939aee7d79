//! The workflows of `examples/pull-request`: well-formed, and one comment for each pull request.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use yaml_rust2::yaml::Hash;
use yaml_rust2::{Yaml, YamlLoader};

use crate::support::tools::ACTIONLINT;

/// Stands for GitHub's program: it answers a list with the ID in the file `comment`, and notes what it is asked.
const GH: &str = r#"#!/bin/sh
echo "$*" >> "$ASKED"
case "$*" in *--paginate*) cat "$COMMENT" ;; esac
"#;

#[test]
fn the_workflows_of_github_are_well_formed() {
    let Some(actionlint) = ACTIONLINT.find() else { return };
    let own = fs::read_dir(root().join(".github/workflows")).expect("there are workflows");
    let own = own.map(|file| file.expect("it can be listed").path());
    // Which other linters are on PATH must not matter.
    let mut command = Command::new(actionlint);
    command.args(["-shellcheck=", "-pyflakes="]).arg(path("github-actions")).args(own);
    let output = command.output().expect("actionlint starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn every_script_is_one() {
    for name in ["github-actions", "azure-pipelines"] {
        let scripts = scripts(&workflow(name));
        assert!(scripts.len() >= 3, "{name}: {scripts:?}");
        for script in scripts {
            let output = Command::new("bash").args(["-n", "-c", &script]).output();
            let output = output.expect("bash starts");
            assert!(output.status.success(), "{script}\n{output:?}");
        }
    }
}

#[test]
fn the_comment_is_found_by_the_first_line_of_a_review() {
    let github = workflow("github-actions");
    assert_eq!(github["env"]["MARKER"].as_str(), Some(review::MARKER));
    let azure = workflow("azure-pipelines");
    assert_eq!(azure["variables"]["MARKER"].as_str(), Some(review::MARKER));
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
    let text = fs::read_to_string(path("github-actions")).expect("it is there");
    assert!(!text.contains("secrets."), "nothing of it is a secret");
}

#[test]
fn actions_are_pinned_to_a_commit() {
    let github = workflow("github-actions");
    let used: Vec<_> = texts(&github, &["uses"]);
    assert!(used.len() >= 5, "{used:?}");
    for action in used {
        let commit = action.split_once('@').map(|(_, commit)| commit).unwrap_or_default();
        let is_hash = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
        assert!(is_hash, "{action}");
    }
}

#[test]
fn github_gets_one_comment() {
    let steps = workflow("github-actions")["jobs"]["comment"]["steps"].clone();
    let script = texts(&steps, &["run"]).remove(0);
    let comments = "repos/o/r/issues/7/comments";
    let body = "--field body=@review.md";
    let posted = asked(&script, "");
    assert_eq!(posted.last(), Some(&format!("api --silent --method POST {comments} {body}")));
    let updated = asked(&script, "41\n42\n");
    let comment = "repos/o/r/issues/comments/41";
    assert_eq!(updated.last(), Some(&format!("api --silent --method PATCH {comment} {body}")));
    assert_eq!((posted.len(), updated.len()), (2, 2));
}

/// What a script asks of GitHub where these are the IDs of its own comments.
fn asked(script: &str, comments: &str) -> Vec<String> {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("comment"), comments).expect("the folder takes files");
    fs::write(at("gh"), GH).expect("the folder takes files");
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(at("gh"), executable).expect("a file can be made executable");
    let search = std::env::var_os("PATH").unwrap_or_default();
    let search = [vec![folder.path().into()], std::env::split_paths(&search).collect()].concat();
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .env("PATH", std::env::join_paths::<_, PathBuf>(search).expect("a search path"))
        .envs([("ASKED", at("asked")), ("COMMENT", at("comment"))])
        .envs([("GITHUB_REPOSITORY", "o/r"), ("NUMBER", "7"), ("MARKER", review::MARKER)])
        .output()
        .expect("bash starts");
    assert!(output.status.success(), "{output:?}");
    let asked = fs::read_to_string(at("asked")).expect("something was asked");
    asked.lines().map(str::to_owned).collect()
}

/// The scripts of a workflow.
fn scripts(workflow: &Yaml) -> Vec<String> {
    texts(workflow, &["run", "bash", "inlineScript"])
}

/// The texts under any of these keys, in their order.
fn texts(yaml: &Yaml, keys: &[&str]) -> Vec<String> {
    match yaml {
        Yaml::Array(items) => items.iter().flat_map(|item| texts(item, keys)).collect(),
        Yaml::Hash(entries) => {
            let entry = |(key, value): (&Yaml, &Yaml)| match (key.as_str(), value) {
                (Some(key), Yaml::String(text)) if keys.contains(&key) => vec![text.clone()],
                _ => texts(value, keys),
            };
            entries.iter().flat_map(entry).collect()
        }
        _ => Vec::new(),
    }
}

fn workflow(name: &str) -> Yaml {
    let text = fs::read_to_string(path(name)).expect("it is there");
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
