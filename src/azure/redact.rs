//! Secrets of a request, so that an answer that repeats them is not shown with them.

use crate::error::ServiceError;
use crate::transport::Request;
use serde_json::Value;

/// What stands for a secret in a text.
const STRUCK: &str = "(sensitive)";
/// A shorter text is no secret worth the name, and would riddle every message.
const SHORTEST: usize = 4;

/// The secrets one request holds.
#[derive(Default)]
pub(crate) struct Secrets {
    // Longest first, so that a part never hides the whole.
    texts: Vec<String>,
}

impl Secrets {
    /// The bearer token, and the values of the body under a name that says they are secret.
    pub(crate) fn of(request: &Request) -> Self {
        let mut texts = Vec::new();
        if let Some(token) =
            request.header("authorization").and_then(|value| value.strip_prefix("Bearer "))
        {
            texts.push(token.to_owned());
        }
        let body = request.body.as_deref().and_then(|body| serde_json::from_slice(body).ok());
        collect(&body.unwrap_or(Value::Null), false, &mut texts);
        texts.retain(|text| text.chars().count() >= SHORTEST);
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Self { texts }
    }

    /// Strikes them out of every text of an error.
    pub(crate) fn strike(&self, error: &mut ServiceError) {
        for secret in &self.texts {
            error.message = error.message.replace(secret.as_str(), STRUCK);
        }
        error.details.iter_mut().for_each(|detail| self.strike(detail));
    }
}

fn collect(value: &Value, secret: bool, texts: &mut Vec<String>) {
    match value {
        Value::String(text) if secret => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, secret, texts)),
        Value::Object(members) => {
            members
                .iter()
                .for_each(|(name, member)| collect(member, secret || is_secret(name), texts));
        }
        _ => {}
    }
}

fn is_secret(name: &str) -> bool {
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
    use super::*;
    use crate::error::Refusal;
    use crate::transport::{Method, Response};

    #[test]
    fn s15_secrets_of_the_request_are_not_repeated() {
        let mut request = Request::new(Method::PUT, "https://arm.example/x".parse().unwrap());
        request.set_header("authorization", "Bearer canary-token");
        request.body = Some(
            br#"{"properties":{"configurationProtectedSettings":{"a":"canary-one"},"n":{"relayConnectionString":"canary-two"},"location":"eastus"}}"#
                .to_vec(),
        );
        let answer = r#"{"error":{"code":"Bad","message":"canary-one in eastus","details":[{"message":"canary-two, canary-token"}]}}"#;
        let refusal = Refusal::read(&request, &Response::new(400, answer));
        let text = refusal.to_string();
        assert!(!text.contains("canary"), "{text}");
        assert!(text.contains("(sensitive) in eastus"), "{text}");
    }
}
