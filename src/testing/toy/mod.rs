//! A toy provider with a service in memory.

mod functions;
mod lists;
mod service;
mod thing;

use std::sync::Arc;

use framework::Server;
use serde_json::json;

pub use service::{Amounts, Mood, Service};
pub use thing::Toy;

use crate::{Core, configure_provider};

/// A host of `toy_thing` whose provider is configured, and the service of that name behind it.
pub async fn start(service: &str) -> (Core, Arc<Service>) {
    start_under("1.11.4", service).await
}

/// The same under that version of Terraform.
pub async fn start_under(terraform_version: &str, service: &str) -> (Core, Arc<Service>) {
    let server = Server::new::<Toy>();
    let config = json!({ "service": service });
    assert_eq!(configure_provider(&server, terraform_version, &config).await, [""; 0]);
    (Core::new("thing", server), Service::named(service))
}
