//! One resource: what happens to it, why, and what that means.

use super::escape::{code, escape_prose};
use super::table::{self, value};
use super::{Detail, warning_sentence, with_count};
use crate::{
    Action, Effect, Import, InstanceTypes, Outcome, Release, Resource, Setting, Severity, Upgrade,
    Warning,
};

/// The worst first.
pub(super) fn rank(resource: &Resource) -> (Severity, usize) {
    (resource.severity(), order(resource.action))
}

/// Losses first.
pub(super) fn order(action: Action) -> usize {
    let worst_first = [
        Action::Delete,
        Action::Replace,
        Action::CreateThenDelete,
        Action::CreateThenForget,
        Action::Forget,
        Action::Other,
        Action::Update,
        Action::Create,
    ];
    worst_first.iter().position(|it| *it == action).unwrap_or(worst_first.len())
}

/// What is done, as a heading begins.
pub(super) fn verb(resource: &Resource) -> &'static str {
    match resource.action {
        Action::Create => "Create",
        Action::Update => "Update",
        Action::Replace | Action::CreateThenDelete => "Replace",
        Action::Delete => "Delete",
        Action::Forget => "Forget",
        Action::CreateThenForget => "Create anew",
        Action::Read => "Read",
        Action::NoOp if resource.importing.is_some() => "Import",
        Action::NoOp => "Move",
        Action::Other => "Change",
    }
}

