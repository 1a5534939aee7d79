//! The emulator's own interface under `/emulator/`: scripts faults, ends operations, shows requests
//! and objects.

use serde_json::json;

use crate::catalogue;
use crate::cloud::{Inner, World};
use crate::http::{Answer, Request};
use crate::seed;

/// Answers a control path; `None` when it is none. Needs no token, and is neither logged nor
/// subject to faults.
pub(crate) fn answer(world: &World, request: &Request) -> Option<Answer> {
    let what = request.path.strip_prefix("/emulator/")?;
    let mut inner = world.inner();
    inner.store.settle(tokio::time::Instant::now());
    Some(match (request.method.as_str(), what) {
        ("POST", "faults") => script(&mut inner, request),
        ("DELETE", "faults") => {
            inner.faults.clear();
            Answer::empty(204)
        }
        ("GET", "requests") => {
            let pending = request.parameter("pending").is_some_and(|it| it == "true");
            Answer::json(200, inner.journal.entries(pending))
        }
        ("DELETE", "requests") => {
            inner.journal.clear();
            Answer::empty(204)
        }
        ("POST", "operations/end") => {
            inner.store.end(tokio::time::Instant::now());
            Answer::empty(204)
        }
        ("GET", "objects") => Answer::json(200, inner.store.objects()),
        ("PUT" | "DELETE", "objects") => change(world, &mut inner, request),
        _ => refuse(404, "there are faults, operations, requests and objects under /emulator/"),
    })
}

fn script(inner: &mut Inner, request: &Request) -> Answer {
    let Some(rules) = request.json() else { return refuse(400, "the body is not JSON") };
    match inner.faults.add(rules) {
        Ok(()) => Answer::empty(204),
        Err(error) => refuse(400, &error.to_string()),
    }
}

/// Sets or removes an object from outside, as someone else's hand would.
fn change(world: &World, inner: &mut Inner, request: &Request) -> Answer {
    let Some(id) = request.parameter("id").filter(|id| id.starts_with('/')) else {
        return refuse(400, "the query needs `id`, an ARM ID");
    };
    if request.method == "DELETE" {
        inner.store.remove(&id);
    } else {
        match request.json() {
            Some(object) if seed::is_object(&object) => seed::add(&mut inner.store, &id, object),
            _ => return refuse(400, "the body is no JSON object as ARM's are"),
        }
        if id.to_ascii_lowercase().starts_with("/providers/") {
            catalogue::upgrade(&mut inner.store);
        }
    }
    match world.save(&inner.store) {
        Ok(()) => Answer::empty(204),
        Err(error) => refuse(500, &error.to_string()),
    }
}

fn refuse(status: u16, message: &str) -> Answer {
    Answer::json(status, json!({"error": {"code": "EmulatorRequest", "message": message}}))
}
