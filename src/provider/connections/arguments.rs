//! The arguments `relay`, `service_bus` and `log_analytics`: who looks after what stands beside an
//! extension.
//!
//! They differ in names, so that everything else sees each as an [`Argument`] of one [`Beside`].

use std::collections::BTreeMap;

use aml::Given;
use aml::settings::{Mode, is_connected};
use azure::resource_types::{
    HYBRID_CONNECTIONS, LOG_ANALYTICS_WORKSPACES, RELAY_NAMESPACES, SERVICE_BUS_NAMESPACES,
};
use azure::{Id, ResourceType};
use framework::{Attr, AttrMap, Sensitive};

use super::{
    HYBRID_CONNECTION, LOG_ANALYTICS_WORKSPACE, Place, RELAY_NAMESPACE, SERVICE_BUS_NAMESPACE,
    SideResource, used,
};
use crate::explain::Result;
use crate::types::arc_extension::model::{Extension, LogAnalytics, Relay, ServiceBus};

/// One of the arguments, by the names that schema and service have for its parts.
pub(crate) struct Beside {
    /// The argument.
    pub(super) argument: &'static str,
    /// In words.
    pub(super) noun: &'static str,
    /// What is written of it.
    pub(super) of: fn(&Extension) -> Attr<Argument>,
    /// The attribute with the ARM ID of an existing one.
    pub(super) id: &'static str,
    /// What the ID must be of.
    pub(super) kind: &'static ResourceType,
    /// The attribute with the secret of an existing one.
    pub(super) string: &'static str,
    /// The plain setting that turns it on.
    pub(super) switch: &'static str,
    /// The plain setting with its ARM ID; of a workspace there is none.
    pub(super) held_id: Option<&'static str>,
    /// The protected setting with its secret.
    pub(super) secret: &'static str,
    /// The kind that `side_resources` has of it, outermost last.
    pub(super) kinds: &'static [&'static str],
    /// The one that the CLI makes for a cluster.
    pub(super) managed: fn(&Place) -> Result<Id>,
}

/// The relay.
pub(crate) static RELAY: Beside = Beside {
    argument: "relay",
    noun: "relay",
    of: |of| of.relay.clone().map(Argument::from),
    id: "hybrid_connection_id",
    kind: &HYBRID_CONNECTIONS,
    string: "connection_string_wo",
    switch: "relayserver.enabled",
    held_id: Some("relayserver.hybridConnectionResourceID"),
    secret: "relayServerConnectionString",
    kinds: &[HYBRID_CONNECTION, RELAY_NAMESPACE],
    managed: Place::hybrid_connection,
};

/// The service bus.
pub(crate) static SERVICE_BUS: Beside = Beside {
    argument: "service_bus",
    noun: "service bus",
    of: |of| of.service_bus.clone().map(Argument::from),
    id: "namespace_id",
    kind: &SERVICE_BUS_NAMESPACES,
    string: "connection_string_wo",
    switch: "servicebus.enabled",
    held_id: Some("servicebus.resourceID"),
    secret: "serviceBusConnectionString",
    kinds: &[SERVICE_BUS_NAMESPACE],
    managed: Place::service_bus_namespace,
};

/// The Log Analytics workspace.
pub(crate) static LOG_ANALYTICS: Beside = Beside {
    argument: "log_analytics",
    noun: "Log Analytics workspace",
    of: |of| of.log_analytics.clone().map(Argument::from),
    id: "workspace_id",
    kind: &LOG_ANALYTICS_WORKSPACES,
    string: "shared_key_wo",
    switch: "azure_log_analytics.enabled",
    held_id: None,
    secret: "azure_log_analytics.connection_string",
    kinds: &[LOG_ANALYTICS_WORKSPACE],
    managed: Place::log_analytics_workspace,
};

/// All of them.
pub(crate) static ALL: [&Beside; 3] = [&RELAY, &SERVICE_BUS, &LOG_ANALYTICS];

/// The plain setting with the customer ID of the workspace in use.
pub(super) const CUSTOMER_ID: &str = "azure_log_analytics.customer_id";

