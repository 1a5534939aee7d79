//! Tables of instance types and of settings.

use super::escape::{code, escape_prose};
use super::{Detail, with_count};
use crate::plan::Value;
use crate::{Entry, InstanceTypes, Knowledge, Part, Setting, TypeChange, TypeOutcome};

/// A table, or nothing if it has no rows.
pub(super) fn render_table(head: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    let mut table = line(head) + &line(&vec!["---"; head.len()]);
    for row in rows {
        table += &line(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
    table
}

// === instance types ===

const HEAD: [&str; 5] = ["Instance type", "Node selector", "Requests", "Limits", "Default"];

/// The instance types that change, then those that do not, folded away.
pub(super) fn instance_types(types: &InstanceTypes, detail: Detail) -> String {
    let row = |each: &TypeChange| type_row(types, each, detail);
    let (mut changed, unchanged): (Vec<_>, Vec<_>) =
        types.types.iter().partition(|each| each.changes() || types.moves_default(each));
    changed.sort_by_key(|each| severity_rank(each.outcome));
    let hidden = changed.len().saturating_sub(detail.rows);
    let rows: Vec<_> = changed.into_iter().take(detail.rows).map(row).collect();
    let more = if hidden > 0 {
        format!(
            "\n_{} changed._\n",
            with_count(hidden, "more instance type is", "more instance types are")
        )
    } else {
        String::new()
    };
    let tables =
        [note(types), render_table(&HEAD, &rows), more, fold_unchanged(&unchanged, row, detail)];
    tables.concat() + &left_alone(types, detail)
}

/// Types that this resource does not manage. They are listed, so that nobody takes them for removed.
fn left_alone(types: &InstanceTypes, detail: Detail) -> String {
    if types.left_alone.is_empty() {
        return String::new();
    }
    let names = types.left_alone.iter().take(detail.entries);
    let mut names: Vec<String> = names.map(|name| code(name)).collect();
    let more = types.left_alone.len() - names.len();
    if more > 0 {
        names.push(format!("_{more} more_"));
    }
    format!("\nNot managed by this resource, and not changed: {}.\n", names.join(", "))
}

/// Losses first.
fn severity_rank(outcome: TypeOutcome) -> usize {
    let worst_first =
        [TypeOutcome::Removed, TypeOutcome::Renamed, TypeOutcome::Changed, TypeOutcome::MayChange];
    worst_first.iter().position(|it| *it == outcome).unwrap_or(worst_first.len())
}

fn fold_unchanged(
    unchanged: &[&TypeChange], row: impl Fn(&TypeChange) -> Vec<String>, detail: Detail,
) -> String {
    if unchanged.is_empty() {
        return String::new();
    }
    let respelled = unchanged.iter().filter(|each| each.outcome == TypeOutcome::Respelled).count();
    let count = with_count(
        unchanged.len(),
        "instance type does not change",
        "instance types do not change",
    );
    let also = match respelled {
        0 => String::new(),
        some => format!(" ({some} written another way)"),
    };
    if !detail.unchanged {
        return format!("\n{count}{also}.\n");
    }
    let rows: Vec<_> = unchanged.iter().map(|each| row(each)).collect();
    let table = render_table(&HEAD, &rows);
    format!("\n<details><summary>{count}{also}</summary>\n\n{table}\n</details>\n")
}

/// A note where the instance types are no longer managed, or cannot be read.
fn note(types: &InstanceTypes) -> String {
    if types.types.iter().any(|each| each.outcome == TypeOutcome::Unmanaged) {
        return "Instance types: no longer managed; they stay as they are.\n\n".to_owned();
    }
    match types.knowledge {
        Knowledge::Known => String::new(),
        Knowledge::Unknown => "Instance types: _known after apply_.\n\n".to_owned(),
        Knowledge::Sensitive => "Instance types: _sensitive_.\n\n".to_owned(),
        Knowledge::Unreadable => "Instance types: _not readable by this version_.\n\n".to_owned(),
    }
}

fn type_row(types: &InstanceTypes, each: &TypeChange, detail: Detail) -> Vec<String> {
    let name = code(&each.name);
    let name = match (&each.previous_name, each.outcome) {
        (Some(previous), _) => format!("{} → {name}<br>renamed", code(previous)),
        (_, TypeOutcome::Unchanged) => name,
        (_, outcome) => format!("{name}<br>{}", outcome_label(outcome)),
    };
    let cell = |part: &Part| part_cell(part, each.outcome, detail);
    let parts = [&each.node_selector, &each.requests, &each.limits].map(cell);
    let [selector, requests, limits] = parts;
    vec![name, selector, requests, limits, default_cell(types, each).to_owned()]
}

fn outcome_label(outcome: TypeOutcome) -> &'static str {
    match outcome {
        TypeOutcome::Added => "added",
        TypeOutcome::Removed => "removed",
        TypeOutcome::Renamed => "renamed",
        TypeOutcome::Changed => "changed",
        TypeOutcome::MayChange => "may change",
        TypeOutcome::Respelled => "written another way",
        TypeOutcome::Unmanaged => "no longer managed",
        TypeOutcome::Unchanged => "",
    }
}

fn default_cell(types: &InstanceTypes, each: &TypeChange) -> &'static str {
    match types.default_of(each) {
        (true, true) => "default",
        (false, true) if types.default_before.is_absent() => "default",
        (false, true) => "becomes the default",
        (true, false) if types.default_after == Value::Unknown => "default; known after apply",
        // Left out, it is not managed any more: the service keeps it.
        (true, false)
            if types.default_after.is_absent() && each.outcome != TypeOutcome::Removed =>
        {
            "default; no longer managed"
        }
        (true, false) => "was the default",
        (false, false) => "",
    }
}

