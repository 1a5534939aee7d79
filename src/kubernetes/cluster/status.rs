//! What an answer that is no success means.

use kube::core::Status;
use kube::core::response::{StatusCause, StatusDetails};

use super::exchange::Answer;
use super::request::Call;
use super::retry::Exchanged;
use crate::error::{Cause, Error, FieldConflict, Forbidden};

/// What an apply is answered with, as status 500, where the object does not fit its schema.
const UNTYPED: &str = "failed to create typed patch object";
/// How much of an answer that nobody expects is shown.
const MAX_TEXT: usize = 200;

impl Exchanged {
    /// The answer, if it is a success.
    pub(super) fn success(self, call: &Call<'_>) -> Result<Answer, Error> {
        if (200..300).contains(&self.answer.status) {
            Ok(self.answer)
        } else {
            Err(self.answer.error(call))
        }
    }
}

impl Answer {
    /// The status object that an API server sends with an error. What anything else on the way
    /// sends is none.
    pub(super) fn status_object(&self) -> Option<Status> {
        let value: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        let is_status = value["kind"] == "Status" && value["apiVersion"] == "v1";
        is_status.then(|| serde_json::from_value(value).ok()).flatten()
    }

    /// Whether the object cannot be read as its type. The API server calls that an error of its own.
    pub(super) fn is_untyped(&self) -> bool {
        self.status_object().is_some_and(|status| status.message.starts_with(UNTYPED))
    }

    /// The status with what the server says to it.
    pub(super) fn describe(&self) -> String {
        match self.status_object() {
            Some(status) => format!("{}: {}", self.status, status.message),
            None => format!("status {}", self.status),
        }
    }

    /// What an answer that is no success means.
    pub(super) fn error(&self, call: &Call<'_>) -> Error {
        let Some(status) = self.status_object() else { return self.foreign_error() };
        let message = status.message;
        let details = status.details.unwrap_or_else(no_details);
        if let Some(by) = who_denied(&message) {
            return Error::Admission { by, message };
        }
        match (self.status, status.reason.as_str()) {
            (500, _) if message.starts_with(UNTYPED) => schema_error(message),
            (401, _) => Error::Unauthorized { why: message },
            (403, _) => forbidden(call, message).into(),
            (404, "NotFound") if !details.name.is_empty() => {
                Error::Absent { resource: qualified_resource(&details), name: details.name }
            }
            (409, "AlreadyExists") => Error::AlreadyExists { message },
            (409, _) => conflict(details, message),
            (400 | 422, "Invalid" | "BadRequest") => {
                Error::Invalid { message, causes: details.causes.into_iter().map(cause).collect() }
            }
            (status, _) => Error::Refused { status, message },
        }
    }

    /// An answer of whoever stands between us and the API server, or instead of it.
    fn foreign_error(&self) -> Error {
        let text = String::from_utf8_lossy(&self.body);
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut rest = text.chars().filter(|c| !c.is_control());
        let mut text: String = rest.by_ref().take(MAX_TEXT).collect();
        // Whoever strikes secrets must see that the last word may be the beginning of a longer one:
        // it is cut here, or the connection has broken in the middle of an object.
        let is_part = self.body.trim_ascii_start().starts_with(b"{")
            && serde_json::from_slice::<serde::de::IgnoredAny>(&self.body).is_err();
        if rest.next().is_some() || is_part {
            text.push('…');
        }
        match self.status {
            401 => {
                Error::Unauthorized { why: if text.is_empty() { "401".to_owned() } else { text } }
            }
            status => Error::Unreachable {
                why: format!("what answers {status} there is no API server: {text:?}"),
            },
        }
    }
}

fn no_details() -> StatusDetails {
    StatusDetails {
        name: String::new(),
        group: String::new(),
        kind: String::new(),
        uid: String::new(),
        causes: Vec::new(),
        retry_after_seconds: 0,
    }
}

fn qualified_resource(details: &StatusDetails) -> String {
    match details.group.as_str() {
        "" => details.kind.clone(),
        group => format!("{}.{group}", details.kind),
    }
}

fn forbidden(call: &Call<'_>, message: String) -> Forbidden {
    let (group, resource) = match call.resource {
        Some(resource) => (resource.group.to_owned(), resource.plural.to_owned()),
        None => (String::new(), call.describe()),
    };
    Forbidden {
        verb: call.verb,
        group,
        resource,
        name: call.name.map(str::to_owned),
        namespace: call.namespace.map(str::to_owned),
        message,
    }
}

/// A conflict between managers of fields, else one with another change.
fn conflict(details: StatusDetails, message: String) -> Error {
    let managers =
        details.causes.into_iter().filter(|cause| cause.reason == "FieldManagerConflict");
    let fields: Vec<_> = managers
        .map(|cause| FieldConflict { manager: manager(&cause.message), field: cause.field })
        .collect();
    if fields.is_empty() { Error::Changed { message } } else { Error::Conflict { fields } }
}

/// The name in `conflict with "NAME" using v1 at …`, which Go quotes; the whole text where it is
/// said otherwise.
fn manager(message: &str) -> String {
    let quoted = message.strip_prefix("conflict with ").and_then(|rest| {
        let mut names = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        names.next()?.ok()
    });
    quoted.unwrap_or_else(|| message.to_owned())
}

fn cause(cause: StatusCause) -> Cause {
    Cause { field: cause.field, message: cause.message }
}

/// An object that does not fit its schema: `… (/NAME; …): FIELD: WHY`, or a line for each field.
fn schema_error(message: String) -> Error {
    let (_, told) = message.split_once("): ").unwrap_or_default();
    let lines = told.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "errors:");
    let causes = lines.map(|line| {
        let (field, message) = line.split_once(": ").unwrap_or(("", line));
        Cause { field: field.to_owned(), message: message.to_owned() }
    });
    Error::Invalid { causes: causes.collect(), message }
}

/// The webhook or the policy that a refusal comes from.
fn who_denied(message: &str) -> Option<String> {
    if let Some((before, _)) = message.split_once(" denied the request") {
        let (_, name) = before.split_once("admission webhook ")?;
        return Some(format!("the admission webhook {name}"));
    }
    let (_, policy) = message.split_once("ValidatingAdmissionPolicy '")?;
    let (policy, _) = policy.split_once('\'')?;
    message.contains(" denied request").then(|| format!("the admission policy {policy:?}"))
}
