//! What the page shows. Of objects it has ID and state, of requests method and path: no header, no body
//! and no setting, since these have secrets.

use std::fmt::Write;

use serde_json::Value;
use tokio::time::Instant;

use super::forms::KINDS;
use super::html::{Page, Row, Table};
use crate::cloud::CloudState;
use crate::names::{property, state};
use crate::request_log::Outcome;
use crate::store::{Operation, Status};

/// The forms, by the end of the path that they go to: the section, and what is done in it.
pub(super) const FORM_ADD_FAULT: &str = "faults/add";
pub(super) const FORM_CLEAR_FAULTS: &str = "faults/clear";
pub(super) const FORM_RELEASE: &str = "faults/release";
pub(super) const FORM_END_OPERATIONS: &str = "operations/end";
pub(super) const FORM_CLEAR_LOG: &str = "requests/clear";

/// How many rows a table has.
const MAX_ROWS: usize = 100;
/// How many objects are shown.
const MAX_OBJECTS: usize = 1_000;

const METHODS: [&str; 6] = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"];

pub(super) fn render(state: &CloudState, now: Instant, page: &Page<'_>) -> String {
    let (objects, catalogue) = objects(state);
    let operations = operations(state, now);
    let faults = faults(state);
    let log = log(state);
    let mut text = String::new();
    // A string takes whatever is written to it.
    let _ = write!(
        text,
        "<section id=\"objects\">\n<h2>Objects</h2>\n{objects}<details><summary>Providers, and versions of extensions</summary>\n\
         {catalogue}</details>\n</section>\n\
         <section id=\"operations\">\n<h2>Operations</h2>\n{operations}<div class=\"buttons\">{}</div>\n</section>\n\
         <section id=\"faults\">\n<h2>Faults</h2>\n{faults}{}<div class=\"buttons\">{}{}</div>\n</section>\n\
         <section id=\"requests\">\n<h2>Requests</h2>\n{log}<div class=\"buttons\">{}</div>\n</section>\n",
        page.button(FORM_END_OPERATIONS, "End all operations"),
        fault_form(page),
        page.button(FORM_CLEAR_FAULTS, "Clear all faults"),
        page.button(FORM_RELEASE, "Release what is held"),
        page.button(FORM_CLEAR_LOG, "Clear the log"),
    );
    text
}

/// Those of users, and what Azure brings along: registered providers, and its catalogue of extensions.
fn objects(state: &CloudState) -> (Table<'static>, Table<'static>) {
    let (catalogue, own): (Vec<_>, Vec<_>) = state.store.each_object().partition(|(id, object)| {
        id.to_ascii_lowercase().starts_with("/providers/")
            || object[property::REGISTRATION_STATE].is_string()
    });
    (object_table(&own), object_table(&catalogue))
}

fn object_table(objects: &[(&str, &Value)]) -> Table<'static> {
    let rows = objects.iter().take(MAX_OBJECTS).map(|(id, object)| {
        let state = object_state(object);
        Row { is_failure: state == state::FAILED, cells: vec![(*id).to_owned(), state.to_owned()] }
    });
    Table {
        columns: &["ID", "State"],
        rows: rows.collect(),
        none: "There is no object.",
        of: objects.len(),
    }
}

/// Empty where the object has none.
fn object_state(object: &Value) -> &str {
    let properties = &object["properties"];
    let all = [
        &properties[property::PROVISIONING_STATE],
        &object[property::REGISTRATION_STATE],
        &object["state"],
    ];
    all.into_iter().find_map(Value::as_str).unwrap_or_default()
}

/// Those that run come first, then the newest.
fn operations(state: &CloudState, now: Instant) -> Table<'static> {
    let mut all: Vec<_> = state.store.operations().collect();
    all.sort_by_key(|it| (it.status == Status::Running, it.started_at));
    let newest = all.iter().rev().take(MAX_ROWS);
    let rows = newest.map(|it| operation_row(it, state.store.get(&it.target), now));
    Table {
        columns: &["Object", "Operation", "State", "Age"],
        rows: rows.collect(),
        none: "There was no operation.",
        of: all.len(),
    }
}

fn operation_row(operation: &Operation, object: Option<&Value>, now: Instant) -> Row {
    let failure = operation.failure.as_ref().filter(|_| operation.status == Status::Failed);
    let state = match operation.status {
        Status::Running => "Running",
        Status::Succeeded => state::SUCCEEDED,
        Status::Failed => state::FAILED,
    };
    // Only the object has its ID in the casing of its creation.
    let id = object.and_then(|it| it["id"].as_str()).unwrap_or(&operation.target);
    let object = match failure {
        Some(failure) => format!("{id} ({}: {})", failure.code, failure.message),
        None => id.to_owned(),
    };
    let age = now.saturating_duration_since(operation.started_at);
    let cells = vec![
        object,
        operation.running_status.to_owned(),
        state.to_owned(),
        seconds(age.as_millis()),
    ];
    Row { cells, is_failure: failure.is_some() }
}

fn seconds(milliseconds: u128) -> String {
    format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100)
}

/// Those that still apply to a request.
fn faults(state: &CloudState) -> Table<'static> {
    let all: Vec<_> = state.faults.due().collect();
    let rows = all.iter().take(MAX_ROWS).map(|(script, left)| {
        let times = left.map_or("always".to_owned(), |left| format!("{left} left"));
        let effect = format!("{} \u{2192} {}", script["when"], script["then"]);
        Row { cells: vec![effect, times], is_failure: false }
    });
    Table {
        columns: &["Request \u{2192} what happens", "Times"],
        rows: rows.collect(),
        none: "No fault is scripted.",
        of: all.len(),
    }
}

fn fault_form(page: &Page<'_>) -> String {
    let kinds = KINDS.map(|(kind, label)| format!("<option value=\"{kind}\">{label}</option>"));
    let methods = METHODS.map(|method| format!("<option>{method}</option>"));
    format!(
        "<form method=\"post\" action=\"{}\" class=\"fields\">\n\
         <label>What happens <select name=\"kind\">{}</select></label>\n\
         <label>Method <select name=\"method\"><option value=\"\">any</option>{}</select></label>\n\
         <label>Part of the path <input name=\"path\" placeholder=\"any\" autocomplete=\"off\"></label>\n\
         <label>How often, 0 is always <input name=\"times\" type=\"number\" min=\"0\" value=\"1\"></label>\n\
         <label>Message of the error <input name=\"message\" autocomplete=\"off\"></label>\n\
         <button>Add the fault</button>\n</form>\n",
        page.action(FORM_ADD_FAULT),
        kinds.concat(),
        methods.concat()
    )
}

/// The newest requests, the last one first.
fn log(state: &CloudState) -> Table<'static> {
    let rows = state.log.newest().take(MAX_ROWS).map(|exchange| {
        let outcome = match exchange.outcome {
            Outcome::Answered(status) => status.to_string(),
            Outcome::Broken => "broken off".to_owned(),
            Outcome::Held(what) => format!("{what} held"),
            Outcome::Pending => "pending".to_owned(),
        };
        let is_failure = match exchange.outcome {
            Outcome::Answered(status) => status >= 400,
            outcome => outcome == Outcome::Broken,
        };
        let request = format!("{} {}", exchange.method, exchange.path);
        Row { cells: vec![request, outcome, seconds(exchange.at_ms.into())], is_failure }
    });
    Table {
        columns: &["Request", "Status", "At"],
        rows: rows.collect(),
        none: "There was no request.",
        of: state.log.newest().len(),
    }
}
