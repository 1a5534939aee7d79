//! A request and its response, independent of any socket.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// A request as it arrived. Header names are lower case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// The query byte for byte, without the question mark.
    pub(crate) query: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// Whom the client means to ask, with the port: `Host`, or `:authority` over HTTP/2.
    pub(crate) host: String,
    pub(crate) body: Vec<u8>,
    /// As in `HTTP/2.0`; empty without a socket.
    pub(crate) http_version: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    Empty,
    Json(Value),
    /// Anything else: HTML, cut JSON, a byte order mark.
    Text(String),
}

impl Request {
    pub(crate) fn new(head: &hyper::http::request::Parts, body: &[u8]) -> Self {
        let text = |value: &hyper::http::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let authority = head.uri.authority().map(ToString::to_string);
        let host = authority.or_else(|| head.headers.get("host").map(text)).unwrap_or_default();
        Self {
            host,
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers.iter().map(|(k, v)| (k.to_string(), text(v))).collect(),
            body: body.to_vec(),
            http_version: format!("{:?}", head.version),
        }
    }

    /// The query's parameters, decoded, their names as sent.
    pub(crate) fn parameters(&self) -> Vec<(String, String)> {
        parse_form(&self.query)
    }

    /// One parameter of the query; Azure takes its name in any casing.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let mut all = self.parameters().into_iter();
        all.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The body; `None` when it is empty or not JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body for a log: JSON where it is that, else text, null when there is none.
    pub(crate) fn logged_body(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        self.json().unwrap_or_else(|| json!(String::from_utf8_lossy(&self.body)))
    }
}

impl Response {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        let kind = ("content-type".to_owned(), "application/json; charset=utf-8".to_owned());
        Self { status, headers: vec![kind], body: Body::Json(body) }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Empty }
    }

    /// Sets a header.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(present, _)| !present.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    #[cfg(test)]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(present, _)| present.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body for a log.
    pub(crate) fn logged_body(&self) -> Value {
        match &self.body {
            Body::Empty => Value::Null,
            Body::Json(value) => value.clone(),
            Body::Text(text) => json!(text),
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        match &self.body {
            Body::Empty => Vec::new(),
            Body::Json(value) => value.to_string().into_bytes(),
            Body::Text(text) => text.clone().into_bytes(),
        }
    }
}

/// The pairs of an `application/x-www-form-urlencoded` text.
pub(crate) fn parse_form(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// Decodes `%xx`; a broken escape stands for itself.
pub(crate) fn percent_decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        for (text, expected) in [
            ("", &[][..]),
            ("a=b%2Fc&d+e=%zz&f", &[("a", "b/c"), ("d e", "%zz"), ("f", "")]),
            ("&&a=1&", &[("a", "1")]),
            ("=&==", &[("", ""), ("", "=")]),
            ("a=b=c&a=2", &[("a", "b=c"), ("a", "2")]),
            ("%41=%c3%a9&x=%ff&%", &[("A", "\u{e9}"), ("x", "\u{fffd}"), ("%", "")]),
            ("a=%2&b=%2B+%2b", &[("a", "%2"), ("b", "+ +")]),
            ("\u{e9}=;", &[("\u{e9}", ";")]),
        ] {
            let expected: Vec<_> =
                expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            assert_eq!(parse_form(text), expected, "{text}");
        }
        for (text, expected) in [("b+c%zz", "b+c%zz"), ("%61%2F%", "a/%"), ("%C3%A9", "\u{e9}")] {
            assert_eq!(percent_decode(text), expected);
        }
    }

    #[test]
    fn query_names_are_read_in_any_casing() {
        let request = Request { query: "api-Version=2023-05-01".into(), ..Request::default() };
        assert_eq!(request.parameter("API-VERSION").as_deref(), Some("2023-05-01"));
    }
}
