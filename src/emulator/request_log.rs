//! What was asked and answered: a log in memory, and files for a validator of traffic.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::http::{Request, Response};

/// Values of these headers are secrets and are kept out of the files.
const SECRET_HEADERS: [&str; 2] = ["authorization", "x-ms-authorization-auxiliary"];

/// Exchanges kept in memory; the oldest goes first.
const MAX_ENTRIES: usize = 100_000;

/// Every exchange in the order of arrival.
#[derive(Debug)]
pub(crate) struct RequestLog {
    /// What the times of arrival are counted from.
    started_at: Instant,
    entries: VecDeque<Entry>,
    /// How many entries have gone, so that a number given out stays valid.
    dropped: usize,
    folder: Option<PathBuf>,
    /// Told of each arrival and each end.
    changes: watch::Sender<()>,
}

/// One exchange as the log shows it.
#[derive(Debug)]
struct Entry {
    json: Value,
    /// Whether it is over: answered, or reset.
    finished: bool,
}

impl RequestLog {
    pub(crate) fn new(folder: Option<PathBuf>) -> io::Result<Self> {
        folder.as_ref().map(fs::create_dir_all).transpose()?;
        let (started_at, changes) = (Instant::now(), watch::Sender::new(()));
        Ok(Self { started_at, entries: VecDeque::new(), dropped: 0, folder, changes })
    }

    /// Notes an arrival and gives its number.
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
            "headers": request.headers,
            "body": request.logged_body(),
            "status": null,
            "response": null,
        });
        self.entries.push_back(Entry { json, finished: false });
        self.changes.send_replace(());
        self.dropped + self.entries.len() - 1
    }

    /// Notes the answer to an arrival; without one the connection was reset.
    pub(crate) fn finish(&mut self, number: usize, response: Option<&Response>) {
        let index = number.checked_sub(self.dropped);
        let entry = index.and_then(|index| self.entries.get_mut(index));
        let Some(entry) = entry else { return };
        entry.finished = true;
        if let Some(response) = response {
            entry.json["status"] = json!(response.status);
            entry.json["response"] = response.logged_body();
        }
        self.changes.send_replace(());
    }

    /// Changes with each arrival and each end.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// What is over; with `pending`, also what has arrived and is being worked on.
    pub(crate) fn entries(&self, pending: bool) -> Value {
        self.entries.iter().filter(|it| pending || it.finished).map(|it| it.json.clone()).collect()
    }

    pub(crate) fn clear(&mut self) {
        self.dropped += self.entries.len();
        self.entries.clear();
    }

    /// Writes an exchange that was answered into the folder, if there is one. Only ARM's: sign-in
    /// consists of secrets, and no validator knows it. A `scripted` answer is marked as one, since
    /// it is not the service's.
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

/// Writes JSON so that a reader never sees half of it.
pub(crate) fn write_json(path: &Path, value: &Value) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, format!("{value:#}\n"))?;
    fs::rename(&unfinished, path)
}
