//! A model in the terms of those that work with it, derived once per call.

use std::collections::BTreeMap;

use aml::settings::Declared;
use azure::resource_types::canonicalize;

use super::model::Extension;
use super::settings::declared;
use crate::connections::{Argument, ConnectionArguments, InstalledConnections};

/// What a configuration or a plan asks for.
#[derive(Debug)]
pub(super) struct Desired {
    pub(super) model: Extension,
    pub(super) declared: Declared,
    pub(super) connections: ConnectionArguments,
}

impl Desired {
    pub(super) fn new(model: Extension) -> Self {
        let connections = connection_arguments(&model);
        Self { declared: declared(&model, &connections), model, connections }
    }
}

/// What the state knows of an extension.
pub(super) struct Current {
    pub(super) model: Extension,
    pub(super) declared: Declared,
    pub(super) connections: InstalledConnections,
}

impl Current {
    pub(super) fn new(state: Extension) -> Self {
        let Desired { model, declared, connections } = Desired::new(state);
        let effective = model.effective_configuration_settings.known_elements();
        let mut settings: BTreeMap<_, _> =
            effective.map(|(key, value)| (key.clone(), value.clone())).collect();
        settings.extend(declared.plain_known());
        let side_resources = model.known_side_resources();
        let connections = InstalledConnections { arguments: connections, settings, side_resources };
        Self { model, declared, connections }
    }

    /// The plain settings that the service holds.
    pub(super) fn settings(&self) -> &BTreeMap<String, String> {
        &self.connections.settings
    }
}

pub(super) fn connection_arguments(model: &Extension) -> ConnectionArguments {
    let cluster = model.cluster_id.known().and_then(|id| id.parse().ok());
    ConnectionArguments {
        relay: model.relay.clone().map(Argument::from),
        service_bus: model.service_bus.clone().map(Argument::from),
        log_analytics: model.log_analytics.clone().map(Argument::from),
        log_analytics_ws: model.log_analytics_ws,
        protected_settings: [
            model.configuration_protected_settings.clone(),
            model.configuration_protected_settings_wo.clone(),
        ],
        cluster_id: cluster.map(|id| canonicalize(&id)),
    }
}
