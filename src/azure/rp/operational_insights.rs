//! Microsoft.OperationalInsights: Log Analytics.

use super::{Kind, Place};

/// Log Analytics workspaces.
pub const LOG_ANALYTICS_WORKSPACES: Kind = Kind {
    noun: "Log Analytics workspace",
    resource_type: "Microsoft.OperationalInsights/workspaces",
    api_version: "2023-09-01",
    place: Place::Provided,
};

/// The same workspaces in the version that has the action `sharedKeys`.
pub const LOG_ANALYTICS_SHARED_KEYS: Kind = Kind {
    noun: "Log Analytics workspace",
    resource_type: "Microsoft.OperationalInsights/workspaces",
    api_version: "2020-08-01",
    place: Place::Provided,
};
