//! What `review --help` says.

use super::flags;

/// Around the flags stands what they are for, and how they are used.
pub(super) fn help() -> String {
    format!("{WHAT}{}{EXAMPLES}", flags::help())
}

const WHAT: &str = "\
Usage: terraform-provider-azureml review [options] [PLAN.json | NAME=PLAN.json ...]

Reads the JSON of a plan, made by `terraform show -json PLAN` or `tofu show -json PLAN`, from a file
or from standard input, and writes what it does to Azure ML for a pull request. Several plans, each
with the name of its root module, become one document.

";

const EXAMPLES: &str = "\
Examples:
  GitHub Actions
    terraform show -json plan | terraform-provider-azureml review --title prod \\
      --commit \"$GITHUB_SHA\" --run-url \"$RUN_URL\" --max-length 65536 > review.md
    terraform show -json plan | terraform-provider-azureml review --format github-annotations
  Azure Pipelines
    terraform show -json plan | terraform-provider-azureml review --title prod \\
      --commit \"$BUILD_SOURCEVERSION\" --max-length 150000 > review.md
  GitLab CI/CD
    terraform show -json plan | terraform-provider-azureml review --title prod \\
      --commit \"$CI_COMMIT_SHA\" --run-url \"$CI_JOB_URL\" --max-length 1000000 > review.md
    terraform show -json plan | terraform-provider-azureml review --format gitlab > report.json
  Several root modules
    terraform-provider-azureml review prod=prod.json test=test.json
  Apply what was reviewed
    [ \"$(terraform show -json plan | terraform-provider-azureml review --digest)\" = \"$REVIEWED\" ]

Whole workflows, with policies and an apply: examples/pull-request in the provider's repository.
";
