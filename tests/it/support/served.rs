//! A provider that is served in this process, as a rule a toy, and a connection to it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

use std::time::Duration;

use framework::Server;
use plugin::proto::plugin::Empty;
use plugin::{Endpoint, Launch, ShutdownReason};
use serde_json::{Value, json};
use testing::toy::Toy;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::azure::Azure;
use super::plugin::{Channel, Line, Transport, connect};

/// What is waited for takes milliseconds; what does not come hangs.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A provider that is served in this process.
pub(crate) struct Served {
    pub(crate) line: Line,
    pub(crate) channel: Channel,
    end: JoinHandle<ShutdownReason>,
}

impl Served {
    pub(crate) async fn start() -> Self {
        Self::launch(&Launch::default()).await
    }

    pub(crate) async fn launch(launch: &Launch) -> Self {
        Self::until(launch, std::future::pending()).await
    }

    pub(crate) async fn until(
        launch: &Launch, ended: impl Future<Output = ShutdownReason> + Send + 'static,
    ) -> Self {
        Self::serving(Server::new::<Toy>(), launch, ended).await
    }

    /// Any other provider.
    pub(crate) async fn serving(
        server: Server, launch: &Launch,
        ended: impl Future<Output = ShutdownReason> + Send + 'static,
    ) -> Self {
        let endpoint = Endpoint::bind(server, launch).await.unwrap();
        let line = Line::parse(&endpoint.line());
        let end = tokio::spawn(endpoint.run(ended));
        let channel = connect(&line, &Transport::anonymous()).await.unwrap();
        Self { line, channel, end }
    }

    pub(crate) async fn shut_down(&self) {
        self.channel.controller().shutdown(Empty {}).await.unwrap();
    }

    /// Waits for the end and gives how long it took.
    pub(crate) async fn ended(self) -> Duration {
        let began = Instant::now();
        timeout(SOON, self.end).await.expect("an end in time").unwrap();
        began.elapsed()
    }
}

/// The block of the real provider, whole without the environment, for an Azure over TLS.
pub(crate) fn provider_block(azure: &Azure) -> Value {
    let variable = |name: &str| json!(azure.environment()[name]);
    json!({
        "tenant_id": variable("ARM_TENANT_ID"),
        "subscription_id": variable("ARM_SUBSCRIPTION_ID"),
        "client_id": variable("ARM_CLIENT_ID"),
        "client_secret": variable("ARM_CLIENT_SECRET"),
        "ca_certificate_path": variable("AZUREML_CA_CERTIFICATE_PATH"),
        "endpoint": {
            "resource_manager_endpoint": variable("ARM_RESOURCE_MANAGER_ENDPOINT"),
            "resource_manager_audience": variable("ARM_RESOURCE_MANAGER_AUDIENCE"),
            "active_directory_authority_host": variable("ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"),
        },
    })
}
