//! Microsoft.Kubernetes: clusters connected by Arc.

use super::{Place, ResourceType};

const API_VERSION: &str = "2024-01-01";

/// Clusters connected by Arc.
pub const CONNECTED_CLUSTERS: ResourceType = ResourceType {
    noun: "connected cluster",
    name: "Microsoft.Kubernetes/connectedClusters",
    api_version: API_VERSION,
    place: Place::Provided,
};
