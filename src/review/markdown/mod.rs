//! The facts as Markdown: `CommonMark` with tables, as GitHub and Azure `DevOps` render it.

mod capacity;
mod cluster;
mod escape;
mod fit;
mod frame;
mod headline;
mod mermaid;
mod resource;
mod root_modules;
mod table;

use escape::{code, escape_prose};
use fit::{Block, fit};
use vocabulary::capitalize;

pub(crate) use escape::visible;
pub(crate) use frame::check_title;
pub use frame::{Frame, LEAST_LENGTH, MAX_LENGTH};

use crate::{
    Action, ClusterTypes, Deferred, FailedCheck, Resource, Review, Reviews, RootModule,
    RootModules, Severity, Warning,
};

/// The first line of a document without a title: a workflow finds by it the comment that it made
/// before. A title stands in it before its end.
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

/// The review of one plan for a pull request, of at most [`MAX_LENGTH`] characters.
pub fn markdown(review: &Review) -> String {
    document(&Reviews::One(Box::new(review.clone())), &Frame::default())
}

/// The document of one plan or of several.
pub fn document(reviews: &Reviews, frame: &Frame) -> String {
    let mut blocks = vec![Block::needed(headline::of_document(reviews, frame).to_vec())];
    match reviews {
        Reviews::One(review) => blocks.extend(sections(review, frame)),
        Reviews::Several(RootModules(modules)) => {
            let modules = root_modules::worst_first(modules);
            let table = |detail| root_modules::table(&modules, detail);
            blocks.push(Block::needed(DETAILS.into_iter().map(table).collect()));
            let sections = |module| module_sections(module, frame);
            blocks.extend(modules.into_iter().flat_map(sections));
        }
    }
    fit(&blocks, frame, &frame.footer(&reviews.digest()))
}

/// A root module under its own headline.
fn module_sections(module: &RootModule, frame: &Frame) -> Vec<Block> {
    // As many forms as a section has: it is left out after the last of its sections.
    let [full, short] = headline::of_module(module);
    let forms = vec![full, short.clone(), short.clone(), short];
    let headline = Block::of(module.review.worst, forms);
    [headline].into_iter().chain(sections(&module.review, frame)).collect()
}

/// Everything of a plan below its headline.
fn sections(review: &Review, frame: &Frame) -> Vec<Block> {
    let mut blocks = Vec::new();
    let checks = &review.failed_checks;
    blocks.extend(in_forms(Severity::Warns, checks, "### Checks that fail\n", failed_check));
    blocks.extend(changes(review, frame));
    let waiting = &review.deferred;
    let heading = "### Waiting for another round\n";
    blocks.extend(in_forms(Severity::Changes, waiting, heading, describe_deferred));
    if !review.drift.is_empty() {
        blocks.push(each_form(Severity::Changes, |_| DRIFT.to_owned()));
    }
    let drift = |each| {
        let action = planned_action(review, each);
        each_form(Severity::Changes, |detail| resource::drift(each, action, detail))
    };
    blocks.extend(review.drift.iter().map(drift));
    blocks.extend(in_forms(Severity::Nothing, &review.notes, "### Notes\n", note));
    blocks
}

/// What is done to resources, the worst first; those of a cluster's instance types together.
fn changes(review: &Review, frame: &Frame) -> Vec<Block> {
    let alone = review.resources.iter().filter(|one| !cluster::shows(review, one));
    let of_resource = |one: &Resource| {
        let form = |detail| {
            resource::block(one, detail) + &capacity::of_resource(review, one, detail, frame)
        };
        let block = each_form(one.severity(), form);
        (resource::rank(one), block)
    };
    let of_cluster = |one: &ClusterTypes| {
        let form = |detail| {
            cluster::block(one, review, detail) + &capacity::of_cluster(review, one, detail, frame)
        };
        let block = each_form(one.severity(), form);
        ((one.severity(), usize::MAX), block)
    };
    let clusters = review.clusters.iter().map(of_cluster);
    let mut blocks: Vec<_> = alone.map(of_resource).chain(clusters).collect();
    blocks.sort_by_key(|(order, _)| *order);
    blocks.into_iter().map(|(_, block)| block).collect()
}

const DRIFT: &str =
    "### Changed outside of Terraform\n\nSince the last apply, found while refreshing.\n";

fn each_form(severity: Severity, form: impl Fn(Detail) -> String) -> Block {
    Block::of(severity, DETAILS.into_iter().map(form).collect())
}

/// A list under a heading, whose items are left out from the end. Nothing if there are none.
fn in_forms<T>(
    severity: Severity, items: &[T], heading: &str, item: fn(&T) -> String,
) -> Option<Block> {
    let form = |detail: Detail| {
        let told = items.iter().take(detail.rows);
        let told: Vec<String> = told.map(|one| format!("- {}\n", item(one))).collect();
        let told = told.concat();
        let more = items.len().saturating_sub(detail.rows);
        let more = if more > 0 { format!("- _{more} more_\n") } else { String::new() };
        format!("{heading}\n{told}{more}")
    };
    (!items.is_empty()).then(|| each_form(severity, form))
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
    let subject = resource::subject(warning);
    format!("{subject} {}: {}", escape_prose(&warning.what), escape_prose(&warning.means))
}

/// `1 thing`, `2 things`.
fn with_count(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
