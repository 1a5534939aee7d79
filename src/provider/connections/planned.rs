//! What will stand beside a new extension: its IDs follow from the cluster, so the plan shows them.
//!
//! Whether one is made or was there already, only the apply learns. What the apply then finds is
//! held to what was planned; what it finds besides stays in the object's memory until a refresh.

use aml::settings::{Era, Mode, wanted};
use azure::Id;
use framework::{Attr, AttrList, Private};

use super::arguments::{ALL, Beside, LOG_ANALYTICS, RELAY, SERVICE_BUS};
use crate::arm::preflight;
use crate::connections::{Place, SideResource, Source};
use crate::types::arc_extension::cluster;
use crate::types::arc_extension::create::{stands, with};
use crate::types::arc_extension::desired::declared;
use crate::types::arc_extension::model::Extension;

/// In the object's memory: what stands beside it, where the state had to say what was planned.
const FOUND: &str = "side_resources_found";

/// Those of a new extension, in the order in which they are connected. `None`: not known yet.
pub(crate) fn foreseen(written: &Extension) -> Option<AttrList<SideResource>> {
    let place = Place { cluster: cluster(written).ok()?, location: String::new() };
    let (kind, _) = preflight::kind_of(&place.cluster).ok()?;
    if !is_decided(written) {
        return None;
    }
    let wanted = wanted(&declared(written), kind, Era::Today);
    let mut ids = Vec::new();
    for (beside, mode) in [
        (&LOG_ANALYTICS, wanted.log_analytics),
        (&RELAY, wanted.relay),
        (&SERVICE_BUS, wanted.service_bus),
    ] {
        if mode != Mode::None {
            ids.extend(of_one(beside, written, &place)?);
        }
    }
    let planned = ids.into_iter().map(|(kind, id)| SideResource {
        created: Attr::Unknown,
        ..SideResource::new(kind, &id, false)
    });
    Some(planned.collect())
}

/// Whether everything is known that says which are wanted.
fn is_decided(written: &Extension) -> bool {
    let maps =
        [&written.configuration_protected_settings, &written.configuration_protected_settings_wo];
    let is_known = |beside: &&Beside| {
        let string = maps.iter().all(|map| match map {
            Attr::Unknown => false,
            Attr::Null => true,
            Attr::Known(map) => map.get(beside.secret).is_none_or(|string| !string.is_unknown()),
        });
        let argument = (beside.of)(written);
        let parts = argument.known().is_none_or(|it| !it.mode.is_unknown() && !it.id.is_unknown());
        string && parts && !argument.is_unknown()
    };
    !written.log_analytics_ws.is_unknown()
        && declared(written).is_plain_known()
        && ALL.iter().all(is_known)
}

fn of_one(beside: &Beside, written: &Extension, place: &Place) -> Option<Vec<(&'static str, Id)>> {
    let source = super::sources::written(beside, written).ok()?;
    match source.unwrap_or(Source::Managed) {
        Source::Given(_) => Some(Vec::new()),
        Source::Existing(id) => Some(vec![(beside.kinds.first()?, id)]),
        Source::Managed => {
            let id = (beside.managed)(place).ok()?;
            let (kind, parent) = (beside.kinds.first()?, id.parent());
            let outer = beside.kinds.get(1).zip(parent).map(|(kind, parent)| (*kind, parent));
            Some(outer.into_iter().chain([(*kind, id)]).collect())
        }
    }
}

/// The extension with what stands beside it, told as it was planned.
pub(crate) fn as_planned(of: Extension, entries: &[SideResource]) -> Extension {
    let Attr::Known(planned) = &of.side_resources else { return with(of, entries) };
    let told = planned.iter().filter_map(Attr::known).map(|planned| {
        let found = entries.iter().find(|entry| entry.id == planned.id);
        let created = found.is_some_and(SideResource::is_created);
        SideResource { created: created.into(), ..planned.clone() }
    });
    let told: Vec<_> = told.collect();
    with(of, &told)
}

/// Remembers what stands, where the extension does not say so.
pub(crate) fn remember(memory: &mut Private, told: &Extension, entries: &[SideResource]) {
    let stands = stands(told);
    if stands.len() == entries.len() && stands.iter().all(|entry| entries.contains(entry)) {
        memory.forget(FOUND);
    } else {
        memory.set(FOUND, &entries);
    }
}

/// The extension with what is remembered.
pub(crate) fn recall(memory: &mut Private, state: Extension) -> Extension {
    let Some(entries) = memory.get::<Vec<SideResource>>(FOUND) else { return state };
    memory.forget(FOUND);
    with(state, &entries)
}
