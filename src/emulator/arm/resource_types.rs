//! The resource types that exist, and in which manner each is served.

use super::api_versions::{
    CATALOGUE, CONTAINER_SERVICE, EXTENSIONS, KUBERNETES, LOCKS, LOG_ANALYTICS, MACHINE_LEARNING,
    MANAGED_IDENTITY, PERMISSIONS, RELAY, SERVICE_BUS,
};

/// One resource type.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The type as answers spell it.
    pub(crate) name: &'static str,
    /// The last type segment of its IDs as answers spell it.
    pub(crate) segment: &'static str,
    /// Versions that are served.
    pub(crate) versions: &'static [&'static str],
    pub(crate) manner: Manner,
}

/// How a type behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Only read: it is made by the seed or through the control interface.
    Fixed,
    /// Made, changed and removed at once.
    Plain,
    /// Made and removed in operations, made without a polling URL.
    Slow,
    Extension,
    Compute,
    /// Only read: the catalogue of extensions.
    Catalogue,
    /// Only listed: what the caller may do.
    Permissions,
    ConnectedCluster,
}

/// Every type, by resource provider.
pub(crate) const KINDS: &[Kind] = &[
    kind(
        "Microsoft.Kubernetes/connectedClusters",
        "connectedClusters",
        KUBERNETES,
        Manner::ConnectedCluster,
    ),
    kind(
        "Microsoft.ContainerService/managedClusters",
        "managedClusters",
        CONTAINER_SERVICE,
        Manner::Fixed,
    ),
    kind(
        "Microsoft.KubernetesConfiguration/extensions",
        "extensions",
        EXTENSIONS,
        Manner::Extension,
    ),
    kind(
        "Microsoft.KubernetesConfiguration/extensionTypes",
        "extensionTypes",
        CATALOGUE,
        Manner::Catalogue,
    ),
    kind(
        "Microsoft.KubernetesConfiguration/extensionTypes/versions",
        "versions",
        CATALOGUE,
        Manner::Catalogue,
    ),
    kind(
        "Microsoft.MachineLearningServices/workspaces",
        "workspaces",
        MACHINE_LEARNING,
        Manner::Fixed,
    ),
    kind(
        "Microsoft.MachineLearningServices/workspaces/computes",
        "computes",
        MACHINE_LEARNING,
        Manner::Compute,
    ),
    kind("Microsoft.Relay/Namespaces", "namespaces", RELAY, Manner::Slow),
    kind(
        "Microsoft.Relay/Namespaces/AuthorizationRules",
        "AuthorizationRules",
        RELAY,
        Manner::Plain,
    ),
    kind("Microsoft.Relay/Namespaces/HybridConnections", "HybridConnections", RELAY, Manner::Plain),
    kind(
        "Microsoft.Relay/Namespaces/Hybridconnections/AuthorizationRules",
        "AuthorizationRules",
        RELAY,
        Manner::Plain,
    ),
    kind("Microsoft.ServiceBus/Namespaces", "namespaces", SERVICE_BUS, Manner::Slow),
    kind(
        "Microsoft.ServiceBus/Namespaces/AuthorizationRules",
        "AuthorizationRules",
        SERVICE_BUS,
        Manner::Plain,
    ),
    kind("Microsoft.ServiceBus/Namespaces/Topics", "topics", SERVICE_BUS, Manner::Plain),
    kind(
        "Microsoft.ServiceBus/Namespaces/Topics/Subscriptions",
        "subscriptions",
        SERVICE_BUS,
        Manner::Plain,
    ),
    kind(
        "Microsoft.ServiceBus/Namespaces/Topics/AuthorizationRules",
        "authorizationRules",
        SERVICE_BUS,
        Manner::Plain,
    ),
    kind("Microsoft.OperationalInsights/workspaces", "workspaces", LOG_ANALYTICS, Manner::Slow),
    kind(
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "userAssignedIdentities",
        MANAGED_IDENTITY,
        Manner::Plain,
    ),
    kind("Microsoft.Authorization/locks", "locks", LOCKS, Manner::Plain),
    kind("Microsoft.Authorization/permissions", "permissions", PERMISSIONS, Manner::Permissions),
];

const fn kind(
    name: &'static str, segment: &'static str, versions: &'static [&'static str], manner: Manner,
) -> Kind {
    Kind { name, segment, versions, manner }
}

/// The kind of a type in any casing.
pub(crate) fn find(types: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name.eq_ignore_ascii_case(types))
}

impl Kind {
    /// The resource provider: `Microsoft.Relay`.
    pub(crate) fn namespace(&self) -> &'static str {
        self.name.split_once('/').map_or(self.name, |(namespace, _)| namespace)
    }

    /// The type without the provider: `Namespaces/HybridConnections`.
    pub(crate) fn within(&self) -> &'static str {
        self.name.split_once('/').map_or("", |(_, types)| types)
    }

    pub(crate) fn serves(&self, version: &str) -> bool {
        self.versions.iter().any(|it| it.eq_ignore_ascii_case(version))
    }
}

/// Whether this has the form of an api-version: a date, perhaps with `-preview` or the like.
pub(crate) fn is_version(text: &str) -> bool {
    let (date, suffix) = text.split_at_checked(10).unwrap_or((text, ""));
    let shape: Vec<_> = date.split('-').map(str::len).collect();
    shape == [4, 2, 2]
        && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        && (suffix.is_empty() || suffix.starts_with('-'))
}
