//! The requests and responses: a log in memory, and the files of `--record` for a validator of
//! traffic.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::faults::Hold;
use crate::http::{Request, Response};

/// Their values are secrets and are not written.
const SECRET_HEADERS: [&str; 2] = ["authorization", "x-ms-authorization-auxiliary"];

/// The oldest entry is dropped first.
const MAX_ENTRIES: usize = 100_000;

#[derive(Debug)]
pub(crate) struct RequestLog {
    started_at: Instant,
    entries: VecDeque<Entry>,
    /// How many entries were dropped, so that the number of an entry stays valid.
    dropped: usize,
    folder: Option<PathBuf>,
    /// Changes with each entry that is new, held, released or finished.
    changes: watch::Sender<()>,
}

#[derive(Debug)]
struct Entry {
    json: Value,
    /// Answered, or reset.
    finished: bool,
}

/// A request without what in it may be secret.
pub(crate) struct Exchange<'a> {
    /// Since the start of the emulator.
    pub(crate) at_ms: u64,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) outcome: Outcome<'a>,
}

/// What has come of a request so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome<'a> {
    Answered(u64),
    Broken,
    /// What of it waits: `request` or `response`.
    Held(&'a str),
    Pending,
}

impl RequestLog {
    pub(crate) fn new(folder: Option<PathBuf>) -> io::Result<Self> {
        folder.as_ref().map(fs::create_dir_all).transpose()?;
        let (started_at, changes) = (Instant::now(), watch::Sender::new(()));
        Ok(Self { started_at, entries: VecDeque::new(), dropped: 0, folder, changes })
    }

    /// Returns the number of the new entry.
    pub(crate) fn add(&mut self, request: &Request) -> usize {
        if self.entries.len() == MAX_ENTRIES {
            self.entries.pop_front();
            self.dropped += 1;
        }
        let json = json!({
            "at_ms": u64::try_from(self.started_at.elapsed().as_millis()).unwrap_or(u64::MAX),
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "http_version": request.http_version,
            "headers": request.headers,
            "body": request.logged_body(),
            "status": null,
            "response": null,
            "held": null,
        });
        self.entries.push_back(Entry { json, finished: false });
        self.changes.send_replace(());
        self.dropped + self.entries.len() - 1
    }

    /// Without a response, the connection was reset.
    pub(crate) fn finish(&mut self, number: usize, response: Option<&Response>) {
        let Some(entry) = self.entry(number) else { return };
        entry.finished = true;
        if let Some(response) = response {
            entry.json["status"] = json!(response.status);
            entry.json["response"] = response.logged_body();
        }
        self.changes.send_replace(());
    }

    /// Notes what of the exchange waits, or that nothing does any more.
    pub(crate) fn hold(&mut self, number: usize, held: Option<Hold>) {
        let Some(entry) = self.entry(number) else { return };
        entry.json["held"] = json!(held);
        self.changes.send_replace(());
    }

    pub(crate) fn count_held(&self) -> usize {
        self.entries.iter().filter(|entry| !entry.json["held"].is_null()).count()
    }

    pub(crate) fn count_pending(&self) -> usize {
        self.entries.iter().filter(|entry| !entry.finished).count()
    }

    fn entry(&mut self, number: usize) -> Option<&mut Entry> {
        self.entries.get_mut(number.checked_sub(self.dropped)?)
    }

    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// The finished entries; with `pending`, all of them.
    pub(crate) fn entries(&self, pending: bool) -> Value {
        self.entries.iter().filter(|it| pending || it.finished).map(|it| it.json.clone()).collect()
    }

    /// All requests, the last one first.
    pub(crate) fn newest(&self) -> impl ExactSizeIterator<Item = Exchange<'_>> {
        self.entries.iter().rev().map(|entry| Exchange {
            at_ms: entry.json["at_ms"].as_u64().unwrap_or_default(),
            method: entry.json["method"].as_str().unwrap_or_default(),
            path: entry.json["path"].as_str().unwrap_or_default(),
            outcome: entry.outcome(),
        })
    }

    pub(crate) fn clear(&mut self) {
        self.dropped += self.entries.len();
        self.entries.clear();
    }

    /// Writes a request and its response into the folder of `--record`. Only Resource Manager's:
    /// sign-in consists of secrets. A `scripted` response is marked, since it is not the service's.
    pub(crate) fn write_exchange(
        &self, number: usize, origin: &str, request: &Request, response: &Response, scripted: bool,
    ) -> io::Result<()> {
        let arm = request.path.to_ascii_lowercase().starts_with("/subscriptions");
        let Some(folder) = self.folder.as_ref().filter(|_| arm) else { return Ok(()) };
        write_json(
            &folder.join(format!("{:05}-{}.json", number + 1, request.method)),
            &json!({
                "scripted": scripted,
                "liveRequest": {
                    "headers": redacted_headers(request),
                    "method": request.method,
                    "url": url(origin, request),
                    "query": request.parameters().into_iter().collect::<BTreeMap<_, _>>(),
                    "body": request.logged_body(),
                },
                "liveResponse": {
                    "statusCode": response.status.to_string(),
                    "headers": response.headers.iter().cloned()
                        .collect::<BTreeMap<_, _>>(),
                    "body": response.logged_body(),
                },
            }),
        )
    }
}

impl Entry {
    fn outcome(&self) -> Outcome<'_> {
        let held = self.json["held"].as_str();
        match (self.json["status"].as_u64(), held) {
            (Some(status), _) => Outcome::Answered(status),
            (None, _) if self.finished => Outcome::Broken,
            (None, Some(what)) => Outcome::Held(what),
            (None, None) => Outcome::Pending,
        }
    }
}

fn redacted_headers(request: &Request) -> Value {
    let json = request.headers.iter().map(|(name, value)| {
        let secret = SECRET_HEADERS.contains(&name.as_str());
        (name.clone(), json!(if secret { "REDACTED" } else { value.as_str() }))
    });
    Value::Object(json.collect::<Map<_, _>>())
}

fn url(origin: &str, request: &Request) -> String {
    let mark = if request.query.is_empty() { "" } else { "?" };
    format!("{origin}{}{mark}{}", request.path, request.query)
}

/// Replaces the file at once, so that a reader never sees a part of it.
pub(crate) fn write_json(path: &Path, value: &Value) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, format!("{value:#}\n"))?;
    fs::rename(&unfinished, path)
}
