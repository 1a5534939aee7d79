//! The poll loop of one operation.

use super::wait::failed;
use super::{Arm, accepted, unusable};
use crate::call_options::{CallOptions, Progress};
use crate::error::{DeadlineExceeded, Error, ServiceError, describe_progress, shown};
use crate::id::Id;
use crate::lro::{Machine, Operation, Step};
use crate::resource_types::ResourceType;
use crate::transport::{Method, Request, Response};
use crate::url_trust::{Trust, classify};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// How long a failed object is asked for its own errors.
const INQUEST: Duration = Duration::from_secs(20);

impl Arm {
    /// Polls until there is nothing more to ask.
    pub(super) async fn follow(
        &self, kind: &ResourceType, id: &Id, operation: &Operation, options: &CallOptions<'_>,
    ) -> Result<Followed, Error> {
        let (mut machine, began) = (Machine::new(operation), Instant::now());
        let first_pause = machine.first_pause(operation);
        let (last, unheard) = (None, None);
        let mut wait =
            Wait { arm: self, kind, id, options, machine, began, last, unheard, last_answer: None };
        match wait.run(first_pause).await {
            Ok(()) => Ok(Followed { unheard: wait.unheard, at_work: wait.machine.at_work }),
            Err(error) => Err(wait.explain(error)),
        }
    }
}

/// How an operation was followed to its end.
pub(super) struct Followed {
    /// Why its own URL could not be followed, where the object stood in for it.
    pub(super) unheard: Option<Error>,
    /// Whether something was seen to go on.
    pub(super) at_work: bool,
}

/// One wait for one operation.
struct Wait<'a> {
    arm: &'a Arm,
    kind: &'a ResourceType,
    id: &'a Id,
    options: &'a CallOptions<'a>,
    machine: Machine,
    began: Instant,
    /// What the last poll met, if that was of no use.
    last: Option<Error>,
    /// Why the operation's own URL is not asked any more.
    unheard: Option<Error>,
    /// The last answer that said how far the operation is.
    last_answer: Option<String>,
}

impl Wait<'_> {
    async fn run(&mut self, first_pause: Duration) -> Result<(), Error> {
        let mut pause = first_pause;
        loop {
            self.tell();
            self.options.pause(pause).await?;
            match self.poll().await {
                Ok(Some(next)) => pause = next,
                Ok(None) => return Ok(()),
                Err(Ended::Badly(error)) => return Err(error),
                Err(Ended::Unheard(error)) => {
                    self.turn_to_object(error)?;
                    pause = Duration::ZERO;
                }
            }
        }
    }

    /// Asks once. `None`: there is nothing more to ask.
    async fn poll(&mut self) -> Result<Option<Duration>, Ended> {
        let url = self.url().map_err(Ended::Unheard)?;
        let sent = self.arm.send(Method::GET, url, self.options).await;
        let (request, response) = sent.map_err(Ended::of)?;
        if response.is_success() {
            self.last_answer = describe_progress(&response).or(self.last_answer.take());
        }
        let mut step =
            self.machine.read(&response, &request.url, &self.arm.endpoint, Instant::now());
        if let Step::Consult(pause) = step {
            step = self.consult(pause).await.map_err(Ended::Badly)?;
        }
        self.last = None;
        match step {
            Step::Poll(pause) => Ok(Some(pause)),
            Step::Unusable(pause, reason) => {
                self.last = Some(unusable(&request, &reason));
                Ok(Some(pause))
            }
            Step::Done | Step::Consult(_) => Ok(None),
            Step::Failed { status, error } => {
                Err(Ended::Badly(self.inquire(status, error, &request, &response).await))
            }
            Step::Lost => {
                Err(Ended::Unheard(unusable(&request, "it has answered 404 for too long")))
            }
            Step::Refused => Err(Ended::Unheard(refusal(&request, response))),
        }
    }

    /// The operation's own URL is refused or lost: from now on its object is asked, and what was refused first is the
    /// error if that does not help.
    fn turn_to_object(&mut self, error: Error) -> Result<(), Error> {
        if !self.machine.watch_object() {
            return Err(self.unheard.take().unwrap_or(error));
        }
        tracing::warn!(%error, "the operation cannot be followed; the object's own state is watched instead");
        self.unheard = Some(error);
        Ok(())
    }

    /// Judged before each use: the operation may come from a store.
    fn url(&self) -> Result<Url, Error> {
        let object = self.arm.url(self.kind, self.id, None, &[]);
        match self.machine.url().map(|text| classify(text, &object, &self.arm.endpoint)) {
            None => Ok(object),
            Some(Trust::SameOrigin(url)) => Ok(url),
            Some(Trust::Foreign(_) | Trust::Malformed) => Err(unusable(
                &Request::new(Method::GET, object),
                "the stored polling URL is not of this endpoint",
            )),
        }
    }

    async fn consult(&mut self, pause: Duration) -> Result<Step, Error> {
        let url = self.arm.url(self.kind, self.id, None, &[]);
        let (request, response) = self.arm.send(Method::GET, url, self.options).await?;
        match self.machine.consulted(&response, pause, Instant::now()) {
            Step::Refused => Err(refusal(&request, response)),
            step => Ok(step),
        }
    }

    /// Asks the failed object what it has to say itself, for a short while and without insisting.
    async fn inquire(
        &self, status: String, error: Option<ServiceError>, request: &Request, response: &Response,
    ) -> Error {
        let options = self.options.within(INQUEST);
        let object = self.arm.get(self.kind, self.id, &options).await.ok().flatten();
        failed(status, error, request, response, object)
    }

    fn tell(&self) {
        let status = self.machine.status.as_deref().unwrap_or("running");
        let unusable = self.last.as_ref().or(self.unheard.as_ref()).map(ToString::to_string);
        let message = unusable.as_deref().or(self.machine.message.as_deref());
        self.options.tell(&Progress::Running { status, elapsed: self.began.elapsed(), message });
    }

    /// A deadline's error learns all that is known here.
    fn explain(&mut self, error: Error) -> Error {
        let Error::DeadlineExceeded(deadline) = error else { return error };
        let asked = self.url().map(|url| shown(&Request::new(Method::GET, url)));
        Error::DeadlineExceeded(Box::new(DeadlineExceeded {
            elapsed: self.began.elapsed(),
            status: self.machine.status.clone(),
            url: asked.ok(),
            last_answer: self.last_answer.take(),
            last_error: deadline.last_error.or(self
                .last
                .take()
                .or(self.unheard.take())
                .map(Box::new)),
            ..*deadline
        }))
    }
}

/// Why a poll is the last of its URL.
enum Ended {
    /// The operation has ended badly, or the call has.
    Badly(Error),
    /// The URL is refused or lost, which says nothing of the operation.
    Unheard(Error),
}

impl Ended {
    fn of(error: Error) -> Self {
        match error {
            Error::Transport { .. } => Self::Unheard(error),
            error => Self::Badly(error),
        }
    }
}

fn refusal(request: &Request, response: Response) -> Error {
    let reason = "the poll was neither answered nor refused";
    accepted(request, response).err().unwrap_or_else(|| unusable(request, reason))
}
