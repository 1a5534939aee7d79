//! The words for the state of an operation or an object.

use serde_json::Value;

/// Words known to mean that something goes on; any other that is not terminal means the same and is logged once.
const RUNNING: [&str; 13] = [
    "accepted",
    "creating",
    "deleting",
    "inprogress",
    "notstarted",
    "pending",
    "processing",
    "provisioning",
    "queued",
    "resolving",
    "running",
    "started",
    "updating",
];

/// What a state means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// There is none, which on an object means that nothing is going on.
    Absent,
    /// Ended well.
    Succeeded,
    /// `Completed`: not a terminal state of ARM, and not a running one either. The object decides.
    Completed,
    /// Ended badly, in the service's spelling.
    Failed(String),
    /// Going on, in the service's spelling.
    Running(String),
}

impl State {
    /// The meaning of a word, in any casing.
    pub(crate) fn of(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "" => Self::Absent,
            "succeeded" => Self::Succeeded,
            "completed" => Self::Completed,
            "failed" | "canceled" | "cancelled" => Self::Failed(word.to_owned()),
            _ => Self::Running(word.to_owned()),
        }
    }

    /// Whether a running word is one of those seen before.
    pub(crate) fn is_familiar(&self) -> bool {
        !matches!(self, Self::Running(word) if !RUNNING.contains(&word.to_ascii_lowercase().as_str()))
    }
}

/// The state of an object: its `provisioningState`, or what the API of 2020 called `installState`.
pub(crate) fn state_of(object: &Value) -> State {
    let properties = &object["properties"];
    let word =
        properties["provisioningState"].as_str().or_else(|| properties["installState"].as_str());
    State::of(word.unwrap_or_default())
}

/// The state of an operation: its `status`, else the `provisioningState`; a failure in either place counts.
pub(super) fn status_of(body: &Value) -> State {
    let status = State::of(body["status"].as_str().unwrap_or_default());
    match (&status, state_of(body)) {
        (_, failed @ State::Failed(_)) => failed,
        (State::Absent, state) => state,
        _ => status,
    }
}

/// What the newest entry of an object's `statuses` says, else an operation's `error`: Helm and the agents report there while
/// they work.
pub(super) fn last_message(body: &Value) -> Option<&str> {
    let statuses = body["properties"]["statuses"].as_array();
    let newest = statuses.and_then(|all| all.iter().rev().find_map(|it| it["message"].as_str()));
    newest.or_else(|| body["error"]["message"].as_str()).filter(|text| !text.trim().is_empty())
}
