//! The workflows of `examples/pull-request`: well-formed, nothing secret in a log, and one comment for each pull
//! request.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;
use yaml_rust2::yaml::Hash;
use yaml_rust2::{Yaml, YamlLoader};

use crate::support::tools::{self, ACTIONLINT};

/// Stands for GitHub's program: it answers a list with the ID in the file `comment`, and notes what it is asked.
const GH: &str = r#"#!/bin/sh
echo "$*" >> "$HERE/asked"
case "$*" in *--paginate*) cat "$HERE/comment" ;; esac
"#;

/// Stands for Terraform: a plan that changes something, or one that fails where the file `fails` is there.
const TERRAFORM: &str = r#"#!/bin/sh
case "$1" in
  plan)
    if [ -f "$HERE/fails" ]; then exit 1; fi
    : > plan
    exit 2 ;;
  show) cat "$HERE/plan.json" ;;
esac
"#;

/// Stands for the service's own client: it answers the threads in the file `threads`, and notes what it is asked.
const CURL: &str = r#"#!/bin/sh
echo "$*" >> "$HERE/asked"
cat > "$HERE/config"
case "$*" in *"--request GET"*) cat "$HERE/threads" ;; esac
"#;

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
    for name in ["github-actions", "azure-pipelines"] {
        let scripts = scripts(&workflow(name));
        assert!(scripts.len() >= 3, "{name}: {scripts:?}");
        check_scripts(&scripts);
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
    assert!(used.len() >= 4, "{used:?}");
    check_pins(&github);
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
    let stage = Stage::new(&[("gh", GH)]);
    stage.file("comment", comments);
    let output = stage.run(script, &[("GITHUB_REPOSITORY", "o/r"), ("NUMBER", "7")]);
    assert!(output.status.success(), "{output:?}");
    stage.asked()
}

#[test]
fn azure_devops_gets_one_comment() {
    if tools::on_path("jq").is_none() {
        return;
    }
    let script = scripts(&workflow("azure-pipelines")).pop().expect("it comments at the end");
    let of_others = json!([
        { "id": 1, "comments": [{ "id": 1, "content": "LGTM" }] },
        { "id": 2, "isDeleted": true, "comments": [{ "id": 1, "content": review::MARKER }] },
        { "id": 3, "comments": [{ "id": 1 }] },
    ]);
    let mut with_ours = of_others.clone();
    let ours = json!({ "id": 9, "comments": [{ "id": 4, "content": format!("{}\nold", review::MARKER) }] });
    with_ours.as_array_mut().expect("a list").push(ours);
    let threads = "https://dev.example/o/p/_apis/git/repositories/r/pullRequests/7/threads";
    for (found, method, path) in [(of_others, "POST", ""), (with_ours, "PATCH", "/9/comments/4")] {
        let stage = Stage::new(&[("curl", CURL)]);
        stage.file("threads", &json!({ "value": found }).to_string());
        stage.file("review.md", "the review");
        let variables = [
            ("SYSTEM_COLLECTIONURI", "https://dev.example/o/"),
            ("SYSTEM_TEAMPROJECTID", "p"),
            ("BUILD_REPOSITORY_ID", "r"),
            ("SYSTEM_PULLREQUEST_PULLREQUESTID", "7"),
            ("SYSTEM_ACCESSTOKEN", "hunter2"),
        ];
        let output = stage.run(&script, &variables);
        assert!(output.status.success(), "{output:?}");
        let asked = stage.asked();
        assert_eq!(asked.len(), 2, "{asked:#?}");
        let call = format!("--request {method} {threads}{path}?api-version=7.1 --data @body.json");
        assert!(asked[1].contains(&call), "{call}\n{asked:#?}");
        assert!(!format!("{asked:?}{output:?}").contains("hunter2"), "{asked:#?}\n{output:?}");
        assert_eq!(stage.read("config"), "oauth2-bearer = \"hunter2\"\n");
        let body: Value = serde_json::from_str(&stage.read("body.json")).expect("JSON");
        let content =
            if path.is_empty() { &body["comments"][0]["content"] } else { &body["content"] };
        assert_eq!(content, "the review");
    }
}

/// A plan that holds secrets and one that fails: what is in the log, and what becomes of the comment.
#[test]
fn a_log_has_no_secret_and_a_failure_is_told() {
    let plan = root().join("src/review/tests/fixtures/terraform-1.11.4/replace.json");
    let plan = fs::read_to_string(plan).expect("it is there");
    assert!(plan.contains("hunter2"), "the plan holds a secret");
    for name in ["github-actions", "azure-pipelines"] {
        let scripts = scripts(&workflow(name));
        let script = |with: &str| scripts.iter().find(|it| it.contains(with)).expect(with);
        let stage = Stage::new(&[("terraform", TERRAFORM)]);
        stage.file("plan.json", &plan);
        stage.provider();
        let first = stage.run(script("no plan"), &[]);
        assert!(first.status.success(), "{first:?}");
        let ran = stage.run(script("terraform plan"), &[]);
        assert!(ran.status.success(), "{name}: {ran:?}");
        assert!(!format!("{ran:?}").contains("hunter2"), "{name}: {ran:?}");
        let review = stage.read("review.md");
        assert!(review.starts_with(review::MARKER) && review.contains("1 to replace"), "{review}");
        assert!(!review.contains("hunter2"), "{review}");

        fs::remove_file(stage.at("plan")).expect("there was a plan");
        stage.file("fails", "");
        stage.run(script("no plan"), &[]);
        let ran = stage.run(script("terraform plan"), &[]);
        assert!(!ran.status.success(), "{name}: a plan that failed fails the job: {ran:?}");
        let review = stage.read("review.md");
        assert!(review.starts_with(review::MARKER) && review.contains("no plan"), "{review}");
    }
}

/// A folder in which the scripts of a workflow run, with stand-ins for the programs that they call.
struct Stage {
    folder: TempDir,
}

impl Stage {
    fn new(programs: &[(&str, &str)]) -> Self {
        let stage = Self { folder: TempDir::new().expect("a temporary folder can be made") };
        for (name, text) in programs {
            stage.file(name, text);
            let executable = fs::Permissions::from_mode(0o755);
            fs::set_permissions(stage.at(name), executable).expect("it can be made executable");
        }
        stage
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).expect("the folder takes files");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The provider where `terraform init` puts it.
    fn provider(&self) {
        let folder =
            self.at(".terraform/providers/registry.terraform.io/azureml/azureml/0.1.0/linux_amd64");
        fs::create_dir_all(&folder).expect("the folder takes folders");
        let built = env!("CARGO_BIN_EXE_terraform-provider-azureml");
        symlink(built, folder.join("terraform-provider-azureml_v0.1.0")).expect("it takes links");
    }

    /// As the hosts run a script: by bash, which ends at the first error.
    fn run(&self, script: &str, variables: &[(&str, &str)]) -> Output {
        let search = std::env::var_os("PATH").unwrap_or_default();
        let search = [vec![self.folder.path().into()], std::env::split_paths(&search).collect()];
        Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(self.folder.path())
            .env(
                "PATH",
                std::env::join_paths::<_, PathBuf>(search.concat()).expect("a search path"),
            )
            .env("HERE", self.folder.path())
            .env("MARKER", review::MARKER)
            .envs(variables.iter().copied())
            .output()
            .expect("bash starts")
    }

    fn asked(&self) -> Vec<String> {
        self.read("asked").lines().map(str::to_owned).collect()
    }
}

/// The scripts of a workflow.
pub(crate) fn scripts(workflow: &Yaml) -> Vec<String> {
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
