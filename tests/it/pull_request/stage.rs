//! A folder in which the scripts of a workflow run, with stand-ins for the programs that they call.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::forge::{Forge, MERGED};
use super::root;

/// Stands for GitHub's program: what it asks goes to the forge on loopback.
const GH: &str = r#"#!/bin/bash
set -euo pipefail
shift # api
method=GET filter=. silent= body= path=
while [ $# -gt 0 ]; do
  case "$1" in
    --method) method=$2; shift ;;
    --jq) filter=$2; shift ;;
    --field) body=$(jq --null-input --rawfile text "${2#*=@}" --arg key "${2%%=*}" '{($key): $text}'); shift ;;
    --raw-field) body=$(jq --null-input --arg name "${2#*=}" '{labels: [$name]}'); shift ;;
    --silent) silent=1 ;;
    --paginate) ;;
    *) path=$1 ;;
  esac
  shift
done
answer=$(curl --silent --show-error --fail-with-body --config - --request "$method" \
  --data "$body" "http://$FORGE/github/$path" <<< "oauth2-bearer = \"$GH_TOKEN\"")
if [ -z "$silent" ]; then jq --raw-output "$filter" <<< "$answer"; fi
"#;

/// Stands for Terraform: `code` has what a plan ends with, and `plan.json` what it plans.
const TERRAFORM: &str = r#"#!/bin/sh
case "$1" in
  plan)
    code=$(cat "$HERE/code")
    if [ "$code" != 1 ]; then : > plan; fi
    exit "$code" ;;
  show) cat "$HERE/plan.json" ;;
  apply) echo applied > "$HERE/applied" ;;
esac
"#;

pub(crate) struct Stage {
    folder: TempDir,
}

impl Stage {
    /// A stage where Terraform plans what a fixture of the review has; it ends a plan with `code`.
    pub(crate) fn new(plan: &str, code: u8) -> Stage {
        let stage = Stage { folder: TempDir::new().expect("a temporary folder can be made") };
        for (name, text) in [("gh", GH), ("terraform", TERRAFORM)] {
            stage.file(name, text);
            let executable = fs::Permissions::from_mode(0o755);
            fs::set_permissions(stage.at(name), executable).expect("it can be made executable");
        }
        let fixtures = root().join("src/review/tests/fixtures");
        let plan = fs::read_to_string(fixtures.join(format!("{plan}.json"))).expect("it is there");
        stage.file("plan.json", &plan);
        stage.file("code", &code.to_string());
        let policy = root().join("examples/pull-request/policy");
        symlink(policy, stage.at("policy")).expect("it takes links");
        stage.install_provider();
        stage
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).expect("the folder takes files");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The provider where `terraform init` puts it.
    fn install_provider(&self) {
        let folder =
            self.at(".terraform/providers/registry.terraform.io/azureml/azureml/0.1.0/linux_amd64");
        fs::create_dir_all(&folder).expect("the folder takes folders");
        let built = env!("CARGO_BIN_EXE_terraform-provider-azureml");
        symlink(built, folder.join("terraform-provider-azureml_v0.1.0")).expect("it takes links");
    }

    /// As the hosts run a script: by bash, which ends at the first error.
    pub(crate) fn run(&self, script: &str, forge: &Forge, variables: &[(&str, &str)]) -> Output {
        let search = std::env::var_os("PATH").unwrap_or_default();
        let search = [vec![self.folder.path().into()], std::env::split_paths(&search).collect()];
        let search = std::env::join_paths::<_, PathBuf>(search.concat()).expect("a search path");
        Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(self.folder.path())
            .env("PATH", search)
            .env("HERE", self.folder.path())
            .env("FORGE", &forge.address)
            .envs(self.variables(forge))
            .envs(variables.iter().copied())
            .output()
            .expect("bash starts")
    }

    /// What the hosts tell a script.
    fn variables(&self, forge: &Forge) -> Vec<(&'static str, String)> {
        let collection = format!("http://{}/azure/", forge.address);
        let summary = self.at("summary.md").to_string_lossy().into_owned();
        let temporary = self.folder.path().join("temporary");
        fs::create_dir_all(&temporary).expect("the folder takes folders");
        let mut variables = vec![
            ("GITHUB_STEP_SUMMARY", summary),
            ("AGENT_TEMPDIRECTORY", temporary.to_string_lossy().into_owned()),
            ("SYSTEM_COLLECTIONURI", collection),
            ("CI_API_V4_URL", format!("http://{}/gitlab", forge.address)),
        ];
        let fixed = [
            ("TITLE", "production"),
            ("NUMBER", "7"),
            ("COMMIT", "0123abc"),
            ("RUN_URL", "https://forge.example/run/1"),
            ("LABELS", r#"["allow-instance-type-loss"]"#),
            ("GH_TOKEN", "hunter9"),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_SHA", MERGED),
            ("SYSTEM_TEAMPROJECTID", "p"),
            ("SYSTEM_ACCESSTOKEN", "hunter9"),
            ("SYSTEM_PULLREQUEST_PULLREQUESTID", "7"),
            ("SYSTEM_PULLREQUEST_SOURCECOMMITID", "0123abc"),
            ("BUILD_REPOSITORY_ID", "r"),
            ("BUILD_BUILDID", "1"),
            ("BUILD_SOURCEVERSION", MERGED),
            ("CI_PROJECT_ID", "1"),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_MERGE_REQUEST_LABELS", "bug,allow-instance-type-loss"),
            ("CI_JOB_URL", "https://forge.example/run/1"),
            ("CI_COMMIT_SHA", MERGED),
            ("REVIEW_TOKEN", "hunter9"),
        ];
        variables.extend(fixed.map(|(name, value)| (name, value.to_owned())));
        variables
    }
}
