//! What the workflows leave on a pull request, by their own scripts against a forge on loopback.

use std::process::Output;

use super::forge::Forge;
use super::stage::Stage;
use super::{scripts, workflow};
use crate::support::tools;

const HOSTS: [&str; 3] = ["github-actions", "azure-pipelines", "gitlab-ci"];
const DESTROYS: &str = "terraform-1.11.4/replace";
const CHANGES: &str = "terraform-1.11.4/one-quantity";
const EMPTY: &str = "terraform-1.11.4/empty";
const LOSES: &str = "written/update";
const FIRST_LINE: &str = "<!-- terraform-provider-azureml review: production -->";

/// The scripts of a host, in their order, of which `is_wanted` holds.
fn some_scripts(host: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let found: Vec<String> =
        scripts(&workflow(host)).into_iter().filter(|it| is_wanted(it)).collect();
    assert!(!found.is_empty(), "{host} has no such script");
    found
}

/// Everything of a pull request: from saying that there is no plan to the label.
fn plan_and_comment(
    host: &str, stage: &Stage, forge: &Forge, more: &[(&str, &str)],
) -> Vec<Output> {
    let is_install =
        |text: &str| text.contains("releases.hashicorp.com") || text.contains("apt-get");
    let is_apply = |text: &str| text.contains("> digest") || text.contains("terraform apply");
    let scripts = some_scripts(host, |text| !is_install(text) && !is_apply(text));
    scripts.iter().map(|script| stage.run(script, forge, more)).collect()
}

fn apply(host: &str, stage: &Stage, forge: &Forge) -> Vec<Output> {
    let is_apply = |text: &str| text.contains("> digest") || text.contains("terraform apply");
    let scripts = some_scripts(host, is_apply);
    assert_eq!(scripts.len(), 2, "{host}");
    scripts.iter().map(|script| stage.run(script, forge, &[])).collect()
}

#[track_caller]
fn succeeds(host: &str, ran: &[Output]) {
    for output in ran {
        assert!(output.status.success(), "{host}: {output:?}");
    }
}

fn has_programs() -> bool {
    ["jq", "curl"].into_iter().all(|name| tools::on_path(name).is_some())
}

/// Every host: what is lost is posted, then updated, and another root module has its own comment.
#[test]
fn each_forge_gets_one_comment_and_one_label() {
    if !has_programs() {
        return;
    }
    for host in HOSTS {
        let forge = Forge::start();
        forge.comment("LGTM", false);
        forge.comment(&format!("{FIRST_LINE}\nof somebody else"), false);
        forge.label("bug");
        succeeds(host, &plan_and_comment(host, &Stage::new(DESTROYS, 2), &forge, &[]));
        let state = forge.state();
        assert_eq!(state.comments.len(), 3, "{host}: {:#?}", state.comments);
        let posted = &state.comments[2];
        assert!(posted.is_ours && posted.body.starts_with(FIRST_LINE), "{host}: {}", posted.body);
        let told = "## Azure ML, production: 1 to update, 1 to replace";
        assert!(posted.body.contains(told), "{host}: {}", posted.body);
        assert!(posted.body.contains("Commit `"), "{host}: {}", posted.body);
        assert_eq!(labels(&forge), ["azureml: destroys", "bug"], "{host}");

        succeeds(host, &plan_and_comment(host, &Stage::new(CHANGES, 2), &forge, &[]));
        let state = forge.state();
        assert_eq!(state.comments.len(), 3, "{host}: it is updated");
        assert!(state.comments[2].body.contains("production: 1 to update"), "{host}");
        assert_eq!(labels(&forge), ["azureml: changes", "bug"], "{host}");
        assert!(state.comments[1].body.ends_with("of somebody else"), "{host}");

        let other = [("TITLE", "test")];
        succeeds(host, &plan_and_comment(host, &Stage::new(CHANGES, 2), &forge, &other));
        let state = forge.state();
        assert_eq!(state.comments.len(), 4, "{host}: another root module has its own");
        assert!(
            state.comments[3].body.starts_with("<!-- terraform-provider-azureml review: test -->")
        );
    }
}