/// What is written of one of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Argument {
    pub(super) mode: Attr<String>,
    pub(super) id: Attr<String>,
    /// Of a workspace.
    pub(super) customer_id: Attr<String>,
    pub(super) string: Attr<Sensitive<String>>,
    pub(super) string_version: Attr<i64>,
    pub(super) keys_version: Attr<i64>,
    pub(super) delete_on_destroy: Attr<bool>,
    pub(super) tags: AttrMap<String>,
}

impl From<Relay> for Argument {
    fn from(relay: Relay) -> Self {
        Self {
            mode: relay.mode,
            id: relay.hybrid_connection_id,
            customer_id: Attr::Null,
            string: relay.connection_string_wo,
            string_version: relay.connection_string_wo_version,
            keys_version: relay.keys_version,
            delete_on_destroy: relay.delete_on_destroy,
            tags: relay.tags,
        }
    }
}

impl From<ServiceBus> for Argument {
    fn from(bus: ServiceBus) -> Self {
        Self {
            mode: bus.mode,
            id: bus.namespace_id,
            customer_id: Attr::Null,
            string: bus.connection_string_wo,
            string_version: bus.connection_string_wo_version,
            keys_version: bus.keys_version,
            delete_on_destroy: bus.delete_on_destroy,
            tags: bus.tags,
        }
    }
}

impl From<LogAnalytics> for Argument {
    fn from(logs: LogAnalytics) -> Self {
        Self {
            mode: logs.mode,
            id: logs.workspace_id,
            customer_id: logs.customer_id,
            string: logs.shared_key_wo,
            string_version: logs.shared_key_wo_version,
            keys_version: logs.keys_version,
            delete_on_destroy: logs.delete_on_destroy,
            tags: logs.tags,
        }
    }
}

impl Argument {
    /// The mode that is written; a word that is none counts as not written.
    pub(super) fn mode(&self) -> Given<Mode> {
        match &self.mode {
            Attr::Unknown => Given::Unknown,
            Attr::Null => Given::Unset,
            Attr::Known(word) => mode_of(word).into(),
        }
    }
}

impl Beside {
    /// The mode that is written of it.
    pub(crate) fn mode(&self, of: &Extension) -> Given<Mode> {
        match (self.of)(of) {
            Attr::Known(argument) => argument.mode(),
            Attr::Unknown => Given::Unknown,
            Attr::Null => Given::Unset,
        }
    }

    /// The ID of the one that an extension uses, by the settings that the service holds; of a
    /// workspace, by the state, which has it unless it was imported.
    pub(super) fn used(
        &self, held: &BTreeMap<String, String>, entries: &[SideResource],
    ) -> Option<Id> {
        match self.held_id {
            Some(key) => self.kind.canonicalize(held.get(key)?.parse().ok()?).ok(),
            None => used(entries, self.kinds.first()?),
        }
    }

    /// The one with tags of those that the CLI makes for a cluster.
    pub(super) fn tagged(&self, place: &Place) -> Result<(&'static ResourceType, Id)> {
        let id = (self.managed)(place)?;
        Ok(match id.parent().filter(|_| *self.kind == HYBRID_CONNECTIONS) {
            Some(namespace) => (&RELAY_NAMESPACES, namespace),
            None => (self.kind, id),
        })
    }

    /// Whether an extension that holds these settings uses it.
    pub(super) fn is_on(&self, held: &BTreeMap<String, String>) -> bool {
        is_connected(held, self.switch, self.held_id)
    }
}

/// The kinds of side resources that stay when the extension is destroyed.
pub(crate) fn kept_on_request(of: &Extension) -> Vec<&'static str> {
    let kept = ALL.into_iter().filter(|beside| {
        let argument = (beside.of)(of).into_known();
        argument.is_some_and(|argument| argument.delete_on_destroy.known() == Some(&false))
    });
    kept.flat_map(|beside| beside.kinds.iter().copied()).collect()
}

/// The mode of that word.
pub(super) fn mode_of(word: &str) -> Option<Mode> {
    match word {
        "managed" => Some(Mode::Managed),
        "existing" => Some(Mode::Existing),
        "none" => Some(Mode::None),
        _ => None,
    }
}
