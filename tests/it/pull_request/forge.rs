//! A forge on loopback: the comments and labels of one pull request, by the paths of GitHub, Azure Repos and GitLab.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// The forge. Its thread ends with the test process.
pub(crate) struct Forge {
    pub(crate) address: String,
    state: Arc<Mutex<State>>,
}

/// What there is of the pull request.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) comments: Vec<Comment>,
    pub(crate) labels: BTreeSet<String>,
    /// Method and path of each request.
    pub(crate) asked: Vec<String>,
    /// What each request proved itself by.
    pub(crate) tokens: BTreeSet<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) body: String,
    /// Of the one whose token the workflow has.
    pub(crate) is_ours: bool,
    /// Where comments stand in threads.
    pub(crate) status: String,
}

impl Forge {
    pub(crate) fn start() -> Forge {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(stream, &shared);
            }
        });
        Forge { address, state }
    }

    pub(crate) fn state(&self) -> State {
        self.state.lock().expect("no request panics").clone()
    }

    pub(crate) fn comment(&self, body: &str, is_ours: bool) {
        let comment = Comment { body: body.to_owned(), is_ours, status: "closed".to_owned() };
        self.state.lock().expect("no request panics").comments.push(comment);
    }

    pub(crate) fn label(&self, name: &str) {
        self.state.lock().expect("no request panics").labels.insert(name.to_owned());
    }
}

/// Answers one request.
fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a socket can be shared"));
    let mut line = String::new();
    reader.read_line(&mut line).expect("a request has a line");
    let (mut length, mut token, mut waits) = (0, String::new(), false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).expect("a request has headers");
        let Some((name, value)) = header.trim().split_once(": ") else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().expect("a length"),
            "authorization" | "private-token" => value.clone_into(&mut token),
            "expect" => waits = true,
            _ => {}
        }
    }
    if waits {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").expect("the client listens");
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body is as long as it says");
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut state = state.lock().expect("no request panics");
    state.asked.push(format!("{method} {path}"));
    state.tokens.insert(token);
    let answer = state.answer(&method, &path, &body);
    drop(state);
    let (status, answer) = answer.map_or(("404 Not Found", json!({})), |it| ("200 OK", it));
    let answer = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        answer.len()
    );
    stream.write_all((head + &answer).as_bytes()).expect("the client listens");
}

/// The commit on main that came of the pull request with the number 7.
pub(crate) const MERGED: &str = "89abcdef0123456789abcdef0123456789abcdef";

