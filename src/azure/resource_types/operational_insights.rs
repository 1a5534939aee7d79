//! Microsoft.OperationalInsights: Log Analytics.

use super::{Place, ResourceType};

/// Log Analytics workspaces.
pub const LOG_ANALYTICS_WORKSPACES: ResourceType = ResourceType {
    noun: "Log Analytics workspace",
    name: "Microsoft.OperationalInsights/workspaces",
    api_version: "2023-09-01",
    place: Place::Provided,
};

/// The same workspaces in the version that has the action `sharedKeys`.
pub const LOG_ANALYTICS_SHARED_KEYS: ResourceType = ResourceType {
    noun: "Log Analytics workspace",
    name: "Microsoft.OperationalInsights/workspaces",
    api_version: "2020-08-01",
    place: Place::Provided,
};
