//! The verbs that change something.

use super::conflict::{Conflict, judge};
use super::{Arm, Exchanged, absence, accepted, object_in, unusable};
use crate::arm_resource::ArmResource;
use crate::call_options::{CallOptions, Progress};
use crate::error::{DeadlineExceeded, Error, ErrorResponse, excerpt};
use crate::id::Id;
use crate::lro::{Operation, Pace};
use crate::resource_types::ResourceType;
use crate::transport::{Method, Request, Response};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

/// A request was accepted: what the service answered, and what is left to wait for.
#[derive(Clone, Debug)]
pub struct WriteResponse {
    /// The object as the first answer shows it; `None` where the answer is empty.
    pub object: Option<ArmResource>,
    /// `None` where the answer is the end.
    pub operation: Option<Operation>,
    /// Whether the service says that the object was there already, and no earlier try of this request can have made it.
    pub already_existed: bool,
}

/// What an answer that has no object says of its operation instead.
const POLLED: [&str; 3] = ["azure-asyncoperation", "operation-location", "location"];

impl Arm {
    /// Creates or replaces an object. A conflict with another operation is waited out; any other is an error at once.
    pub async fn put(
        &self, kind: &ResourceType, id: &Id, body: &Value, options: &CallOptions<'_>,
    ) -> Result<WriteResponse, Error> {
        self.write(Method::PUT, kind, id, body, options).await
    }

    /// Changes parts of an object. As [`Arm::put`] with conflicts.
    pub async fn patch(
        &self, kind: &ResourceType, id: &Id, body: &Value, options: &CallOptions<'_>,
    ) -> Result<WriteResponse, Error> {
        self.write(Method::PATCH, kind, id, body, options).await
    }

    /// Deletes an object. Its absence, or its parent's, is success. As [`Arm::put`] with conflicts.
    pub async fn delete(
        &self, kind: &ResourceType, id: &Id, query: &[(&str, &str)], options: &CallOptions<'_>,
    ) -> Result<Option<Operation>, Error> {
        let url = self.url(kind, id, None, query);
        let Exchanged { request, response, .. } =
            self.persist(Method::DELETE, kind, id, url, None, options).await?;
        if response.status == 404 {
            return Ok(None);
        }
        let response = accepted(&request, response)?;
        self.begun(&request, &response)
    }

    async fn write(
        &self, method: Method, kind: &ResourceType, id: &Id, body: &Value,
        options: &CallOptions<'_>,
    ) -> Result<WriteResponse, Error> {
        let url = self.url(kind, id, None, &[]);
        let Exchanged { request, response, is_repeat } =
            self.persist(method, kind, id, url, Some(body), options).await?;
        if response.status == 404 {
            absence::judge(kind, id, &request, &response)?;
        }
        let response = accepted(&request, response)?;
        let operation = self.begun(&request, &response)?;
        let operation = operation.map(|operation| operation.of_body(&request.method, body));
        let object = written(&request, &response, id)?;
        let already_existed = response.status == 200 && !is_repeat && kind.is_created_with_201();
        Ok(WriteResponse { object, operation, already_existed })
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
        &self, method: Method, kind: &ResourceType, id: &Id, url: Url, body: Option<&Value>,
        options: &CallOptions<'_>,
    ) -> Result<Exchanged, Error> {
        let (began, mut pace) = (Instant::now(), Pace::new());
        let mut is_repeat = false;
        loop {
            let sent = self.exchange(method.clone(), url.clone(), body, options).await;
            let sent = sent.map_err(|error| error.repeating(is_repeat))?;
            is_repeat |= sent.is_repeat;
            if sent.response.status != 409 {
                return Ok(Exchanged { is_repeat, ..sent });
            }
            let refusal = ErrorResponse::read(&sent.request, &sent.response);
            let busy = match judge(&refusal) {
                Conflict::Busy => true,
                Conflict::Perhaps => self.is_changing(kind, id, options).await,
                Conflict::Real => false,
            };
            if !busy {
                return Err(Error::ErrorResponse(Box::new(refusal)));
            }
            let waited = wait_for_other(refusal, began, &mut pace, options).await;
            waited.map_err(|error| error.repeating(is_repeat))?;
        }
    }

    /// Whether the object's own state says that something goes on. Not knowing it is no.
    async fn is_changing(&self, kind: &ResourceType, id: &Id, options: &CallOptions<'_>) -> bool {
        let object = self.get(kind, id, options).await.ok().flatten();
        object.is_some_and(|object| object.is_changing())
    }
}

/// The object that was written, which a success shows: all else comes from something that is not the service. 204 has no
/// body, and 202 may show nothing or its operation as long as it says what to poll.
fn written(request: &Request, response: &Response, id: &Id) -> Result<Option<ArmResource>, Error> {
    let is_polled =
        response.status == 202 && POLLED.iter().any(|name| response.header(name).is_some());
    let status = response.status_text();
    match response.status {
        204 => return Ok(None),
        _ if !response.is_empty() => {}
        202 if is_polled => return Ok(None),
        _ => return Err(unusable(request, &format!("the answer {status} has no body"))),
    }
    let object = object_in(request, response)?;
    match object.member("id").and_then(|id| id.as_str()) {
        Some(found) if found.parse().is_ok_and(|found: Id| found == *id) => Ok(Some(object)),
        _ if is_polled && is_operation(&object) => Ok(None),
        Some(found) => {
            let other = excerpt(found);
            Err(unusable(request, &format!("the answer {status} is about another object, {other}")))
        }
        None => Err(unusable(request, &format!("the answer {status} does not name the object"))),
    }
}

/// Whether it is the status of an operation.
fn is_operation(object: &ArmResource) -> bool {
    object.member("status").is_some_and(serde_json::Value::is_string)
        && object.properties()["provisioningState"].is_null()
}

async fn wait_for_other(
    refusal: ErrorResponse, began: Instant, pace: &mut Pace, options: &CallOptions<'_>,
) -> Result<(), Error> {
    let pause = pace.pause(refusal.retry_after);
    options.tell(&Progress::Blocked { by: &refusal.error.to_string(), pause });
    match options.pause(pause).await {
        Err(Error::DeadlineExceeded(deadline)) => {
            let last_error = Some(Box::new(Error::ErrorResponse(Box::new(refusal))));
            Err(Error::DeadlineExceeded(Box::new(DeadlineExceeded {
                last_error,
                elapsed: began.elapsed(),
                ..*deadline
            })))
        }
        other => other,
    }
}
