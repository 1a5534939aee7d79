//! An operation that ended badly.

use std::fmt;

use super::{RequestIds, ServiceError};
use crate::arm_resource::ArmResource;

/// A long-running operation ended Failed or Canceled, or left its object in such a state.
#[derive(Clone, Debug, Default)]
pub struct OperationFailure {
    /// The terminal state, as the service spells it.
    pub status: String,
    /// What the operation's answer says.
    pub operation_error: Option<ServiceError>,
    /// What the object itself says: its `errorInfo`, `statuses` of level Error,
    /// `provisioningErrors`.
    pub object_errors: Vec<ServiceError>,
    /// The URL that told it, without the query.
    pub url: String,
    /// The IDs to give to support.
    pub ids: RequestIds,
    /// The object as it was read afterwards.
    pub object: Option<ArmResource>,
}

impl OperationFailure {
    /// Whether the operation was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.status.to_ascii_lowercase().starts_with("cancel")
    }

    /// The operation's error, else the first of the object's.
    pub fn error(&self) -> Option<&ServiceError> {
        self.operation_error.as_ref().or_else(|| self.object_errors.first())
    }
}

impl fmt::Display for OperationFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_cancelled() { "was cancelled" } else { "failed" };
        write!(f, "the operation {word} (state {:?}, {})", self.status, self.url)?;
        let told = self.operation_error.iter().chain(&self.object_errors);
        let mut told = told.map(ToString::to_string).collect::<Vec<_>>();
        told.dedup();
        if told.is_empty() {
            write!(f, "; the service gives no reason")?;
        } else {
            write!(f, ": {}", told.join("; "))?;
        }
        write!(f, "{}", self.ids)
    }
}

impl std::error::Error for OperationFailure {}
