//! Waiting for an operation's end, and for its effect to show.

use super::{Arm, absence, accepted, object_in, refused, unusable};
use crate::envelope::Envelope;
use crate::error::{Deadline, Error, Failure, RequestIds, ServiceError, shown};
use crate::id::Id;
use crate::limits::{Limits, Progress};
use crate::lro::{Machine, Operation, State, Step, state_of};
use crate::origin::{Given, judge};
use crate::rp::Kind;
use crate::transport::{Method, Request, Response};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// How long an object may stay invisible, or forbidden, after the operation that made it.
const VISIBLE: Duration = Duration::from_mins(3);
/// The first pause between two looks at an object; it grows by half.
const FIRST_LOOK: Duration = Duration::from_secs(1);
/// The longest pause between two looks at an object that is being deleted.
const LONGEST_LOOK: Duration = Duration::from_secs(10);
/// How long a failed object is asked for its own errors.
const INQUEST: Duration = Duration::from_secs(20);

impl Arm {
    /// Waits until the operation has ended, then reads the object. `None` only reads it. Failed is an error that carries
    /// the object ([`Error::object`]).
    pub async fn wait(
        &self, kind: &Kind, id: &Id, operation: Option<&Operation>, limits: &Limits<'_>,
    ) -> Result<Envelope, Error> {
        if let Some(operation) = operation {
            self.follow(kind, id, operation, limits).await?;
        }
        self.settled(kind, id, limits).await
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

    /// Polls until the machine says that there is nothing more to ask.
    async fn follow(
        &self, kind: &Kind, id: &Id, operation: &Operation, limits: &Limits<'_>,
    ) -> Result<(), Error> {
        let mut wait = Wait {
            arm: self,
            kind,
            id,
            limits,
            machine: Machine::new(operation),
            began: Instant::now(),
            last: None,
        };
        let outcome = wait.run(operation.first_pause()).await;
        outcome.map_err(|error| wait.explain(error))
    }

    /// Reads the object after its operation, giving it time to show and to settle. A 403 is given the same time: rights on a
    /// new object spread as slowly.
    async fn settled(&self, kind: &Kind, id: &Id, limits: &Limits<'_>) -> Result<Envelope, Error> {
        let began = Instant::now();
        let mut pause = FIRST_LOOK;
        loop {
            let url = self.url(kind, id, None, &[]);
            let (request, response) = self.send(Method::GET, url, None, true, limits).await?;
            let early = began.elapsed() + pause <= VISIBLE;
            if early && (matches!(response.status, 403 | 404) || is_changing(&response)) {
                limits.tell(&Progress::Running {
                    status: "waiting for the object to show",
                    elapsed: began.elapsed(),
                });
                limits
                    .pause(pause)
                    .await
                    .map_err(|error| with_last(error, &request, &response, began))?;
                pause = pause.mul_f64(1.5);
                continue;
            }
            if response.status == 404 {
                absence::judge(kind, id, &request, &response)?;
            }
            let response = accepted(&request, response)?;
            let object = object_in(&request, &response)?;
            return match object.provisioning_state().map(State::of) {
                Some(State::Failed(status)) => {
                    Err(failed(status, None, &request, &response, Some(object)))
                }
                _ => Ok(object),
            };
        }
    }

    /// Asks until the object, or what it was part of, is not there any more.
    async fn gone(&self, kind: &Kind, id: &Id, limits: &Limits<'_>) -> Result<(), Error> {
        let began = Instant::now();
        let mut pause = FIRST_LOOK;
        loop {
            let object = match self.get(kind, id, limits).await {
                Ok(None) => return Ok(()),
                Err(error) if error.is_parent_missing() => return Ok(()),
                other => other?,
            };
            let status =
                object.as_ref().and_then(Envelope::provisioning_state).unwrap_or("still there");
            limits.tell(&Progress::Running { status, elapsed: began.elapsed() });
            limits.pause(pause).await.map_err(|error| with_status(error, status))?;
            pause = pause.mul_f64(1.5).min(LONGEST_LOOK);
        }
    }
}

fn is_changing(response: &Response) -> bool {
    response.is_success()
        && response.json().is_ok_and(|object| matches!(state_of(&object), State::Running(_)))
}

fn with_last(error: Error, request: &Request, response: &Response, began: Instant) -> Error {
    match error {
        Error::Deadline(deadline) => {
            let last = (!response.is_success()).then(|| Box::new(refused(request, response)));
            Error::Deadline(Box::new(Deadline { last, waited: began.elapsed(), ..*deadline }))
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

/// One wait for one operation.
struct Wait<'a> {
    arm: &'a Arm,
    kind: &'a Kind,
    id: &'a Id,
    limits: &'a Limits<'a>,
    machine: Machine,
    began: Instant,
    /// What the last poll met that was of no use.
    last: Option<Error>,
}

impl Wait<'_> {
    async fn run(&mut self, first_pause: Duration) -> Result<(), Error> {
        let mut pause = first_pause;
        loop {
            self.tell();
            self.limits.pause(pause).await?;
            let url = self.url()?;
            let (request, response) =
                self.arm.send(Method::GET, url, None, true, self.limits).await?;
            let mut step =
                self.machine.read(&response, &request.url, &self.arm.endpoint, Instant::now());
            if step == Step::Consult {
                step = self.consult().await?;
            }
            pause = match step {
                Step::Poll(pause) => pause,
                Step::Unusable(pause, reason) => {
                    self.last = Some(unusable(&request, &reason));
                    pause
                }
                Step::Done | Step::Consult => return Ok(()),
                Step::Failed { status, error } => {
                    return Err(self.inquire(status, error, &request, &response).await);
                }
                Step::Lost => return Err(unusable(&request, "it has answered 404 for too long")),
                Step::Refused => {
                    return Err(accepted(&request, response).map_or_else(
                        |error| error,
                        |_| unusable(&request, "the poll was refused"),
                    ));
                }
            };
        }
    }

    /// Judged before each use: the operation may come from a store.
    fn url(&self) -> Result<Url, Error> {
        let object = self.arm.url(self.kind, self.id, None, &[]);
        match self.machine.url().map(|text| judge(text, &object, &self.arm.endpoint)) {
            None => Ok(object),
            Some(Given::Ours(url)) => Ok(url),
            Some(Given::Foreign(_) | Given::Malformed) => Err(unusable(
                &Request::new(Method::GET, object),
                "the stored polling URL is not of this endpoint",
            )),
        }
    }

    async fn consult(&mut self) -> Result<Step, Error> {
        let url = self.arm.url(self.kind, self.id, None, &[]);
        let (request, response) = self.arm.send(Method::GET, url, None, true, self.limits).await?;
        match self.machine.consulted(&response, Instant::now()) {
            Step::Refused => Err(refused(&request, &response)),
            step => Ok(step),
        }
    }

    /// Asks the failed object what it has to say itself, for a short while and without insisting.
    async fn inquire(
        &self, status: String, error: Option<ServiceError>, request: &Request, response: &Response,
    ) -> Error {
        let limits = self.limits.within(INQUEST);
        let object = self.arm.get(self.kind, self.id, &limits).await.ok().flatten();
        failed(status, error, request, response, object)
    }

    fn tell(&self) {
        let status = self.machine.status.as_deref().unwrap_or("running");
        self.limits.tell(&Progress::Running { status, elapsed: self.began.elapsed() });
    }

    /// A deadline's error learns all that is known here.
    fn explain(&mut self, error: Error) -> Error {
        let Error::Deadline(deadline) = error else { return error };
        let asked = self.url().map(|url| shown(&Request::new(Method::GET, url)));
        Error::Deadline(Box::new(Deadline {
            waited: self.began.elapsed(),
            status: self.machine.status.clone(),
            url: asked.ok(),
            last: deadline.last.or(self.last.take().map(Box::new)),
            demanded: deadline.demanded,
        }))
    }
}

fn failed(
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
