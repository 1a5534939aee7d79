//! The resource types that exist, and how each behaves.

use super::api_versions;
use crate::names::resource_type;

#[derive(Debug)]
pub(crate) struct ResourceType {
    /// As responses spell it.
    pub(crate) name: &'static str,
    /// The last type segment of its IDs, as responses spell it.
    pub(crate) segment: &'static str,
    pub(crate) versions: &'static [&'static str],
    pub(crate) behavior: Behavior,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behavior {
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
}

pub(crate) const RESOURCE_TYPES: &[ResourceType] = &[
    entry(
        resource_type::CONNECTED_CLUSTER,
        "connectedClusters",
        api_versions::KUBERNETES,
        Behavior::ConnectedCluster,
    ),
    entry(
        resource_type::MANAGED_CLUSTER,
        "managedClusters",
        api_versions::CONTAINER_SERVICE,
        Behavior::ReadOnly,
    ),
    entry(resource_type::EXTENSION, "extensions", api_versions::EXTENSIONS, Behavior::Extension),
    entry(
        resource_type::EXTENSION_TYPE,
        "extensionTypes",
        api_versions::CATALOGUE,
        Behavior::ExtensionCatalogue,
    ),
    entry(
        resource_type::EXTENSION_VERSION,
        "versions",
        api_versions::CATALOGUE,
        Behavior::ExtensionCatalogue,
    ),
    entry(
        resource_type::ML_WORKSPACE,
        "workspaces",
        api_versions::MACHINE_LEARNING,
        Behavior::ReadOnly,
    ),
    entry(resource_type::COMPUTE, "computes", api_versions::MACHINE_LEARNING, Behavior::Compute),
    entry(resource_type::RELAY_NAMESPACE, "namespaces", api_versions::RELAY, Behavior::LongRunning),
    entry(
        resource_type::RELAY_NAMESPACE_RULE,
        "AuthorizationRules",
        api_versions::RELAY,
        Behavior::Immediate,
    ),
    entry(
        resource_type::HYBRID_CONNECTION,
        "HybridConnections",
        api_versions::RELAY,
        Behavior::Immediate,
    ),
    entry(
        resource_type::HYBRID_CONNECTION_RULE,
        "AuthorizationRules",
        api_versions::RELAY,
        Behavior::Immediate,
    ),
    entry(
        resource_type::SERVICE_BUS_NAMESPACE,
        "namespaces",
        api_versions::SERVICE_BUS,
        Behavior::LongRunning,
    ),
    entry(
        resource_type::SERVICE_BUS_NAMESPACE_RULE,
        "AuthorizationRules",
        api_versions::SERVICE_BUS,
        Behavior::Immediate,
    ),
    entry(resource_type::TOPIC, "topics", api_versions::SERVICE_BUS, Behavior::Immediate),
    entry(
        resource_type::TOPIC_SUBSCRIPTION,
        "subscriptions",
        api_versions::SERVICE_BUS,
        Behavior::Immediate,
    ),
    entry(
        resource_type::TOPIC_RULE,
        "authorizationRules",
        api_versions::SERVICE_BUS,
        Behavior::Immediate,
    ),
    entry(
        resource_type::LOG_ANALYTICS_WORKSPACE,
        "workspaces",
        api_versions::LOG_ANALYTICS,
        Behavior::LongRunning,
    ),
    entry(
        resource_type::USER_ASSIGNED_IDENTITY,
        "userAssignedIdentities",
        api_versions::MANAGED_IDENTITY,
        Behavior::Immediate,
    ),
    entry(resource_type::LOCK, "locks", api_versions::LOCKS, Behavior::Immediate),
    entry(
        resource_type::PERMISSION,
        "permissions",
        api_versions::PERMISSIONS,
        Behavior::Permissions,
    ),
];

const fn entry(
    name: &'static str, segment: &'static str, versions: &'static [&'static str],
    behavior: Behavior,
) -> ResourceType {
    ResourceType { name, segment, versions, behavior }
}

pub(super) fn is_namespace(name: &str) -> bool {
    RESOURCE_TYPES.iter().any(|it| it.namespace().eq_ignore_ascii_case(name))
}

/// By its name in any casing.
pub(crate) fn find(types: &str) -> Option<&'static ResourceType> {
    RESOURCE_TYPES.iter().find(|it| it.name.eq_ignore_ascii_case(types))
}

impl ResourceType {
    /// The resource provider: `Microsoft.Relay`.
    pub(crate) fn namespace(&self) -> &'static str {
        self.name.split_once('/').map_or(self.name, |(namespace, _)| namespace)
    }

    /// The type without the provider: `Namespaces/HybridConnections`.
    pub(crate) fn unqualified_name(&self) -> &'static str {
        self.name.split_once('/').map_or("", |(_, types)| types)
    }

    pub(crate) fn supports(&self, version: &str) -> bool {
        self.versions.iter().any(|it| it.eq_ignore_ascii_case(version))
    }
}

/// Whether the text is a date, perhaps with a suffix such as `-preview`.
pub(crate) fn is_api_version(text: &str) -> bool {
    let (date, suffix) = text.split_at_checked(10).unwrap_or((text, ""));
    let shape: Vec<_> = date.split('-').map(str::len).collect();
    shape == [4, 2, 2]
        && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        && (suffix.is_empty() || suffix.starts_with('-'))
}
