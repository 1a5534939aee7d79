//! The facts as Markdown: `CommonMark` with tables, as GitHub and Azure `DevOps` render it.

mod cluster;
mod escape;
mod fit;
mod headline;
mod resource;
mod table;

use escape::{code, escape_prose};
use fit::{Block, fit};
use vocabulary::capitalize;

use crate::{Action, Deferred, FailedCheck, Resource, Review, Warning};

/// The first line of every document: a workflow finds by it the comment that it made before.
pub const MARKER: &str = "<!-- terraform-provider-azureml review -->";

/// How much a block tells.
#[derive(Clone, Copy)]
struct Detail {
    /// What does not change, too.
    unchanged: bool,
    /// Rows of a table, and items of a list.
    rows: usize,
    /// Entries of a cell.
    entries: usize,
}

/// From everything to hardly anything.
const DETAILS: [Detail; 4] = [
    Detail { unchanged: true, rows: usize::MAX, entries: usize::MAX },
    Detail { unchanged: false, rows: 100, entries: 20 },
    Detail { unchanged: false, rows: 10, entries: 5 },
    Detail { unchanged: false, rows: 0, entries: 0 },
];

/// The review for a pull request, of at most 65,536 characters.
pub fn markdown(review: &Review) -> String {
    let mut blocks = vec![Block::needed(headline::headline(review))];
    blocks.extend(in_forms(&review.failed_checks, "### Checks that fail\n", failed_check));
    let alone = review.resources.iter().filter(|one| !cluster::shows(review, one));
    let mut resources: Vec<&Resource> = alone.collect();
    resources.sort_by_key(|resource| resource::order(resource.action));
    blocks.extend(
        resources.into_iter().map(|each| each_form(|detail| resource::block(each, detail))),
    );
    let cluster = |each| each_form(|detail| cluster::block(each, review, detail));
    blocks.extend(review.clusters.iter().map(cluster));
    blocks.extend(in_forms(&review.deferred, "### Waiting for another round\n", describe_deferred));
    if !review.drift.is_empty() {
        blocks.push(Block::needed(DRIFT.to_owned()));
    }
    let drift =
        |each| each_form(|detail| resource::drift(each, planned_action(review, each), detail));
    blocks.extend(review.drift.iter().map(drift));
    blocks.extend(in_forms(&review.notes, "### Notes\n", note));
    fit(&blocks)
}

const DRIFT: &str =
    "### Changed outside of Terraform\n\nSince the last apply, found while refreshing.\n";

fn each_form(form: impl Fn(Detail) -> String) -> Block {
    Block::of(DETAILS.into_iter().map(form).collect())
}

/// A list under a heading, whose items are left out from the end. Nothing if there are none.
fn in_forms<T>(items: &[T], heading: &str, item: fn(&T) -> String) -> Option<Block> {
    let form = |detail: Detail| {
        let told = items.iter().take(detail.rows);
        let told: Vec<String> = told.map(|one| format!("- {}\n", item(one))).collect();
        let told = told.concat();
        let more = items.len().saturating_sub(detail.rows);
        let more = if more > 0 { format!("- _{more} more_\n") } else { String::new() };
        format!("{heading}\n{told}{more}")
    };
    (!items.is_empty()).then(|| each_form(form))
}

/// What the plan does to a resource that was changed outside.
fn planned_action(review: &Review, drifted: &Resource) -> Option<Action> {
    let same = |resource: &&Resource| resource.address == drifted.address;
    review.resources.iter().find(same).map(|resource| resource.action)
}

fn failed_check(check: &FailedCheck) -> String {
    let messages: Vec<String> =
        check.messages.iter().map(|message| escape_prose(message)).collect();
    let status = if check.status == "error" { " could not be evaluated" } else { "" };
    format!("**{}**{status}: {}", code(&check.address), messages.join("; "))
}

fn describe_deferred(waiting: &Deferred) -> String {
    let why = match waiting.reason.as_str() {
        "instance_count_unknown" => "how many there are is not known yet",
        "resource_config_unknown" => "its configuration is not known yet",
        "provider_config_unknown" => "the provider's configuration is not known yet",
        "absent_prereq" => "something that it needs is not there yet",
        "deferred_prereq" => "something that it needs is waiting too",
        _ => "Terraform does not say why",
    };
    let action = resource::verb(&waiting.resource);
    format!("{action} {}: {why}.", code(&waiting.resource.address))
}

fn note(note: &Warning) -> String {
    capitalize(&warning_sentence(note)) + "."
}

/// A warning as one sentence, without its full stop.
fn warning_sentence(warning: &Warning) -> String {
    // What a rule names in words is no name.
    let name =
        if warning.name.contains(' ') { escape_prose(&warning.name) } else { code(&warning.name) };
    format!("{name} {}: {}", escape_prose(&warning.what), escape_prose(&warning.means))
}

/// `1 thing`, `2 things`.
fn with_count(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
