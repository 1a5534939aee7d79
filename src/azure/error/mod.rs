//! What can go wrong when Azure is called.

mod deadline;
mod error_response;
mod operation_failure;
mod policy;
mod service_error;
mod text;
mod unknown_outcome;

pub use deadline::DeadlineExceeded;
pub(crate) use deadline::describe_progress;
pub(crate) use error_response::url_without_query;
pub use error_response::{ErrorResponse, RequestIds};
pub use operation_failure::OperationFailure;
pub use service_error::ServiceError;
pub use text::strip_unprintable;
pub(crate) use text::{clean_text, excerpt, snippet};
pub use unknown_outcome::UnknownOutcome;

use std::time::Duration;

use crate::transport::TransportError;

/// Why a call to Azure did not do what it was for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The service answered with an error.
    #[error(transparent)]
    ErrorResponse(Box<ErrorResponse>),
    /// A long-running operation ended Failed or Canceled, or left the object in such a state.
    #[error(transparent)]
    OperationFailed(Box<OperationFailure>),
    /// A write was accepted, and nothing tells whether it was carried out.
    #[error(transparent)]
    OutcomeUnknown(Box<UnknownOutcome>),
    /// The caller's stop token ended the call. What was accepted before goes on in Azure.
    #[error("stopped before it was finished")]
    Stopped,
    /// The caller's deadline ended the call.
    #[error(transparent)]
    DeadlineExceeded(Box<DeadlineExceeded>),
    /// The metadata host does not tell where the cloud is; nothing was sent to it.
    #[error("the cloud is not known: {reason}")]
    CloudUnknown {
        /// With the host, and without any secret.
        reason: String,
    },
    /// No token could be had; each method and why it failed.
    #[error("no credential works: {}", list_failures(failures))]
    Credential {
        /// In the order they were tried.
        failures: Vec<TokenFailure>,
    },
    /// The request or its answer was lost in a way that another try cannot mend.
    #[error("{origin}: {source}")]
    Transport {
        /// Whom it was meant for: scheme, host and port.
        origin: String,
        /// What happened.
        source: TransportError,
    },
    /// An answer, or a URL in one, that must not or cannot be used.
    #[error("{method} {url}: {reason}")]
    UnusableResponse {
        /// The method of the request.
        method: String,
        /// Its URL, without the query.
        url: String,
        /// What is wrong with the answer.
        reason: String,
    },
}

/// One way to get a token, and why it did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFailure {
    /// Such as "client secret".
    pub source: &'static str,
    /// Without any secret.
    pub reason: String,
}

impl Error {
    /// The service's error, of a refusal or of a failed operation.
    pub fn service_error(&self) -> Option<&ServiceError> {
        match self {
            Self::ErrorResponse(refusal) => Some(&refusal.error),
            Self::OperationFailed(failure) => failure.error(),
            Self::OutcomeUnknown(unproven) => unproven.cause.service_error(),
            _ => None,
        }
    }

    /// Everything that the service says: of a failed operation what the object says of itself too,
    /// and when the time was over what it said last.
    pub fn service_errors(&self) -> Vec<&ServiceError> {
        match self {
            Self::ErrorResponse(refusal) => vec![&refusal.error],
            Self::OperationFailed(failure) => {
                failure.operation_error.iter().chain(&failure.object_errors).collect()
            }
            Self::DeadlineExceeded(deadline) => {
                deadline.last_error.as_deref().map(Self::service_errors).unwrap_or_default()
            }
            Self::OutcomeUnknown(unproven) => unproven.cause.service_errors(),
            _ => Vec::new(),
        }
    }

    /// The service's error code.
    pub fn code(&self) -> Option<&str> {
        self.service_error()?.code.as_deref()
    }

    /// Whether this code stands anywhere in the service's error, in any casing.
    pub fn has_code(&self, code: &str) -> bool {
        let same = |error: &ServiceError| {
            error.code.as_deref().is_some_and(|found| found.eq_ignore_ascii_case(code))
        };
        self.service_error().is_some_and(|error| error.walk().any(same))
    }

