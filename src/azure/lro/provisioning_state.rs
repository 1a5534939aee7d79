//! The words for the state of a resource or an operation.

use serde_json::Value;

/// Words known to mean that something goes on. Any other that is not terminal means the same and
/// is logged once.
const KNOWN_RUNNING: [&str; 13] = [
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

/// A `provisioningState`, or the `status` of an operation. ARM knows three terminal states,
/// `Succeeded`, `Failed` and `Canceled`, and leaves all others to the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProvisioningState {
    /// There is none, which on a resource means that nothing is going on.
    Absent,
    /// `Succeeded`.
    Succeeded,
    /// `Completed`: not a terminal state of ARM, and not a running one either.
    Completed,
    /// `Failed` or `Canceled`, in the service's spelling.
    Failed(String),
    /// Any other, in the service's spelling.
    Running(String),
}

impl ProvisioningState {
    /// What a resource shows while it is created.
    pub const CREATING: &str = "Creating";
    /// What a resource shows while it is deleted.
    pub const DELETING: &str = "Deleting";
    /// What a resource shows while it is changed.
    pub const UPDATING: &str = "Updating";

    /// The meaning of a word, in any casing. `Cancelled` is read as `Canceled`.
    pub fn parse(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "" => Self::Absent,
            "succeeded" => Self::Succeeded,
            "completed" => Self::Completed,
            "failed" | "canceled" | "cancelled" => Self::Failed(word.to_owned()),
            _ => Self::Running(word.to_owned()),
        }
    }

    /// Whether nothing is under way and the last operation did not fail.
    pub fn is_healthy(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Absent)
    }

    /// Whether the last operation failed or was canceled.
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    /// Whether an operation is under way: the state is neither terminal nor absent.
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Completed | Self::Running(_))
    }

    /// Whether the resource is being deleted.
    pub fn is_deleting(&self) -> bool {
        matches!(self, Self::Running(word) if word.eq_ignore_ascii_case(Self::DELETING))
    }

    /// The state of a resource: its `provisioningState`, or what the 2020 API of extensions called
    /// `installState`.
    pub(crate) fn of_resource(resource: &Value) -> Self {
        Self::parse(word_of(&resource["properties"]).unwrap_or_default())
    }

    /// Whether a running word is one of those seen before.
    pub(crate) fn is_known(&self) -> bool {
        match self {
            Self::Running(word) => KNOWN_RUNNING.contains(&word.to_ascii_lowercase().as_str()),
            _ => true,
        }
    }
}

/// The word for the state that `properties` of a resource hold.
pub(crate) fn word_of(properties: &Value) -> Option<&str> {
    properties["provisioningState"].as_str().or_else(|| properties["installState"].as_str())
}

/// The state of an operation: its `status`, else the `provisioningState`. A failure in either place
/// counts.
pub(super) fn operation_state(body: &Value) -> ProvisioningState {
    let status = ProvisioningState::parse(body["status"].as_str().unwrap_or_default());
    match (&status, ProvisioningState::of_resource(body)) {
        (_, failed @ ProvisioningState::Failed(_)) => failed,
        (ProvisioningState::Absent, state) => state,
        _ => status,
    }
}

/// What the newest entry of a resource's `statuses` says, else an operation's `error`: Helm and the
/// agents report there while they work.
pub(super) fn last_message(body: &Value) -> Option<&str> {
    let statuses = body["properties"]["statuses"].as_array();
    let newest = statuses.and_then(|all| all.iter().rev().find_map(|it| it["message"].as_str()));
    newest.or_else(|| body["error"]["message"].as_str()).filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_in_any_casing() {
        for (word, expected) in [
            ("Succeeded", "healthy"),
            ("succeeded", "healthy"),
            ("", "healthy"),
            ("FAILED", "failed"),
            ("Canceled", "failed"),
            ("cancelled", "failed"),
            ("Completed", "running"),
            ("Updating", "running"),
            ("Marinating", "running"),
            ("deleting", "running, deleting"),
        ] {
            let state = ProvisioningState::parse(word);
            let answers = [
                (state.is_healthy(), "healthy"),
                (state.is_failed(), "failed"),
                (state.is_running(), "running"),
                (state.is_deleting(), "deleting"),
            ];
            let answers = answers.into_iter().filter(|(is_so, _)| *is_so).map(|(_, name)| name);
            assert_eq!(answers.collect::<Vec<_>>().join(", "), expected, "{word}");
        }
    }
}
