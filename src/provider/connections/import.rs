//! What a user would write of the connections of an extension that is installed.

use std::collections::BTreeMap;

use aml::settings::{ClusterKind, Mode, wire};
use azure::resource_types::{HYBRID_CONNECTIONS, SERVICE_BUS_NAMESPACES};
use azure::{ArmResource, Id};
use framework::{Attr, AttrMap};

use super::arguments::{LogAnalytics, Relay, ServiceBus};
use super::connection::{Connection, LOG_ANALYTICS, RELAY, SERVICE_BUS};
use super::ownership::tags_of_user;
use super::side_resource::{
    HYBRID_CONNECTION, LOG_ANALYTICS_WORKSPACE, RELAY_NAMESPACE, SERVICE_BUS_NAMESPACE,
    SideResource,
};
use crate::arm::operation;
use crate::context::Context;
use crate::explain::Result;

/// The plain settings that the service holds.
type Settings = BTreeMap<String, String>;

/// The arguments of an imported extension, and what it is connected to.
pub(crate) struct ImportedConnections {
    pub(crate) relay: Attr<Relay>,
    pub(crate) service_bus: Attr<ServiceBus>,
    pub(crate) log_analytics: Attr<LogAnalytics>,
    pub(crate) side_resources: Vec<SideResource>,
}

/// The argument `relay`. `None`: the extension has the default.
pub(crate) fn import_relay(
    settings: &Settings, kind: ClusterKind, cluster: &Id,
) -> Result<Option<Relay>> {
    let is_arc = kind == ClusterKind::Connected;
    let is_off = settings.contains_key(RELAY.enabled_setting) && !RELAY.is_enabled(settings);
    let (mode, id) = match used_connection(&RELAY, settings, cluster)? {
        None if is_arc && is_off => (Mode::None, None),
        Some((Mode::Managed, _)) if is_arc => return Ok(None),
        Some(connected) => connected,
        None => return Ok(None),
    };
    let hybrid_connection_id = id.map(|id| id.to_string()).into();
    Ok(Some(Relay { mode: mode_word(mode), hybrid_connection_id, ..Relay::default() }))
}

/// The argument `service_bus`. `None`: the extension has the default.
pub(crate) fn import_service_bus(settings: &Settings, cluster: &Id) -> Result<Option<ServiceBus>> {
    let (mode, id) = match used_connection(&SERVICE_BUS, settings, cluster)? {
        // The CLI of 2021 made one for everybody.
        Some((Mode::Managed, _)) if !settings.contains_key(SERVICE_BUS.enabled_setting) => {
            return Ok(None);
        }
        Some(connected) => connected,
        None => return Ok(None),
    };
    let namespace_id = id.map(|id| id.to_string()).into();
    Ok(Some(ServiceBus { mode: mode_word(mode), namespace_id, ..ServiceBus::default() }))
}

/// How a connection that is enabled is made, with the ID where it is not the managed one. Without
/// an ID only its secret connects it, which the service never returns.
fn used_connection(
    connection: &Connection, settings: &Settings, cluster: &Id,
) -> Result<Option<(Mode, Option<Id>)>> {
    let used = connection.used_id(settings, &[]).filter(|_| connection.is_enabled(settings));
    let Some(used) = used else { return Ok(None) };
    let is_managed = used == (connection.managed_id)(cluster)?;
    Ok(Some(if is_managed { (Mode::Managed, None) } else { (Mode::Existing, Some(used)) }))
}

fn mode_word(mode: Mode) -> Attr<String> {
    let word = match mode {
        Mode::Managed => "managed",
        Mode::Existing => "existing",
        Mode::None => "none",
    };
    word.into()
}

/// The relay and the service bus that an extension with these settings uses. Somebody else created
/// them.
pub(crate) fn import_side_resources(settings: &Settings) -> Vec<SideResource> {
    let id = |key: &str| settings.get(key).and_then(|id| id.parse::<Id>().ok());
    let hybrid_connection = RELAY.id_setting.and_then(id);
    let hybrid_connection =
        hybrid_connection.and_then(|id| HYBRID_CONNECTIONS.canonicalize(id).ok());
    let namespace = hybrid_connection.as_ref().and_then(Id::parent);
    let bus = SERVICE_BUS.id_setting.and_then(id);
    let bus = bus.and_then(|id| SERVICE_BUS_NAMESPACES.canonicalize(id).ok());
    let found = [
        namespace.map(|id| SideResource::new(RELAY_NAMESPACE, &id, false)),
        hybrid_connection.map(|id| SideResource::new(HYBRID_CONNECTION, &id, false)),
        bus.map(|id| SideResource::new(SERVICE_BUS_NAMESPACE, &id, false)),
    ];
    found.into_iter().flatten().collect()
}

// === what only the resources themselves say ===

/// Adds the workspace that is named after the cluster, where the extension uses it, and the tags of
/// managed resources. What cannot be read is left out.
pub(crate) async fn read_resources(
    context: &Context<'_>, cluster: &Id, settings: &Settings, mut imported: ImportedConnections,
) -> Result<ImportedConnections> {
    if let Some(used) = settings.get(wire::LOG_ANALYTICS_CUSTOMER_ID)
        && LOG_ANALYTICS.is_enabled(settings)
        && let Some((id, found)) = read_managed(context, &LOG_ANALYTICS, cluster).await?
        && found
            .pointer("/properties/customerId")
            .is_some_and(|id| id.as_str().is_some_and(|id| id.eq_ignore_ascii_case(used)))
    {
        let workspace = SideResource::new(LOG_ANALYTICS_WORKSPACE, &id, false);
        imported.side_resources.insert(0, workspace);
        fill_tags(&mut imported.log_analytics, &found, |logs| (&mut logs.mode, &mut logs.tags));
    }
    if uses_managed(&RELAY, settings, cluster)?
        && let Some((_, found)) = read_managed(context, &RELAY, cluster).await?
    {
        fill_tags(&mut imported.relay, &found, |relay| (&mut relay.mode, &mut relay.tags));
    }
    if uses_managed(&SERVICE_BUS, settings, cluster)?
        && let Some((_, found)) = read_managed(context, &SERVICE_BUS, cluster).await?
    {
        fill_tags(&mut imported.service_bus, &found, |bus| (&mut bus.mode, &mut bus.tags));
    }
    Ok(imported)
}

fn uses_managed(connection: &Connection, settings: &Settings, cluster: &Id) -> Result<bool> {
    Ok(matches!(used_connection(connection, settings, cluster)?, Some((Mode::Managed, _))))
}

async fn read_managed(
    context: &Context<'_>, connection: &Connection, cluster: &Id,
) -> Result<Option<(Id, ArmResource)>> {
    let (resource_type, id) = connection.tagged_id(cluster)?;
    let options = operation::read_options(context);
    let found = context.provider.arm.get(resource_type, &id, &options).await;
    Ok(found.ok().flatten().map(|found| (id, found)))
}

/// Where an argument has its mode and its tags.
type ModeAndTags<'a> = (&'a mut Attr<String>, &'a mut AttrMap<String>);

fn fill_tags<T: Default>(
    argument: &mut Attr<T>, found: &ArmResource, parts: impl FnOnce(&mut T) -> ModeAndTags<'_>,
) {
    let found = tags_of_user(found);
    if found.is_empty() {
        return;
    }
    let mut written = std::mem::take(argument).into_known().unwrap_or_default();
    let (mode, tags) = parts(&mut written);
    *mode = mode_word(Mode::Managed);
    *tags = found.into_iter().collect();
    *argument = Attr::Known(written);
}
