//! Scripted faults: which requests they match, and what then happens.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use crate::delivery::{Break, Delivery};
use crate::http::{Body, Request, Response};

/// The first rule that is due decides what happens to a request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    #[serde(default)]
    when: Condition,
    then: Effect,
    /// How many matching requests pass before the rule applies.
    #[serde(default)]
    after: u32,
    /// How often the rule applies; 0 means always.
    #[serde(default = "once")]
    times: u32,
    #[serde(skip)]
    matches: u32,
    /// What the rule was read from.
    #[serde(skip)]
    script: Value,
}

/// What a request must match. A field that is left out matches everything.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    method: Option<String>,
    /// Part of the path, in any casing.
    path: Option<String>,
    /// Part of the query, as sent.
    query: Option<String>,
}

/// What happens. With `status` the request is not carried out. Without, it is, and `headers` and
/// `body` replace those of the response.
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
    /// Break the exchange off without carrying out the request: its stream over HTTP/2, else its
    /// connection.
    #[serde(default)]
    pub(crate) reset: bool,
    /// Send only so many bytes of the body, under the full Content-Length.
    pub(crate) truncate: Option<usize>,
    /// The operation that the request starts ends with this error.
    pub(crate) fail_operation: Option<Failure>,
    /// The operation that the request starts never ends.
    #[serde(default)]
    pub(crate) stick_operation: bool,
    /// What the health check finds of the extension that the request installs. A critical finding
    /// fails the operation.
    pub(crate) health_check: Option<HealthCheck>,
    /// The pods that the request installs are ready only so long after its operation.
    #[serde(default)]
    pub(crate) pods_delay_ms: u64,
    /// Merged into the status of the pods that the request installs.
    #[serde(default)]
    pub(crate) pod_status: Value,
    /// For this time, reads still show the object as it was before the request.
    #[serde(default)]
    pub(crate) lag_ms: u64,
    /// Carry out the request, then break the exchange off without a response.
    #[serde(default)]
    pub(crate) accept_then_reset: bool,
    /// What becomes of the connection, with every other exchange on it.
    pub(crate) connection: Option<ConnectionFault>,
    /// Where the exchange waits until it is released. Everything else happens after that.
    pub(crate) hold: Option<Hold>,
    /// How often faults had been cleared when the effect was decided on.
    #[serde(skip)]
    clearings: u64,
}

/// What becomes of the connection of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConnectionFault {
    /// The request is not looked at, and the client is told so: a refused stream over HTTP/2. HTTP/1.1
    /// cannot say it, so that its connection closes.
    Refuse,
    /// It closes at once, and every exchange on it is left without a response. The request is not
    /// carried out.
    Drop,
    /// It takes no request after this one, and the client is told so: GOAWAY over HTTP/2, a header over
    /// HTTP/1.1.
    GoAway,
}

/// What of an exchange waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Hold {
    /// The request has been received and is not carried out.
    Request,
    /// The request is carried out, and the client does not hear of it.
    Response,
}

/// A finding of the extension's health check.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HealthCheck {
    name: String,
    /// `E40002`; critical below `E45000`.
    code: String,
    message: String,
}

impl HealthCheck {
    /// The line of the health report.
    pub(crate) fn report_line(&self) -> String {
        let Self { name, code, message } = self;
        format!("Status: Failed Name: {name} ErrorCode: {code} ErrorMessage: {message}")
    }

    pub(crate) fn is_critical(&self) -> bool {
        self.code.as_str() < "E45000"
    }
}

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
}

#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<Rule>,
    clearings: u64,
    /// Changes when all that is held goes on.
    releases: watch::Sender<()>,
}

impl Faults {
    /// Adds one rule or a list of them.
    pub(crate) fn add(&mut self, script: Value) -> Result<(), serde_json::Error> {
        let scripts = match script {
            Value::Array(scripts) => scripts,
            one => vec![one],
        };
        let rules = scripts.into_iter().map(Rule::read).collect::<Result<Vec<_>, _>>()?;
        self.rules.extend(rules);
        Ok(())
    }

    /// What each rule was read from that still applies to a request, and how often it will; `None`: always.
    pub(crate) fn due(&self) -> impl Iterator<Item = (&Value, Option<u32>)> {
        let with_left = self.rules.iter().map(|rule| (&rule.script, rule.left()));
        with_left.filter(|(_, left)| *left != Some(0))
    }

    /// Takes every rule back, and lets go on what one of them holds or is about to hold.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
        self.clearings += 1;
        self.release();
    }

    /// Lets every exchange go on that is held now.
    pub(crate) fn release(&self) {
        self.releases.send_replace(());
    }

    /// What tells the release of an exchange that is held from now on. `None`: its rule is gone.
    pub(crate) fn next_release(&self, effect: &Effect) -> Option<watch::Receiver<()>> {
        (effect.clearings == self.clearings).then(|| self.releases.subscribe())
    }

    /// Every rule that matches counts the request.
    pub(crate) fn effect_on(&mut self, request: &Request) -> Effect {
        let matching = self.rules.iter_mut().filter(|rule| rule.when.matches(request));
        let due: Vec<_> = matching.filter_map(Rule::record_match).collect();
        let effect = due.into_iter().next().unwrap_or_default();
        Effect { clearings: self.clearings, ..effect }
    }
}

impl Rule {
    fn read(script: Value) -> Result<Self, serde_json::Error> {
        let rule = Self::deserialize(&script)?;
        Ok(Self { script, ..rule })
    }

    /// How often it will still apply; `None`: always.
    fn left(&self) -> Option<u32> {
        let applied = self.matches.saturating_sub(self.after);
        (self.times > 0).then(|| self.times.saturating_sub(applied))
    }

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
    /// The response in place of carrying out the request.
    pub(crate) fn canned_response(&self) -> Option<Response> {
        self.status.map(|status| self.apply_to(Response::empty(status)))
    }

    /// Whether the client gets another response than the service's, or a part of it.
    pub(crate) fn alters_response(&self) -> bool {
        let replaced = self.status.is_some() || self.body.is_some() || !self.headers.is_empty();
        replaced
            || self.truncate.is_some()
            || self.accept_then_reset
            || self.break_early().is_some()
    }

    /// How the exchange breaks off before the request is carried out.
    pub(crate) fn break_early(&self) -> Option<Break> {
        match self.connection {
            Some(ConnectionFault::Refuse) => Some(Break::Refused),
            Some(ConnectionFault::Drop) => Some(Break::Connection),
            Some(ConnectionFault::GoAway) | None => self.reset.then_some(Break::Exchange),
        }
    }

    /// What the listener is to do with the response to a request that was carried out.
    pub(crate) fn deliver(&self, response: Response) -> Delivery {
        match self.truncate {
            _ if self.accept_then_reset => Delivery::Broken(Break::Exchange),
            Some(length) => Delivery::Truncated(response, length),
            None if self.connection == Some(ConnectionFault::GoAway) => Delivery::Last(response),
            None => Delivery::Whole(response),
        }
    }

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
