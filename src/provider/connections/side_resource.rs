//! An element of the attribute `side_resources`.

use azure::resource_types::{
    HYBRID_CONNECTIONS, LOG_ANALYTICS_WORKSPACES, RELAY_NAMESPACES, SERVICE_BUS_NAMESPACES,
};
use azure::{Id, ResourceType};
use framework::Attr;
use serde::{Deserialize, Serialize};

pub(super) use aml::side_resource::{
    HYBRID_CONNECTION, LOG_ANALYTICS_WORKSPACE, RELAY_NAMESPACE, SERVICE_BUS_NAMESPACE,
};

/// An Azure resource that an extension is connected to, as the state has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SideResource {
    /// `relay_namespace`, `hybrid_connection`, `service_bus_namespace` or
    /// `log_analytics_workspace`.
    pub(crate) kind: Attr<String>,
    pub(crate) id: Attr<String>,
    /// Whether it was created for this extension.
    pub(crate) created: Attr<bool>,
}

impl SideResource {
    pub(super) fn new(kind: &str, id: &Id, created: bool) -> Self {
        Self { kind: kind.into(), id: Attr::text(id), created: created.into() }
    }

    pub(super) fn is(&self, kind: &str) -> bool {
        self.kind.known().is_some_and(|known| known == kind)
    }

    pub(super) fn resource_type(&self) -> Option<&'static ResourceType> {
        self.kind.known().map(|kind| resource_type(kind))
    }

    /// Its ID, as far as it is one.
    pub(super) fn arm_id(&self) -> Option<Id> {
        self.id.known()?.parse().ok()
    }

    /// Whether the extension created it, and so may delete it.
    pub(crate) fn is_created(&self) -> bool {
        self.created.known() == Some(&true)
    }
}

pub(super) fn resource_type(kind: &str) -> &'static ResourceType {
    match kind {
        RELAY_NAMESPACE => &RELAY_NAMESPACES,
        HYBRID_CONNECTION => &HYBRID_CONNECTIONS,
        SERVICE_BUS_NAMESPACE => &SERVICE_BUS_NAMESPACES,
        _ => &LOG_ANALYTICS_WORKSPACES,
    }
}

/// Of the resources of one kind, the one in use stands last.
pub(super) fn used_id(side_resources: &[SideResource], kind: &str) -> Option<Id> {
    side_resources.iter().rev().find(|entry| entry.is(kind))?.arm_id()
}

pub(crate) fn known_ids(side_resources: &[SideResource]) -> Vec<String> {
    side_resources.iter().filter_map(|entry| entry.id.known().cloned()).collect()
}
