//! The metadata service of a virtual machine.
//!
//! <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>

use std::time::Duration;

use url::Url;

use super::{read_identity_token, token_request};
use crate::credential::FetchedToken;
use crate::credential::identity_transport::{IdentityTransport, Patience};
use crate::transport::{Method, Request};

const API_VERSION: &str = "2018-02-01";
/// Longest wait for a service that may not be there at all.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);
/// It may take its time once it is there. While it is updated it answers 404 or 410, for 70 s at
/// most.
const PATIENCE: Patience = Patience {
    attempt: Duration::from_mins(1),
    also_transient: |status| matches!(status, 404 | 410 | 500..=511),
    limit: Duration::from_secs(90),
};

pub(super) async fn fetch_token(
    url: &Url, resource: &str, client: Option<&str>, transport: &IdentityTransport,
) -> Result<FetchedToken, String> {
    require_service(url, transport).await?;
    let mut request = token_request(url, API_VERSION, resource, client);
    request.set_header("metadata", "true");
    let answer = transport.send(&request, PATIENCE).await?;
    let absent = || absent_error(url, &answer.status_text());
    // Docker Desktop answers so in place of a service that cannot be reached.
    let body = answer.json().map_err(|_| absent())?;
    if answer.status == 403 && body.to_string().contains("unreachable") {
        return Err(absent());
    }
    read_identity_token(&answer).map_err(|reason| match (answer.status, client) {
        (400, None) => format!(
            "{reason} Does this machine have an identity? A user-assigned one is chosen by \
             `client_id`."
        ),
        (400, Some(client)) => {
            format!(
                "{reason} Is the identity with the client ID {client} assigned to this machine?"
            )
        }
        _ => reason,
    })
}

/// Asks without the header that a real request needs, which is refused at once where the service is
/// there.
async fn require_service(url: &Url, transport: &IdentityTransport) -> Result<(), String> {
    if transport.has_answered() {
        return Ok(());
    }
    let probe = Request::new(Method::GET, url.clone());
    let outcome = transport.send_once(&probe, PROBE_TIMEOUT).await;
    outcome.map(drop).map_err(|error| absent_error(url, &error.to_string()))
}

fn absent_error(url: &Url, why: &str) -> String {
    let origin = url.origin().ascii_serialization();
    format!("there is no identity service at {origin} ({why}); is this a machine in Azure?")
}
