//! Microsoft.Kubernetes: clusters connected by Arc.

use super::{Kind, Place};

/// Clusters connected by Arc.
pub const CONNECTED_CLUSTERS: Kind = Kind {
    noun: "connected cluster",
    resource_type: "Microsoft.Kubernetes/connectedClusters",
    api_version: "2024-01-01",
    place: Place::Provided,
};
