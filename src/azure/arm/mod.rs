//! A client of the REST API of Azure Resource Manager.

mod conflict;
mod gathering;
mod list;
mod not_found;
mod poll;
mod recent;
mod wait;
mod write;

#[cfg(test)]
mod tests;

pub use recent::PropertyFilter;
pub use write::WriteResponse;

use std::sync::Arc;

use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use self::gathering::Gatherings;
use self::recent::Recent;
use crate::arm_resource::ArmResource;
use crate::call_options::CallOptions;
use crate::cloud::CloudSource;
use crate::credential::Credential;
use crate::error::{Error, ErrorResponse};
use crate::id::Id;
use crate::pipeline::{Call, Parts, Pipeline};
use crate::resource_types::ResourceType;
use crate::secrets::{self, SecretObserver};
use crate::transport::{Method, Request, Response, Transport};

/// Azure Resource Manager. Clones share connections, token, throttling and what was read a moment
/// ago.
#[derive(Clone)]
pub struct Arm {
    pipeline: Arc<Pipeline>,
    cloud: CloudSource,
    on_secret: SecretObserver,
    recent: Arc<Recent>,
    gatherings: Arc<Gatherings>,
}

/// The settings of an [`Arm`].
pub struct ArmConfig {
    /// The cloud that requests are sent to.
    pub cloud: CloudSource,
    /// The credential that requests are authenticated with.
    pub credential: Credential,
    /// The HTTP transport, usually a [`crate::Client`].
    pub transport: Arc<dyn Transport>,
    /// The `User-Agent`, partner ID included.
    pub user_agent: String,
    /// `x-ms-correlation-request-id`, one per process; `None` turns it off.
    pub correlation_id: Option<String>,
    /// Called with each secret in a request or a response.
    pub on_secret: SecretObserver,
}

/// A request as it was sent, and its response.
struct Exchange {
    request: Request,
    response: Response,
    /// Whether an earlier try of it may have been carried out.
    is_repeat: bool,
}

impl Arm {
    /// Builds the client. No IO happens before the first call.
    pub fn new(settings: ArmConfig) -> Self {
        let ArmConfig { cloud, credential, transport, user_agent, correlation_id, on_secret } =
            settings;
        let parts = Parts {
            cloud: cloud.clone(),
            credential,
            user_agent,
            correlation_id,
            on_secret: on_secret.clone(),
        };
        let (recent, gatherings) = Default::default();
        let pipeline = Arc::new(Pipeline::new(parts, transport));
        Self { pipeline, cloud, on_secret, recent, gatherings }
    }

    /// Reads an object. Its own absence is `None`; a missing parent is an error that says so
    /// ([`Error::is_parent_missing`]).
    pub async fn get(
        &self, kind: &ResourceType, id: &Id, options: &CallOptions<'_>,
    ) -> Result<Option<ArmResource>, Error> {
        let url = resource_url(self.endpoint(options).await?, kind, id, None, &[]);
        let (request, response) = self.send(Method::GET, url, options).await?;
        if response.status == 404 {
            return not_found::require_parent(kind, id, &request, &response).map(|()| None);
        }
        parse_resource(&request, &require_success(&request, response)?).map(Some)
    }

    /// Calls an action that is safe to repeat, such as `listKeys`. The result may hold secrets; it
    /// is null where the response is empty.
    pub async fn post(
        &self, kind: &ResourceType, id: &Id, action: &str, options: &CallOptions<'_>,
    ) -> Result<Value, Error> {
        self.post_with_query(kind, id, action, &[], options).await
    }

