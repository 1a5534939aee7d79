//! What a Terraform type is.
