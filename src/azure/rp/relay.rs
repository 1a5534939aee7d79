//! Microsoft.Relay: namespaces, hybrid connections and their keys.

use super::{Kind, Place};

/// Relay namespaces.
pub const RELAY_NAMESPACES: Kind = Kind {
    noun: "relay namespace",
    resource_type: "Microsoft.Relay/namespaces",
    api_version: "2021-11-01",
    place: Place::Provided,
};

/// Hybrid connections of a namespace.
pub const HYBRID_CONNECTIONS: Kind = Kind {
    noun: "hybrid connection",
    resource_type: "Microsoft.Relay/namespaces/hybridConnections",
    api_version: "2021-11-01",
    place: Place::Child,
};

/// Authorization rules of a hybrid connection. Keys: the action `listKeys`.
pub const HYBRID_CONNECTION_RULES: Kind = Kind {
    noun: "authorization rule",
    resource_type: "Microsoft.Relay/namespaces/hybridConnections/authorizationRules",
    api_version: "2021-11-01",
    place: Place::Child,
};
