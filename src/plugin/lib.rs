//! How Terraform calls the provider.
