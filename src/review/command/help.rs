//! What `review --help` says.

pub(super) const HELP: &str = "\
Usage: terraform-provider-azureml review [options] [PLAN.json | NAME=PLAN.json ...]

Reads the JSON of a plan, made by `terraform show -json PLAN` or `tofu show -json PLAN`, from a file
or from standard input, and writes what it does to Azure ML for a pull request. Several plans, each
with the name of its root module, become one document.

Options:
  --format markdown     Markdown, the worst first (the default)
  --format json         the same facts for policy checks (docs/review-format.schema.json)
  --format github-annotations
                        warnings at the lines of resources in the .tf files, for GitHub Actions
  --format gitlab       the same as GitLab's report of code quality
  --source DIR          the folder of the .tf files, from the root of the repository; of several plans
                        NAME=DIR (default: the working folder)
  --digest              only a hash of the facts, by which an apply knows the plan that was reviewed
  --title NAME          in the headline, and in the first line, by which a workflow finds its comment
  --commit SHA          the commit that was planned, for the last line
  --run-url URL         the run that planned it, for the last line
  --max-length N        what a comment takes: 65536 (GitHub, the default), 150000 (Azure Pipelines),
                        1000000 (GitLab); says what was left out and where the whole stands
  --detailed-exitcode   exit with 0: the plan is empty, 2: it changes something, 1: it failed
  --help                this text
";
