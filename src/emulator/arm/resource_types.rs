//! The resource types that exist, and how each behaves.

use super::api_versions::{self as versions, ApiVersions};
use crate::names::resource_type as types;

#[derive(Debug)]
pub(super) struct ResourceType {
    /// As responses spell it.
    pub(super) name: &'static str,
    /// The last type segment of its IDs, as responses spell it.
    pub(super) segment: &'static str,
    pub(super) versions: ApiVersions,
    pub(super) behavior: Behavior,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behavior {
    /// Created by the seed or through the control interface.
    ReadOnly,
    /// Created, changed and deleted at once.
    Immediate,
    /// Created and deleted in operations; the creation has no polling URL.
    LongRunning,
    Extension,
    Compute,
    ExtensionCatalogue,
    /// Only listed.
    Permissions,
    ConnectedCluster,
    /// Read only, but for its credentials.
    ManagedCluster,
}

pub(super) const RESOURCE_TYPES: &[ResourceType] = &[
    entry(
        types::CONNECTED_CLUSTER,
        "connectedClusters",
        versions::KUBERNETES,
        Behavior::ConnectedCluster,
    ),
    entry(
        types::MANAGED_CLUSTER,
        "managedClusters",
        versions::CONTAINER_SERVICE,
        Behavior::ManagedCluster,
    ),
    entry(types::EXTENSION, "extensions", versions::EXTENSIONS, Behavior::Extension),
    entry(
        types::EXTENSION_TYPE,
        "extensionTypes",
        versions::CATALOGUE,
        Behavior::ExtensionCatalogue,
    ),
    entry(types::EXTENSION_VERSION, "versions", versions::CATALOGUE, Behavior::ExtensionCatalogue),
    entry(types::ML_WORKSPACE, "workspaces", versions::MACHINE_LEARNING, Behavior::ReadOnly),
    entry(types::COMPUTE, "computes", versions::MACHINE_LEARNING, Behavior::Compute),
    entry(types::RELAY_NAMESPACE, "namespaces", versions::RELAY, Behavior::LongRunning),
    entry(types::RELAY_NAMESPACE_RULE, "AuthorizationRules", versions::RELAY, Behavior::Immediate),
    entry(types::HYBRID_CONNECTION, "HybridConnections", versions::RELAY, Behavior::Immediate),
    entry(
        types::HYBRID_CONNECTION_RULE,
        "AuthorizationRules",
        versions::RELAY,
        Behavior::Immediate,
    ),
    entry(types::SERVICE_BUS_NAMESPACE, "namespaces", versions::SERVICE_BUS, Behavior::LongRunning),
    entry(
        types::SERVICE_BUS_NAMESPACE_RULE,
        "AuthorizationRules",
        versions::SERVICE_BUS,
        Behavior::Immediate,
    ),
    entry(types::TOPIC, "topics", versions::SERVICE_BUS, Behavior::Immediate),
    entry(types::TOPIC_SUBSCRIPTION, "subscriptions", versions::SERVICE_BUS, Behavior::Immediate),
    entry(types::TOPIC_RULE, "authorizationRules", versions::SERVICE_BUS, Behavior::Immediate),
    entry(
        types::LOG_ANALYTICS_WORKSPACE,
        "workspaces",
        versions::LOG_ANALYTICS,
        Behavior::LongRunning,
    ),
    entry(
        types::USER_ASSIGNED_IDENTITY,
        "userAssignedIdentities",
        versions::MANAGED_IDENTITY,
        Behavior::Immediate,
    ),
    entry(types::LOCK, "locks", versions::LOCKS, Behavior::Immediate),
    entry(types::PERMISSION, "permissions", versions::PERMISSIONS, Behavior::Permissions),
];

const fn entry(
    name: &'static str, segment: &'static str, versions: ApiVersions, behavior: Behavior,
) -> ResourceType {
    ResourceType { name, segment, versions, behavior }
}

pub(super) fn is_namespace(name: &str) -> bool {
    RESOURCE_TYPES.iter().any(|it| it.namespace().eq_ignore_ascii_case(name))
}

/// By its name in any casing.
pub(super) fn find(name: &str) -> Option<&'static ResourceType> {
    RESOURCE_TYPES.iter().find(|it| it.name.eq_ignore_ascii_case(name))
}

impl ResourceType {
    /// The resource provider: `Microsoft.Relay`.
    pub(super) fn namespace(&self) -> &'static str {
        self.name.split_once('/').map_or(self.name, |(namespace, _)| namespace)
    }

    /// The type without the provider: `Namespaces/HybridConnections`.
    pub(super) fn unqualified_name(&self) -> &'static str {
        self.name.split_once('/').map_or("", |(_, types)| types)
    }
}

/// Whether the text is a date, perhaps with a suffix such as `-preview`.
pub(super) fn is_api_version(text: &str) -> bool {
    let (date, suffix) = text.split_at_checked(10).unwrap_or((text, ""));
    let shape: Vec<_> = date.split('-').map(str::len).collect();
    shape == [4, 2, 2]
        && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        && (suffix.is_empty() || suffix.starts_with('-'))
}
