//! Waiting for an operation's end, and for its effect to show.

use std::time::Duration;

use tokio::time::Instant;

use super::poll::PollOutcome;
use super::{Arm, error_response, not_found, parse_resource, require_success, resource_url};
use crate::arm_resource::ArmResource;
use crate::call_options::{CallOptions, Progress};
use crate::error::{
    Error, OperationFailure, RequestIds, ServiceError, UnknownOutcome, describe_progress,
    url_without_query,
};
use crate::id::Id;
use crate::lro::{Operation, PollInterval, ProvisioningState};
use crate::resource_types::ResourceType;
use crate::transport::{Method, Request, Response};

/// How long an object may stay invisible, or forbidden, after the operation that made it.
const VISIBILITY_TIMEOUT: Duration = Duration::from_mins(3);
/// How often in a row an object that lingered must be absent.
const ABSENCES_REQUIRED: u32 = 2;

impl Arm {
    /// Waits until the operation has ended, then reads the object. `None` only reads it. Failed is
    /// an error that carries the object ([`Error::object`]). Where the operation cannot be
    /// followed, its object is watched instead; one that rests and does not show what was sent is
    /// [`Error::OutcomeUnknown`].
    pub async fn wait_until_done(
        &self, kind: &ResourceType, id: &Id, operation: Option<&Operation>,
        options: &CallOptions<'_>,
    ) -> Result<ArmResource, Error> {
        let _forgetting = self.recent.forget_around(kind, id);
        let Some(operation) = operation else {
            return self.read_when_settled(kind, id, options).await;
        };
        let followed = self.poll_operation(kind, id, operation, options).await?;
        let object = self.read_when_settled(kind, id, options).await?;
        match find_doubt(operation, followed, &object) {
            None => Ok(object),
            Some(cause) => Err(Error::OutcomeUnknown(Box::new(UnknownOutcome { cause, object }))),
        }
    }

    /// Waits until the operation has ended and the object is gone.
    pub async fn wait_until_gone(
        &self, kind: &ResourceType, id: &Id, operation: Option<&Operation>,
        options: &CallOptions<'_>,
    ) -> Result<(), Error> {
        let _forgetting = self.recent.forget_around(kind, id);
        let began = Instant::now();
        if let Some(operation) = operation {
            self.poll_operation(kind, id, operation, options).await?;
        }
        self.wait_until_absent(kind, id, options)
            .await
            .map_err(|error| error.with_elapsed(began.elapsed()))
    }

    /// Reads the object after its operation, giving it time to show and to settle. A 403 is given
    /// the same time: rights on a new object spread as slowly.
    async fn read_when_settled(
        &self, kind: &ResourceType, id: &Id, options: &CallOptions<'_>,
    ) -> Result<ArmResource, Error> {
        let began = Instant::now();
        let mut pace = PollInterval::new();
        loop {
            let pause = pace.next_pause(None);
            let url = resource_url(self.endpoint(options).await?, kind, id, None, &[]);
            let (request, response) = self.send(Method::GET, url, options).await?;
            if began.elapsed() + pause > VISIBILITY_TIMEOUT || !may_still_change(&response) {
                return parse_settled(kind, id, &request, response);
            }
            let (status, elapsed) = ("waiting for the object to show", began.elapsed());
            options.report(&Progress::Running { status, elapsed, message: None });
            let paused = options.sleep(pause).await;
            paused.map_err(|error| add_last_response(error, &request, &response, began))?;
        }
    }

    /// Asks until the object, or what it was part of, is not there any more. Where it still was
    /// there after the operation had ended, answers lag behind, and one absence may be followed by
    /// another answer: there it must hold.
    async fn wait_until_absent(
        &self, kind: &ResourceType, id: &Id, options: &CallOptions<'_>,
    ) -> Result<(), Error> {
        let began = Instant::now();
        let mut pace = PollInterval::new();
        let mut absences_owed = 1;
        loop {
            let object = match self.get(kind, id, options).await {
                Err(error) if error.is_parent_missing() => None,
                found => found?,
            };
            absences_owed = if object.is_some() { ABSENCES_REQUIRED } else { absences_owed - 1 };
            if absences_owed == 0 {
                return Ok(());
            }
            let status = object.as_ref().map_or("not there for the moment", |object| {
                object.provisioning_state().unwrap_or("still there")
            });
            options.report(&Progress::Running { status, elapsed: began.elapsed(), message: None });
            options.sleep(pace.next_pause(None)).await.map_err(|error| {
                error.with_details(|deadline| deadline.status = Some(status.to_owned()))
            })?;
        }
    }
}

/// Why an object that rests may be as it was before the write; `None`: it is not.
fn find_doubt(operation: &Operation, followed: PollOutcome, object: &ArmResource) -> Option<Error> {
    if operation.is_reflected_after_run(object, followed.was_running) {
        return None;
    }
    let no_poll_url = || {
        let id = object.id().map(|id| id.to_string()).unwrap_or_default();
        let reason = "the answer to the write named nothing that can be followed".to_owned();
        Error::UnusableResponse { method: "GET".to_owned(), url: id, reason }
    };
    let is_silent = operation.is_state_only() && !followed.was_running;
    followed.url_error.or_else(|| is_silent.then(no_poll_url))
}

/// Whether a later look may see more.
fn may_still_change(response: &Response) -> bool {
    let changes =
        |object| matches!(ProvisioningState::of_resource(&object), ProvisioningState::Running(_));
    matches!(response.status, 403 | 404)
        || (response.is_success() && response.json().is_ok_and(changes))
}

/// The object as it is at last. One that has failed is an error that carries it.
fn parse_settled(
    kind: &ResourceType, id: &Id, request: &Request, response: Response,
) -> Result<ArmResource, Error> {
    if response.status == 404 {
        not_found::require_parent(kind, id, request, &response)?;
    }
    let response = require_success(request, response)?;
    let object = parse_resource(request, &response)?;
    match object.provisioning_state().map(ProvisioningState::parse) {
        Some(ProvisioningState::Failed(status)) => {
            Err(operation_failed(status, None, request, &response, Some(object)))
        }
        _ => Ok(object),
    }
}

fn add_last_response(
    error: Error, request: &Request, response: &Response, began: Instant,
) -> Error {
    error.with_details(|deadline| {
        deadline.elapsed = began.elapsed();
        if response.is_success() {
            deadline.last_answer = describe_progress(response);
        } else {
            deadline.last_error = Some(Box::new(error_response(request, response)));
        }
    })
}

/// The error of an operation that ended badly; `object` is what was read of it since.
pub(super) fn operation_failed(
    status: String, error: Option<ServiceError>, request: &Request, response: &Response,
    object: Option<ArmResource>,
) -> Error {
    let object_errors = object
        .as_ref()
        .map(|object| ServiceError::of_object(object.properties()))
        .unwrap_or_default();
    let (url, ids) = (url_without_query(request), RequestIds::read(request, response));
    Error::OperationFailed(Box::new(OperationFailure {
        status,
        operation_error: error,
        object_errors,
        url,
        ids,
        object,
    }))
}