    /// Calls an action like [`Arm::post`], with query parameters.
    pub async fn post_with_query(
        &self, kind: &ResourceType, id: &Id, action: &str, query: &[(&str, &str)],
        options: &CallOptions<'_>,
    ) -> Result<Value, Error> {
        let url = resource_url(self.endpoint(options).await?, kind, id, Some(action), query);
        let (request, response) = self.send(Method::POST, url, options).await?;
        if response.status == 404 {
            return not_found::require_parent(kind, id, &request, &response)
                .and_then(|()| Err(error_response(&request, &response)));
        }
        let response = require_success(&request, response)?;
        if response.is_empty() {
            return Ok(Value::Null);
        }
        let answer = parse_json(&request, &response)?;
        secrets::report(&answer, &self.on_secret);
        Ok(answer)
    }

    /// Sends one request through the pipeline and gives it back as it was sent.
    async fn send(
        &self, method: Method, url: Url, options: &CallOptions<'_>,
    ) -> Result<(Request, Response), Error> {
        let exchanged = self.exchange(method, url, None, options).await?;
        Ok((exchanged.request, exchanged.response))
    }

    async fn exchange(
        &self, method: Method, url: Url, body: Option<&Value>, options: &CallOptions<'_>,
    ) -> Result<Exchange, Error> {
        let began = Instant::now();
        let mut request = Request::new(method, url);
        request.set_header("accept", "application/json");
        if let Some(body) = body {
            request.set_header("content-type", "application/json");
            request.body = Some(body.to_string().into_bytes());
            secrets::report(body, &self.on_secret);
        }
        let mut call = Call { request, options: *options, may_have_arrived: false };
        let response = self
            .pipeline
            .send(&mut call)
            .await
            .map_err(|error| error.with_elapsed(began.elapsed()))?;
        Ok(Exchange { request: call.request, response, is_repeat: call.may_have_arrived })
    }

    /// Where Resource Manager is, as its cloud says.
    async fn endpoint(&self, options: &CallOptions<'_>) -> Result<&Url, Error> {
        self.cloud.endpoint(options).await
    }
}

fn resource_url(
    endpoint: &Url, kind: &ResourceType, id: &Id, action: Option<&str>, query: &[(&str, &str)],
) -> Url {
    let segments = id.segments().iter().map(String::as_str);
    build_url(endpoint, segments.chain(action), kind, query)
}

fn build_url<'a>(
    endpoint: &Url, segments: impl Iterator<Item = &'a str>, kind: &ResourceType,
    query: &[(&str, &str)],
) -> Url {
    let mut url = endpoint.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url.query_pairs_mut().append_pair("api-version", kind.api_version).extend_pairs(query);
    url
}

/// Returns the response if it is a success. A redirect is an error.
fn require_success(request: &Request, response: Response) -> Result<Response, Error> {
    if response.is_success() {
        return Ok(response);
    }
    if (300..400).contains(&response.status) {
        let reason = format!(
            "the answer is a redirect ({}), and redirects are not followed",
            response.status_text()
        );
        return Err(unusable_response(request, &reason));
    }
    Err(error_response(request, &response))
}

fn error_response(request: &Request, response: &Response) -> Error {
    Error::ErrorResponse(Box::new(ErrorResponse::read(request, response)))
}

fn unusable_response(request: &Request, reason: &str) -> Error {
    let method = request.method.to_string();
    Error::UnusableResponse {
        method,
        url: crate::error::url_without_query(request),
        reason: reason.to_owned(),
    }
}

fn parse_json(request: &Request, response: &Response) -> Result<Value, Error> {
    if response.is_empty() {
        let reason = format!("the answer is empty ({})", response.status_text());
        return Err(unusable_response(request, &reason));
    }
    response.json().map_err(|_| {
        let text = String::from_utf8_lossy(&response.body);
        unusable_response(
            request,
            &format!("the answer is not JSON: {:?}", crate::error::snippet(&text)),
        )
    })
}

fn parse_resource(request: &Request, response: &Response) -> Result<ArmResource, Error> {
    into_resource(parse_json(request, response)?)
        .ok_or_else(|| unusable_response(request, "the answer is not an object"))
}

fn into_resource(value: Value) -> Option<ArmResource> {
    match value {
        Value::Object(members) => Some(ArmResource::new(members)),
        _ => None,
    }
}
