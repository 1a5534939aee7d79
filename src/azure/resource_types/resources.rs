//! Microsoft.Resources: what all the others stand in.

use super::{Place, ResourceType};

const API_VERSION: &str = "2022-09-01";

/// Subscriptions.
pub const SUBSCRIPTIONS: ResourceType = ResourceType {
    noun: "subscription",
    name: "Microsoft.Resources/subscriptions",
    api_version: "2022-12-01",
    place: Place::Scope,
};

/// Resource groups.
pub const RESOURCE_GROUPS: ResourceType = ResourceType {
    noun: "resource group",
    name: "Microsoft.Resources/resourceGroups",
    api_version: API_VERSION,
    place: Place::Scope,
};

/// Resource providers as registered in a subscription: the parent is the subscription, the name a
/// namespace, the action `register`.
pub const PROVIDERS: ResourceType = ResourceType {
    noun: "resource provider",
    name: "Microsoft.Resources/providers",
    api_version: API_VERSION,
    place: Place::Scope,
};
