//! Microsoft.Kubernetes: clusters connected by Arc.

use super::{Place, ResourceType};

/// Clusters connected by Arc.
pub const CONNECTED_CLUSTERS: ResourceType = ResourceType {
    noun: "connected cluster",
    name: "Microsoft.Kubernetes/connectedClusters",
    api_version: "2024-01-01",
    place: Place::Provided,
};
