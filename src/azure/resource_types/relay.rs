//! Microsoft.Relay: namespaces, hybrid connections and their keys.

use super::{Place, ResourceType};

const API_VERSION: &str = "2021-11-01";

/// Relay namespaces.
pub const RELAY_NAMESPACES: ResourceType = ResourceType {
    noun: "relay namespace",
    name: "Microsoft.Relay/namespaces",
    api_version: API_VERSION,
    place: Place::Provided,
};

/// Hybrid connections of a namespace.
pub const HYBRID_CONNECTIONS: ResourceType = ResourceType {
    noun: "hybrid connection",
    name: "Microsoft.Relay/namespaces/hybridConnections",
    api_version: API_VERSION,
    place: Place::Child,
};

/// Authorization rules of a hybrid connection. Keys: the action `listKeys`.
pub const HYBRID_CONNECTION_RULES: ResourceType = ResourceType {
    noun: "authorization rule",
    name: "Microsoft.Relay/namespaces/hybridConnections/authorizationRules",
    api_version: API_VERSION,
    place: Place::Child,
};
