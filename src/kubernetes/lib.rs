//! How a cluster is reached and seen.
//!
//! Knows nothing of Terraform or ARM: who calls says where the API server is and as whom, reads no
//! setting from the environment here, and explains the errors to users.
//!
//! - [`Connection`]: where the API server is, what proves that it is the right one, as whom it is
//!   asked and by which way. From arguments, a kubeconfig, the pod that this runs in, or the answer
//!   of `listClusterUserCredential`.
//! - [`Cluster`]: the calls. Each takes [`CallOptions`]: the deadline of the operation and the token
//!   that stops it.
//! - [`ResourceType`]: which objects a call is about.
//! - [`Error`]: what went wrong. That something is absent is a value, and proved.

pub mod access;
mod amounts;
mod call_options;
pub mod capacity;
mod cluster;
pub mod connection;
mod error;
pub mod health_report;
pub mod instance_type;
pub mod inventory;
pub mod namespace;
pub mod node;
pub mod pod;
mod poll;
pub mod pool;
pub mod readiness;
mod reads;
mod resource_type;
pub mod scheduling;
#[cfg(test)]
mod scripted_cluster;

pub use amounts::Amounts;
pub use call_options::CallOptions;
pub use cluster::{
    Apply, Cluster, Delete, Deleted, Insertion, ListQuery, Lookup, Patch, SecretObserver,
    ServerVersion,
};
pub use connection::Connection;
pub use error::{Cause, Error, FieldConflict, Forbidden};
pub use resource_type::ResourceType;
pub use tokio_util::sync::CancellationToken;
