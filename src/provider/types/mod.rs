//! The Terraform types, one folder each: the resource, the data source and the list resource of a
//! type stand together.

pub(crate) mod arc_extension;
pub(crate) mod cluster_capacity;
pub(crate) mod connected_cluster;
pub(crate) mod extension_health;
pub(crate) mod extension_versions;
pub(crate) mod instance_type;
pub(crate) mod kubernetes_compute;
mod move_source;
