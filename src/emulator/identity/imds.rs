//! The metadata service of a virtual machine.
//!
//! <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>

use serde_json::json;

use super::{IdentityContext, TOKEN_LIFETIME_SECONDS, header, identity_of, token_body};
use crate::http::{Request, Response};

const API_VERSIONS: [&str; 2] = ["2018-02-01", "2019-08-01"];

pub(super) fn answer(request: &Request, context: &mut IdentityContext<'_>) -> Response {
    try_answer(request, context).unwrap_or_else(|refused| refused)
}

fn try_answer(request: &Request, context: &mut IdentityContext<'_>) -> Result<Response, Response> {
    check(request)?;
    let client =
        identity_of(request).ok_or_else(|| error("invalid_request", "Identity not found"))?;
    let mut body = token_body(request, &client, context)?;
    body["expires_in"] = json!(TOKEN_LIFETIME_SECONDS.to_string());
    body["ext_expires_in"] = json!(TOKEN_LIFETIME_SECONDS.to_string());
    Ok(Response::json(200, body))
}

/// A request must say that it is one on purpose, and must not have been passed on.
fn check(request: &Request) -> Result<(), Response> {
    if header(request, "metadata") != Some("true") {
        return Err(error("bad_request_102", "Required metadata header not specified"));
    }
    if header(request, "x-forwarded-for").is_some() {
        return Err(error("bad_request_104", "The request was passed on by a proxy"));
    }
    let version = request.parameter("api-version").unwrap_or_default();
    if !API_VERSIONS.contains(&version.as_str()) {
        return Err(error("bad_request_101", "Required query variable 'api-version' is wrong"));
    }
    if request.parameter("resource").is_none_or(|resource| resource.is_empty()) {
        return Err(error("bad_request_100", "Required query variable 'resource' is missing"));
    }
    Ok(())
}

fn error(error: &str, description: &str) -> Response {
    Response::json(400, json!({"error": error, "error_description": description}))
}
