//! What a user would write of what stands beside an extension that is there.

use std::collections::BTreeMap;

use aml::settings::{ClusterKind, Mode};
use azure::resource_types::{HYBRID_CONNECTIONS, SERVICE_BUS_NAMESPACES};
use azure::{ArmResource, Id};
use framework::{Attr, AttrList, AttrMap};

use super::arguments::{Beside, CUSTOMER_ID, LOG_ANALYTICS, RELAY, SERVICE_BUS};
use crate::arm::operation;
use crate::connections::{
    HYBRID_CONNECTION, LOG_ANALYTICS_WORKSPACE, Place, RELAY_NAMESPACE, SERVICE_BUS_NAMESPACE,
    SideResource, written_tags,
};
use crate::context::Context;
use crate::explain::Result;
use crate::types::arc_extension::cluster;
use crate::types::arc_extension::create::stands;
use crate::types::arc_extension::model::{Extension, Relay, ServiceBus};

/// The plain settings of the service.
type Held = BTreeMap<String, String>;

/// The model with the arguments of an extension that holds these settings: nothing where it is the
/// default. Of a workspace the flag `log_analytics_ws` tells.
pub(crate) fn imported(
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
pub(crate) fn found(held: &Held) -> AttrList<SideResource> {
    let id = |key: &str| held.get(key).and_then(|id| id.parse::<Id>().ok());
    let connection =
        RELAY.held_id.and_then(id).and_then(|id| HYBRID_CONNECTIONS.canonicalize(id).ok());
    let namespace = connection.as_ref().and_then(Id::parent);
    let bus = SERVICE_BUS.held_id.and_then(id);
    let bus = bus.and_then(|id| SERVICE_BUS_NAMESPACES.canonicalize(id).ok());
    let found = [
        namespace.map(|id| SideResource::new(RELAY_NAMESPACE, &id, false)),
        connection.map(|id| SideResource::new(HYBRID_CONNECTION, &id, false)),
        bus.map(|id| SideResource::new(SERVICE_BUS_NAMESPACE, &id, false)),
    ];
    found.into_iter().flatten().collect()
}

// === what only the resources themselves say ===

/// The model of an import with the workspace that is named after the cluster, where the extension
/// uses it, and with the tags of those that are managed. Not to know it is no failure.
pub(crate) async fn look(
    context: &Context<'_>, known: Extension, held: &Held,
) -> Result<Extension> {
    let place = Place { cluster: cluster(&known)?, location: String::new() };
    let mut known = known;
    if let Some(used) = held.get(CUSTOMER_ID).filter(|_| LOG_ANALYTICS.is_on(held))
        && let Some((id, found)) = look_at(context, &LOG_ANALYTICS, &place).await?
        && found
            .pointer("/properties/customerId")
            .is_some_and(|id| id.as_str().is_some_and(|id| id.eq_ignore_ascii_case(used)))
    {
        let mut entries = stands(&known);
        entries.insert(0, SideResource::new(LOG_ANALYTICS_WORKSPACE, &id, false));
        known.side_resources = entries.into_iter().collect();
        fill(&mut known.log_analytics, &found, |logs| (&mut logs.mode, &mut logs.tags));
    }
    if uses_managed(&RELAY, held, &place)?
        && let Some((_, found)) = look_at(context, &RELAY, &place).await?
    {
        fill(&mut known.relay, &found, |relay| (&mut relay.mode, &mut relay.tags));
    }
    if uses_managed(&SERVICE_BUS, held, &place)?
        && let Some((_, found)) = look_at(context, &SERVICE_BUS, &place).await?
    {
        fill(&mut known.service_bus, &found, |bus| (&mut bus.mode, &mut bus.tags));
    }
    Ok(known)
}

fn uses_managed(beside: &Beside, held: &Held, place: &Place) -> Result<bool> {
    Ok(matches!(connected(beside, held, place)?, Some((Mode::Managed, _))))
}

async fn look_at(
    context: &Context<'_>, beside: &Beside, place: &Place,
) -> Result<Option<(Id, ArmResource)>> {
    let (kind, id) = beside.tagged(place)?;
    let found = context.provider.arm.get(kind, &id, &operation::read_options(context)).await;
    Ok(found.ok().flatten().map(|found| (id, found)))
}

type Parts<'a> = (&'a mut Attr<String>, &'a mut AttrMap<String>);

/// Fills in the tags, where somebody has written any.
fn fill<T: Default>(
    argument: &mut Attr<T>, found: &ArmResource, parts: impl FnOnce(&mut T) -> Parts<'_>,
) {
    let tags = written_tags(found);
    if tags.is_empty() {
        return;
    }
    let mut written = std::mem::take(argument).into_known().unwrap_or_default();
    let (mode, own) = parts(&mut written);
    *mode = word(Mode::Managed);
    *own = tags.into_iter().collect();
    *argument = Attr::Known(written);
}
