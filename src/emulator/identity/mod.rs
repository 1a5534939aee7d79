//! What gives an identity to the place where a program runs: the services of managed identities, and
//! the pipelines that vouch for their jobs.

mod app_service;
mod arc_server;
mod imds;
mod pipeline;

use serde_json::{Value, json};

use crate::entra::{self, RequestedClaims, SigningKey};
use crate::http::{Request, Response};
use crate::options::Options;
use crate::seed::USER_ASSIGNED_CLIENTS;
use crate::timestamp;

pub(crate) use pipeline::{issuer, sign_id_token};

/// Client ID of the identity that the system has assigned.
const SYSTEM_CLIENT: &str = "00000000-0000-0000-0000-0000000000c1";
/// Lifetime in seconds of the tokens of managed identities, as Azure's own.
const TOKEN_LIFETIME_SECONDS: u64 = 86_399;

/// What these services remember.
#[derive(Debug, Default)]
pub(crate) struct IdentityState {
    /// The key that the agent of Azure Arc has asked for last.
    arc_key: Option<String>,
}

/// What a request to them is answered by.
pub(crate) struct IdentityContext<'a> {
    pub(crate) origin: &'a str,
    pub(crate) key: &'a SigningKey,
    pub(crate) options: &'a Options,
    pub(crate) state: &'a mut IdentityState,
    pub(crate) tokens: &'a mut Vec<String>,
}

/// Answers a path of these services; `None` when it is none.
pub(crate) fn handle(request: &Request, context: &mut IdentityContext<'_>) -> Option<Response> {
    match (request.method.as_str(), request.path.to_ascii_lowercase().as_str()) {
        ("GET", "/metadata/identity/oauth2/token") => Some(imds::answer(request, context)),
        ("GET", "/app-service/msi/token") => Some(app_service::answer(request, context)),
        ("GET", "/arc/metadata/identity/oauth2/token") => {
            Some(arc_server::answer(request, context))
        }
        ("GET", "/oidc/github") => Some(pipeline::answer_github(request, context)),
        ("POST", "/oidc/azure-devops") => Some(pipeline::answer_azure_devops(request, context)),
        _ => None,
    }
}

/// The identity that a request asks for, by its client ID; the system's without one.
fn identity_of(request: &Request) -> Option<String> {
    match request.parameter("client_id") {
        None => Some(SYSTEM_CLIENT.to_owned()),
        Some(client) => USER_ASSIGNED_CLIENTS.contains(&client.as_str()).then_some(client),
    }
}

/// The members that the answers of all services have. They write numbers as texts.
fn token_body(
    request: &Request, client: &str, context: &mut IdentityContext<'_>,
) -> Result<Value, Response> {
    let resource = request.parameter("resource").unwrap_or_default();
    let (origin, key) = (context.origin, context.key);
    let claims = RequestedClaims::default();
    let token = entra::token_for(&resource, origin, key, &claims, context.tokens)?;
    let ends = timestamp::unix_seconds() + TOKEN_LIFETIME_SECONDS;
    Ok(json!({
        "access_token": token,
        "client_id": client,
        "expires_on": ends.to_string(),
        "resource": resource,
        "token_type": "Bearer",
    }))
}

/// A header of a request.
fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.get(name).map(String::as_str)
}
