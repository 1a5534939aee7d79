//! The provider's binary: serves plugin protocol 6 to Terraform and OpenTofu.

fn main() {}
