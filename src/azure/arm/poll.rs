//! The poll loop of one operation.

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::wait::operation_failed;
use super::{Arm, require_success, resource_url, unusable_response};
use crate::call_options::{CallOptions, Progress};
use crate::error::{Error, ServiceError, describe_progress, url_without_query};
use crate::id::Id;
use crate::lro::{Machine, Operation, Step};
use crate::resource_types::ResourceType;
use crate::transport::{Method, Request, Response};
use crate::url_trust::{Trust, classify};

/// How long a failed object is asked for its own errors.
const FAILURE_DETAIL_TIMEOUT: Duration = Duration::from_secs(20);

impl Arm {
    /// Polls until there is nothing more to ask.
    pub(super) async fn poll_operation(
        &self, kind: &ResourceType, id: &Id, operation: &Operation, options: &CallOptions<'_>,
    ) -> Result<PollOutcome, Error> {
        let endpoint = self.endpoint(options).await?;
        let (mut machine, began) = (Machine::new(operation), Instant::now());
        let first_pause = machine.first_pause(operation);
        let (last, url_error) = (None, None);
        let mut poller = Poller {
            arm: self,
            endpoint,
            kind,
            id,
            options,
            machine,
            began,
            last,
            url_error,
            last_answer: None,
        };
        match poller.run(first_pause).await {
            Ok(()) => Ok(PollOutcome {
                url_error: poller.url_error,
                was_running: poller.machine.was_running,
            }),
            Err(error) => Err(poller.add_details(error)),
        }
    }
}

/// How an operation was followed to its end.
pub(super) struct PollOutcome {
    /// Why its own URL could not be followed, where the object stood in for it.
    pub(super) url_error: Option<Error>,
    /// Whether something was seen to go on.
    pub(super) was_running: bool,
}

/// One wait for one operation.
struct Poller<'a> {
    arm: &'a Arm,
    endpoint: &'a Url,
    kind: &'a ResourceType,
    id: &'a Id,
    options: &'a CallOptions<'a>,
    machine: Machine,
    began: Instant,
    /// What the last poll met, if that was of no use.
    last: Option<Error>,
    /// Why the operation's own URL is not asked any more.
    url_error: Option<Error>,
    /// The last answer that said how far the operation is.
    last_answer: Option<String>,
}

