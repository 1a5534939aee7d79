//! What Azure ML means: quantities, labels, names, instance types, the settings of the cluster
//! extension and the resources beside it.
//!
//! Everything here is pure. Nothing reads a file, a socket, the environment or a clock, and nothing
//! knows Terraform, HTTP or Kubernetes clients. What is wrong with an input is a
//! [`Problem`](vocabulary::Problem), what follows from a change an [`Impact`].

pub mod attach_configuration;
pub mod catalogue;
pub mod compute;
pub mod health;
mod impact;
pub mod instance_type;
pub mod label;
pub mod name;
mod quantity;
pub mod settings;
pub mod side_resource;
mod version;
pub mod workload;

pub use attach_configuration::AttachConfiguration;
pub use impact::{Impact, fold, list};
pub use instance_type::{
    Amounts, Draft, Drafts, InstanceType, Labels, Resources, Types, changes, check, check_default,
    default_change,
};
pub use quantity::{Quantity, QuantityError};
pub use version::{NoVersion, Version};
