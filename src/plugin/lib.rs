//! How Terraform calls the provider.

pub mod proto;
mod tls;
