//! What a user would write of what stands beside an extension that is there.

use std::collections::BTreeMap;

use aml::settings::{ClusterKind, Mode};
use azure::Id;
use azure::rp::{HYBRID_CONNECTIONS, SERVICE_BUS_NAMESPACES};
use framework::{Attr, AttrList};

use super::{Beside, RELAY, SERVICE_BUS};
use crate::explain::Result;
use crate::resources::arc_extension::model::{Extension, Relay, ServiceBus};
use crate::side_resources::{
    HYBRID_CONNECTION, Place, RELAY_NAMESPACE, SERVICE_BUS_NAMESPACE, SideResource,
};

/// The plain settings of the service.
type Held = BTreeMap<String, String>;

/// The model with the arguments of an extension that holds these settings: nothing where it is the
/// default. Of a workspace the flag `log_analytics_ws` tells; its ID nobody knows.
pub(in super::super) fn imported(
    known: Extension, held: &Held, kind: ClusterKind, place: &Place,
) -> Result<Extension> {
    let arc = kind == ClusterKind::Connected;
    Ok(Extension {
        relay: relay(held, place, arc)?.into(),
        service_bus: service_bus(held, place)?.into(),
        ..known
    })
}

fn relay(held: &Held, place: &Place, arc: bool) -> Result<Option<Relay>> {
    let off = held.contains_key(RELAY.switch) && !RELAY.is_on(held);
    let (mode, id) = match connected(&RELAY, held, place)? {
        None if arc && off => (Mode::None, None),
        Some((Mode::Managed, _)) if arc => return Ok(None),
        Some(connected) => connected,
        None => return Ok(None),
    };
    let hybrid_connection_id = id.map(|id| id.to_string()).into();
    Ok(Some(Relay { mode: word(mode), hybrid_connection_id, ..Relay::default() }))
}

fn service_bus(held: &Held, place: &Place) -> Result<Option<ServiceBus>> {
    let (mode, id) = match connected(&SERVICE_BUS, held, place)? {
        // The CLI of 2021 made one for everybody.
        Some((Mode::Managed, _)) if !held.contains_key(SERVICE_BUS.switch) => return Ok(None),
        Some(connected) => connected,
        None => return Ok(None),
    };
    let namespace_id = id.map(|id| id.to_string()).into();
    Ok(Some(ServiceBus { mode: word(mode), namespace_id, ..ServiceBus::default() }))
}

/// How one is connected that is on; the ID where it is none that the CLI makes. Without an ID only
/// its secret connects it, which nobody gets to see, and so nothing can be written of it.
fn connected(beside: &Beside, held: &Held, place: &Place) -> Result<Option<(Mode, Option<Id>)>> {
    let used = beside.used(held, &[]).filter(|_| beside.is_on(held));
    let Some(used) = used else { return Ok(None) };
    let own = used == (beside.managed)(place)?;
    Ok(Some(if own { (Mode::Managed, None) } else { (Mode::Existing, Some(used)) }))
}

fn word(mode: Mode) -> Attr<String> {
    let word = match mode {
        Mode::Managed => "managed",
        Mode::Existing => "existing",
        Mode::None => "none",
    };
    word.into()
}

/// What an extension was connected to by somebody else.
pub(in super::super) fn found(held: &Held) -> AttrList<SideResource> {
    let id = |key: &str| held.get(key).and_then(|id| id.parse::<Id>().ok());
    let connection = RELAY.held_id.and_then(id).and_then(|id| HYBRID_CONNECTIONS.check(id).ok());
    let namespace = connection.as_ref().and_then(Id::parent);
    let bus = SERVICE_BUS.held_id.and_then(id);
    let bus = bus.and_then(|id| SERVICE_BUS_NAMESPACES.check(id).ok());
    let found = [
        namespace.map(|id| SideResource::new(RELAY_NAMESPACE, &id, false)),
        connection.map(|id| SideResource::new(HYBRID_CONNECTION, &id, false)),
        bus.map(|id| SideResource::new(SERVICE_BUS_NAMESPACE, &id, false)),
    ];
    found.into_iter().flatten().collect()
}
