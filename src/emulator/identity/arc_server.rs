//! The agent of a server that Azure Arc manages.
//!
//! <https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication>

use std::path::Path;
use std::{fs, io};

use serde_json::json;
use uuid::Uuid;

use super::{IdentityContext, SYSTEM_CLIENT, TOKEN_LIFETIME_SECONDS, header, token_body};
use crate::http::{Request, Response};

const API_VERSIONS: [&str; 2] = ["2019-11-01", "2020-06-01"];

pub(super) fn answer(request: &Request, context: &mut IdentityContext<'_>) -> Response {
    try_answer(request, context).unwrap_or_else(|refused| refused)
}

fn try_answer(request: &Request, context: &mut IdentityContext<'_>) -> Result<Response, Response> {
    let version = request.parameter("api-version").unwrap_or_default();
    if header(request, "metadata") != Some("true") || !API_VERSIONS.contains(&version.as_str()) {
        return Err(error(400, "invalid_request", "the header or the version is wrong"));
    }
    let Some(shown) = header(request, "authorization") else { return challenge(context) };
    let expected = context.state.arc_key.as_ref().map(|key| format!("Basic {key}"));
    if expected.as_deref() != Some(shown) {
        return Err(error(401, "unauthorized", "the key is wrong"));
    }
    let mut body = token_body(request, SYSTEM_CLIENT, context)?;
    body["expires_in"] = json!(TOKEN_LIFETIME_SECONDS.to_string());
    Ok(Response::json(200, body))
}

/// Writes a key to a file that only members of the agent's group can read, and names the file.
fn challenge(context: &mut IdentityContext<'_>) -> Result<Response, Response> {
    let Some(folder) = &context.options.arc_keys else {
        return Err(error(404, "not_found", "--arc-keys names no folder"));
    };
    let key = Uuid::new_v4().simple().to_string();
    let file = write_key(folder, &key)
        .map_err(|failed| error(500, "server_error", &format!("{}: {failed}", folder.display())))?;
    context.state.arc_key = Some(key);
    let realm = format!("Basic realm={file}");
    Ok(error(401, "unauthorized", "a key is needed").with("www-authenticate", realm))
}

fn write_key(folder: &Path, key: &str) -> io::Result<String> {
    fs::create_dir_all(folder)?;
    let file = std::path::absolute(folder)?.join(format!("{}.key", Uuid::new_v4().simple()));
    fs::write(&file, key)?;
    Ok(file.to_string_lossy().into_owned())
}

fn error(status: u16, code: &str, message: &str) -> Response {
    Response::json(status, json!({"error": {"code": code, "message": message}}))
}
