//! Microsoft.ServiceBus: namespaces, topics and subscriptions.

use super::{Kind, Place};

/// Service Bus namespaces.
pub const SERVICE_BUS_NAMESPACES: Kind = Kind {
    noun: "service bus namespace",
    resource_type: "Microsoft.ServiceBus/namespaces",
    api_version: "2021-11-01",
    place: Place::Provided,
};

/// Authorization rules of a namespace. Keys: the action `listKeys`.
pub const SERVICE_BUS_RULES: Kind = Kind {
    noun: "authorization rule",
    resource_type: "Microsoft.ServiceBus/namespaces/AuthorizationRules",
    api_version: "2021-11-01",
    place: Place::Child,
};

/// Topics of a namespace.
pub const SERVICE_BUS_TOPICS: Kind = Kind {
    noun: "topic",
    resource_type: "Microsoft.ServiceBus/namespaces/topics",
    api_version: "2021-11-01",
    place: Place::Child,
};

/// Subscriptions of a topic.
pub const SERVICE_BUS_SUBSCRIPTIONS: Kind = Kind {
    noun: "subscription",
    resource_type: "Microsoft.ServiceBus/namespaces/topics/subscriptions",
    api_version: "2021-11-01",
    place: Place::Child,
};
