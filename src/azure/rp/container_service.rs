//! Microsoft.ContainerService: AKS clusters.

use super::{Kind, Place};

/// AKS clusters. Of their many properties only location, node counts and identity are read here.
pub const MANAGED_CLUSTERS: Kind = Kind {
    noun: "managed cluster",
    resource_type: "Microsoft.ContainerService/managedClusters",
    api_version: "2024-09-01",
    place: Place::Provided,
};
