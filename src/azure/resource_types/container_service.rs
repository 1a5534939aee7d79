//! Microsoft.ContainerService: AKS clusters.

use super::{Place, ResourceType};

const API_VERSION: &str = "2025-10-01";

/// AKS clusters. Of their many properties only location, pools, addresses, power state
/// and identity are read here.
pub const MANAGED_CLUSTERS: ResourceType = ResourceType {
    noun: "managed cluster",
    name: "Microsoft.ContainerService/managedClusters",
    api_version: API_VERSION,
    place: Place::Provided,
};