impl State {
    /// `None` is a path that the forge does not have.
    fn answer(&mut self, method: &str, path: &str, body: &Value) -> Option<Value> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut parts = path.trim_matches('/').splitn(2, '/');
        match (parts.next()?, parts.next()?) {
            ("github", path) => self.answer_as_github(method, path, body),
            ("azure", path) => {
                assert!(query.starts_with("api-version=7.1"), "{path} has no version");
                self.answer_as_azure(method, path, body)
            }
            ("gitlab", path) => self.answer_as_gitlab(method, path, query, body),
            _ => None,
        }
    }

    fn answer_as_github(&mut self, method: &str, path: &str, body: &Value) -> Option<Value> {
        let path = path.strip_prefix("repos/o/r/")?;
        if path == format!("commits/{MERGED}/pulls") {
            return Some(json!([{ "number": 7 }]));
        }
        if let Some(id) = path.strip_prefix("issues/comments/") {
            return (method == "PATCH").then(|| self.update(id, &body["body"]))?;
        }
        match (method, path.strip_prefix("issues/7/")?) {
            ("GET", "comments") => Some(self.each_comment(|id, comment| {
                let login = if comment.is_ours { "github-actions[bot]" } else { "somebody" };
                json!({ "id": id, "user": { "login": login }, "body": comment.body })
            })),
            ("POST", "comments") => self.add(&body["body"], "closed"),
            ("GET", "labels") => {
                Some(self.labels.iter().map(|name| json!({ "name": name })).collect())
            }
            ("POST", "labels") => {
                self.labels.extend(body["labels"].as_array()?.iter().filter_map(text));
                Some(json!([]))
            }
            ("DELETE", path) => self.remove_label(path.strip_prefix("labels/")?),
            _ => None,
        }
    }

    fn answer_as_azure(&mut self, method: &str, path: &str, body: &Value) -> Option<Value> {
        if path == "_apis/connectionData" {
            return Some(json!({ "authenticatedUser": { "id": "ours" } }));
        }
        let path = path.strip_prefix("p/_apis/git/repositories/r/")?;
        if (method, path) == ("POST", "pullrequestquery") {
            let merged = body["queries"][0]["items"][0] == MERGED;
            let found = if merged { json!([{ "pullRequestId": 7 }]) } else { json!([]) };
            return Some(json!({ "results": [{ MERGED: found }] }));
        }
        match (method, path.strip_prefix("pullRequests/7/")?) {
            ("GET", "threads") => Some(json!({ "value": self.each_comment(|id, comment| {
                let author = if comment.is_ours { "ours" } else { "somebody" };
                json!({ "id": id, "isDeleted": false, "comments": [
                    { "id": 1, "author": { "id": author }, "content": comment.body } ] })
            }) })),
            ("POST", "threads") => {
                self.add(&body["comments"][0]["content"], body["status"].as_str()?)
            }
            ("PATCH", path) if path.ends_with("/comments/1") => {
                let id = path.strip_prefix("threads/")?.strip_suffix("/comments/1")?;
                self.update(id, &body["content"])
            }
            ("PATCH", path) => {
                let id: usize = path.strip_prefix("threads/")?.parse().ok()?;
                self.comments.get_mut(id)?.status = text(&body["status"])?;
                Some(json!({}))
            }
            ("GET", "labels") => {
                let label = |name: &String| json!({ "id": name.replace(' ', "_"), "name": name });
                Some(json!({ "value": self.labels.iter().map(label).collect::<Vec<_>>() }))
            }
            ("POST", "labels") => {
                self.labels.insert(text(&body["name"])?);
                Some(json!({}))
            }
            ("DELETE", path) => self.remove_label(&path.strip_prefix("labels/")?.replace('_', " ")),
            _ => None,
        }
    }

    fn answer_as_gitlab(
        &mut self, method: &str, path: &str, query: &str, body: &Value,
    ) -> Option<Value> {
        if path == "user" {
            return Some(json!({ "id": 5 }));
        }
        let path = path.strip_prefix("projects/1/")?;
        if path == format!("repository/commits/{MERGED}/merge_requests") {
            return Some(json!([{ "iid": 7 }]));
        }
        match (method, path.strip_prefix("merge_requests/7")?) {
            ("GET", "/notes") if query.ends_with("page=1") => {
                Some(self.each_comment(|id, comment| {
                    let author = if comment.is_ours { 5 } else { 6 };
                    json!({ "id": id, "author": { "id": author }, "body": comment.body })
                }))
            }
            ("GET", "/notes") => Some(json!([])),
            ("POST", "/notes") => self.add(&body["body"], "closed"),
            ("PUT", "") => {
                let names = |key: &str| -> Vec<String> {
                    let names = body[key].as_str().unwrap_or_default().split(',');
                    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
                };
                self.labels.retain(|name| !names("remove_labels").contains(name));
                self.labels.extend(names("add_labels"));
                Some(json!({}))
            }
            ("PUT", path) => self.update(path.strip_prefix("/notes/")?, &body["body"]),
            _ => None,
        }
    }

    fn each_comment(&self, shown: fn(usize, &Comment) -> Value) -> Value {
        self.comments.iter().enumerate().map(|(id, comment)| shown(id, comment)).collect()
    }

    fn add(&mut self, body: &Value, status: &str) -> Option<Value> {
        let (body, status) = (text(body)?, status.to_owned());
        self.comments.push(Comment { body, is_ours: true, status });
        Some(json!({}))
    }

    fn update(&mut self, id: &str, body: &Value) -> Option<Value> {
        let id: usize = id.parse().ok()?;
        self.comments.get_mut(id)?.body = text(body)?;
        Some(json!({}))
    }

    fn remove_label(&mut self, name: &str) -> Option<Value> {
        let name = name.replace("%20", " ").replace("%3A", ":");
        self.labels.remove(&name).then(|| json!({}))
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