    /// The refusal of a request, where that is what it is about.
    pub fn error_response(&self) -> Option<&ErrorResponse> {
        match self {
            Self::ErrorResponse(refusal) => Some(refusal),
            Self::DeadlineExceeded(deadline) => deadline.last_error.as_ref()?.error_response(),
            Self::OutcomeUnknown(unproven) => unproven.cause.error_response(),
            _ => None,
        }
    }

    /// Of a request that changes something: whether the service may have carried it out all the
    /// same.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::DeadlineExceeded(deadline) => deadline.may_have_arrived,
            Self::Transport { source, .. } => !source.is_unsent(),
            // Something has answered, and nobody knows what it did before.
            Self::UnusableResponse { .. } | Self::OutcomeUnknown(_) | Self::Stopped => true,
            Self::ErrorResponse(_)
            | Self::OperationFailed(_)
            | Self::CloudUnknown { .. }
            | Self::Credential { .. } => false,
        }
    }

    /// The IDs by which the service's own logs know the request.
    pub fn request_ids(&self) -> Option<&RequestIds> {
        match self {
            Self::ErrorResponse(refusal) => Some(&refusal.ids),
            Self::OperationFailed(failure) => Some(&failure.ids),
            Self::DeadlineExceeded(deadline) => deadline.last_error.as_ref()?.request_ids(),
            Self::OutcomeUnknown(unproven) => unproven.cause.request_ids(),
            _ => None,
        }
    }

    /// The service was too busy, or not well: the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        let Self::ErrorResponse(response) = self else { return false };
        matches!(response.status, 408 | 429 | 500..=599)
    }

    /// The caller lacks a permission.
    pub fn is_forbidden(&self) -> bool {
        self.has_status(403)
    }

    /// The object, or something above it, does not exist.
    pub fn is_not_found(&self) -> bool {
        self.has_status(404)
    }

    /// What the object would be part of does not exist: its cluster, workspace, resource group or
    /// subscription.
    pub fn is_parent_missing(&self) -> bool {
        matches!(self, Self::ErrorResponse(refusal) if refusal.parent_missing)
    }

    /// The service did not accept the token, twice.
    pub fn is_unauthenticated(&self) -> bool {
        self.has_status(401)
    }

    /// The object as it was found when the operation had failed or could not be followed; what a
    /// caller saves.
    pub fn object(&self) -> Option<&crate::ArmResource> {
        match self {
            Self::OperationFailed(failure) => failure.object.as_ref(),
            Self::OutcomeUnknown(unproven) => Some(&unproven.object),
            _ => None,
        }
    }

    pub(crate) fn has_status(&self, status: u16) -> bool {
        matches!(self, Self::ErrorResponse(refusal) if refusal.status == status)
    }

    /// A deadline's error learns whether an earlier try may have arrived.
    pub(crate) fn with_repeat(self, is_repeat: bool) -> Self {
        self.with_details(|deadline| deadline.may_have_arrived |= is_repeat)
    }

    /// A deadline's error learns how long the call lasted.
    pub(crate) fn with_elapsed(self, elapsed: Duration) -> Self {
        self.with_details(|deadline| deadline.elapsed = elapsed)
    }

    /// Adds to what a deadline's error tells; any other error stays as it is.
    pub(crate) fn with_details(mut self, add: impl FnOnce(&mut DeadlineExceeded)) -> Self {
        if let Self::DeadlineExceeded(deadline) = &mut self {
            add(deadline);
        }
        self
    }
}

fn list_failures(failures: &[TokenFailure]) -> String {
    if failures.is_empty() {
        return "none is configured".to_owned();
    }
    let each = failures.iter().map(|failure| format!("{}: {}", failure.source, failure.reason));
    each.collect::<Vec<_>>().join("; ")
}
