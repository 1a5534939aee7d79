//! The side resources in the plan of a create: their IDs follow from the cluster.
//!
//! Only the apply learns whether one is created or was there before. What it finds is reported as
//! it was planned; what it finds besides stays in private state until the next refresh.

use aml::settings::{Declared, Era, Mode, required_connections};
use azure::Id;
use framework::{Attr, AttrList, Private};

use super::arguments::ConnectionArguments;
use super::connection::{CONNECTIONS, Connection, LOG_ANALYTICS, RELAY, SERVICE_BUS};
use super::side_resource::SideResource;
use super::sources::{Source, written_source};
use crate::arm::preflight;

/// In private state: the side resources, where the state had to keep to the plan.
const FOUND: &str = "side_resources_found";

/// In the order in which they are connected. `None`: not known yet.
pub(crate) fn plan_side_resources(
    written: &ConnectionArguments, declared: &Declared,
) -> Option<AttrList<SideResource>> {
    let cluster_id = written.cluster_id.as_ref()?;
    let (kind, _) = preflight::kind_of(cluster_id).ok()?;
    if !is_decided(written, declared) {
        return None;
    }
    let wanted = required_connections(declared, kind, Era::Today);
    let mut planned = Vec::new();
    for (connection, mode) in [
        (&LOG_ANALYTICS, wanted.log_analytics),
        (&RELAY, wanted.relay),
        (&SERVICE_BUS, wanted.service_bus),
    ] {
        if mode != Mode::None {
            planned.extend(ids_of_connection(connection, written, cluster_id)?);
        }
    }
    let planned = planned.into_iter().map(|(kind, id)| SideResource {
        created: Attr::Unknown,
        ..SideResource::new(kind, &id, false)
    });
    Some(planned.collect())
}

/// Whether everything is known that says which connections are wanted.
fn is_decided(written: &ConnectionArguments, declared: &Declared) -> bool {
    let is_known = |connection: &&Connection| {
        let is_secret_known = written.protected_settings.iter().all(|map| match map {
            Attr::Unknown => false,
            Attr::Null => true,
            Attr::Known(map) => {
                map.get(connection.secret_setting).is_none_or(|it| !it.is_unknown())
            }
        });
        let argument = (connection.argument_of)(written);
        let parts = argument.known().is_none_or(|it| !it.mode.is_unknown() && !it.id.is_unknown());
        is_secret_known && parts && !argument.is_unknown()
    };
    !written.log_analytics_ws.is_unknown()
        && declared.is_plain_known()
        && CONNECTIONS.iter().all(is_known)
}

fn ids_of_connection(
    connection: &Connection, written: &ConnectionArguments, cluster_id: &Id,
) -> Option<Vec<(&'static str, Id)>> {
    match written_source(connection, written).ok()?.unwrap_or(Source::Managed) {
        Source::Given(_) => Some(Vec::new()),
        Source::Existing(id) => Some(vec![(connection.kinds.first()?, id)]),
        Source::Managed => {
            let id = (connection.managed_id)(cluster_id).ok()?;
            let (kind, parent) = (connection.kinds.first()?, id.parent());
            let outer = connection.kinds.get(1).zip(parent).map(|(kind, parent)| (*kind, parent));
            Some(outer.into_iter().chain([(*kind, id)]).collect())
        }
    }
}

/// The side resources that were found, as the plan lists them.
pub(crate) fn report_as_planned(
    planned: &AttrList<SideResource>, found: &[SideResource],
) -> AttrList<SideResource> {
    let Attr::Known(planned) = planned else { return found.iter().cloned().collect() };
    let reported = planned.iter().filter_map(Attr::known).map(|planned| {
        let found = found.iter().find(|entry| entry.id == planned.id);
        let created = found.is_some_and(SideResource::is_created);
        SideResource { created: created.into(), ..planned.clone() }
    });
    reported.collect()
}

/// Keeps what was found in private state, where the state `reported` something else.
pub(crate) fn remember_found(
    private: &mut Private, reported: &[SideResource], found: &[SideResource],
) {
    if reported.len() == found.len() && reported.iter().all(|entry| found.contains(entry)) {
        private.forget(FOUND);
    } else {
        private.set(FOUND, &found);
    }
}

/// Takes what [`remember_found`] kept out of private state.
pub(crate) fn take_found(private: &mut Private) -> Option<Vec<SideResource>> {
    let found = private.get(FOUND)?;
    private.forget(FOUND);
    Some(found)
}
