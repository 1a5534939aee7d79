//! Waiting for an operation's end, and for its effect to show.

use super::follow::Followed;
use super::{Arm, absence, accepted, object_in, refused};
use crate::envelope::Envelope;
use crate::error::{Deadline, Error, Failure, RequestIds, ServiceError, Unproven, seen, shown};
use crate::id::Id;
use crate::limits::{Limits, Progress};
use crate::lro::{Operation, Pace, State, state_of};
use crate::rp::Kind;
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
    /// rests and does not show what was sent is [`Error::Unproven`].
    pub async fn wait(
        &self, kind: &Kind, id: &Id, operation: Option<&Operation>, limits: &Limits<'_>,
    ) -> Result<Envelope, Error> {
        let Some(operation) = operation else { return self.settled(kind, id, limits).await };
        let followed = self.follow(kind, id, operation, limits).await?;
        let object = self.settled(kind, id, limits).await?;
        match doubt(operation, followed, &object) {
            None => Ok(object),
            Some(cause) => Err(Error::Unproven(Box::new(Unproven { cause, object }))),
        }
    }

    /// Waits until the operation has ended and the object is gone.
    pub async fn wait_gone(
        &self, kind: &Kind, id: &Id, operation: Option<&Operation>, limits: &Limits<'_>,
    ) -> Result<(), Error> {
        let began = Instant::now();
        if let Some(operation) = operation {
            self.follow(kind, id, operation, limits).await?;
        }
        self.gone(kind, id, limits).await.map_err(|error| error.after(began.elapsed()))
    }

    /// Reads the object after its operation, giving it time to show and to settle. A 403 is given the same time: rights on a
    /// new object spread as slowly.
    async fn settled(&self, kind: &Kind, id: &Id, limits: &Limits<'_>) -> Result<Envelope, Error> {
        let began = Instant::now();
        let mut pace = Pace::new();
        loop {
            let pause = pace.pause(None);
            let url = self.url(kind, id, None, &[]);
            let (request, response) = self.send(Method::GET, url, None, true, limits).await?;
            if began.elapsed() + pause > VISIBLE || !may_settle(&response) {
                return read(kind, id, &request, response);
            }
            let (status, elapsed) = ("waiting for the object to show", began.elapsed());
            limits.tell(&Progress::Running { status, elapsed, message: None });
            let paused = limits.pause(pause).await;
            paused.map_err(|error| with_last(error, &request, &response, began))?;
        }
    }

    /// Asks until the object, or what it was part of, is not there any more. Where it still was there after the operation
    /// had ended, answers lag behind, and one absence may be followed by another answer: there it must hold.
    async fn gone(&self, kind: &Kind, id: &Id, limits: &Limits<'_>) -> Result<(), Error> {
        let began = Instant::now();
        let mut pace = Pace::new();
        let mut absences_owed = 1;
        loop {
            let object = match self.get(kind, id, limits).await {
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
            limits.tell(&Progress::Running { status, elapsed: began.elapsed(), message: None });
            limits.pause(pace.pause(None)).await.map_err(|error| with_status(error, status))?;
        }
    }
}

/// Why an object that rests may be as it was before the write; `None`: it is not.
fn doubt(operation: &Operation, followed: Followed, object: &Envelope) -> Option<Error> {
    if operation.is_shown_by(object, followed.at_work) {
        return None;
    }
    let unheard = || {
        let id = object.id().map(|id| id.to_string()).unwrap_or_default();
        let reason = "the answer to the write named nothing that can be followed".to_owned();
        Error::Unusable { method: "GET".to_owned(), url: id, reason }
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
fn read(kind: &Kind, id: &Id, request: &Request, response: Response) -> Result<Envelope, Error> {
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
        Error::Deadline(deadline) => {
            let last = (!response.is_success()).then(|| Box::new(refused(request, response)));
            let seen = response.is_success().then(|| seen(response)).flatten();
            Error::Deadline(Box::new(Deadline { last, seen, waited: began.elapsed(), ..*deadline }))
        }
        other => other,
    }
}

fn with_status(error: Error, status: &str) -> Error {
    match error {
        Error::Deadline(deadline) => {
            Error::Deadline(Box::new(Deadline { status: Some(status.to_owned()), ..*deadline }))
        }
        other => other,
    }
}

/// The error of an operation that ended badly; `object` is what was read of it since.
pub(super) fn failed(
    status: String, error: Option<ServiceError>, request: &Request, response: &Response,
    object: Option<Envelope>,
) -> Error {
    let object_errors = object
        .as_ref()
        .map(|object| ServiceError::of_object(object.properties()))
        .unwrap_or_default();
    let (url, ids) = (shown(request), RequestIds::read(request, response));
    Error::Failed(Box::new(Failure {
        status,
        operation_error: error,
        object_errors,
        url,
        ids,
        object,
    }))
}
