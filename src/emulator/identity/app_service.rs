//! The identity of an app in App Service.
//!
//! <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>

use serde_json::json;

use super::{IdentityContext, header, identity_of, token_body};
use crate::http::{Request, Response};

/// What `IDENTITY_HEADER` holds there, as worthless as everything here.
const IDENTITY_HEADER: &str = "emulator-identity-header";
const API_VERSION: &str = "2019-08-01";

pub(super) fn answer(request: &Request, context: &mut IdentityContext<'_>) -> Response {
    try_answer(request, context).unwrap_or_else(|refused| refused)
}

fn try_answer(request: &Request, context: &mut IdentityContext<'_>) -> Result<Response, Response> {
    if header(request, "x-identity-header") != Some(IDENTITY_HEADER) {
        return Err(error(401, "The identity header is missing or wrong."));
    }
    if request.parameter("api-version").as_deref() != Some(API_VERSION) {
        return Err(error(400, "The api-version is not supported."));
    }
    let client = identity_of(request)
        .ok_or_else(|| error(400, "No User Assigned or Delegated Managed Identity found."))?;
    Ok(Response::json(200, token_body(request, &client, context)?))
}

fn error(status: u16, message: &str) -> Response {
    Response::json(status, json!({"statusCode": status, "message": message}))
}