/// The whole section of a resource.
pub(super) fn block(resource: &Resource, detail: Detail) -> String {
    let heading = format!("### {} {}\n", verb(resource), code(&resource.address));
    let mut told: Vec<String> = Vec::new();
    told.extend(origin(resource));
    told.extend(reasons(resource));
    told.extend(resource.release.as_ref().map(release));
    if resource.state_only {
        told.push("Only Terraform's state changes; nothing is called.".to_owned());
    }
    told.extend(warning_lines(&resource.warnings, detail));
    told.extend(resource.effects.iter().map(describe_effect));
    let told: Vec<String> = told.into_iter().map(|line| format!("- {line}\n")).collect();
    let types = resource.instance_types.as_ref();
    let parts = [heading, told.concat(), tables(resource, types, detail)];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

/// A line for each warning, of which a few are always shown.
pub(super) fn warning_lines(warnings: &[Warning], detail: Detail) -> Vec<String> {
    let most = detail.rows.max(3);
    let line = |warning: &Warning| format!("**Warning:** {}.", warning_sentence(warning));
    let mut lines: Vec<String> = warnings.iter().take(most).map(line).collect();
    let more = warnings.len().saturating_sub(most);
    if more > 0 {
        lines.push(with_count(more, "more warning", "more warnings"));
    }
    lines
}

/// What a warning is about. What a rule names in words is no name.
pub(super) fn subject(warning: &Warning) -> String {
    if warning.name.contains(' ') { escape_prose(&warning.name) } else { code(&warning.name) }
}

/// What was changed outside, and what the plan does about it.
pub(super) fn drift(resource: &Resource, planned: Option<Action>, detail: Detail) -> String {
    let what = if resource.action == Action::Delete { "is gone" } else { "changed" };
    let then = match planned {
        None | Some(Action::NoOp) => "the plan leaves it so",
        Some(Action::Update) => "the plan updates it",
        Some(Action::Create) => "the plan creates it again",
        Some(action) if action.replaces() => "the plan replaces it",
        Some(_) => "the plan takes it out",
    };
    let heading = format!("**{}** {what}; {then}.\n", code(&resource.address));
    let types = resource.instance_types.as_ref().filter(|types| types.any_change());
    let tables = tables(resource, types, Detail { unchanged: false, ..detail });
    if tables.is_empty() { heading } else { format!("{heading}\n{tables}") }
}

fn tables(resource: &Resource, types: Option<&InstanceTypes>, detail: Detail) -> String {
    // What the reasons and the line of the version tell already.
    let told = |setting: &Setting| {
        let released = resource.release.is_some() && setting.path == "version";
        released || resource.forced_by.iter().any(|forcing| forcing.path == setting.path)
    };
    let created = resource.action == Action::Create;
    let settings: Vec<&Setting> = resource.settings.iter().filter(|one| !told(one)).collect();
    let parts = [
        types.map(|types| table::instance_types(types, detail)).unwrap_or_default(),
        table::settings(&settings, created, detail),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

/// Where it comes from: an import, a move, a replacement that was not finished.
pub(super) fn origin(resource: &Resource) -> Vec<String> {
    let mut told = Vec::new();
    if let Some(from) = &resource.previous_address {
        told.push(format!("Moved from {}.", code(from)));
    }
    told.extend(resource.importing.as_ref().map(import));
    if let Some(key) = &resource.deposed {
        told.push(format!("An earlier replacement left it behind (object {}).", code(key)));
    }
    told
}

fn import(import: &Import) -> String {
    match &import.id {
        _ if import.unknown => "Imported; from where is _known after apply_.".to_owned(),
        Some(id) => format!("Imported from {}.", code(id)),
        None => format!("Imported by the identity {}.", value(&import.identity)),
    }
}

/// Why it is done.
pub(super) fn reasons(resource: &Resource) -> Vec<String> {
    let mut told: Vec<String> = resource.forced_by.iter().map(forced).collect();
    let reason = resource.action_reason.as_deref();
    let why = match reason {
        Some("replace_because_tainted") => "Replaced because it is tainted: its create failed.",
        Some("replace_by_request") => "Replaced because `-replace` asks for it.",
        Some("replace_by_triggers") => "Replaced because of its `replace_triggered_by`.",
        Some("replace_because_cannot_update") if told.is_empty() => {
            "Replaced because it cannot be changed in place."
        }
        Some("delete_because_no_resource_config") => "It is no longer in the configuration.",
        Some("delete_because_no_module") => "Its module is no longer in the configuration.",
        Some("delete_because_wrong_repetition") => "Its `count` or `for_each` came or went.",
        Some("delete_because_count_index") => "Its index is beyond `count`.",
        Some("delete_because_each_key") => "Its key is no longer in `for_each`.",
        Some("delete_because_no_move_target") => "It was moved to what is not configured.",
        _ => return told,
    };
    told.push(why.to_owned());
    told
}

fn forced(setting: &Setting) -> String {
    let (path, before, after) =
        (code(&setting.path), value(&setting.before), value(&setting.after));
    format!("Replaced because {path} changes from {before} to {after}.")
}

fn release(release: &Release) -> String {
    let to = match &release.to {
        Upgrade::Pinned(version) => value(version),
        Upgrade::Automatic => "the newest, upgraded automatically".to_owned(),
    };
    let (old, new) = (&release.train_before, &release.train_after);
    let train = if old == new || old.is_absent() {
        String::new()
    } else {
        let back = downgrade(release.train_goes_back);
        format!("; release train: {} → {}{back}", value(old), value(new))
    };
    if release.from.is_absent() {
        return format!("Version: {to}{train}.");
    }
    let back = downgrade(release.version_goes_back);
    format!("Version: {} → {to}{back}{train}.", value(&release.from))
}

fn downgrade(goes_back: bool) -> &'static str {
    if goes_back { ", **a downgrade**" } else { "" }
}

fn describe_effect(effect: &Effect) -> String {
    let outcome = match effect.outcome {
        Outcome::Attached => "Attached to",
        Outcome::Detached => "Detached:",
        Outcome::Installed => "Installed on",
        Outcome::Uninstalled => "Uninstalled:",
        Outcome::Created => "Created beside it:",
        Outcome::Deleted => "Deleted with it:",
        Outcome::Kept => "Kept:",
    };
    let id =
        effect.id.as_deref().map(|id| format!(" {}", code(last_segment(id)))).unwrap_or_default();
    let costs = if effect.costs { ", which costs money" } else { "" };
    let detail = match effect.detail.as_str() {
        "" => String::new(),
        detail => format!(" ({})", escape_prose(detail)),
    };
    format!("**{outcome}** {}{id}{costs}{detail}.", escape_prose(&effect.object))
}

/// The name at the end of an ARM ID.
pub(super) fn last_segment(id: &str) -> &str {
    id.rsplit('/').find(|segment| !segment.is_empty()).unwrap_or(id)
}
