//! The resource types that exist, and in which manner each is served.

use super::api_versions::{
    CATALOGUE, CONTAINER_SERVICE, EXTENSIONS, KUBERNETES, LOCKS, LOG_ANALYTICS, MACHINE_LEARNING,
    MANAGED_IDENTITY, PERMISSIONS, RELAY, SERVICE_BUS,
};

/// One resource type.
#[derive(Debug)]
pub(crate) struct ResourceType {
    /// The type as answers spell it.
    pub(crate) name: &'static str,
    /// The last type segment of its IDs as answers spell it.
    pub(crate) segment: &'static str,
    /// Versions that are served.
    pub(crate) versions: &'static [&'static str],
    pub(crate) behavior: Behavior,
}

/// How a type behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behavior {
    /// Only read: it is made by the seed or through the control interface.
    ReadOnly,
    /// Made, changed and removed at once.
    Immediate,
    /// Made and removed in operations, made without a polling URL.
    LongRunning,
    Extension,
    Compute,
    /// Only read: the catalogue of extensions.
    ExtensionCatalogue,
    /// Only listed: what the caller may do.
    Permissions,
    ConnectedCluster,
}

/// Every type, by resource provider.
pub(crate) const RESOURCE_TYPES: &[ResourceType] = &[
    resource_type(
        "Microsoft.Kubernetes/connectedClusters",
        "connectedClusters",
        KUBERNETES,
        Behavior::ConnectedCluster,
    ),
    resource_type(
        "Microsoft.ContainerService/managedClusters",
        "managedClusters",
        CONTAINER_SERVICE,
        Behavior::ReadOnly,
    ),
    resource_type(
        "Microsoft.KubernetesConfiguration/extensions",
        "extensions",
        EXTENSIONS,
        Behavior::Extension,
    ),
    resource_type(
        "Microsoft.KubernetesConfiguration/extensionTypes",
        "extensionTypes",
        CATALOGUE,
        Behavior::ExtensionCatalogue,
    ),
    resource_type(
        "Microsoft.KubernetesConfiguration/extensionTypes/versions",
        "versions",
        CATALOGUE,
        Behavior::ExtensionCatalogue,
    ),
    resource_type(
        "Microsoft.MachineLearningServices/workspaces",
        "workspaces",
        MACHINE_LEARNING,
        Behavior::ReadOnly,
    ),
    resource_type(
        "Microsoft.MachineLearningServices/workspaces/computes",
        "computes",
        MACHINE_LEARNING,
        Behavior::Compute,
    ),
    resource_type("Microsoft.Relay/Namespaces", "namespaces", RELAY, Behavior::LongRunning),
    resource_type(
        "Microsoft.Relay/Namespaces/AuthorizationRules",
        "AuthorizationRules",
        RELAY,
        Behavior::Immediate,
    ),
    resource_type(
        "Microsoft.Relay/Namespaces/HybridConnections",
        "HybridConnections",
        RELAY,
        Behavior::Immediate,
    ),
    resource_type(
        "Microsoft.Relay/Namespaces/Hybridconnections/AuthorizationRules",
        "AuthorizationRules",
        RELAY,
        Behavior::Immediate,
    ),
    resource_type(
        "Microsoft.ServiceBus/Namespaces",
        "namespaces",
        SERVICE_BUS,
        Behavior::LongRunning,
    ),
    resource_type(
        "Microsoft.ServiceBus/Namespaces/AuthorizationRules",
        "AuthorizationRules",
        SERVICE_BUS,
        Behavior::Immediate,
    ),
    resource_type(
        "Microsoft.ServiceBus/Namespaces/Topics",
        "topics",
        SERVICE_BUS,
        Behavior::Immediate,
    ),
    resource_type(
        "Microsoft.ServiceBus/Namespaces/Topics/Subscriptions",
        "subscriptions",
        SERVICE_BUS,
        Behavior::Immediate,
    ),
    resource_type(
        "Microsoft.ServiceBus/Namespaces/Topics/AuthorizationRules",
        "authorizationRules",
        SERVICE_BUS,
        Behavior::Immediate,
    ),
    resource_type(
        "Microsoft.OperationalInsights/workspaces",
        "workspaces",
        LOG_ANALYTICS,
        Behavior::LongRunning,
    ),
    resource_type(
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "userAssignedIdentities",
        MANAGED_IDENTITY,
        Behavior::Immediate,
    ),
    resource_type("Microsoft.Authorization/locks", "locks", LOCKS, Behavior::Immediate),
    resource_type(
        "Microsoft.Authorization/permissions",
        "permissions",
        PERMISSIONS,
        Behavior::Permissions,
    ),
];

const fn resource_type(
    name: &'static str, segment: &'static str, versions: &'static [&'static str],
    behavior: Behavior,
) -> ResourceType {
    ResourceType { name, segment, versions, behavior }
}

/// The kind of a type in any casing.
pub(crate) fn find(types: &str) -> Option<&'static ResourceType> {
    RESOURCE_TYPES.iter().find(|resource_type| resource_type.name.eq_ignore_ascii_case(types))
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

/// Whether this has the form of an api-version: a date, perhaps with `-preview` or the like.
pub(crate) fn is_api_version(text: &str) -> bool {
    let (date, suffix) = text.split_at_checked(10).unwrap_or((text, ""));
    let shape: Vec<_> = date.split('-').map(str::len).collect();
    shape == [4, 2, 2]
        && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        && (suffix.is_empty() || suffix.starts_with('-'))
}
