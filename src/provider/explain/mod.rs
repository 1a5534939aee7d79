//! Errors and findings as a user reads them: attribute, cause, fix.
//!
//! Here alone the types of `azure` and `aml` become diagnostics. Every error of Azure carries the
//! service's code, message, nested details and request IDs, then what to do: what the service's own
//! errors are known to mean is in [`rules`], the rest in [`fixes`].

mod advice;
mod doubt;
mod fixes;
mod health;
mod rules;
#[cfg(test)]
mod tests;

pub(crate) use health::describe_checks;
pub(crate) use rules::entries as service_entries;

use azure::resource_types::{COMPUTES, EXTENSIONS};
use azure::{Id, ResourceType, ServiceError};
use framework::{Diagnostic, Failure, Missing};
use vocabulary::{capitalize, to_sentence};

use crate::message::Entry;

/// The codes of the extension's health check, for the guide to troubleshooting.
pub(crate) fn health_entries() -> Vec<Entry> {
    health::entries(true)
}

/// The errors of Helm that are known, for the same.
pub(crate) fn helm_entries() -> Vec<Entry> {
    health::entries(false)
}

/// What is said of errors in general, for the same.
pub(crate) fn general_entries() -> Vec<Entry> {
    let mut entries = advice::entries();
    entries.extend(doubt::entries());
    entries
}

/// The result of a call of a Terraform type.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why a call of a Terraform type ended.
#[derive(Debug)]
pub enum Error {
    /// Azure did not do what was asked of it.
    Azure(Box<AzureFailure>),
    /// Something else, ready to be shown.
    Diagnostics(Failure),
}

/// An error of Azure and what it met.
#[derive(Debug)]
pub struct AzureFailure {
    pub(crate) doing: Action,
    pub(crate) kind: &'static ResourceType,
    pub(crate) id: Id,
    pub(crate) error: azure::Error,
    /// Whether the service had taken the request before.
    accepted: bool,
    /// What to do, if the caller knows that better.
    hint: Option<&'static str>,
    /// The cluster that a compute attaches; that of an extension is in its ID.
    cluster: Option<Id>,
    /// What the cluster itself says of the failure.
    report: Option<String>,
}

/// What was being done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Read,
    Create,
    Update,
    Delete,
}

/// For `map_err`: an error of Azure met while doing this to that object.
pub(crate) fn with_context(
    doing: Action, kind: &'static ResourceType, id: &Id,
) -> impl FnOnce(azure::Error) -> Error + use<> {
    let id = id.clone();
    move |error| Error::Azure(Box::new(AzureFailure::new(doing, kind, id, error, true)))
}

/// The same for the request itself: nothing is known to be under way.
pub(crate) fn with_request_context(
    doing: Action, kind: &'static ResourceType, id: &Id,
) -> impl FnOnce(azure::Error) -> Error + use<> {
    let id = id.clone();
    move |error| Error::Azure(Box::new(AzureFailure::new(doing, kind, id, error, false)))
}

impl Error {
    /// Azure's error, if it is one.
    pub(crate) fn azure(&self) -> Option<&azure::Error> {
        match self {
            Error::Azure(trouble) => Some(&trouble.error),
            Error::Diagnostics(_) => None,
        }
    }

    /// The same with a word on what to do, before any other.
    pub(crate) fn hinting(mut self, hint: &'static str) -> Error {
        if let Error::Azure(trouble) = &mut self {
            trouble.hint = Some(hint);
        }
        self
    }
}

impl Error {
    /// The same with what the cluster itself says of the failure.
    pub(crate) fn with_report(mut self, report: Option<String>) -> Error {
        if let Error::Azure(trouble) = &mut self {
            trouble.report = report;
        }
        self
    }

    /// The same about a compute of this cluster: what is known of Arc is not said of AKS.
    pub(crate) fn on_cluster(mut self, cluster: &Id) -> Error {
        if let Error::Azure(trouble) = &mut self
            && trouble.kind == &COMPUTES
        {
            trouble.cluster = Some(cluster.clone());
        }
        self
    }
}

