//! The identity of an app in App Service, Functions or Container Apps.
//!
//! <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>

use url::Url;
use vocabulary::Sensitive;

use super::{read_identity_token, token_request};
use crate::credential::identity_transport::{IdentityTransport, Patience};
use crate::credential::{FetchedToken, strike};

const API_VERSION: &str = "2019-08-01";

pub(super) async fn fetch_token(
    url: &Url, header: &Sensitive<String>, resource: &str, client: Option<&str>,
    transport: &IdentityTransport,
) -> Result<FetchedToken, String> {
    let mut request = token_request(url, API_VERSION, resource, client);
    request.set_secret_header("x-identity-header", header.expose());
    let answer = transport.send(&request, Patience::ORDINARY).await?;
    read_identity_token(&answer).map_err(|reason| strike(&reason, &[header]))
}
