//! The service's own words, in whatever shape they come.

use std::fmt;

use serde_json::Value;

use super::{clean_text, snippet};
use crate::transport::Response;

/// Deepest nesting followed; the deepest seen in the wild is four.
const MAX_DEPTH: usize = 12;
/// Most entries of one list kept.
const MAX_ENTRIES: usize = 20;

/// Words of which one is in every text that tells of a failure.
const FAILURE_WORDS: [&str; 12] = [
    "fail",
    "error",
    "unsucce",
    "unable",
    "unhealthy",
    "cannot",
    "can't",
    "not ",
    "timed out",
    "timeout",
    "denied",
    "warning",
];

/// An error as the service tells it. Texts are free of control characters and capped in length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceError {
    /// Such as `AuthorizationFailed`.
    pub code: Option<String>,
    /// The message; empty where there is none.
    pub message: String,
    /// What it is about.
    pub target: Option<String>,
    /// What is behind it: entries of `details`, and `innererror`.
    pub details: Vec<ServiceError>,
}

impl ServiceError {
    /// Reads the error of an answer: any of ARM's shapes, else the status and an excerpt of the
    /// body.
    pub(crate) fn read(response: &Response) -> Self {
        response
            .json()
            .ok()
            .and_then(|body| Self::find(&body))
            .unwrap_or_else(|| Self::from_status(response))
    }

    /// Finds an error in a body of any of the shapes `{error: {…}}`, `{code, message, …}`, `{id,
    /// status, error: {…}}`, `{properties: {error: {…}}}`.
    pub(crate) fn find(body: &Value) -> Option<Self> {
        let places = [&body["error"], &body["properties"]["error"], body];
        places.into_iter().find_map(|place| Self::parse(place, 0))
    }

    /// What an object in a failed state says of itself: `errorInfo` and `statuses` of an extension,
    /// `provisioningErrors` of a compute.
    pub(crate) fn of_object(properties: &Value) -> Vec<Self> {
        let info = Self::parse(&properties["errorInfo"], 0);
        let statuses = items(&properties["statuses"]).iter().filter_map(Self::parse_status_entry);
        let errors = Self::parse_list(&properties["provisioningErrors"]);
        let mut told: Vec<Self> = info.into_iter().chain(statuses).chain(errors).collect();
        told.truncate(MAX_ENTRIES);
        told
    }

    /// The errors of a list, each as `{code, message, …}` or as ARM's `{error: {code, message,
    /// …}}`.
    pub fn parse_list(errors: &Value) -> Vec<Self> {
        items(errors).iter().filter_map(Self::find).take(MAX_ENTRIES).collect()
    }

    /// An entry of `statuses` that is a reason for a failure. Real answers leave `level` out, so
    /// whatever is not plainly a success is one.
    fn parse_status_entry(status: &Value) -> Option<Self> {
        let told = Self::parse(status, 0).filter(|told| !told.message.is_empty())?;
        let level = status["level"].as_str();
        let is_error = level.is_some_and(|level| level.eq_ignore_ascii_case("error"));
        (is_error || !told.is_plain_success()).then_some(told)
    }

    /// Whether it says that something went well, and nothing else.
    pub fn is_plain_success(&self) -> bool {
        let text = format!("{} {}", self.code.as_deref().unwrap_or_default(), self.message);
        let text = text.to_lowercase();
        let words = || text.split(|c: char| !c.is_alphanumeric());
        let succeeds = words().any(|word| {
            word.contains("succe") || ["installed", "ready", "healthy"].contains(&word)
        });
        succeeds && !FAILURE_WORDS.iter().any(|word| text.contains(word))
    }

    /// This error and everything behind it, outermost first.
    pub fn walk(&self) -> impl Iterator<Item = &ServiceError> {
        let mut waiting = vec![self];
        std::iter::from_fn(move || {
            let next = waiting.pop()?;
            waiting.extend(next.details.iter().rev());
            Some(next)
        })
    }

    /// The deepest error on the way of first causes that has something to say.
    pub fn innermost(&self) -> &ServiceError {
        let mut found = self;
        let mut at = self;
        while let Some(next) = at.details.first() {
            at = next;
            if !at.message.is_empty() {
                found = at;
            }
        }
        found
    }

