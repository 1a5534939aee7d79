//! Scripted faults: which request they meet, and what then happens to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http::{Body, Request, Response};

/// One rule. The first rule that is due for a request decides about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    #[serde(default)]
    when: Condition,
    then: Effect,
    /// How many matching requests pass before the rule acts.
    #[serde(default)]
    after: u32,
    /// How often it acts; 0 means always.
    #[serde(default = "once")]
    times: u32,
    #[serde(skip)]
    matches: u32,
}

/// What a request must be like. Everything left out fits.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    method: Option<String>,
    /// Part of the path, in any casing.
    path: Option<String>,
    /// Part of the query, as sent.
    query: Option<String>,
}

/// What happens. With `status` the request is not carried out; without, it is, and `headers` and
/// `body` replace those of the true answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Effect {
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "present")]
    body: Option<Value>,
    #[serde(default)]
    pub(crate) delay_ms: u64,
    /// Close the connection without carrying the request out.
    #[serde(default)]
    pub(crate) reset: bool,
    /// Send only so many bytes of the body, under the full Content-Length.
    pub(crate) truncate: Option<usize>,
    /// The operation that the request begins ends with this error.
    pub(crate) fail_operation: Option<Failure>,
    /// The operation that the request begins never ends.
    #[serde(default)]
    pub(crate) stick_operation: bool,
    /// For so long, reads still show the object as it was before the request.
    #[serde(default)]
    pub(crate) lag_ms: u64,
    /// Carry the request out, then close the connection without an answer.
    #[serde(default)]
    pub(crate) accept_then_reset: bool,
}

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
}

/// The rules in force, in the order they were given.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Rule>);

impl Faults {
    /// Adds one rule or a list of them.
    pub(crate) fn add(&mut self, script: Value) -> Result<(), serde_json::Error> {
        match script {
            Value::Array(_) => self.0.extend(serde_json::from_value::<Vec<Rule>>(script)?),
            one => self.0.push(serde_json::from_value(one)?),
        }
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// What happens to this request. Every rule that fits counts it.
    pub(crate) fn effect_on(&mut self, request: &Request) -> Effect {
        let matching = self.0.iter_mut().filter(|rule| rule.when.matches(request));
        let due: Vec<_> = matching.filter_map(Rule::record_match).collect();
        due.into_iter().next().unwrap_or_default()
    }
}

impl Rule {
    fn record_match(&mut self) -> Option<Effect> {
        let before = self.matches;
        self.matches = self.matches.saturating_add(1);
        let times_applied = before.checked_sub(self.after)?;
        (self.times == 0 || times_applied < self.times).then(|| self.then.clone())
    }
}

impl Condition {
    fn matches(&self, request: &Request) -> bool {
        let path = request.path.to_ascii_lowercase();
        self.method.as_ref().is_none_or(|it| it.eq_ignore_ascii_case(&request.method))
            && self.path.as_ref().is_none_or(|it| path.contains(&it.to_ascii_lowercase()))
            && self.query.as_ref().is_none_or(|it| request.query.contains(it))
    }
}

impl Effect {
    /// The answer given instead of carrying the request out.
    pub(crate) fn canned_response(&self) -> Option<Response> {
        self.status.map(|status| self.apply_to(Response::empty(status)))
    }

    /// Whether what is sent is no longer the service's own answer, or not all of it.
    pub(crate) fn alters_response(&self) -> bool {
        let replaced = self.status.is_some() || self.body.is_some() || !self.headers.is_empty();
        replaced || self.truncate.is_some() || self.reset || self.accept_then_reset
    }

    /// The answer with what the rule says in place of its own.
    pub(crate) fn apply_to(&self, mut response: Response) -> Response {
        match &self.body {
            None => {}
            Some(Value::String(text)) => response.body = Body::Text(text.clone()),
            Some(value) => {
                let json = Response::json(response.status, value.clone());
                response = response.with("content-type", json.headers[0].1.clone());
                response.body = json.body;
            }
        }
        self.headers.iter().fold(response, |response, (name, value)| response.with(name, value))
    }
}

fn once() -> u32 {
    1
}

/// Tells `"body": null` from no body.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}
