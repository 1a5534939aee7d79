//! Microsoft.MachineLearningServices: workspaces and their computes.

use super::{Place, ResourceType};

const API_VERSION: &str = "2025-12-01";

/// Azure ML workspaces.
pub const WORKSPACES: ResourceType = ResourceType {
    noun: "workspace",
    name: "Microsoft.MachineLearningServices/workspaces",
    api_version: API_VERSION,
    place: Place::Provided,
};

/// Computes of a workspace. DELETE needs `underlyingResourceAction`.
pub const COMPUTES: ResourceType = ResourceType {
    noun: "compute",
    name: "Microsoft.MachineLearningServices/workspaces/computes",
    api_version: API_VERSION,
    place: Place::Child,
};