pub(super) fn part_cell(part: &Part, outcome: TypeOutcome, detail: Detail) -> String {
    if part.entries.is_empty() {
        return match part.knowledge {
            Knowledge::Known => "–".to_owned(),
            Knowledge::Unknown => "_known after apply_".to_owned(),
            Knowledge::Sensitive => "_sensitive_".to_owned(),
            Knowledge::Unreadable => "_not readable by this version_".to_owned(),
        };
    }
    let lines = part.entries.iter().take(detail.entries).map(|entry| entry_line(entry, outcome));
    let mut lines: Vec<String> = lines.collect();
    let more = part.entries.len().saturating_sub(detail.entries);
    if more > 0 {
        lines.push(format!("_and {more} more_"));
    }
    lines.join("<br>")
}

fn entry_line(entry: &Entry, outcome: TypeOutcome) -> String {
    let before = || render_quantity(&entry.before, entry.normalised_before.as_deref());
    let after = || render_quantity(&entry.after, entry.normalised_after.as_deref());
    let change = match outcome {
        TypeOutcome::Added => after(),
        TypeOutcome::Removed | TypeOutcome::Unmanaged => before(),
        _ if entry.before.is_sensitive() && entry.after.is_sensitive() && entry.changed => {
            "_sensitive, changed_".to_owned()
        }
        _ if entry.changed => format!("{} → {}", before(), after()),
        _ if entry.before != entry.after => format!("{} → {}, the same", before(), after()),
        _ => after(),
    };
    format!("{}: {change}", code(&entry.name))
}

fn render_quantity(written: &Value, normalised: Option<&str>) -> String {
    match normalised {
        Some(normalised) => format!("{} (= {})", value(written), code(normalised)),
        None => value(written),
    }
}

// === settings ===

/// The settings that change, with a column of impacts where any has one.
pub(super) fn settings(settings: &[&Setting], created: bool, detail: Detail) -> String {
    let impacts = settings.iter().any(|setting| setting.impact.is_some());
    let head: &[&str] = match (created, impacts) {
        (true, false) => &["Setting", "Value"],
        (true, true) => &["Setting", "Value", "Impact"],
        (false, false) => &["Setting", "Before", "After"],
        (false, true) => &["Setting", "Before", "After", "Impact"],
    };
    let row = |setting: &&Setting| {
        let mut cells = vec![code(&setting.path), value(&setting.before), new_value(setting)];
        if created {
            cells.remove(1);
        }
        if impacts {
            cells.push(setting.impact.as_deref().map(impact).unwrap_or_default());
        }
        cells
    };
    let mut settings = settings.to_vec();
    if settings.len() > detail.rows {
        settings.sort_by_key(|setting| setting.impact.is_none());
    }
    let rows: Vec<_> = settings.iter().take(detail.rows).map(row).collect();
    let hidden = settings.len().saturating_sub(detail.rows);
    let more = match hidden {
        0 => String::new(),
        some => {
            format!("\n_{}._\n", with_count(some, "more setting changes", "more settings change"))
        }
    };
    render_table(head, &rows) + &more
}

/// An impact is one of the warnings that the headline counts.
fn impact(means: &str) -> String {
    format!("**Warning:** {}", escape_prose(means))
}

fn new_value(setting: &Setting) -> String {
    if setting.before.is_sensitive() && setting.after.is_sensitive() {
        return "_sensitive, changed_".to_owned();
    }
    value(&setting.after)
}

pub(super) fn value(of: &Value) -> String {
    match of {
        Value::Absent => "_not set_".to_owned(),
        Value::Unknown => "_known after apply_".to_owned(),
        Value::Sensitive(_) => "_sensitive_".to_owned(),
        Value::Known(_) => code(&of.text().unwrap_or_default()),
        Value::List(_) | Value::Map(_) => code(&nested_value(of)),
    }
}

/// A value below another one, as JSON with words for what is not shown.
fn nested_value(of: &Value) -> String {
    match of {
        Value::Absent => "null".to_owned(),
        Value::Unknown => "(known after apply)".to_owned(),
        Value::Sensitive(_) => "(sensitive)".to_owned(),
        Value::Known(known) => known.to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(nested_value).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let entries = entries.iter();
            let entries: Vec<String> =
                entries.map(|(key, value)| format!("{key:?}: {}", nested_value(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_row_of_settings_is_as_wide_as_its_head() {
        let detail = Detail { unchanged: true, rows: 9, entries: 9 };
        for (is_created, impact) in [(true, false), (true, true), (false, false), (false, true)] {
            let setting = Setting {
                path: "enable_training".to_owned(),
                before: Value::Absent,
                after: Value::Known(json!(true)),
                impact: impact.then(|| "jobs run".to_owned()),
            };
            let table = settings(&[&setting], is_created, detail);
            let widths: Vec<_> = table.lines().map(|line| line.matches('|').count()).collect();
            assert_eq!(widths.len(), 3, "{table}");
            assert!(widths.iter().all(|width| *width == widths[0]), "{table}");
        }
    }
}
