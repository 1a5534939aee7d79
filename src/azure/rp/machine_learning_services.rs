//! Microsoft.MachineLearningServices: workspaces and their computes.

use super::{Kind, Place};

/// Azure ML workspaces.
pub const WORKSPACES: Kind = Kind {
    noun: "workspace",
    resource_type: "Microsoft.MachineLearningServices/workspaces",
    api_version: "2025-12-01",
    place: Place::Provided,
};

/// Computes of a workspace. DELETE needs `underlyingResourceAction`.
pub const COMPUTES: Kind = Kind {
    noun: "compute",
    resource_type: "Microsoft.MachineLearningServices/workspaces/computes",
    api_version: "2025-12-01",
    place: Place::Child,
};
