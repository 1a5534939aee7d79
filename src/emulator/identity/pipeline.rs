//! Pipelines that vouch for their jobs. Their tokens are signed with the emulator's own key.
//!
//! - GitHub: <https://docs.github.com/actions/reference/security/oidc>
//! - Azure DevOps: <https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create>

use std::io;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{IdentityContext, header};
use crate::entra::{GITHUB_SUBJECT, SERVICE_CONNECTION_SUBJECT, SigningKey, TOKEN_EXCHANGE};
use crate::http::{Request, Response};
use crate::timestamp;

/// What a job shows to be given its token, as worthless as everything here.
const REQUEST_TOKEN: &str = "emulator-request-token";
/// The service connection that there is.
const SERVICE_CONNECTION: &str = "00000000-0000-0000-0000-0000000000f1";
/// Lifetime of a token in seconds, as GitHub's own.
const LIFETIME_SECONDS: u64 = 300;

/// The issuer of these tokens.
pub(crate) fn issuer(origin: &str) -> String {
    format!("{origin}/oidc")
}

/// A token with these claims over the usual ones; null takes one away.
pub(crate) fn sign_id_token(origin: &str, key: &SigningKey, claims: &Value) -> io::Result<String> {
    let now = timestamp::unix_seconds();
    let mut all = json!({
        "iss": issuer(origin),
        "sub": GITHUB_SUBJECT,
        "aud": TOKEN_EXCHANGE,
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME_SECONDS,
        "jti": Uuid::new_v4().to_string(),
    });
    for (name, value) in claims.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    if let Some(members) = all.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    key.sign(&all)
}

pub(super) fn answer_github(request: &Request, context: &IdentityContext<'_>) -> Response {
    if !shows_token(request) {
        return Response::json(401, json!({"message": "Unauthorized"}));
    }
    let audience = request.parameter("audience").unwrap_or_else(|| "https://github.com".to_owned());
    match sign_id_token(context.origin, context.key, &json!({"aud": audience})) {
        Ok(token) => Response::json(200, json!({"count": 1, "value": token})),
        Err(failed) => Response::json(500, json!({"message": failed.to_string()})),
    }
}

pub(super) fn answer_azure_devops(request: &Request, context: &IdentityContext<'_>) -> Response {
    if !shows_token(request) {
        let page = "https://login.localhost/";
        return match header(request, "x-tfs-fedauthredirect") {
            Some("Suppress") => Response::json(401, json!({"message": "TF400813: not authorized"})),
            _ => Response::empty(302).with("location", page),
        };
    }
    if request.parameter("api-version").as_deref() != Some("7.1") {
        return Response::json(400, json!({"message": "VssVersionNotSpecifiedException"}));
    }
    if request.parameter("serviceConnectionId").as_deref() != Some(SERVICE_CONNECTION) {
        return Response::json(404, json!({"message": "The service connection was not found."}));
    }
    let claims = json!({"sub": SERVICE_CONNECTION_SUBJECT});
    match sign_id_token(context.origin, context.key, &claims) {
        Ok(token) => Response::json(200, json!({"oidcToken": token})),
        Err(failed) => Response::json(500, json!({"message": failed.to_string()})),
    }
}

fn shows_token(request: &Request) -> bool {
    let shown = header(request, "authorization").and_then(|value| value.split_once(' '));
    shown.is_some_and(|(scheme, token)| {
        scheme.eq_ignore_ascii_case("bearer") && token == REQUEST_TOKEN
    })
}
