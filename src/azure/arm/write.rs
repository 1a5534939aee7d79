//! The verbs that change something.

use super::conflict::{Conflict, judge};
use super::{Arm, absence, accepted, envelope, unusable};
use crate::envelope::Envelope;
use crate::error::{Deadline, Error, Refusal};
use crate::id::Id;
use crate::limits::{Limits, Progress};
use crate::lro::{Operation, poll_pause};
use crate::rp::Kind;
use crate::transport::{Method, Request, Response};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

/// A request was accepted: what the service answered, and what is left to wait for.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The object as the first answer shows it; `None` where the answer is empty.
    pub object: Option<Envelope>,
    /// `None` where the answer is the end.
    pub operation: Option<Operation>,
}

impl Arm {
    /// Creates or replaces an object. A conflict with another operation is waited out; any other is an error at once.
    pub async fn put(
        &self, kind: &Kind, id: &Id, body: &Value, limits: &Limits<'_>,
    ) -> Result<Accepted, Error> {
        self.write(Method::PUT, kind, id, body, limits).await
    }

    /// Changes parts of an object. As [`Arm::put`] with conflicts.
    pub async fn patch(
        &self, kind: &Kind, id: &Id, body: &Value, limits: &Limits<'_>,
    ) -> Result<Accepted, Error> {
        self.write(Method::PATCH, kind, id, body, limits).await
    }

    /// Deletes an object. Its absence, or its parent's, is success. As [`Arm::put`] with conflicts.
    pub async fn delete(
        &self, kind: &Kind, id: &Id, query: &[(&str, &str)], limits: &Limits<'_>,
    ) -> Result<Option<Operation>, Error> {
        let url = self.url(kind, id, None, query);
        let (request, response) = self.persist(Method::DELETE, kind, id, url, None, limits).await?;
        if response.status == 404 {
            return Ok(None);
        }
        let response = accepted(&request, response)?;
        self.begun(&request, &response)
    }

    async fn write(
        &self, method: Method, kind: &Kind, id: &Id, body: &Value, limits: &Limits<'_>,
    ) -> Result<Accepted, Error> {
        let url = self.url(kind, id, None, &[]);
        let (request, response) = self.persist(method, kind, id, url, Some(body), limits).await?;
        if response.status == 404 {
            absence::judge(kind, id, &request, &response)?;
        }
        let response = accepted(&request, response)?;
        let operation = self.begun(&request, &response)?;
        Ok(Accepted { object: response.json().ok().and_then(envelope), operation })
    }

    fn begun(&self, request: &Request, response: &Response) -> Result<Option<Operation>, Error> {
        Operation::begin(request, response, &self.endpoint).map_err(|_| {
            let status = response.status_text();
            unusable(
                request,
                &format!(
                    "the answer {status} has no Azure-AsyncOperation or Location header to follow"
                ),
            )
        })
    }

    /// Sends until no other operation is in the way.
    async fn persist(
        &self, method: Method, kind: &Kind, id: &Id, url: Url, body: Option<&Value>,
        limits: &Limits<'_>,
    ) -> Result<(Request, Response), Error> {
        let began = Instant::now();
        loop {
            let (request, response) =
                self.send(method.clone(), url.clone(), body, true, limits).await?;
            if response.status != 409 {
                return Ok((request, response));
            }
            let refusal = Refusal::read(&request, &response);
            let busy = match judge(&refusal) {
                Conflict::Busy => true,
                Conflict::Perhaps => self.is_changing(kind, id, limits).await,
                Conflict::Real => false,
            };
            if !busy {
                return Err(Error::Refused(Box::new(refusal)));
            }
            wait_for_other(refusal, began, limits).await?;
        }
    }

    /// Whether the object's own state says that something goes on. Not knowing it is no.
    async fn is_changing(&self, kind: &Kind, id: &Id, limits: &Limits<'_>) -> bool {
        let object = self.get(kind, id, limits).await.ok().flatten();
        object.is_some_and(|object| object.is_changing())
    }
}

async fn wait_for_other(
    refusal: Refusal, began: Instant, limits: &Limits<'_>,
) -> Result<(), Error> {
    let pause = poll_pause(refusal.retry_after);
    limits.tell(&Progress::Blocked { by: &refusal.error.to_string(), pause });
    match limits.pause(pause).await {
        Err(Error::Deadline(deadline)) => {
            let last = Some(Box::new(Error::Refused(Box::new(refusal))));
            Err(Error::Deadline(Box::new(Deadline { last, waited: began.elapsed(), ..*deadline })))
        }
        other => other,
    }
}
