//! The emulator's own interface under `/emulator/`: scripts faults, ends operations, shows requests
//! and objects.

use serde_json::json;

use crate::catalogue;
use crate::cloud::{Cloud, CloudState};
use crate::guard;
use crate::http::{Request, Response};
use crate::identity;
use crate::seed;

/// `None` for any other path. These requests need no token, and are neither logged nor subject to
/// faults.
pub(crate) fn handle(cloud: &Cloud, request: &Request) -> Option<Response> {
    let endpoint = request.path.strip_prefix("/emulator/")?;
    if let Err(refused) = guard::check(&cloud.origin, request) {
        return Some(refused);
    }
    let mut state = cloud.state();
    state.store.advance_to(tokio::time::Instant::now());
    Some(match (request.method.as_str(), endpoint) {
        ("POST", "faults") => add_faults(&mut state, request),
        ("DELETE", "faults") => {
            state.faults.clear();
            Response::empty(204)
        }
        ("POST", "held/release") => {
            state.faults.release();
            Response::empty(204)
        }
        ("GET", "requests") => {
            let pending = request.parameter("pending").is_some_and(|it| it == "true");
            Response::json(200, state.log.entries(pending))
        }
        ("DELETE", "requests") => {
            state.log.clear();
            Response::empty(204)
        }
        ("POST", "operations/end") => {
            cloud.end_operations(&mut state.store);
            Response::empty(204)
        }
        ("POST", "id-tokens") => sign_id_token(cloud, request),
        ("GET", "objects") => Response::json(200, state.store.objects()),
        ("PUT" | "DELETE", "objects") => change_object(cloud, &mut state, request),
        _ => error(
            404,
            "there are faults, held exchanges, ID tokens, operations, requests and objects under /emulator/",
        ),
    })
}

/// A token of a pipeline with claims of one's own, such as one that has expired.
fn sign_id_token(cloud: &Cloud, request: &Request) -> Response {
    let Some(claims) = request.json() else { return error(400, "the body is not JSON") };
    match identity::sign_id_token(&cloud.origin, &cloud.key, &claims) {
        Ok(token) => Response::json(200, json!({"token": token})),
        Err(failed) => error(500, &failed.to_string()),
    }
}

fn add_faults(state: &mut CloudState, request: &Request) -> Response {
    let Some(rules) = request.json() else { return error(400, "the body is not JSON") };
    match state.faults.add(rules) {
        Ok(()) => Response::empty(204),
        Err(invalid) => error(400, &invalid.to_string()),
    }
}

/// Sets or removes an object as somebody else would, without any check of Azure.
fn change_object(cloud: &Cloud, state: &mut CloudState, request: &Request) -> Response {
    let Some(id) = request.parameter("id").filter(|id| id.starts_with('/')) else {
        return error(400, "the query needs `id`, an ARM ID");
    };
    if request.method == "DELETE" {
        state.store.remove(&id);
    } else {
        match request.json() {
            Some(object) if seed::is_arm_object(&object) => {
                seed::add(&mut state.store, &id, object);
            }
            _ => return error(400, "the body is no JSON object as ARM's are"),
        }
        if id.to_ascii_lowercase().starts_with("/providers/") {
            catalogue::auto_upgrade(&mut state.store);
        }
    }
    match cloud.save(&state.store) {
        Ok(()) => Response::empty(204),
        Err(failed) => error(500, &failed.to_string()),
    }
}

fn error(status: u16, message: &str) -> Response {
    Response::json(status, json!({"error": {"code": "EmulatorRequest", "message": message}}))
}
