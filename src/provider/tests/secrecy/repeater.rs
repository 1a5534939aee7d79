//! An Azure that repeats whatever secret it was sent or gave in each of its errors.

#![expect(clippy::unnecessary_wraps, reason = "each answer is an `Answer`, and some are none")]

use std::sync::{Arc, Mutex, MutexGuard};

use azure::{Method, Request, Response, Transport, TransportError};
use serde_json::{Value as Json, json};
use testing::canaries::forms;
use url::form_urlencoded;

use super::{
    ACCESS_TOKEN, BUS_KEY, ID_TOKEN, KUBECONFIG_TOKEN, LOGS_KEY, PROXY_PASSWORD, RELAY_KEY,
};
use crate::tests::Memory;

/// What is answered in place of the ordinary, made of what is known.
pub(super) type Answer = fn(&[String]) -> Result<Response, TransportError>;

/// A clone is the same service.
#[derive(Clone)]
pub(super) struct Repeater {
    pub(super) memory: Memory,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    /// The secrets that it was sent or gave.
    known: Vec<String>,
    /// Where the ordinary answer does not come, and what comes there.
    fault: Option<(Method, &'static str, Answer)>,
}

impl Repeater {
    pub(super) fn over(memory: Memory) -> Self {
        // Whoever stands between is known by the password of the proxy.
        let inner = Inner { known: vec![PROXY_PASSWORD.to_owned()], fault: None };
        Self { memory, inner: Arc::new(Mutex::new(inner)) }
    }

    /// From now on what is asked by this method at a path, or an origin, with this part gets this
    /// answer.
    pub(super) fn fails(&self, method: Method, part: &'static str, answer: Answer) {
        self.lock().fault = Some((method, part, answer));
    }

    /// The secrets that it was sent or gave.
    pub(super) fn known(&self) -> Vec<String> {
        self.lock().known.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("nobody panics")
    }

    fn learn(&self, secrets: impl IntoIterator<Item = String>) {
        let mut inner = self.lock();
        for secret in secrets {
            if !secret.is_empty() && !inner.known.contains(&secret) {
                inner.known.push(secret);
            }
        }
    }