fn labels(forge: &Forge) -> Vec<String> {
    forge.state().labels.into_iter().collect()
}

/// Nothing is posted; a comment that is there says that nothing changes any more.
#[test]
fn a_plan_that_changes_nothing_is_no_comment() {
    if !has_programs() {
        return;
    }
    for host in HOSTS {
        let forge = Forge::start();
        succeeds(host, &plan_and_comment(host, &Stage::new(EMPTY, 0), &forge, &[]));
        let state = forge.state();
        assert!(state.comments.is_empty() && state.labels.is_empty(), "{host}: {state:#?}");

        forge.comment(&format!("{FIRST_LINE}\nold"), true);
        forge.label("azureml: warns");
        succeeds(host, &plan_and_comment(host, &Stage::new(EMPTY, 0), &forge, &[]));
        let state = forge.state();
        assert_eq!(state.comments.len(), 1, "{host}");
        let body = &state.comments[0].body;
        assert!(body.contains("## Azure ML, production: no changes"), "{host}: {body}");
        assert!(state.labels.is_empty(), "{host}: {:?}", state.labels);
    }
}

/// Azure Repos keeps a thread open while something is lost.
#[test]
fn a_thread_is_active_while_something_is_lost() {
    if !has_programs() {
        return;
    }
    let host = "azure-pipelines";
    let forge = Forge::start();
    forge.label("allow-instance-type-loss");
    for (plan, status) in
        [(LOSES, "active"), (CHANGES, "closed"), (DESTROYS, "active"), (EMPTY, "closed")]
    {
        succeeds(host, &plan_and_comment(host, &Stage::new(plan, 2), &forge, &[]));
        let comments = forge.state().comments;
        assert_eq!(comments.len(), 1);
        assert_eq!(comments[0].status, status, "{plan}");
    }
}

/// A plan that holds secrets and one that fails: what is in the log, and what becomes of the comment.
#[test]
fn a_log_has_no_secret_and_a_failure_is_told() {
    if !has_programs() {
        return;
    }
    for host in HOSTS {
        let forge = Forge::start();
        let stage = Stage::new(DESTROYS, 2);
        assert!(stage.read("plan.json").contains("hunter2"), "the plan holds a secret");
        let ran = plan_and_comment(host, &stage, &forge, &[]);
        succeeds(host, &ran);
        let there = forge.state();
        let told = format!("{ran:?}{:?}{:?}", there.comments, there.asked);
        assert!(!told.contains("hunter"), "{host}: {told}");
        assert!(there.tokens.iter().all(|token| token.ends_with("hunter9")), "{:?}", there.tokens);
        assert!(!stage.read("facts.json").contains("hunter"), "{host}");

        let ran = plan_and_comment(host, &Stage::new(DESTROYS, 1), &forge, &[]);
        assert!(ran.iter().any(|it| !it.status.success()), "{host}: the job fails");
        let comments = forge.state().comments;
        assert_eq!(comments.len(), 1, "{host}");
        let body = &comments[0].body;
        assert!(body.starts_with(FIRST_LINE) && body.contains("production: no plan"), "{body}");
    }
}

/// The whole text stands where the comment says.
#[test]
fn the_whole_text_goes_to_the_run() {
    if !has_programs() {
        return;
    }
    let stage = Stage::new(DESTROYS, 2);
    let ran = plan_and_comment("github-actions", &stage, &Forge::start(), &[]);
    assert_eq!(stage.read("summary.md"), stage.read("review.md"));
    let log = String::from_utf8_lossy(&ran[1].stdout);
    assert!(log.contains("::warning title=Azure ML::"), "{log}");
    let stage = Stage::new(DESTROYS, 2);
    let ran = plan_and_comment("azure-pipelines", &stage, &Forge::start(), &[]);
    assert_eq!(stage.read("temporary/review.md"), stage.read("review.md"));
    let log = String::from_utf8_lossy(&ran[1].stdout);
    assert!(log.contains("##vso[task.uploadsummary]"), "{log}");
    let stage = Stage::new(DESTROYS, 2);
    plan_and_comment("gitlab-ci", &stage, &Forge::start(), &[]);
    assert!(stage.read("gl-code-quality-report.json").contains("\"fingerprint\""));
}

