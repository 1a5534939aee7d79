//! The headline: what can be trusted at a glance.

use std::collections::BTreeMap;

use super::escape::escape_prose;
use super::{MARKER, with_count};
use crate::{Action, InstanceTypes, PlanResult, Resource, Review, TypeOutcome};

/// Heading and summary of the whole plan.
pub(super) fn headline(review: &Review) -> String {
    let lines = [
        note_incomplete(review),
        describe_no_changes(review),
        instance_types(review),
        count_other_resources(review),
    ];
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    format!("{MARKER}\n## Azure ML: {}\n\n{}", heading(review), lines.join("\n"))
}

fn heading(review: &Review) -> String {
    let mut parts = match review.result {
        PlanResult::Errored => vec!["the plan failed".to_owned()],
        PlanResult::Incomplete => vec!["only a part is planned".to_owned()],
        PlanResult::NoChanges => vec!["no changes".to_owned()],
        PlanResult::Changes => Vec::new(),
    };
    parts.extend(counts(review));
    if !review.failed_checks.is_empty() {
        parts.push(with_count(review.failed_checks.len(), "check fails", "checks fail"));
    }
    let warnings = |resource: &Resource| {
        let impacts = resource.settings.iter().filter(|setting| setting.impact.is_some()).count();
        resource.warnings.len() + impacts
    };
    let of_clusters = review.clusters.iter().map(|cluster| cluster.warnings.len());
    let warnings: usize = review.resources.iter().map(warnings).chain(of_clusters).sum();
    if warnings > 0 {
        parts.push(with_count(warnings, "warning", "warnings"));
    }
    if !review.drift.is_empty() {
        parts.push(format!("{} changed outside of Terraform", review.drift.len()));
    }
    parts.join(", ")
}

/// How many resources of ours are created, changed and so on.
fn counts(review: &Review) -> Vec<String> {
    let mut actions: BTreeMap<Action, usize> = BTreeMap::new();
    for resource in &review.resources {
        *actions.entry(resource.action).or_default() += 1;
    }
    let imports = review.resources.iter().filter(|resource| resource.importing.is_some()).count();
    let moves = review.resources.iter().filter(|one| one.previous_address.is_some()).count();
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
