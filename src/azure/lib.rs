//! How Azure is called.
//!
//! Everything between an ARM ID and an answer: clouds and credentials, one pipeline of policies, the verbs, long-running
//! operations, and errors walked to the message that matters. Knows nothing of Terraform, and never models what is under
//! `properties`: that is the caller's.
//!
//! - [`Cloud`], [`Client`], [`Credential`]: where requests go, over what, and as whom. Building them does no IO.
//! - [`Arm`]: the verbs. Each takes [`Limits`]: the deadline of the call and the token that stops it.
//! - [`Kind`] and the constants in [`rp`]: which types there are, their API versions and the shape of their IDs.
//! - [`Operation`]: what is left to wait for. It can be stored and resumed.
//! - [`Error`]: what went wrong, with predicates for the cases callers branch on.

mod arm;
mod client;
mod cloud;
pub mod credential;
mod envelope;
mod error;
mod id;
mod limits;
mod lro;
mod origin;
mod pipeline;
mod proxy;
mod retry;
mod retry_after;
pub mod rp;
mod secrets;
mod transport;

#[cfg(test)]
mod events;
#[cfg(test)]
mod script;

pub use arm::{Accepted, Arm, Repeat, Settings};
pub use azure_core::credentials::Secret;
pub use client::{Client, install_crypto};
pub use cloud::{Cloud, CloudError};
pub use credential::Credential;
pub use envelope::Envelope;
pub use error::{
    Attempt, Deadline, Error, Failure, Refusal, RequestIds, ServiceError, Unproven, visible,
};
pub use id::{Id, IdError};
pub use limits::{Limits, Progress};
pub use lro::Operation;
pub use proxy::Proxy;
pub use rp::Kind;
pub use secrets::Learn;
pub use tokio_util::sync::CancellationToken;
pub use transport::{Method, Request, Response, Transport, TransportError};
