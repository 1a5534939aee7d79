//! The three connections, by the names that schema, service and state have for their parts.

use std::collections::BTreeMap;

use aml::settings::{Mode, is_connected, wire};
use aml::side_resource;
use azure::resource_types::{
    HYBRID_CONNECTIONS, LOG_ANALYTICS_WORKSPACES, RELAY_NAMESPACES, SERVICE_BUS_NAMESPACES,
};
use azure::{Id, ResourceType};
use framework::Attr;

use super::arguments::{Argument, ConnectionArguments};
use super::managed_ids;
use super::side_resource::{SideResource, used_id};
use crate::explain::Result;

pub(crate) struct Connection {
    /// Name of the argument.
    pub(super) argument: &'static str,
    /// In a sentence.
    pub(super) noun: &'static str,
    pub(super) argument_of: fn(&ConnectionArguments) -> &Attr<Argument>,
    /// The nested attribute with the ARM ID of an existing resource.
    pub(super) id_attribute: &'static str,
    /// What that ID must be of.
    pub(super) resource_type: &'static ResourceType,
    /// The nested attribute with the secret of an existing resource.
    pub(super) secret_attribute: &'static str,
    /// The plain setting that enables it.
    pub(super) enabled_setting: &'static str,
    /// The plain setting with its ARM ID; there is none for a workspace.
    pub(super) id_setting: Option<&'static str>,
    /// The protected setting with its secret.
    pub(super) secret_setting: &'static str,
    /// Its kinds in `side_resources`, outermost last.
    pub(super) kinds: &'static [&'static str],
    /// The one that is managed for a cluster.
    pub(super) managed_id: fn(&Id) -> Result<Id>,
}

pub(crate) static RELAY: Connection = Connection {
    argument: side_resource::RELAY.name,
    noun: "relay",
    argument_of: |arguments| &arguments.relay,
    id_attribute: "hybrid_connection_id",
    resource_type: &HYBRID_CONNECTIONS,
    secret_attribute: "connection_string_wo",
    enabled_setting: wire::RELAY_ENABLED,
    id_setting: Some(wire::RELAY_ID),
    secret_setting: wire::RELAY_CONNECTION_STRING,
    kinds: side_resource::RELAY.kinds,
    managed_id: managed_ids::hybrid_connection,
};

pub(crate) static SERVICE_BUS: Connection = Connection {
    argument: side_resource::SERVICE_BUS.name,
    noun: "service bus",
    argument_of: |arguments| &arguments.service_bus,
    id_attribute: "namespace_id",
    resource_type: &SERVICE_BUS_NAMESPACES,
    secret_attribute: "connection_string_wo",
    enabled_setting: wire::SERVICE_BUS_ENABLED,
    id_setting: Some(wire::SERVICE_BUS_ID),
    secret_setting: wire::SERVICE_BUS_CONNECTION_STRING,
    kinds: side_resource::SERVICE_BUS.kinds,
    managed_id: managed_ids::service_bus_namespace,
};

pub(crate) static LOG_ANALYTICS: Connection = Connection {
    argument: side_resource::LOG_ANALYTICS.name,
    noun: "Log Analytics workspace",
    argument_of: |arguments| &arguments.log_analytics,
    id_attribute: "workspace_id",
    resource_type: &LOG_ANALYTICS_WORKSPACES,
    secret_attribute: "shared_key_wo",
    enabled_setting: wire::LOG_ANALYTICS_ENABLED,
    id_setting: None,
    secret_setting: wire::LOG_ANALYTICS_SHARED_KEY,
    kinds: side_resource::LOG_ANALYTICS.kinds,
    managed_id: managed_ids::log_analytics_workspace,
};

pub(super) static CONNECTIONS: [&Connection; 3] = [&RELAY, &SERVICE_BUS, &LOG_ANALYTICS];

impl Connection {
    pub(crate) fn mode(&self, arguments: &ConnectionArguments) -> Attr<Mode> {
        (self.argument_of)(arguments).as_ref().and_then(Argument::mode)
    }

    /// The ID of the resource that an extension uses: by the settings that the service holds; of a
    /// workspace by the state, which has it unless the extension was imported.
    pub(super) fn used_id(
        &self, settings: &BTreeMap<String, String>, side_resources: &[SideResource],
    ) -> Option<Id> {
        match self.id_setting {
            Some(key) => self.resource_type.canonicalize(settings.get(key)?.parse().ok()?).ok(),
            None => used_id(side_resources, self.kinds.first()?),
        }
    }

    /// The managed resource that has tags.
    pub(super) fn tagged_id(&self, cluster: &Id) -> Result<(&'static ResourceType, Id)> {
        let id = (self.managed_id)(cluster)?;
        Ok(match id.parent().filter(|_| *self.resource_type == HYBRID_CONNECTIONS) {
            Some(namespace) => (&RELAY_NAMESPACES, namespace),
            None => (self.resource_type, id),
        })
    }

    /// Whether an extension that holds these settings uses it.
    pub(super) fn is_enabled(&self, settings: &BTreeMap<String, String>) -> bool {
        is_connected(settings, self.enabled_setting, self.id_setting)
    }
}
