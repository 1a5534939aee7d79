//! The tokens of a service connection of Azure DevOps.
//!
//! <https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create>

use std::sync::Arc;

use vocabulary::Sensitive;

use super::IdTokenSource;
use super::request_url::{RequestUrl, Requester};
use crate::transport::{Method, Transport};

const API_VERSION: &str = "7.1";

/// A service connection, and the URL and the token with which a job asks for its tokens.
pub struct AzureDevOps {
    url: RequestUrl,
    service_connection: String,
    requester: Requester,
}

impl AzureDevOps {
    /// What `SYSTEM_OIDCREQUESTURI` and `SYSTEM_ACCESSTOKEN` hold, and the connection's ID.
    pub fn new(
        url: RequestUrl, token: &Sensitive<String>, service_connection: String,
        transport: Arc<dyn Transport>,
    ) -> Self {
        Self { url, service_connection, requester: Requester::new(token, transport) }
    }
}

#[async_trait::async_trait]
impl IdTokenSource for AzureDevOps {
    async fn fetch_id_token(&self) -> Result<Sensitive<String>, String> {
        let connection = self.service_connection.as_str();
        let url = self
            .url
            .with_parameters(&[("api-version", API_VERSION), ("serviceConnectionId", connection)]);
        self.requester.ask(Method::POST, url, "oidcToken").await
    }

    fn waits_for(&self) -> Option<String> {
        self.requester.waits_for()
    }
}
