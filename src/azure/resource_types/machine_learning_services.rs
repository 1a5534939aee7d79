//! Microsoft.MachineLearningServices: workspaces and their computes.

use super::{Place, ResourceType};

/// Azure ML workspaces.
pub const WORKSPACES: ResourceType = ResourceType {
    noun: "workspace",
    name: "Microsoft.MachineLearningServices/workspaces",
    api_version: "2025-12-01",
    place: Place::Provided,
};

/// Computes of a workspace. DELETE needs `underlyingResourceAction`.
pub const COMPUTES: ResourceType = ResourceType {
    noun: "compute",
    name: "Microsoft.MachineLearningServices/workspaces/computes",
    api_version: "2025-12-01",
    place: Place::Child,
};
