//! The identity that Azure has given to the machine or the service where the provider runs.

mod app_service;
mod arc_server;
mod imds;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use url::Url;
use vocabulary::Sensitive;

use super::identity_transport::IdentityTransport;
use super::token_endpoint::{read_token, seconds};
use super::{FetchedToken, TokenRequest, TokenSource, unix_seconds};
use crate::transport::{Method, Request, Response, Transport};

/// What gives the tokens of a managed identity.
pub enum IdentityEndpoint {
    /// The metadata service of a virtual machine.
    Imds {
        /// [`IdentityEndpoint::IMDS`], unless it is somewhere else.
        url: Url,
    },
    /// The environment of App Service, Functions and Container Apps.
    AppService {
        /// What `IDENTITY_ENDPOINT` holds.
        url: Url,
        /// What `IDENTITY_HEADER` holds.
        header: Sensitive<String>,
    },
    /// The agent of a server that Azure Arc manages.
    ArcServer {
        /// What `IDENTITY_ENDPOINT` holds.
        url: Url,
        /// Where the agent writes the keys by which a caller shows that it may read them.
        key_folder: PathBuf,
    },
}

impl IdentityEndpoint {
    /// Where every virtual machine has its metadata service.
    pub const IMDS: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
}

/// A managed identity: the system's, or one that was assigned.
pub struct ManagedIdentity {
    endpoint: IdentityEndpoint,
    /// The client ID of a user-assigned identity.
    client: Option<String>,
    transport: IdentityTransport,
}

impl ManagedIdentity {
    /// The identity at an endpoint; `None` is that of the system. `transport` goes through no
    /// proxy, since the endpoints are on this machine or beside it.
    pub fn new(
        endpoint: IdentityEndpoint, client: Option<String>, transport: Arc<dyn Transport>,
    ) -> Self {
        Self { endpoint, client, transport: IdentityTransport::new(transport) }
    }
}

#[async_trait::async_trait]
impl TokenSource for ManagedIdentity {
    fn name(&self) -> &'static str {
        "managed identity"
    }

    async fn fetch_token(&self, request: &TokenRequest<'_>) -> Result<FetchedToken, String> {
        if request.tenant.is_some() {
            return Err("it is of one tenant, and `auxiliary_tenant_ids` names others".to_owned());
        }
        let resource = request.scope.strip_suffix("/.default").unwrap_or(request.scope);
        let client = self.client.as_deref();
        match &self.endpoint {
            IdentityEndpoint::Imds { url } => {
                imds::fetch_token(url, resource, client, &self.transport).await
            }
            IdentityEndpoint::AppService { url, header } => {
                app_service::fetch_token(url, header, resource, client, &self.transport).await
            }
            IdentityEndpoint::ArcServer { url, key_folder } => {
                arc_server::fetch_token(url, key_folder, resource, client, &self.transport).await
            }
        }
    }

    fn waits_for(&self) -> Option<String> {
        self.transport.waits_for()
    }
}

/// A request for the token of a resource.
fn token_request(url: &Url, version: &str, resource: &str, client: Option<&str>) -> Request {
    let mut url = url.clone();
    let identity = client.map(|client| ("client_id", client));
    let parameters = [("api-version", version), ("resource", resource)];
    url.query_pairs_mut().extend_pairs(parameters.into_iter().chain(identity));
    Request::new(Method::GET, url)
}

/// The token of an answer; these endpoints tell when it ends as a text or as a number.
fn read_identity_token(answer: &Response) -> Result<FetchedToken, String> {
    let body = answer.json().unwrap_or(Value::Null);
    if !answer.is_success() {
        // App Service and Arc have a form of their own.
        let told = body["message"].as_str().or_else(|| body["error"]["message"].as_str());
        return match told {
            Some(told) => Err(crate::error::clean_text(told)),
            None => read_token(answer),
        };
    }
    let mut fetched = read_token(answer)?;
    let ends = seconds(&body["expires_on"]);
    let left = ends.map(|ends| ends.saturating_sub(Duration::from_secs(unix_seconds())));
    // Counted from receipt where it can be: the clock of this machine may be wrong.
    if seconds(&body["expires_in"]).is_none() && left.is_some() {
        fetched.lifetime = left;
    }
    Ok(fetched)
}
