//! What was asked and answered: a log in memory, and files for a validator of traffic.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::http::{Answer, Request};

/// Values of these headers are secrets and are kept out of the files.
const SECRET_HEADERS: [&str; 2] = ["authorization", "x-ms-authorization-auxiliary"];

/// Exchanges kept in memory; the oldest goes first.
const KEPT: usize = 100_000;

/// Every exchange in the order of arrival.
#[derive(Debug)]
pub(crate) struct Journal {
    /// What the times of arrival are counted from.
    began: Instant,
    entries: VecDeque<Entry>,
    /// How many entries have gone, so that a number given out stays valid.
    cleared: usize,
    folder: Option<PathBuf>,
    /// Told of each arrival and each end.
    changes: watch::Sender<()>,
}

/// One exchange as the log shows it.
#[derive(Debug)]
struct Entry {
    shown: Value,
    /// Whether it is over: answered, or reset.
    over: bool,
}

impl Journal {
    pub(crate) fn new(folder: Option<PathBuf>) -> io::Result<Self> {
        folder.as_ref().map(fs::create_dir_all).transpose()?;
        let (began, changes) = (Instant::now(), watch::Sender::new(()));
        Ok(Self { began, entries: VecDeque::new(), cleared: 0, folder, changes })
    }

    /// Notes an arrival and gives its number.
    pub(crate) fn arrive(&mut self, request: &Request) -> usize {
        if self.entries.len() == KEPT {
            self.entries.pop_front();
            self.cleared += 1;
        }
        let shown = json!({
            "at_ms": u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": request.headers,
            "body": request.shown_body(),
            "status": null,
            "response": null,
        });
        self.entries.push_back(Entry { shown, over: false });
        self.changes.send_replace(());
        self.cleared + self.entries.len() - 1
    }

    /// Notes the answer to an arrival; without one the connection was reset.
    pub(crate) fn answer(&mut self, number: usize, answer: Option<&Answer>) {
        let index = number.checked_sub(self.cleared);
        let entry = index.and_then(|index| self.entries.get_mut(index));
        let Some(entry) = entry else { return };
        entry.over = true;
        if let Some(answer) = answer {
            entry.shown["status"] = json!(answer.status);
            entry.shown["response"] = answer.shown_body();
        }
        self.changes.send_replace(());
    }

    /// Changes with each arrival and each end.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// What is over; with `pending`, also what has arrived and is being worked on.
    pub(crate) fn entries(&self, pending: bool) -> Value {
        self.entries.iter().filter(|it| pending || it.over).map(|it| it.shown.clone()).collect()
    }

    pub(crate) fn clear(&mut self) {
        self.cleared += self.entries.len();
        self.entries.clear();
    }

    /// Writes an exchange that was answered into the folder, if there is one. Only ARM's: sign-in
    /// consists of secrets, and no validator knows it. A `scripted` answer is marked as one, since
    /// it is not the service's.
    pub(crate) fn record(
        &self, number: usize, origin: &str, request: &Request, answer: &Answer, scripted: bool,
    ) -> io::Result<()> {
        let arm = request.path.to_ascii_lowercase().starts_with("/subscriptions");
        let Some(folder) = self.folder.as_ref().filter(|_| arm) else { return Ok(()) };
        write(
            &folder.join(format!("{:05}-{}.json", number + 1, request.method)),
            &json!({
                "scripted": scripted,
                "liveRequest": {
                    "headers": shown_headers(request),
                    "method": request.method,
                    "url": url(origin, request),
                    "query": request.parameters().into_iter().collect::<BTreeMap<_, _>>(),
                    "body": request.shown_body(),
                },
                "liveResponse": {
                    "statusCode": answer.status.to_string(),
                    "headers": answer.headers.iter().cloned()
                        .collect::<BTreeMap<_, _>>(),
                    "body": answer.shown_body(),
                },
            }),
        )
    }
}

fn shown_headers(request: &Request) -> Value {
    let shown = request.headers.iter().map(|(name, value)| {
        let secret = SECRET_HEADERS.contains(&name.as_str());
        (name.clone(), json!(if secret { "REDACTED" } else { value.as_str() }))
    });
    Value::Object(shown.collect::<Map<_, _>>())
}

fn url(origin: &str, request: &Request) -> String {
    let mark = if request.query.is_empty() { "" } else { "?" };
    format!("{origin}{}{mark}{}", request.path, request.query)
}

/// Writes JSON so that a reader never sees half of it.
pub(crate) fn write(path: &Path, value: &Value) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, format!("{value:#}\n"))?;
    fs::rename(&unfinished, path)
}
