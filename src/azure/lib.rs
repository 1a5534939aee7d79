//! How Azure is called.
//!
//! Everything between an ARM ID and an answer: clouds and credentials, one pipeline of policies,
//! the verbs, long-running operations, and errors. Knows nothing of Terraform, and never models
//! what is under `properties`: that is the caller's.
//!
//! - [`CloudSource`], [`Client`], [`Credential`]: where requests go, over what, and as whom. Building
//!   them does no IO.
//! - [`Arm`]: the verbs. Each takes [`CallOptions`]: the deadline of the call and the token that
//!   stops it.
//! - [`ResourceType`] and the constants in [`resource_types`]: their API versions and the shape of
//!   their IDs.
//! - [`ArmResource`]: a resource as it was read, with its [`ProvisioningState`].
//! - [`Operation`]: what is left to wait for. It can be stored and resumed.
//! - [`Error`]: what went wrong, with predicates for the cases callers branch on.

mod arm;
mod arm_resource;
mod call_options;
mod client;
mod cloud;
pub mod credential;
mod error;
mod headers;
mod id;
mod lro;
mod pipeline;
mod proxy;
pub mod resource_types;
mod retry;
mod retry_after;
mod secrets;
mod transport;
mod url_trust;

#[cfg(test)]
mod lying_server;
#[cfg(test)]
mod scripted_arm;

pub use arm::{Arm, ArmConfig, PropertyFilter, WriteResponse};
pub use arm_resource::ArmResource;
pub use call_options::{CallOptions, Progress};
pub use client::Client;
pub use cloud::{Cloud, CloudError, CloudSource, Endpoints, MetadataHost};
pub use credential::Credential;
pub use error::{
    DeadlineExceeded, Error, ErrorResponse, OperationFailure, RequestIds, ServiceError,
    TokenFailure, UnknownOutcome, strip_unprintable,
};
pub use id::{Id, IdError};
pub use lro::{Operation, ProvisioningState};
pub use proxy::Proxy;
pub use resource_types::ResourceType;
pub use secrets::SecretObserver;
pub use tokio_util::sync::CancellationToken;
pub use transport::{Method, Request, Response, Transport, TransportError};
