//! Whether waiting for another operation can resolve a 409 (Conflict).

use crate::error::ErrorResponse;

/// Error codes that always mean that another operation is in progress.
const OTHER_OPERATION_CODES: [&str; 5] = [
    "AnotherOperationInProgress",
    "ConflictingConcurrentWriteNotAllowed",
    "ConflictingOperationInProgress",
    "OperationInProgress",
    "RetryableErrorDueToAnotherOperation",
];

/// Error codes that waiting never resolves, even if their message mentions an operation in
/// progress.
const PERMANENT_CODES: [&str; 6] = [
    "MissingSubscriptionRegistration",
    "ParentResourceBeingDeleted",
    "RequestDisallowedByPolicy",
    "ResourceGroupBeingDeleted",
    "ScopeLocked",
    "SubscriptionBeingDeleted",
];

/// Whether it helps to wait and send the request again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conflict {
    /// Another operation on the object is in progress.
    OtherOperation,
    /// The code alone does not tell; the provisioning state of the object does.
    Unclear,
    /// Waiting would not help.
    Permanent,
}

/// Classifies an error response; all but a 409 is permanent.
pub(super) fn classify(refusal: &ErrorResponse) -> Conflict {
    if refusal.status != 409 {
        return Conflict::Permanent;
    }
    let codes: Vec<String> = refusal.error.walk().filter_map(|error| error.code.clone()).collect();
    let is = |known: &str| codes.iter().any(|code| code.eq_ignore_ascii_case(known));
    if PERMANENT_CODES.into_iter().any(is) {
        return Conflict::Permanent;
    }
    let text = refusal.error.to_string().to_ascii_lowercase();
    if OTHER_OPERATION_CODES.into_iter().any(is)
        || (text.contains("operation") && text.contains("in progress"))
    {
        return Conflict::OtherOperation;
    }
    if is("Conflict") || is("UpdateFailed") || codes.is_empty() {
        Conflict::Unclear
    } else {
        Conflict::Permanent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::{Method, Request, Response};

    #[test]
    fn conflicts_are_classified() {
        for (status, code, message, expected) in [
            (409, "AnotherOperationInProgress", "", Conflict::OtherOperation),
            (409, "retryableerrorduetoanotheroperation", "", Conflict::OtherOperation),
            (409, "UpdateFailed", "conflicting operation in progress", Conflict::OtherOperation),
            (
                409,
                "Conflict",
                "Another operation is in progress on the object",
                Conflict::OtherOperation,
            ),
            (409, "Conflict", "the state forbids it", Conflict::Unclear),
            (409, "MissingSubscriptionRegistration", "", Conflict::Permanent),
            (409, "ScopeLocked", "", Conflict::Permanent),
            (409, "ScopeLocked", "another operation is in progress", Conflict::Permanent),
            (
                409,
                "resourcegroupbeingdeleted",
                "The resource group 'rg' is in deprovisioning state and cannot perform this operation.",
                Conflict::Permanent,
            ),
            (
                409,
                "ResourceGroupBeingDeleted",
                "an operation on the group is in progress",
                Conflict::Permanent,
            ),
            (412, "AnotherOperationInProgress", "", Conflict::Permanent),
        ] {
            let request = Request::new(Method::PUT, "https://arm.example/".parse().unwrap());
            let body = serde_json::json!({"error": {"code": code, "message": message}}).to_string();
            let refusal = ErrorResponse::read(&request, &Response::new(status, body));
            assert_eq!(classify(&refusal), expected, "{status} {code} {message}");
        }
    }
}
