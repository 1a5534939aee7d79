//! The poll loop of one operation.

use super::wait::failed;
use super::{Arm, accepted, unusable};
use crate::error::{Deadline, Error, ServiceError, shown};
use crate::id::Id;
use crate::limits::{Limits, Progress};
use crate::lro::{Machine, Operation, Step};
use crate::origin::{Given, judge};
use crate::rp::Kind;
use crate::transport::{Method, Request, Response};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// How long a failed object is asked for its own errors.
const INQUEST: Duration = Duration::from_secs(20);

impl Arm {
    /// Polls until there is nothing more to ask.
    pub(super) async fn follow(
        &self, kind: &Kind, id: &Id, operation: &Operation, limits: &Limits<'_>,
    ) -> Result<(), Error> {
        let (machine, began) = (Machine::new(operation), Instant::now());
        let mut wait = Wait { arm: self, kind, id, limits, machine, began, last: None };
        let outcome = wait.run(operation.first_pause()).await;
        outcome.map_err(|error| wait.explain(error))
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
    /// What the last poll met, if that was of no use.
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
                Step::Poll(pause) => {
                    self.last = None;
                    pause
                }
                Step::Unusable(pause, reason) => {
                    self.last = Some(unusable(&request, &reason));
                    pause
                }
                Step::Done | Step::Consult => return Ok(()),
                Step::Failed { status, error } => {
                    return Err(self.inquire(status, error, &request, &response).await);
                }
                Step::Lost => return Err(unusable(&request, "it has answered 404 for too long")),
                Step::Refused => return Err(refusal(&request, response)),
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
            Step::Refused => Err(refusal(&request, response)),
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
        let unusable = self.last.as_ref().map(ToString::to_string);
        let message = unusable.as_deref().or(self.machine.message.as_deref());
        self.limits.tell(&Progress::Running { status, elapsed: self.began.elapsed(), message });
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

fn refusal(request: &Request, response: Response) -> Error {
    let reason = "the poll was neither answered nor refused";
    accepted(request, response).err().unwrap_or_else(|| unusable(request, reason))
}