/// What an error that an object tells of itself is known to mean, and what to do: the object is
/// Failed, since `doing` that to it failed.
pub(crate) fn explanation(
    doing: Action, kind: &'static ResourceType, id: &Id, cluster: Option<&Id>, error: ServiceError,
) -> Option<String> {
    let failure = azure::OperationFailure {
        object_errors: vec![error],
        ..azure::OperationFailure::default()
    };
    let error = azure::Error::OperationFailed(Box::new(failure));
    let cluster = cluster.cloned();
    fixes::explanation(&AzureFailure {
        cluster,
        ..AzureFailure::new(doing, kind, id.clone(), error, true)
    })
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Error {
        Error::Diagnostics(diagnostic.into())
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        Error::Diagnostics(failure)
    }
}

impl From<Missing> for Error {
    fn from(missing: Missing) -> Error {
        Diagnostic::error("Value is missing").detail(to_sentence(&missing.to_string())).into()
    }
}

impl From<azure::IdError> for Error {
    fn from(error: azure::IdError) -> Error {
        Diagnostic::error("Invalid ARM ID").detail(to_sentence(&error.to_string())).into()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            Error::Azure(trouble) => trouble.explain(),
            Error::Diagnostics(failure) => failure,
        }
    }
}

impl AzureFailure {
    fn new(
        doing: Action, kind: &'static ResourceType, id: Id, error: azure::Error, accepted: bool,
    ) -> Self {
        Self { doing, kind, id, error, accepted, hint: None, cluster: None, report: None }
    }

    /// The cluster that the object is on, if that is known.
    fn cluster(&self) -> Option<Id> {
        match &self.cluster {
            None if self.kind == &EXTENSIONS && EXTENSIONS.matches(&self.id.resource_type()) => {
                self.id.parent()
            }
            known => known.clone(),
        }
    }

    /// The diagnostic of this error; an interruption is one that the next apply takes up.
    fn explain(&self) -> Failure {
        let diagnostic = Diagnostic::error(self.summary()).detail(self.detail());
        let diagnostic = match fixes::attribute(self) {
            Some(attribute) => diagnostic.at(attribute),
            None => diagnostic,
        };
        match self.error {
            azure::Error::Stopped | azure::Error::OutcomeUnknown(_) => {
                Failure::resumable(diagnostic)
            }
            _ => diagnostic.into(),
        }
    }

    /// The error itself; of a read that ran out of time, what its last try met; of a write whose end
    /// is not known, why not.
    fn root(&self) -> &azure::Error {
        match &self.error {
            azure::Error::OutcomeUnknown(unproven) => &unproven.cause,
            azure::Error::DeadlineExceeded(deadline) if self.doing == Action::Read => {
                deadline.last_error.as_deref().unwrap_or(&self.error)
            }
            error => error,
        }
    }

    fn summary(&self) -> String {
        let noun = capitalize(self.kind.noun);
        match (self.root(), self.doing) {
            _ if self.is_in_doubt() => self.doubt(),
            (azure::Error::CloudUnknown { .. }, _) => "The Azure cloud is not known".to_owned(),
            (azure::Error::Credential { .. }, _) => "Cannot sign in to Azure".to_owned(),
            (azure::Error::Transport { source, .. }, _) if !source.is_invalid_response() => {
                "Azure cannot be reached".to_owned()
            }
            (azure::Error::Stopped, Action::Create) if self.accepted => {
                format!("{noun} is still being created")
            }
            (azure::Error::Stopped, Action::Update) if self.accepted => {
                format!("{noun} is still being updated")
            }
            (azure::Error::Stopped, Action::Delete) if self.accepted => {
                format!("{noun} is still being deleted")
            }
            (_, Action::Read) => format!("{noun} cannot be read"),
            (_, Action::Create) => format!("{noun} was not created"),
            (_, Action::Update) => format!("{noun} was not updated"),
            (_, Action::Delete) => format!("{noun} was not deleted"),
        }
    }

    /// The object, what the service says, why, and what to do.
    fn detail(&self) -> String {
        let told = match &self.error {
            azure::Error::ErrorResponse(refusal) => format!("{}{}", refusal.error, refusal.ids),
            error => error.to_string(),
        };
        let own = [self.id.to_string(), to_sentence(&told)];
        let more = [self.report.clone(), self.hint.map(str::to_owned)].into_iter().flatten();
        let advice = [fixes::advise(self)];
        let parts: Vec<_> = own.into_iter().chain(more).chain(advice).chain(self.next()).collect();
        parts.join("\n\n")
    }
}
