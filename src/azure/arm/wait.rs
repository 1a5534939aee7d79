//! Waiting for an operation's end, and for its effect to show.

use super::follow::Followed;
use super::{Arm, absence, accepted, object_in, refused};
use crate::arm_resource::ArmResource;
use crate::call_options::{CallOptions, Progress};
use crate::error::{
    DeadlineExceeded, Error, OperationFailure, RequestIds, ServiceError, UnknownOutcome,
    describe_progress, shown,
};
use crate::id::Id;
use crate::lro::{Operation, Pace, State, state_of};
use crate::resource_types::ResourceType;
use crate::transport::{Method, Request, Response};
use std::time::Duration;
use tokio::time::Instant;

/// How long an object may stay invisible, or forbidden, after the operation that made it.
const VISIBLE: Duration = Duration::from_mins(3);
/// How often in a row an object that lingered must be absent.
const LASTING: u32 = 2;

impl Arm {
    /// Waits until the operation has ended, then reads the object. `None` only reads it. Failed is an error that carries
    /// the object ([`Error::object`]). Where the operation cannot be followed, its object is watched instead; one that
    /// rests and does not show what was sent is [`Error::OutcomeUnknown`].
    pub async fn wait_until_done(
        &self, kind: &ResourceType, id: &Id, operation: Option<&Operation>,
        options: &CallOptions<'_>,
    ) -> Result<ArmResource, Error> {
        let Some(operation) = operation else { return self.settled(kind, id, options).await };
        let followed = self.follow(kind, id, operation, options).await?;
        let object = self.settled(kind, id, options).await?;
        match doubt(operation, followed, &object) {
            None => Ok(object),
            Some(cause) => Err(Error::OutcomeUnknown(Box::new(UnknownOutcome { cause, object }))),
        }
    }

    /// Waits until the operation has ended and the object is gone.
    pub async fn wait_until_gone(
        &self, kind: &ResourceType, id: &Id, operation: Option<&Operation>,
        options: &CallOptions<'_>,
    ) -> Result<(), Error> {
        let began = Instant::now();
        if let Some(operation) = operation {
            self.follow(kind, id, operation, options).await?;
        }
        self.gone(kind, id, options).await.map_err(|error| error.after(began.elapsed()))
    }

    /// Reads the object after its operation, giving it time to show and to settle. A 403 is given the same time: rights on a
    /// new object spread as slowly.
    async fn settled(
        &self, kind: &ResourceType, id: &Id, options: &CallOptions<'_>,
    ) -> Result<ArmResource, Error> {
        let began = Instant::now();
        let mut pace = Pace::new();
        loop {
            let pause = pace.pause(None);
            let url = self.url(kind, id, None, &[]);
            let (request, response) = self.send(Method::GET, url, options).await?;
            if began.elapsed() + pause > VISIBLE || !may_settle(&response) {
                return read(kind, id, &request, response);
            }
            let (status, elapsed) = ("waiting for the object to show", began.elapsed());
            options.tell(&Progress::Running { status, elapsed, message: None });
            let paused = options.pause(pause).await;
            paused.map_err(|error| with_last(error, &request, &response, began))?;
        }
    }

    /// Asks until the object, or what it was part of, is not there any more. Where it still was there after the operation
    /// had ended, answers lag behind, and one absence may be followed by another answer: there it must hold.
    async fn gone(
        &self, kind: &ResourceType, id: &Id, options: &CallOptions<'_>,
    ) -> Result<(), Error> {
        let began = Instant::now();
        let mut pace = Pace::new();
        let mut absences_owed = 1;
        loop {
            let object = match self.get(kind, id, options).await {
                Err(error) if error.is_parent_missing() => None,
                found => found?,
            };
            absences_owed = if object.is_some() { LASTING } else { absences_owed - 1 };
            if absences_owed == 0 {
                return Ok(());
            }
            let status = object.as_ref().map_or("not there for the moment", |object| {
                object.provisioning_state().unwrap_or("still there")
            });
            options.tell(&Progress::Running { status, elapsed: began.elapsed(), message: None });
            options.pause(pace.pause(None)).await.map_err(|error| with_status(error, status))?;
        }
    }
}

/// Why an object that rests may be as it was before the write; `None`: it is not.
fn doubt(operation: &Operation, followed: Followed, object: &ArmResource) -> Option<Error> {
    if operation.is_shown_by(object, followed.at_work) {
        return None;
    }
    let unheard = || {
        let id = object.id().map(|id| id.to_string()).unwrap_or_default();
        let reason = "the answer to the write named nothing that can be followed".to_owned();
        Error::UnusableResponse { method: "GET".to_owned(), url: id, reason }
    };
    let is_silent = operation.is_silent() && !followed.at_work;
    followed.unheard.or_else(|| is_silent.then(unheard))
}

/// Whether a later look may see more.
fn may_settle(response: &Response) -> bool {
    let changes = |object| matches!(state_of(&object), State::Running(_));
    matches!(response.status, 403 | 404)
        || (response.is_success() && response.json().is_ok_and(changes))
}

/// The object as it is at last. One that has failed is an error that carries it.
fn read(
    kind: &ResourceType, id: &Id, request: &Request, response: Response,
) -> Result<ArmResource, Error> {
    if response.status == 404 {
        absence::judge(kind, id, request, &response)?;
    }
    let response = accepted(request, response)?;
    let object = object_in(request, &response)?;
    match object.provisioning_state().map(State::of) {
        Some(State::Failed(status)) => Err(failed(status, None, request, &response, Some(object))),
        _ => Ok(object),
    }
}

fn with_last(error: Error, request: &Request, response: &Response, began: Instant) -> Error {
    match error {
        Error::DeadlineExceeded(deadline) => {
            let last_error = (!response.is_success()).then(|| Box::new(refused(request, response)));
            let last_answer = response.is_success().then(|| describe_progress(response)).flatten();
            Error::DeadlineExceeded(Box::new(DeadlineExceeded {
                last_error,
                last_answer,
                elapsed: began.elapsed(),
                ..*deadline
            }))
        }
        other => other,
    }
}

fn with_status(error: Error, status: &str) -> Error {
    match error {
        Error::DeadlineExceeded(deadline) => Error::DeadlineExceeded(Box::new(DeadlineExceeded {
            status: Some(status.to_owned()),
            ..*deadline
        })),
        other => other,
    }
}

/// The error of an operation that ended badly; `object` is what was read of it since.
pub(super) fn failed(
    status: String, error: Option<ServiceError>, request: &Request, response: &Response,
    object: Option<ArmResource>,
) -> Error {
    let object_errors = object
        .as_ref()
        .map(|object| ServiceError::of_object(object.properties()))
        .unwrap_or_default();
    let (url, ids) = (shown(request), RequestIds::read(request, response));
    Error::OperationFailed(Box::new(OperationFailure {
        status,
        operation_error: error,
        object_errors,
        url,
        ids,
        object,
    }))
}
