//! A request, and what it is about.

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderValue};
use http_body_util::Full;
use serde::Serialize;

use super::transport;
use crate::error::Error;
use crate::resource_type::ResourceType;

/// What a request is about, for messages.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    /// The verb of the API, as rules of access name it.
    pub(super) verb: &'static str,
    /// The type; `None` for a path that is none's.
    pub(super) resource: Option<&'a ResourceType>,
    pub(super) namespace: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    path: &'a str,
}

/// A request below the address of the server. The credential is no part of it.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    content_type: Option<HeaderValue>,
    pub(super) body: Bytes,
    /// Whether sending it again does no harm when the first may have been carried out.
    pub(super) is_repeatable: bool,
}

impl<'a> Call<'a> {
    pub(super) fn of_path(verb: &'static str, path: &'a str) -> Self {
        Self { verb, resource: None, namespace: None, name: None, path }
    }

    pub(super) fn of_type(
        verb: &'static str, resource: &'a ResourceType, namespace: Option<&'a str>,
    ) -> Self {
        Self { verb, resource: Some(resource), namespace, name: None, path: "" }
    }

    pub(super) fn named(self, name: &'a str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// What makes requests for the objects. A name that would lead elsewhere is refused.
    pub(super) fn builder(&self) -> Result<kube::core::Request, Error> {
        for name in [self.namespace, self.name].into_iter().flatten() {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
            if name.is_empty() || name.starts_with('.') || !name.bytes().all(is_plain) {
                let message = format!("{name:?} is no name of an object");
                return Err(Error::Invalid { message, causes: Vec::new() });
            }
        }
        let objects = self.resource.map(|resource| resource.path(self.namespace));
        Ok(kube::core::Request::new(objects.unwrap_or_else(|| self.path.to_owned())))
    }

    /// What a message calls it, such as `get instancetypes.amlarc.azureml.com "gpu"`.
    pub(super) fn describe(&self) -> String {
        let Some(resource) = self.resource else { return format!("{} {}", self.verb, self.path) };
        let name = self.name.map(|name| format!(" {name:?}")).unwrap_or_default();
        format!("{} {}{name}", self.verb, resource.qualified_plural())
    }
}

impl Request {
    pub(super) fn get(path: String) -> Self {
        let (method, content_type, body) = (Method::GET, None, Bytes::new());
        Self { method, path, content_type, body, is_repeatable: true }
    }

    /// A request that `kube` has made. Only a POST is not carried out twice.
    pub(super) fn new(
        made: Result<http::Request<Vec<u8>>, kube::core::request::Error>,
    ) -> Result<Self, Error> {
        let (head, body) = made.map_err(|error| inexpressible(&error))?.into_parts();
        Ok(Self {
            is_repeatable: head.method != Method::POST,
            method: head.method,
            path: head.uri.to_string(),
            content_type: head.headers.get(CONTENT_TYPE).cloned(),
            body: body.into(),
        })
    }

    /// The same body as another type of content.
    pub(super) fn with_content_type(self, content_type: &'static str) -> Self {
        Self { content_type: Some(HeaderValue::from_static(content_type)), ..self }
    }

    /// The same request with a parameter, `NAME=VALUE`, beside those that it has.
    pub(super) fn with_parameter(mut self, parameter: &str) -> Self {
        let separator = if self.path.contains('?') { '&' } else { '?' };
        self.path.push(separator);
        self.path.push_str(parameter);
        self
    }

    /// The same request, which may be carried out twice.
    pub(super) fn repeatable(self) -> Self {
        Self { is_repeatable: true, ..self }
    }

    /// The request as it is sent, without a credential.
    pub(super) fn to_http(&self) -> Result<transport::Request, Error> {
        let mut request = http::Request::builder()
            .method(self.method.clone())
            .uri(&self.path)
            .header(ACCEPT, "application/json")
            .header(ACCEPT_ENCODING, "gzip");
        if let Some(content_type) = &self.content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        request.body(Full::new(self.body.clone())).map_err(|error| inexpressible(&error))
    }
}

/// The JSON of an object.
pub(super) fn encode(object: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(object).map_err(|error| inexpressible(&error))
}

fn inexpressible(error: &dyn std::fmt::Display) -> Error {
    Error::Configuration { why: format!("the request cannot be expressed: {error}") }
}