    /// What it gives in answer to a request that the memory has no canary for.
    fn give(request: &Request) -> Option<Json> {
        let (path, post) = (request.url.path(), request.method == Method::POST);
        let string = |key: &str| {
            json!({ "primaryConnectionString": format!(
                "Endpoint=sb://ns.example/;SharedAccessKeyName=rule;SharedAccessKey={key};EntityPath=c"
            ) })
        };
        Some(match path {
            path if path.ends_with("/token") => {
                json!({ "access_token": ACCESS_TOKEN, "expires_in": 3599, "token_type": "Bearer" })
            }
            "/github" => json!({ "value": ID_TOKEN }),
            "/devops" => json!({ "oidcToken": ID_TOKEN }),
            path if post && path.contains("/Microsoft.Relay/") => string(RELAY_KEY),
            path if post && path.contains("/Microsoft.ServiceBus/") => string(BUS_KEY),
            path if path.ends_with("/sharedKeys") => json!({ "primarySharedKey": LOGS_KEY }),
            path if path.ends_with("/listClusterUserCredential") => {
                json!({ "kubeconfigs": [{ "name": "clusterUser", "value": super::kubeconfig() }] })
            }
            _ => return None,
        })
    }
}

#[async_trait::async_trait]
impl Transport for Repeater {
    async fn send(&self, request: &Request) -> Result<Response, TransportError> {
        self.learn(sent_secrets(request));
        let fault = self.lock().fault.clone();
        if let Some((method, part, answer)) = fault
            && request.method == method
            && request.url.as_str().contains(part)
        {
            return answer(&self.known());
        }
        let Some(given) = Self::give(request) else { return self.memory.send(request).await };
        let is_kubeconfig = given.get("kubeconfigs").is_some();
        self.learn(is_kubeconfig.then(|| KUBECONFIG_TOKEN.to_owned()));
        let all = [ACCESS_TOKEN, ID_TOKEN, RELAY_KEY, BUS_KEY, LOGS_KEY];
        let text = given.to_string();
        self.learn(all.into_iter().filter(|secret| text.contains(secret)).map(str::to_owned));
        Ok(Response::new(200, given.to_string()))
    }
}

/// The secrets of a request: what its headers prove, what its form proves, and protected settings.
fn sent_secrets(request: &Request) -> Vec<String> {
    let mut found = Vec::new();
    for name in ["authorization", "x-identity-header"] {
        let proof = request.header(name).map(|text| text.rsplit(' ').next().unwrap_or_default());
        found.extend(proof.map(str::to_owned));
    }
    let body = request.body.as_deref().unwrap_or_default();
    let form = form_urlencoded::parse(body)
        .filter(|(name, _)| ["client_secret", "client_assertion"].contains(&&**name));
    found.extend(form.map(|(_, value)| value.into_owned()));
    let body: Json = serde_json::from_slice(body).unwrap_or_default();
    let settings = &body["properties"]["configurationProtectedSettings"];
    let own = settings.as_object().into_iter().flatten().filter(|(name, _)| name.len() == 1);
    found.extend(own.filter_map(|(_, value)| value.as_str()).map(str::to_owned));
    found
}

/// What is said of each secret: as it is, and in one form more, another one for each.
fn said(known: &[String]) -> Vec<String> {
    let each = known.iter().enumerate().map(|(number, secret)| {
        let forms = forms(secret);
        format!("not {secret}, {}", forms[number % forms.len()])
    });
    each.collect()
}

/// An error of Azure Resource Manager: the first secret in each of its members, the others in messages.
fn error_body(known: &[String]) -> Json {
    let said = said(known);
    let first = said.first();
    let details: Vec<_> =
        said.iter().map(|said| json!({ "code": "Inner", "message": said })).collect();
    json!({ "code": first, "message": first, "target": first, "details": details,
        "innererror": { "code": first } })
}

fn with_ids(mut response: Response, known: &[String]) -> Response {
    let text = known.iter().filter(|secret| secret.bytes().all(|byte| byte.is_ascii_graphic()));
    for (name, secret) in ["x-ms-request-id", "x-ms-correlation-request-id"].into_iter().zip(text) {
        response.headers.insert(name, secret.parse().expect("a header"));
    }
    response
}

/// Answers with that status and an error that repeats everything.
pub(super) fn refuse<const STATUS: u16>(known: &[String]) -> Result<Response, TransportError> {
    let body = json!({ "error": error_body(known) });
    Ok(with_ids(Response::new(STATUS, body.to_string()), known))
}

/// The same in the form of a token endpoint.
pub(super) fn refuse_sign_in<const STATUS: u16>(
    known: &[String],
) -> Result<Response, TransportError> {
    let said = said(known).join("; ");
    let body = json!({ "error": "invalid_client", "error_description": said,
        "message": said, "error_codes": [7_000_215], "access_token": "" });
    Ok(Response::new(STATUS, body.to_string()))
}

/// A page, which is quoted in part: it is cut in each secret in turn.
pub(super) fn page<const STATUS: u16>(known: &[String]) -> Result<Response, TransportError> {
    let (title, said) = ("x".repeat(280), known.join("</p><p>"));
    let body = format!("<html><h1>{title}</h1><p>{said}</p></html>");
    Ok(with_ids(Response::new(STATUS, body), known))
}

/// Leads elsewhere, with everything in the address.
pub(super) fn redirect(known: &[String]) -> Result<Response, TransportError> {
    let mut response = with_ids(Response::new(302, page::<302>(known)?.body), known);
    let query: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(known.iter().map(|secret| ("token", secret)))
        .finish();
    let location = format!("https://elsewhere.example/?{query}");
    response.headers.insert("location", location.parse().expect("a header"));
    Ok(response)
}

/// A state of an operation, with everything in its error and its progress.
pub(super) fn operation<const STATE: usize>(known: &[String]) -> Result<Response, TransportError> {
    let status = ["Failed", "Canceled", "Running", "Succeeded"][STATE];
    let error = error_body(known);
    let body = json!({ "id": "/o", "status": status, "error": error,
        "properties": { "statuses": [{ "message": error["message"] }], "message": error["message"] } });
    Ok(with_ids(Response::new(200, body.to_string()), known))
}

/// Half of an answer, as it is when a connection breaks.
pub(super) fn half(known: &[String]) -> Result<Response, TransportError> {
    let whole = refuse::<200>(known)?;
    let half = whole.body[..whole.body.len() / 2].to_vec();
    Ok(Response { body: half, ..whole })
}

/// No answer at all.
pub(super) fn lost<const WHY: usize>(_: &[String]) -> Result<Response, TransportError> {
    let why = "as a library says it".to_owned();
    Err([
        TransportError::Interrupted(why.clone()),
        TransportError::TimedOut(60),
        TransportError::UnknownHost(why.clone()),
        TransportError::Unreachable(why.clone()),
        TransportError::Tls(why.clone()),
        TransportError::Proxy(why.clone()),
        TransportError::Malformed(why),
        TransportError::TooLarge(64),
    ][WHY]
        .clone())
}
