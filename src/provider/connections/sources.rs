//! What an extension is to be connected to: when it is created, and again in an update that sends
//! its secrets.

use std::collections::BTreeMap;

use aml::settings::{
    Cluster, Declared, Era, Mode, Wanted, connections_of_protected_settings, required_connections,
    wire,
};
use aml::side_resource::Tags;
use azure::Id;
use vocabulary::{Attr, Sensitive};

use super::arguments::{Argument, ConnectionArguments};
use super::connection::{Connection, LOG_ANALYTICS, RELAY, SERVICE_BUS};
use super::side_resource::SideResource;
use super::tags::written_tags;
use crate::explain::Result;

/// Where the secret of a connection comes from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// The resource that is named after the cluster.
    Managed,
    /// A resource of the user's, by its ID.
    Existing(Id),
    /// The secret itself.
    Given(Sensitive<String>),
}

/// Which connections to make, and from what.
#[derive(Clone, Debug)]
pub(crate) struct ConnectRequest {
    pub(super) cluster_id: Id,
    /// The cluster's region, in lower case.
    pub(super) location: String,
    pub(super) wanted: Wanted,
    pub(super) relay: Source,
    pub(super) service_bus: Source,
    pub(super) log_analytics: Source,
    /// The customer ID of the workspace, as far as it is known before. A workspace with another one
    /// is not used.
    pub(super) customer_id: Option<String>,
    pub(super) tags: ManagedTags,
}

/// What is written of the tags of managed resources.
#[derive(Clone, Debug, Default)]
pub(super) struct ManagedTags {
    /// Of the relay namespace.
    pub(super) relay: Tags,
    pub(super) service_bus: Tags,
    pub(super) log_analytics: Tags,
}

impl ConnectRequest {
    /// For an extension that is not installed yet.
    pub(crate) fn for_create(
        arguments: &ConnectionArguments, wanted: Wanted, cluster_id: &Id, cluster: &Cluster,
    ) -> Result<Self> {
        let source = |connection: &Connection| {
            written_source(connection, arguments).map(|source| source.unwrap_or(Source::Managed))
        };
        Ok(Self {
            cluster_id: cluster_id.clone(),
            location: cluster.location.clone(),
            wanted,
            relay: source(&RELAY)?,
            service_bus: source(&SERVICE_BUS)?,
            log_analytics: source(&LOG_ANALYTICS)?,
            customer_id: written_customer_id(arguments),
            tags: ManagedTags::written(arguments),
        })
    }

    /// For an extension that holds these settings. Where nothing is written, it keeps what it has.
    pub(crate) fn for_update(
        arguments: &ConnectionArguments, declared: &Declared, cluster_id: &Id, cluster: &Cluster,
        settings: &BTreeMap<String, String>, side_resources: &[SideResource],
    ) -> Result<Self> {
        let source = |connection: &Connection| match written_source(connection, arguments)? {
            Some(source) => Ok(source),
            None => used_source(connection, cluster_id, settings, side_resources),
        };
        let customer_id = match written_source(&LOG_ANALYTICS, arguments)? {
            Some(_) => written_customer_id(arguments),
            None => {
                settings.get(wire::LOG_ANALYTICS_CUSTOMER_ID).filter(|id| !id.is_empty()).cloned()
            }
        };
        Ok(Self {
            cluster_id: cluster_id.clone(),
            location: cluster.location.clone(),
            wanted: wanted_by_update(arguments, declared, cluster, settings),
            relay: source(&RELAY)?,
            service_bus: source(&SERVICE_BUS)?,
            log_analytics: source(&LOG_ANALYTICS)?,
            customer_id,
            tags: ManagedTags::written(arguments),
        })
    }
}

impl ManagedTags {
    fn written(arguments: &ConnectionArguments) -> Self {
        let tags = |connection| written_tags(connection, arguments).unwrap_or_default();
        Self {
            relay: tags(&RELAY),
            service_bus: tags(&SERVICE_BUS),
            log_analytics: tags(&LOG_ANALYTICS),
        }
    }
}

/// What the service uses, and what the configuration says besides.
fn wanted_by_update(
    arguments: &ConnectionArguments, declared: &Declared, cluster: &Cluster,
    settings: &BTreeMap<String, String>,
) -> Wanted {
    let used = connections_of_protected_settings(declared, settings);
    let written = required_connections(declared, cluster.kind, Era::Today);
    let either = |used: Mode, written: Mode| if used == Mode::None { written } else { used };
    // A connection that is off stays off where nothing is written.
    let unless_off =
        |connection: &Connection, used: Mode, written: Mode| match connection.mode(arguments) {
            Attr::Null if settings.contains_key(connection.enabled_setting) => used,
            _ => either(used, written),
        };
    Wanted {
        relay: unless_off(&RELAY, used.relay, written.relay),
        service_bus: unless_off(&SERVICE_BUS, used.service_bus, written.service_bus),
        log_analytics: either(used.log_analytics, written.log_analytics),
    }
}

/// Where an argument says that the secret comes from. `None`: it says nothing.
pub(super) fn written_source(
    connection: &Connection, arguments: &ConnectionArguments,
) -> Result<Option<Source>> {
    let Some(argument) = (connection.argument_of)(arguments).known() else { return Ok(None) };
    match argument.mode() {
        Attr::Known(Mode::Existing) => {
            if let Some(secret) = written_secret(connection, argument, arguments) {
                return Ok(Some(Source::Given(secret)));
            }
            Ok(Some(Source::Existing(argument.id.require()?.parse()?)))
        }
        Attr::Known(_) => Ok(Some(Source::Managed)),
        Attr::Null | Attr::Unknown => Ok(None),
    }
}

/// The secret that the user gives, in the argument or in the protected settings.
fn written_secret(
    connection: &Connection, argument: &Argument, arguments: &ConnectionArguments,
) -> Option<Sensitive<String>> {
    let mut maps = arguments.protected_settings.iter();
    let mapped = maps.find_map(|map| map.known()?.get(connection.secret_setting));
    [Some(&argument.secret), mapped].into_iter().flatten().find_map(Argument::known_secret)
}

fn written_customer_id(arguments: &ConnectionArguments) -> Option<String> {
    arguments.log_analytics.known()?.customer_id.known().cloned()
}

/// The resource that the extension uses by its settings and the state.
fn used_source(
    connection: &Connection, cluster_id: &Id, settings: &BTreeMap<String, String>,
    side_resources: &[SideResource],
) -> Result<Source> {
    let managed = (connection.managed_id)(cluster_id)?;
    let used = connection.used_id(settings, side_resources);
    Ok(used.filter(|used| *used != managed).map_or(Source::Managed, Source::Existing))
}
