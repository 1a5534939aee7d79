//! Tells of the secrets that signing in sends and brings, before anybody can speak of them.

use std::sync::Arc;

use serde_json::Value;
use url::form_urlencoded;

use crate::secrets::SecretObserver;
use crate::transport::{Request, Response, Transport, TransportError};

/// The fields of a form that prove a principal (RFC 6749, RFC 7521).
const PROOFS: [&str; 2] = ["client_secret", "client_assertion"];
/// The members in which a token comes: OAuth's, that of GitHub and that of Azure DevOps.
const TOKENS: [&str; 5] = ["access_token", "refresh_token", "id_token", "value", "oidcToken"];

/// A transport for token sources. What a request proves an identity with, in a header or in its
/// form, and the tokens of the answers are told to the observer: an answer that refuses may repeat
/// them in any form.
pub struct ReportingTransport {
    inner: Arc<dyn Transport>,
    on_secret: SecretObserver,
}

impl ReportingTransport {
    /// The same transport, with an observer.
    pub fn new(inner: Arc<dyn Transport>, on_secret: SecretObserver) -> Self {
        Self { inner, on_secret }
    }

    fn report_proofs(&self, request: &Request) {
        let headers = request.headers.values().filter(|value| value.is_sensitive());
        for text in headers.filter_map(|value| value.to_str().ok()) {
            // What follows the scheme, where there is one.
            (self.on_secret)(text.split_once(' ').map_or(text, |(_, proof)| proof));
        }
        let form = form_urlencoded::parse(request.body.as_deref().unwrap_or_default());
        for (_, proof) in form.filter(|(name, _)| PROOFS.contains(&&**name)) {
            (self.on_secret)(&proof);
        }
    }

    fn report_tokens(&self, response: &Response) {
        let body = response.json().unwrap_or_default();
        for token in TOKENS.iter().filter_map(|name| body.get(name).and_then(Value::as_str)) {
            (self.on_secret)(token);
        }
    }
}

#[async_trait::async_trait]
impl Transport for ReportingTransport {
    async fn send(&self, request: &Request) -> Result<Response, TransportError> {
        self.report_proofs(request);
        let outcome = self.inner.send(request).await;
        outcome.inspect(|response| self.report_tokens(response))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::scripted_arm::{Script, answer};
    use crate::transport::Method;

    #[tokio::test(start_paused = true)]
    async fn what_proves_an_identity_and_what_comes_for_it_is_told() {
        let tokens = r#"{"access_token":"a","value":"v","oidcToken":"o","token_type":"Bearer","expires_in":1}"#;
        for (header, form, body, expected) in [
            (Some("Basic key"), "", "", &["key"][..]),
            (Some("header"), "", r#"{"error":"no"}"#, &["header"]),
            (None, "client_id=c&client_secret=a%2Fb+c", "<html>", &["a/b c"]),
            (None, "client_assertion=j.w.t&scope=s", tokens, &["j.w.t", "a", "v", "o"]),
        ] {
            let told = Arc::new(Mutex::new(Vec::new()));
            let learned = told.clone();
            let on_secret: SecretObserver =
                Arc::new(move |secret: &str| learned.lock().unwrap().push(secret.to_owned()));
            let script = Script::new(vec![answer(400, body)], None);
            let url = "https://login.example/".parse().unwrap();
            let mut request = Request::new(Method::POST, url);
            request.set_header("metadata", "true");
            if let Some(header) = header {
                request.set_secret_header("x-proof", header);
            }
            request.body = (!form.is_empty()).then(|| form.into());
            ReportingTransport::new(script, on_secret).send(&request).await.unwrap();
            assert_eq!(*told.lock().unwrap(), expected);
        }
    }
}
