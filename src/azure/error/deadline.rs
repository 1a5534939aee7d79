//! The error of a call whose time is over.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{Error, excerpt};
use crate::transport::Response;

/// What is known when a deadline has passed.
#[derive(Debug, Default)]
pub struct DeadlineExceeded {
    /// Since the call began.
    pub elapsed: Duration,
    /// The last state of the operation, as the service spells it.
    pub status: Option<String>,
    /// What was asked last, without the query.
    pub url: Option<String>,
    /// HTTP status and body of the last answer that said how far the operation is.
    pub last_answer: Option<String>,
    /// What the last try met.
    pub last_error: Option<Box<Error>>,
    /// Whether a write was sent and not answered, or answered so that it may have been carried out.
    pub may_have_arrived: bool,
    /// The pause the service asks for, where that alone is longer than what was left.
    pub requested_pause: Option<Duration>,
}

impl From<DeadlineExceeded> for Error {
    fn from(deadline: DeadlineExceeded) -> Self {
        Self::DeadlineExceeded(Box::new(deadline))
    }
}

impl fmt::Display for DeadlineExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.requested_pause {
            Some(pause) => write!(
                f,
                "the service asks to wait {} s, longer than the timeout allows",
                pause.as_secs()
            )?,
            None => write!(f, "not finished after {} s", self.elapsed.as_secs())?,
        }
        if let Some(status) = &self.status {
            write!(f, "; the last state was {status:?}")?;
        }
        if let Some(url) = &self.url {
            write!(f, "; asked {url}")?;
        }
        if let Some(answer) = &self.last_answer {
            write!(f, "; it answered {answer}")?;
        }
        match &self.last_error {
            Some(last) => write!(f, "; the last answer was: {last}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for DeadlineExceeded {}

/// What an answer says of how far an operation is, as one short line: its HTTP status and its body,
/// without what only names it, and of an object only what tells of its state.
pub(crate) fn describe_progress(response: &Response) -> Option<String> {
    let body: Value = response.json().ok()?;
    let properties = body["properties"].as_object();
    let text = match properties.filter(|it| it.contains_key("provisioningState")) {
        Some(properties) => {
            keep_members(properties, |name| STATE_MEMBERS.contains(&name)).to_string()
        }
        None => match body.as_object() {
            Some(status) => {
                keep_members(status, |name| !["id", "name"].contains(&name)).to_string()
            }
            None => body.to_string(),
        },
    };
    Some(format!("{}: {}", response.status_text(), excerpt(&text)))
}

/// What an object says of its state.
const STATE_MEMBERS: [&str; 4] =
    ["provisioningState", "errorInfo", "statuses", "provisioningErrors"];

/// The members of these names that say anything.
fn keep_members(of: &Map<String, Value>, counts: impl Fn(&str) -> bool) -> Value {
    let is_silent = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    let told = of.iter().filter(|(name, value)| counts(name) && !is_silent(value));
    Value::Object(told.map(|(name, value)| (name.clone(), value.clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_answer_is_shown_as_far_as_it_tells_of_the_state() {
        let long = "x".repeat(1 << 16);
        for (body, expected) in [
            (
                r#"{"error":null,"id":"/x","name":"x","properties":{},"status":"Creating"}"#,
                Some(r#"200 OK: {"status":"Creating"}"#),
            ),
            (
                r#"{"id":"/x","properties":{"provisioningState":"Updating","statuses":[],"errorInfo":null,"version":"1"}}"#,
                Some(r#"200 OK: {"provisioningState":"Updating"}"#),
            ),
            (
                r#"{"properties":{"provisioningState":"Creating","statuses":[{"message":"pulling"}]}}"#,
                Some(
                    r#"200 OK: {"provisioningState":"Creating","statuses":[{"message":"pulling"}]}"#,
                ),
            ),
            ("<html>", None),
            ("", None),
        ] {
            assert_eq!(describe_progress(&Response::new(200, body)).as_deref(), expected, "{body}");
        }
        let shown =
            describe_progress(&Response::new(200, format!(r#"{{"status":"{long}"}}"#))).unwrap();
        assert!(shown.chars().count() < 400, "{}", shown.len());
    }
}