impl Poller<'_> {
    async fn run(&mut self, first_pause: Duration) -> Result<(), Error> {
        let mut pause = first_pause;
        loop {
            self.report_progress();
            self.options.sleep(pause).await?;
            match self.poll_once().await {
                Ok(Some(next)) => pause = next,
                Ok(None) => return Ok(()),
                Err(PollError::Final(error)) => return Err(error),
                Err(PollError::UrlLost(error)) => {
                    self.fall_back_to_resource(error)?;
                    pause = Duration::ZERO;
                }
            }
        }
    }

    /// Asks once. `None`: there is nothing more to ask.
    async fn poll_once(&mut self) -> Result<Option<Duration>, PollError> {
        let url = self.poll_url().map_err(PollError::UrlLost)?;
        let sent = self.arm.send(Method::GET, url, self.options).await;
        let (request, response) = sent.map_err(PollError::of)?;
        if response.is_success() {
            self.last_answer = describe_progress(&response).or(self.last_answer.take());
        }
        let step = self.next_step(&request, &response).await.map_err(PollError::Final)?;
        self.last = None;
        match step {
            Step::Poll(pause) => Ok(Some(pause)),
            Step::PollAfterUnusable(pause, reason) => {
                self.last = Some(unusable_response(&request, &reason));
                Ok(Some(pause))
            }
            Step::Done | Step::ReadResource(_) => Ok(None),
            Step::Failed { status, error } => {
                let failure = self.read_failure_details(status, error, &request, &response);
                Err(PollError::Final(failure.await))
            }
            Step::Lost => {
                let reason = "it has answered 404 for too long";
                Err(PollError::UrlLost(unusable_response(&request, reason)))
            }
            Step::Refused => Err(PollError::UrlLost(poll_refused(&request, response))),
        }
    }

    async fn next_step(&mut self, request: &Request, response: &Response) -> Result<Step, Error> {
        let now = Instant::now();
        match self.machine.handle_response(response, &request.url, self.endpoint, now) {
            Step::ReadResource(pause) => self.read_resource_state(pause).await,
            step => Ok(step),
        }
    }

    /// The operation's own URL is refused or lost: from now on its object is asked, and what was
    /// refused first is the error if that does not help.
    fn fall_back_to_resource(&mut self, error: Error) -> Result<(), Error> {
        if !self.machine.fall_back_to_resource() {
            return Err(self.url_error.take().unwrap_or(error));
        }
        tracing::warn!(
            %error,
            "the operation cannot be followed; the object's own state is watched instead"
        );
        self.url_error = Some(error);
        Ok(())
    }

    /// Judged before each use: the operation may come from a store.
    fn poll_url(&self) -> Result<Url, Error> {
        let object = resource_url(self.endpoint, self.kind, self.id, None, &[]);
        match self.machine.url().map(|text| classify(text, &object, self.endpoint)) {
            None => Ok(object),
            Some(Trust::SameOrigin(url)) => Ok(url),
            Some(Trust::Foreign(_) | Trust::Malformed) => Err(unusable_response(
                &Request::new(Method::GET, object),
                "the stored polling URL is not of this endpoint",
            )),
        }
    }

    async fn read_resource_state(&mut self, pause: Duration) -> Result<Step, Error> {
        let url = resource_url(self.endpoint, self.kind, self.id, None, &[]);
        let (request, response) = self.arm.send(Method::GET, url, self.options).await?;
        match self.machine.handle_resource(&response, pause, Instant::now()) {
            Step::Refused => Err(poll_refused(&request, response)),
            step => Ok(step),
        }
    }

    /// Asks the failed object what it has to say itself, for a short while and without insisting.
    async fn read_failure_details(
        &self, status: String, error: Option<ServiceError>, request: &Request, response: &Response,
    ) -> Error {
        let options = self.options.within(FAILURE_DETAIL_TIMEOUT);
        let object = self.arm.get(self.kind, self.id, &options).await.ok().flatten();
        operation_failed(status, error, request, response, object)
    }

    fn report_progress(&self) {
        let status = self.machine.status.as_deref().unwrap_or("running");
        let unusable = self.last.as_ref().or(self.url_error.as_ref()).map(ToString::to_string);
        let message = unusable.as_deref().or(self.machine.message.as_deref());
        self.options.report(&Progress::Running { status, elapsed: self.began.elapsed(), message });
    }

    /// A deadline's error learns all that is known here.
    fn add_details(&mut self, error: Error) -> Error {
        error.with_details(|deadline| {
            let url = self.poll_url().ok();
            deadline.url = url.map(|url| url_without_query(&Request::new(Method::GET, url)));
            deadline.elapsed = self.began.elapsed();
            deadline.status.clone_from(&self.machine.status);
            deadline.last_answer = self.last_answer.take();
            if deadline.last_error.is_none() {
                deadline.last_error = self.last.take().or(self.url_error.take()).map(Box::new);
            }
        })
    }
}

/// Why a poll is the last of its URL.
enum PollError {
    /// The operation has ended badly, or the call has.
    Final(Error),
    /// The URL is refused or lost, which says nothing of the operation.
    UrlLost(Error),
}

impl PollError {
    fn of(error: Error) -> Self {
        match error {
            Error::Transport { .. } => Self::UrlLost(error),
            error => Self::Final(error),
        }
    }
}

fn poll_refused(request: &Request, response: Response) -> Error {
    let reason = "the poll was neither answered nor refused";
    require_success(request, response).err().unwrap_or_else(|| unusable_response(request, reason))
}
