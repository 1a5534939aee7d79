//! The requests that change something: PUT, PATCH and DELETE.

use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::conflict::{Conflict, classify};
use super::{
    Arm, Exchange, not_found, parse_resource, require_success, resource_url, unusable_response,
};
use crate::arm_resource::ArmResource;
use crate::call_options::{CallOptions, Progress};
use crate::error::{Error, ErrorResponse, excerpt};
use crate::id::Id;
use crate::lro::{Operation, POLL_HEADERS, PollInterval};
use crate::resource_types::ResourceType;
use crate::transport::{Method, Request, Response};

/// The response to an accepted write, and the operation that is left to wait for.
#[derive(Clone, Debug)]
pub struct WriteResponse {
    /// The object as the first answer shows it; `None` where the answer is empty.
    pub object: Option<ArmResource>,
    /// `None` if nothing is left to wait for.
    pub operation: Option<Operation>,
    /// Whether the object already existed, according to the service, and no earlier try of this
    /// request can have created it.
    pub already_existed: bool,
}

impl Arm {
    /// Creates or replaces an object. Waits while another operation is in progress; any other
    /// conflict is an error at once.
    pub async fn put(
        &self, kind: &ResourceType, id: &Id, body: &Value, options: &CallOptions<'_>,
    ) -> Result<WriteResponse, Error> {
        self.write(Method::PUT, kind, id, body, options).await
    }

    /// Changes parts of an object. Handles conflicts like [`Arm::put`].
    pub async fn patch(
        &self, kind: &ResourceType, id: &Id, body: &Value, options: &CallOptions<'_>,
    ) -> Result<WriteResponse, Error> {
        self.write(Method::PATCH, kind, id, body, options).await
    }

    /// Deletes an object. Succeeds if the object or its parent does not exist. Handles conflicts
    /// like [`Arm::put`].
    pub async fn delete(
        &self, kind: &ResourceType, id: &Id, query: &[(&str, &str)], options: &CallOptions<'_>,
    ) -> Result<Option<Operation>, Error> {
        let endpoint = self.endpoint(options).await?;
        let _forgetting = self.recent.forget_around(kind, id);
        let url = resource_url(endpoint, kind, id, None, query);
        let Exchange { request, response, .. } =
            self.send_with_conflict_retry(Method::DELETE, kind, id, url, None, options).await?;
        if response.status == 404 {
            return Ok(None);
        }
        let response = require_success(&request, response)?;
        start_operation(endpoint, &request, &response)
    }

    async fn write(
        &self, method: Method, kind: &ResourceType, id: &Id, body: &Value,
        options: &CallOptions<'_>,
    ) -> Result<WriteResponse, Error> {
        let endpoint = self.endpoint(options).await?;
        let _forgetting = self.recent.forget_around(kind, id);
        let url = resource_url(endpoint, kind, id, None, &[]);
        let Exchange { request, response, is_repeat } =
            self.send_with_conflict_retry(method, kind, id, url, Some(body), options).await?;
        if response.status == 404 {
            not_found::require_parent(kind, id, &request, &response)?;
        }
        let response = require_success(&request, response)?;
        let operation = start_operation(endpoint, &request, &response)?;
        let operation = operation.map(|operation| operation.with_body(&request.method, body));
        let object = parse_written(&request, &response, id)?;
        let already_existed = response.status == 200 && !is_repeat && kind.is_created_with_201();
        Ok(WriteResponse { object, operation, already_existed })
    }

    /// Sends the request, and sends it again while another operation blocks it.
    async fn send_with_conflict_retry(
        &self, method: Method, kind: &ResourceType, id: &Id, url: Url, body: Option<&Value>,
        options: &CallOptions<'_>,
    ) -> Result<Exchange, Error> {
        let (began, mut pace) = (Instant::now(), PollInterval::new());
        let mut is_repeat = false;
        loop {
            let sent = self.exchange(method.clone(), url.clone(), body, options).await;
            let sent = sent.map_err(|error| error.with_repeat(is_repeat))?;
            is_repeat |= sent.is_repeat;
            if sent.response.status != 409 {
                return Ok(Exchange { is_repeat, ..sent });
            }
            let refusal = ErrorResponse::read(&sent.request, &sent.response);
            let busy = match classify(&refusal) {
                Conflict::OtherOperation => true,
                Conflict::Unclear => self.is_changing(kind, id, options).await,
                Conflict::Permanent => false,
            };
            if !busy {
                return Err(Error::ErrorResponse(Box::new(refusal)));
            }
            let waited = wait_before_retry(refusal, began, &mut pace, options).await;
            waited.map_err(|error| error.with_repeat(is_repeat))?;
        }
    }

    /// Whether the object's state says that an operation is in progress; `false` if it cannot be
    /// read.
    async fn is_changing(&self, kind: &ResourceType, id: &Id, options: &CallOptions<'_>) -> bool {
        let object = self.get(kind, id, options).await.ok().flatten();
        object.is_some_and(|object| object.state().is_running())
    }
}

fn start_operation(
    endpoint: &Url, request: &Request, response: &Response,
) -> Result<Option<Operation>, Error> {
    Operation::from_response(request, response, endpoint).map_err(|_| {
        let status = response.status_text();
        unusable_response(
            request,
            &format!(
                "the answer {status} has no Azure-AsyncOperation or Location header to follow"
            ),
        )
    })
}

/// The written object of a successful response. `None` for 204, and for a 202 with poll headers
/// whose body is empty or shows the operation. A success without the object is an error: it does
/// not come from the service.
fn parse_written(
    request: &Request, response: &Response, id: &Id,
) -> Result<Option<ArmResource>, Error> {
    let is_polled = response.status == 202
        && POLL_HEADERS.iter().any(|(name, _)| response.header(name).is_some());
    let unusable = |what: &str| {
        unusable_response(request, &format!("the answer {} {what}", response.status_text()))
    };
    match response.status {
        204 => return Ok(None),
        _ if !response.is_empty() => {}
        202 if is_polled => return Ok(None),
        _ => return Err(unusable("has no body")),
    }
    let object = parse_resource(request, response)?;
    match object.member("id").and_then(|id| id.as_str()) {
        Some(found) if found.parse().is_ok_and(|found: Id| found == *id) => Ok(Some(object)),
        _ if is_polled && is_operation_status(&object) => Ok(None),
        Some(found) => Err(unusable(&format!("is about another object, {}", excerpt(found)))),
        None => Err(unusable("does not name the object")),
    }
}

/// Whether a body is the status of an operation and not the object.
fn is_operation_status(object: &ArmResource) -> bool {
    object.member("status").is_some_and(serde_json::Value::is_string)
        && object.properties()["provisioningState"].is_null()
}

async fn wait_before_retry(
    refusal: ErrorResponse, began: Instant, pace: &mut PollInterval, options: &CallOptions<'_>,
) -> Result<(), Error> {
    let pause = pace.next_pause(refusal.retry_after);
    options.report(&Progress::Blocked { by: &refusal.error.to_string(), pause });
    options.sleep(pause).await.map_err(|error| {
        error.with_details(|deadline| {
            deadline.elapsed = began.elapsed();
            deadline.last_error = Some(Box::new(Error::ErrorResponse(Box::new(refusal))));
        })
    })
}
