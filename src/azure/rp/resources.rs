//! Microsoft.Resources: what all the others stand in.

use super::{Kind, Place};

/// Subscriptions.
pub const SUBSCRIPTIONS: Kind = Kind {
    noun: "subscription",
    resource_type: "Microsoft.Resources/subscriptions",
    api_version: "2022-12-01",
    place: Place::Scope,
};

/// Resource groups.
pub const RESOURCE_GROUPS: Kind = Kind {
    noun: "resource group",
    resource_type: "Microsoft.Resources/resourceGroups",
    api_version: "2022-09-01",
    place: Place::Scope,
};

/// Resource providers as registered in a subscription: the parent is the subscription, the name a namespace, the action `register`.
pub const PROVIDERS: Kind = Kind {
    noun: "resource provider",
    resource_type: "Microsoft.Resources/providers",
    api_version: "2022-09-01",
    place: Place::Scope,
};
