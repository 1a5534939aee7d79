//! The form of a request's body, before any service reads it.

use serde_json::Value;

use super::error;
use crate::http::{Request, Response};
use crate::names::error_code;

/// Resource Manager reads no body but JSON, and believes what its header says.
pub(super) fn check_content_type(request: &Request) -> Result<(), Response> {
    let content_type = request.headers.get("content-type").map_or("<null>", String::as_str);
    let media = content_type.split(';').next().unwrap_or_default().trim();
    if request.body.is_empty() || media.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let text = format!(
        "The content media type '{media}' is not supported. Only 'application/json' is supported."
    );
    Err(error::error(415, error_code::UNSUPPORTED_MEDIA_TYPE, &text))
}

/// The body, which must be a JSON object.
pub(super) fn read(request: &Request) -> Result<Value, Response> {
    let wrong = || error::invalid_content("Unexpected end or form of the content");
    request.json().filter(Value::is_object).ok_or_else(wrong)
}

/// Refuses a member that the type of the object does not have. Null passes.
pub(super) fn reject_unknown_members(
    type_name: &str, value: &Value, known: &[&str],
) -> Result<(), Response> {
    let object = match value {
        Value::Null => return Ok(()),
        Value::Object(object) => object,
        _ => return Err(error::invalid_content(&format!("{type_name} must be an object"))),
    };
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(unknown_member(type_name, name)),
        None => Ok(()),
    }
}

pub(super) fn unknown_member(type_name: &str, name: &str) -> Response {
    let text = format!("Could not find member '{name}' on object of type '{type_name}'");
    error::invalid_content(&text)
}

/// Refuses a map whose values are not all strings. Null passes for the map.
pub(super) fn reject_non_strings(name: &str, value: &Value) -> Result<(), Response> {
    let object = match value {
        Value::Null => return Ok(()),
        Value::Object(object) => object,
        _ => return Err(error::invalid_content(&format!("{name} must be an object"))),
    };
    match object.iter().find(|(_, it)| !it.is_string()) {
        Some((key, _)) => {
            Err(error::invalid_content(&format!("the value of '{key}' in {name} must be a string")))
        }
        None => Ok(()),
    }
}
