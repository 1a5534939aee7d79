//! The headline: what can be trusted at a glance.

use std::collections::BTreeMap;

use super::escape::{code, escape_prose};
use super::{Frame, with_count};
use crate::{Action, InstanceTypes, PlanResult, Review, Reviews, RootModule, TypeOutcome};

/// First line, heading and summary of a document: in full, and as little as it takes.
pub(super) fn of_document(reviews: &Reviews, frame: &Frame) -> [String; 2] {
    let each = reviews.each();
    let modules = match reviews {
        Reviews::One(_) => String::new(),
        Reviews::Several(_) => with_count(each.len(), "root module", "root modules") + ", ",
    };
    let first =
        format!("{}\n## {}: {modules}{}\n", frame.marker(), frame.subject(), heading(&each));
    match reviews {
        Reviews::One(review) => with_summary(&first, review),
        Reviews::Several(_) => [first.clone(), first],
    }
}

/// The same of one of several root modules.
pub(super) fn of_module(module: &RootModule) -> [String; 2] {
    let first = format!("## {}: {}\n", code(&module.name), heading(&[&module.review]));
    with_summary(&first, &module.review)
}

fn with_summary(first: &str, review: &Review) -> [String; 2] {
    let incomplete = note_incomplete(review);
    let more = [describe_no_changes(review), instance_types(review), count_other_resources(review)];
    let all: Vec<String> =
        incomplete.clone().into_iter().chain(more.into_iter().flatten()).collect();
    [format!("{first}\n{}", all.join("\n")), format!("{first}\n{}", incomplete.unwrap_or_default())]
}

/// What happens, over all of the reviews.
pub(super) fn heading(reviews: &[&Review]) -> String {
    let result = reviews.iter().map(|review| review.result).min();
    let mut parts = match result.unwrap_or(PlanResult::NoChanges) {
        PlanResult::Errored => vec!["the plan failed".to_owned()],
        PlanResult::Incomplete => vec!["only a part is planned".to_owned()],
        PlanResult::NoChanges => vec!["no changes".to_owned()],
        PlanResult::Changes => Vec::new(),
    };
    parts.extend(counts(reviews));
    let sum = |count: fn(&Review) -> usize| reviews.iter().map(|review| count(review)).sum();
    let failing: usize = sum(|review| review.failed_checks.len());
    if failing > 0 {
        parts.push(with_count(failing, "check fails", "checks fail"));
    }
    let warnings: usize = sum(Review::count_warnings);
    if warnings > 0 {
        parts.push(with_count(warnings, "warning", "warnings"));
    }
    let drifted: usize = sum(|review| review.drift.len());
    if drifted > 0 {
        parts.push(format!("{drifted} changed outside of Terraform"));
    }
    parts.join(", ")
}

/// How many resources of ours are created, changed and so on.
fn counts(reviews: &[&Review]) -> Vec<String> {
    let resources = || reviews.iter().flat_map(|review| &review.resources);
    let mut actions: BTreeMap<Action, usize> = BTreeMap::new();
    for resource in resources() {
        *actions.entry(resource.action).or_default() += 1;
    }
    let imports = resources().filter(|resource| resource.importing.is_some()).count();
    let moves = resources().filter(|one| one.previous_address.is_some()).count();
    count_actions(&actions, imports, moves)
}

fn count_actions(actions: &BTreeMap<Action, usize>, imports: usize, moves: usize) -> Vec<String> {
    let acted = actions.iter().filter(|(action, _)| action.changes());
    let acted = acted.map(|(action, count)| format!("{count} {}", describe_action(*action)));
    let also = [(imports, "to import"), (moves, "moved")];
    let also = also.into_iter().filter(|(count, _)| *count > 0);
    acted.chain(also.map(|(count, word)| format!("{count} {word}"))).collect()
}

fn describe_action(action: Action) -> &'static str {
    match action {
        Action::Create => "to create",
        Action::Update => "to update",
        Action::Replace => "to replace",
        Action::CreateThenDelete => "to replace (the new one first)",
        Action::Delete => "to delete",
        Action::Forget => "to forget",
        Action::CreateThenForget => "to replace (the old one is not deleted, only forgotten)",
        Action::Read => "to read",
        Action::NoOp => "unchanged",
        Action::Other => "with an action that this version does not know",
    }
}

/// Why what follows is not everything.
fn note_incomplete(review: &Review) -> Option<String> {
    match review.result {
        PlanResult::Errored => Some(
            "**Planning ended with an error. Below is only what was planned before it, \
             and it cannot be applied.**\n"
                .to_owned(),
        ),
        PlanResult::Incomplete => {
            let waiting = review.deferred.len() + review.others.deferred;
            let waiting = match waiting {
                0 => "Something is".to_owned(),
                1 => "1 change is".to_owned(),
                count => format!("{count} changes are"),
            };
            Some(format!(
                "**This is not the whole plan. {waiting} left for the next plan and apply.**\n"
            ))
        }
        PlanResult::Changes | PlanResult::NoChanges => None,
    }
}

/// How many resources a plan without changes covers.
fn describe_no_changes(review: &Review) -> Option<String> {
    if review.result != PlanResult::NoChanges {
        return None;
    }
    Some(match review.managed {
        0 => "This plan has no resource of the provider `azureml`.\n".to_owned(),
        count => with_count(count, "resource stays as it is.\n", "resources stay as they are.\n"),
    })
}

/// What becomes of instance types, over all computes and clusters.
fn instance_types(review: &Review) -> Option<String> {
    let mut outcomes: BTreeMap<TypeOutcome, usize> = BTreeMap::new();
    let types = review.resources.iter().filter_map(|resource| resource.instance_types.as_ref());
    let of_clusters = review.clusters.iter().map(|cluster| &cluster.instance_types);
    for each in types.chain(of_clusters).flat_map(InstanceTypes::changed_types) {
        *outcomes.entry(each.outcome).or_default() += 1;
    }
    let told = |(outcome, count): (TypeOutcome, usize)| match outcome {
        TypeOutcome::Added => format!("{count} added"),
        TypeOutcome::Removed => format!("{count} removed"),
        TypeOutcome::Renamed => format!("{count} renamed"),
        TypeOutcome::Changed => format!("{count} changed"),
        TypeOutcome::MayChange => format!("{count} may change"),
        TypeOutcome::Unmanaged | TypeOutcome::Respelled | TypeOutcome::Unchanged => String::new(),
    };
    let told: Vec<String> = outcomes.into_iter().map(told).collect();
    (!told.is_empty()).then(|| format!("Instance types: {}.\n", told.join(", ")))
}

/// One line for everything that is not of this provider.
fn count_other_resources(review: &Review) -> Option<String> {
    const MOST_NAMES: usize = 8;
    let others = &review.others;
    let mut parts = count_actions(&others.actions, others.imports, others.moves);
    if others.deferred > 0 {
        parts.push(format!("{} left for the next plan and apply", others.deferred));
    }
    if others.drift > 0 {
        parts.push(format!("{} changed outside of Terraform", others.drift));
    }
    let mut told = Vec::new();
    if !parts.is_empty() {
        let mut names: Vec<String> =
            others.providers.iter().take(MOST_NAMES).map(|name| escape_prose(name)).collect();
        if others.providers.len() > MOST_NAMES {
            names.push("…".to_owned());
        }
        let names =
            if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        told.push(format!("Other providers{names}: {}.", parts.join(", ")));
    }
    if review.outputs > 0 {
        told.push(with_count(review.outputs, "output changes.", "outputs change."));
    }
    (!told.is_empty()).then(|| told.join(" ") + "\n")
}
