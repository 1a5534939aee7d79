//! What the forms of the page do, by the functions of the control interface.

use serde_json::{Map, Value, json};

use super::sections::{
    FORM_ADD_FAULT, FORM_CLEAR_FAULTS, FORM_CLEAR_LOG, FORM_END_OPERATIONS, FORM_RELEASE,
};
use crate::cloud::{Cloud, CloudState};
use crate::http::{Request, parse_form};

/// The faults that the page offers: their name in the form, and what users read.
pub(super) const KINDS: [(&str, &str); 15] = [
    ("429", "429: too many requests"),
    ("500", "500: internal error"),
    ("503", "503: not available"),
    ("401", "401: not signed in"),
    ("403", "403: no permission"),
    ("404", "404: not found"),
    ("409", "409: conflict"),
    ("delay", "the response comes 5 s late"),
    ("reset", "the connection is reset"),
    ("accept-then-reset", "carried out, then reset"),
    ("refuse", "the request is refused unseen"),
    ("fail-operation", "its operation fails"),
    ("stick-operation", "its operation never ends"),
    ("hold-request", "held before it is carried out"),
    ("hold-response", "held before its response"),
];

/// Errors tell what is wrong with the form, and what to do.
pub(super) fn submit(
    cloud: &Cloud, state: &mut CloudState, request: &Request, form: &str,
) -> Result<(), String> {
    match form {
        FORM_ADD_FAULT => return add_fault(state, request),
        FORM_CLEAR_FAULTS => state.faults.clear(),
        FORM_RELEASE => state.faults.release(),
        FORM_END_OPERATIONS => cloud.end_operations(&mut state.store),
        FORM_CLEAR_LOG => state.log.clear(),
        _ => return Err(format!("there is no form `{form}`: use those of this page")),
    }
    Ok(())
}

fn add_fault(state: &mut CloudState, request: &Request) -> Result<(), String> {
    let fields = parse_form(&String::from_utf8_lossy(&request.body));
    let rule = rule(|name| {
        let field = fields.iter().find(|(key, _)| key == name);
        field.map_or("", |(_, value)| value.trim())
    })?;
    state.faults.add(rule).map_err(|invalid| format!("the fault is not valid: {invalid}"))
}

/// The rule of the control interface that the fields describe.
fn rule<'a>(field: impl Fn(&str) -> &'a str) -> Result<Value, String> {
    let kind = field("kind");
    let then = effect(kind, field("message"))
        .ok_or_else(|| format!("`{kind}` is no fault of this page: choose one from the list"))?;
    let conditions = ["method", "path"].into_iter().filter(|name| !field(name).is_empty());
    let when: Map<_, _> = conditions.map(|name| (name.to_owned(), json!(field(name)))).collect();
    let times = match field("times") {
        "" => 1,
        text => text.parse::<u32>().map_err(|_| {
            format!("`{text}` is no number of times: write 1 or more, or 0 for always")
        })?,
    };
    Ok(json!({"when": when, "then": then, "times": times}))
}

fn effect(kind: &str, message: &str) -> Option<Value> {
    let message = if message.is_empty() { "A fault of the emulator's page." } else { message };
    let error = |code: &str| json!({"code": code, "message": message});
    let status =
        |status: u16, code: &str| json!({"status": status, "body": {"error": error(code)}});
    Some(match kind {
        "429" => {
            let mut throttled = status(429, "TooManyRequests");
            throttled["headers"] = json!({"Retry-After": "1"});
            throttled
        }
        "500" => status(500, "InternalServerError"),
        "503" => status(503, "ServiceUnavailable"),
        "401" => status(401, "ExpiredAuthenticationToken"),
        "403" => status(403, "AuthorizationFailed"),
        "404" => status(404, "ResourceNotFound"),
        "409" => status(409, "Conflict"),
        "delay" => json!({"delay_ms": 5_000}),
        "reset" => json!({"reset": true}),
        "accept-then-reset" => json!({"accept_then_reset": true}),
        "refuse" => json!({"connection": "refuse"}),
        "fail-operation" => json!({"fail_operation": error("OperationFailed")}),
        "stick-operation" => json!({"stick_operation": true}),
        "hold-request" => json!({"hold": "request"}),
        "hold-response" => json!({"hold": "response"}),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Faults;

    #[test]
    fn each_kind_of_the_list_is_a_fault() {
        for (kind, _) in KINDS {
            let rule = rule(|name| if name == "kind" { kind } else { "" }).unwrap();
            assert!(Faults::default().add(rule).is_ok(), "{kind}");
        }
    }
}
