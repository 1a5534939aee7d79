//! What `review --help` says.

pub(super) const HELP: &str = "\
Usage: terraform-provider-azureml review [options] [PLAN.json | NAME=PLAN.json ...]

Reads the JSON of a plan, made by `terraform show -json PLAN` or `tofu show -json PLAN`, from a file
or from standard input, and writes what it does to Azure ML for a pull request. Several plans, each
with the name of its root module, become one document.

What is written:
  --format markdown     Markdown, the worst first (the default)
  --format json         the same facts for policy checks (docs/review-format.schema.json)
  --format github-annotations
                        the warnings at the lines of resources in the .tf files, for GitHub Actions
  --format gitlab       the same as GitLab's report of code quality
  --digest              only a hash of the facts, by which an apply knows the plan that was reviewed

Around it:
  --title NAME          in headline and first line, by which a workflow finds its comment again
  --commit SHA          the commit that was planned, for the last line
  --run-url URL         the run that planned it, for the last line
  --max-length N        how many characters a comment takes (default: 65536); what is left out is
                        counted, and the last paragraph says where the whole stands
  --source DIR          the folder of the .tf files, from the root of the repository; of several
                        plans NAME=DIR (default: the working folder)

  --detailed-exitcode   exit with 0: the plan is empty, 2: it changes something, 1: it failed
  --help                this text

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
