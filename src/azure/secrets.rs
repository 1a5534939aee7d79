//! What a request or an answer holds that nobody may see.

use std::sync::Arc;

use serde_json::Value;

use crate::error::ServiceError;
use crate::headers;
use crate::transport::Request;

/// What stands for a secret in a text.
const REDACTED: &str = "(sensitive)";
/// A shorter text would riddle every message; the observer knows how to redact it.
const MIN_REDACTED_CHARS: usize = 8;

/// Is called with each secret that the client comes to hold: its token, what it sends under a name
/// that says that it is secret, and what the service hands out. Whoever shows an error or logs an
/// event keeps these out of it: a service may repeat them, in any form, in the answer to any
/// request.
pub type SecretObserver = Arc<dyn Fn(&str) + Send + Sync>;

/// Tells of every text of a body that stands under a name which says that it is secret.
pub(crate) fn report(body: &Value, on_secret: &SecretObserver) {
    visit_secrets(body, false, &mut |secret| on_secret(secret));
}

/// Strikes what the failing request itself sent out of the answer to it.
pub(crate) fn redact(request: &Request, error: &mut ServiceError) {
    let mut texts = Vec::new();
    let token =
        request.header(headers::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    texts.extend(token.map(str::to_owned));
    let body = request.body.as_deref().and_then(|body| serde_json::from_slice(body).ok());
    visit_secrets(&body.unwrap_or(Value::Null), false, &mut |secret| texts.push(secret.to_owned()));
    texts.retain(|text| text.chars().count() >= MIN_REDACTED_CHARS);
    // Longest first, so that a part never hides the whole.
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    redact_texts(&texts, error);
}

fn redact_texts(texts: &[String], error: &mut ServiceError) {
    for secret in texts {
        error.message = error.message.replace(secret.as_str(), REDACTED);
    }
    error.details.iter_mut().for_each(|detail| redact_texts(texts, detail));
}

fn visit_secrets(value: &Value, secret: bool, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) if secret => visit(text),
        Value::Array(items) => items.iter().for_each(|item| visit_secrets(item, secret, visit)),
        Value::Object(members) => {
            for (name, member) in members {
                visit_secrets(member, secret || is_secret_name(name), visit);
            }
        }
        _ => {}
    }
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "protected",
        "secret",
        "password",
        "connectionstring",
        "sharedkey",
        "primarykey",
        "secondarykey",
    ]
    .iter()
    .any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::error::ErrorResponse;
    use crate::resource_types::{EXTENSIONS, HYBRID_CONNECTION_RULES};
    use crate::scripted_arm::{Scene, error, ok};
    use crate::transport::{Method, Response};

    #[test]
    fn secrets_of_a_body_are_told() {
        let body = serde_json::json!({
            "properties": {
                "configurationProtectedSettings": {"a": "one", "b": ["two"]},
                "location": "eastus",
                "n": {"relayConnectionString": "three"}
            },
            "primaryKey": "four", "keyName": "rule"
        });
        let told = Arc::new(Mutex::new(Vec::new()));
        let learned = told.clone();
        let on_secret: SecretObserver =
            Arc::new(move |secret: &str| learned.lock().unwrap().push(secret.into()));
        report(&body, &on_secret);
        let mut told: Vec<String> = told.lock().unwrap().clone();
        told.sort();
        assert_eq!(told, ["four", "one", "three", "two"]);
    }

    #[test]
    fn secrets_of_the_request_are_not_repeated() {
        let mut request = Request::new(Method::PUT, "https://arm.example/x".parse().unwrap());
        request.set_header("authorization", "Bearer canary-token");
        request.body = Some(
            br#"{"properties":{"configurationProtectedSettings":{"a":"canary-one","b":"east"},"n":{"relayConnectionString":"canary-two"},"location":"eastus"}}"#
                .to_vec(),
        );
        let answer = r#"{"error":{"code":"Bad","message":"canary-one in eastus","details":[{"message":"canary-two, canary-token"}]}}"#;
        let refusal = ErrorResponse::read(&request, &Response::new(400, answer));
        let text = refusal.to_string();
        assert!(!text.contains("canary"), "{text}");
        assert!(text.contains("(sensitive) in eastus"), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_sent_fetched_and_signed_in_with_is_told() {
        let keys = ok(r#"{"primaryKey":"fetched","keyName":"rule"}"#);
        let scene = Scene::new(vec![error(400, "Bad", "no"), keys]);
        let body =
            serde_json::json!({"properties": {"configurationProtectedSettings": {"a": "sent"}}});
        scene.arm.put(&EXTENSIONS, &scene.id, &body, &scene.options()).await.map(drop).unwrap_err();
        let rule = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Relay/namespaces/n/hybridConnections/h/authorizationRules/r";
        let rule = rule.parse().unwrap();
        let options = scene.options();
        scene.arm.post(&HYBRID_CONNECTION_RULES, &rule, "listKeys", &options).await.unwrap();
        let mut told = scene.script.learned.lock().unwrap().clone();
        told.sort();
        told.dedup();
        assert_eq!(told, ["canary-token", "fetched", "sent"]);
    }
}