/// An instance type that is lost fails the job, unless a label allows it, and the comment is posted all the same.
#[test]
fn a_lost_instance_type_needs_a_label() {
    if !has_programs() {
        return;
    }
    let without = [("LABELS", "[]"), ("CI_MERGE_REQUEST_LABELS", "")];
    for host in HOSTS {
        let forge = Forge::start();
        let ran = plan_and_comment(host, &Stage::new(LOSES, 2), &forge, &without);
        let failed: Vec<_> = ran.iter().filter(|it| !it.status.success()).collect();
        assert_eq!(failed.len(), 1, "{host}: {ran:?}");
        let why = String::from_utf8_lossy(&failed[0].stderr);
        assert!(why.contains("old is removed; "), "{host}: {why}");
        assert_eq!(labels(&forge), ["azureml: loses instance types"], "{host}");
        assert_eq!(forge.state().comments.len(), 1, "{host}");
        forge.label("allow-instance-type-loss");
        succeeds(host, &plan_and_comment(host, &Stage::new(LOSES, 2), &forge, &[]));
    }
}

/// What was reviewed is applied, by either program; another plan, and one that nobody saw, is not.
#[test]
fn an_apply_wants_a_review() {
    if !has_programs() {
        return;
    }
    for host in HOSTS {
        let forge = Forge::start();
        let refused = |plan: &str| {
            let stage = Stage::new(plan, 2);
            let ran = apply(host, &stage, &forge);
            succeeds(host, &ran[..1]);
            assert!(!ran[1].status.success() && !stage.at("applied").exists(), "{host}: {ran:?}");
            let told = String::from_utf8_lossy(&ran[1].stdout);
            assert!(told.contains("This plan is not the one that"), "{host}: {told}");
        };
        refused(CHANGES);
        succeeds(host, &plan_and_comment(host, &Stage::new(CHANGES, 2), &forge, &[]));
        let stage = Stage::new(CHANGES, 2);
        succeeds(host, &apply(host, &stage, &forge));
        assert!(stage.at("applied").exists(), "{host}");
        let stage = Stage::new("tofu-1.12.6/one-quantity", 2);
        succeeds(host, &apply(host, &stage, &forge));
        assert!(stage.at("applied").exists(), "{host}");
        refused(DESTROYS);
        let stage = Stage::new(EMPTY, 0);
        succeeds(host, &apply(host, &stage, &forge));
        assert!(!stage.at("applied").exists(), "{host}: there is nothing to apply");
    }
}

/// The warnings need no token; without one, nothing is posted and nothing can be applied.
#[test]
fn gitlab_does_without_a_token_until_the_apply() {
    if !has_programs() {
        return;
    }
    let (host, forge, none) = ("gitlab-ci", Forge::start(), [("REVIEW_TOKEN", "")]);
    let stage = Stage::new(DESTROYS, 2);
    succeeds(host, &plan_and_comment(host, &stage, &forge, &none));
    assert!(forge.state().asked.is_empty(), "{:?}", forge.state().asked);
    let reads = some_scripts(host, |text| text.contains("> digest")).remove(0);
    let ran = stage.run(&reads, &forge, &none);
    let why = String::from_utf8_lossy(&ran.stderr);
    assert!(!ran.status.success() && why.contains("REVIEW_TOKEN: is needed"), "{why}");
}

/// A digest that somebody else wrote counts for nothing.
#[test]
fn a_digest_of_somebody_else_is_none() {
    if !has_programs() {
        return;
    }
    for host in HOSTS {
        let forge = Forge::start();
        succeeds(host, &plan_and_comment(host, &Stage::new(CHANGES, 2), &forge, &[]));
        let body = forge.state().comments[0].body.clone();
        let forged = Forge::start();
        forged.comment(&body, false);
        let stage = Stage::new(CHANGES, 2);
        let ran = apply(host, &stage, &forged);
        assert!(!ran[1].status.success() && !stage.at("applied").exists(), "{host}: {ran:?}");
    }
}
