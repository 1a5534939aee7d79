//! Microsoft.ServiceBus: namespaces, topics and subscriptions.

use super::{Place, ResourceType};

const API_VERSION: &str = "2021-11-01";

/// Service Bus namespaces.
pub const SERVICE_BUS_NAMESPACES: ResourceType = ResourceType {
    noun: "service bus namespace",
    name: "Microsoft.ServiceBus/namespaces",
    api_version: API_VERSION,
    place: Place::Provided,
};

/// Authorization rules of a namespace. Keys: the action `listKeys`.
pub const SERVICE_BUS_RULES: ResourceType = ResourceType {
    noun: "authorization rule",
    name: "Microsoft.ServiceBus/namespaces/AuthorizationRules",
    api_version: API_VERSION,
    place: Place::Child,
};

/// Topics of a namespace.
pub const SERVICE_BUS_TOPICS: ResourceType = ResourceType {
    noun: "topic",
    name: "Microsoft.ServiceBus/namespaces/topics",
    api_version: API_VERSION,
    place: Place::Child,
};

/// Subscriptions of a topic.
pub const SERVICE_BUS_SUBSCRIPTIONS: ResourceType = ResourceType {
    noun: "subscription",
    name: "Microsoft.ServiceBus/namespaces/topics/subscriptions",
    api_version: API_VERSION,
    place: Place::Child,
};