    fn parse(value: &Value, depth: usize) -> Option<Self> {
        if depth > MAX_DEPTH {
            return None;
        }
        if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
            return Some(Self { message: clean_text(text), ..Self::default() });
        }
        let text = |names: &[&str]| {
            names.iter().find_map(|name| value[*name].as_str()).filter(|text| !text.is_empty())
        };
        let details = parse_details(value, depth);
        let code = text(&["code", "Code"]).map(clean_text);
        let message = text(&["message", "Message", "error_description", "displayStatus"]);
        if code.is_none() && message.is_none() && details.is_empty() {
            return None;
        }
        Some(Self::unfold(
            code,
            message.unwrap_or_default(),
            text(&["target"]).map(clean_text),
            details,
            depth,
        ))
    }

    /// Some services put a whole error, as JSON, into a message.
    fn unfold(
        code: Option<String>, message: &str, target: Option<String>, mut details: Vec<Self>,
        depth: usize,
    ) -> Self {
        let folded = message
            .trim_start()
            .starts_with('{')
            .then(|| serde_json::from_str::<Value>(message).ok())
            .flatten();
        let inner = folded.and_then(|value| {
            Self::parse(&value["error"], depth + 1).or_else(|| Self::parse(&value, depth + 1))
        });
        match inner {
            Some(inner) => {
                details.insert(0, inner);
                Self { code, message: String::new(), target, details }
            }
            None => Self { code, message: clean_text(message), target, details },
        }
    }

    fn from_status(response: &Response) -> Self {
        let text = String::from_utf8_lossy(&response.body);
        let quoted = snippet(&text);
        let status = response.status_text();
        let message = if quoted.is_empty() {
            format!("{status}, without a body")
        } else {
            format!("{status}: {quoted}")
        };
        Self { message, ..Self::default() }
    }
}

fn parse_details(value: &Value, depth: usize) -> Vec<ServiceError> {
    let nested = ["innererror", "innerError", "error"]
        .into_iter()
        .map(|name| &value[name])
        .filter(|inner| inner.is_object());
    let listed = items(&value["details"]).iter().chain(items(&value["Details"]));
    listed
        .chain(nested)
        .filter_map(|detail| ServiceError::parse(detail, depth + 1))
        .chain(super::policy::find_violations(value))
        .take(MAX_ENTRIES)
        .collect()
}

pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |error: &ServiceError| match (&error.code, error.message.is_empty()) {
            (Some(code), false) => format!("{code}: {}", error.message),
            (Some(code), true) => code.clone(),
            (None, _) => error.message.clone(),
        };
        let mut told: Vec<String> = self.walk().map(one).filter(|text| !text.is_empty()).collect();
        told.dedup();
        f.write_str(&told.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error read of a body, as `code|message` of each level.
    fn read(status: u16, body: &str) -> String {
        let error = ServiceError::read(&Response::new(status, body));
        let level = |error: &ServiceError| {
            format!("{}|{}", error.code.as_deref().unwrap_or("-"), error.message)
        };
        error.walk().map(level).collect::<Vec<_>>().join(" > ")
    }

    #[test]
    fn bodies_of_every_shape() {
        for (body, expected) in [
            (r#"{"error":{"code":"A","message":"m","details":[]}}"#, "A|m"),
            (r#"{"code":"A","message":"m","details":[{"code":"B","message":"n"}]}"#, "A|m > B|n"),
            (r#"{"id":"/x","status":"Failed","error":{"code":"A","message":"m"}}"#, "A|m"),
            (r#"{"status":"Failed","error":{"message":"only text"}}"#, "-|only text"),
            (r#"{"properties":{"error":{"code":"A","message":"m"}}}"#, "A|m"),
            (
                r#"{"error":{"code":"A","message":"m","innererror":{"code":"B","innererror":{"code":"C","message":"deep"}}}}"#,
                "A|m > B| > C|deep",
            ),
            (
                r#"{"error":{"code":"A","message":"m","innerError":{"code":"B","innerError":null}}}"#,
                "A|m > B|",
            ),
            (r#"{"error":{"error":{"code":"Old","message":"twice"}}}"#, "-| > Old|twice"),
            (
                r#"{"error":{"code":"A","message":"{\"error\":{\"code\":\"B\",\"message\":\"folded\"}}"}}"#,
                "A| > B|folded",
            ),
            (r#"{"error":{"code":"A","message":"{not json"}}"#, "A|{not json"),
            (
                r#"{"error":"invalid_client","error_description":"AADSTS7000215"}"#,
                "-|invalid_client",
            ),
            ("\u{feff}{\"error\":{\"code\":\"A\",\"message\":\"bom\"}}", "A|bom"),
            ("", "-|409 Conflict, without a body"),
            ("<html><body><h1>Bad</h1></body></html>", "-|409 Conflict: Bad"),
            ("[]", "-|409 Conflict: []"),
            (r#"{"error":null}"#, "-|409 Conflict: {\"error\":null}"),
            (
                r#"{"error":{"code":7,"message":["x"]}}"#,
                "-|409 Conflict: {\"error\":{\"code\":7,\"message\":[\"x\"]}}",
            ),
        ] {
            assert_eq!(read(409, body), expected, "{body}");
        }
    }

    #[test]
    fn details_are_walked_to_the_innermost() {
        let body = r#"{"error":{"code":"Outer","message":"deployment failed","details":[
            {"code":"Middle","message":"","details":[{"code":"Inner","message":"the reason"}]},
            {"code":"Other","message":"beside"}]}}"#;
        let error = ServiceError::read(&Response::new(400, body));
        assert_eq!(error.innermost().message, "the reason");
        assert_eq!(
            error.to_string(),
            "Outer: deployment failed; Middle; Inner: the reason; Other: beside"
        );
    }

    #[test]
    fn nesting_and_length_are_bounded() {
        let deep = (0..500).fold(r#"{"code":"x"}"#.to_owned(), |inner, _| {
            format!(r#"{{"code":"n","innererror":{inner}}}"#)
        });
        let error = ServiceError::find(&serde_json::from_str(&deep[..]).unwrap_or_default());
        assert!(error.is_none_or(|error| error.walk().count() <= MAX_DEPTH + 1));
        let nested = (0..30).fold(r#"{"code":"x"}"#.to_owned(), |inner, _| {
            format!(r#"{{"code":"n","innererror":{inner}}}"#)
        });
        let error = ServiceError::find(&serde_json::from_str(&nested).unwrap()).unwrap();
        assert_eq!(error.walk().count(), MAX_DEPTH + 1);
        let wide =
            format!(r#"{{"code":"x","details":[{}]}}"#, vec![r#"{"code":"y"}"#; 1000].join(","));
        assert_eq!(
            ServiceError::find(&serde_json::from_str(&wide).unwrap()).unwrap().details.len(),
            MAX_ENTRIES
        );
    }

    #[test]
    fn an_object_tells_its_own_errors() {
        let properties = serde_json::json!({
            "errorInfo": {"code": "ExtensionOperationFailed", "message": "helm"},
            "statuses": [
                {"code": "Install", "level": "Information", "message": "Successfully installed the chart"},
                {"code": "InstallationFailed", "level": "Error", "message": "pods"}],
            "provisioningErrors": [{"error": {"code": "Attach", "message": "no extension"}}]
        });
        let told: Vec<String> =
            ServiceError::of_object(&properties).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["ExtensionOperationFailed: helm", "InstallationFailed: pods", "Attach: no extension"]
        );
        assert!(ServiceError::of_object(&Value::Null).is_empty());
    }

    #[test]
    fn a_status_without_a_level_is_a_reason_unless_it_is_plainly_a_success() {
        for (code, level, message, is_reason) in [
            ("InstallationFailed", None, "Error: [ InnerError: [Helm installation failed]]", true),
            ("InstallationFailed", Some("Information"), "Helm installation failed", true),
            ("InstallState", None, "the release is being rolled back", true),
            ("Deploy", None, "resource already exists in your cluster", true),
            ("Deploy", None, "Unable to install it successfully", true),
            ("Deploy", None, "0 of 1 pods are not ready", true),
            ("Deploy", Some("Error"), "Succeeded", true),
            ("Deploy", None, "unsuccessful", true),
            ("InstallSucceeded", None, "all done", false),
            ("Deploy", None, "Successfully installed the extension", false),
            ("Deploy", Some("Information"), "The extension is installed", false),
            ("InstallationFailed", None, "", false),
        ] {
            let status = serde_json::json!({"code": code, "level": level, "message": message});
            let told = ServiceError::of_object(&serde_json::json!({"statuses": [status]}));
            assert_eq!(!told.is_empty(), is_reason, "{code} {level:?} {message}");
        }
    }
}
