//! Which side resources an extension is connected to: in a create, and again in an update that
//! sends its secrets.

use std::collections::BTreeMap;

use aml::settings::{Cluster, Connections, Era, Mode, Wanted, wanted, wanted_again};
use aml::{Given, Secret};

use super::arguments::{Argument, Beside, CUSTOMER_ID, LOG_ANALYTICS, RELAY, SERVICE_BUS};
use super::tags::side_tags;
use crate::connections::{self, OwnershipTracker, Place, Source, Sources};
use crate::context::Context;
use crate::explain::{Error, Result};
use crate::types::arc_extension::desired::{declared, secret};
use crate::types::arc_extension::model::Extension;

/// Connects a new extension.
pub(crate) async fn first(
    context: &Context<'_>, planned: &Extension, cluster: &Cluster,
    tracker: &mut OwnershipTracker<'_>,
) -> Result<Connections> {
    let wanted = wanted(&declared(planned), cluster.kind, Era::Today);
    let place = place(planned, cluster)?;
    let source =
        |beside: &Beside| Ok::<_, Error>(written(beside, planned)?.unwrap_or(Source::Managed));
    let sources = Sources {
        relay: source(&RELAY)?,
        service_bus: source(&SERVICE_BUS)?,
        log_analytics: source(&LOG_ANALYTICS)?,
        customer_id: written_customer_id(planned),
        tags: side_tags(planned),
    };
    connections::connect(context, wanted, &place, &sources, tracker).await
}

/// Connects an extension that holds these settings once more, and fetches the keys again. Where
/// nothing is written, it stays with what it has.
pub(crate) async fn again(
    context: &Context<'_>, planned: &Extension, held: &BTreeMap<String, String>, cluster: &Cluster,
    tracker: &mut OwnershipTracker<'_>,
) -> Result<Connections> {
    let place = place(planned, cluster)?;
    let source = |beside: &Beside, tracker: &OwnershipTracker<'_>| match written(beside, planned)? {
        Some(source) => Ok(source),
        None => used(beside, held, &place, tracker),
    };
    let logs = written(&LOG_ANALYTICS, planned)?;
    let held_customer_id = || held.get(CUSTOMER_ID).filter(|id| !id.is_empty()).cloned();
    let sources = Sources {
        relay: source(&RELAY, tracker)?,
        service_bus: source(&SERVICE_BUS, tracker)?,
        customer_id: match &logs {
            Some(_) => written_customer_id(planned),
            None => held_customer_id(),
        },
        log_analytics: source(&LOG_ANALYTICS, tracker)?,
        tags: side_tags(planned),
    };
    connections::connect(context, both(planned, held, cluster), &place, &sources, tracker).await
}

/// What the service uses, and what the configuration says besides.
fn both(planned: &Extension, held: &BTreeMap<String, String>, cluster: &Cluster) -> Wanted {
    let declared = declared(planned);
    let (used, said) = (wanted_again(&declared, held), wanted(&declared, cluster.kind, Era::Today));
    let either = |used: Mode, said: Mode| if used == Mode::None { said } else { used };
    // Where it is off and nothing is written, it stays off.
    let unless_off = |beside: &Beside, used: Mode, said: Mode| match beside.mode(planned) {
        Given::Unset if held.contains_key(beside.switch) => used,
        _ => either(used, said),
    };
    Wanted {
        relay: unless_off(&RELAY, used.relay, said.relay),
        service_bus: unless_off(&SERVICE_BUS, used.service_bus, said.service_bus),
        log_analytics: either(used.log_analytics, said.log_analytics),
    }
}

/// Where an argument says that the secret comes from; `None` says nothing.
pub(super) fn written(beside: &Beside, of: &Extension) -> Result<Option<Source>> {
    let Some(argument) = (beside.of)(of).into_known() else { return Ok(None) };
    match argument.mode() {
        Given::Set(Mode::Existing) => existing(beside, &argument, of).map(Some),
        Given::Set(_) => Ok(Some(Source::Managed)),
        Given::Unset | Given::Unknown => Ok(None),
    }
}

fn existing(beside: &Beside, argument: &Argument, of: &Extension) -> Result<Source> {
    if let Some(string) = own_string(beside, argument, of) {
        return Ok(Source::Given(string));
    }
    Ok(Source::Existing(argument.id.require()?.parse()?))
}

/// The secret that the user gives: by the argument, or in a protected map.
fn own_string(beside: &Beside, argument: &Argument, of: &Extension) -> Option<Secret> {
    let maps = [&of.configuration_protected_settings, &of.configuration_protected_settings_wo];
    let mapped = maps.into_iter().find_map(|map| map.known()?.get(beside.secret));
    let strings = [Some(&argument.string), mapped].into_iter().flatten();
    let mut known = strings.filter_map(|string| secret(string).known().cloned());
    known.find(|string| !string.expose().is_empty())
}

fn written_customer_id(of: &Extension) -> Option<String> {
    let argument = (LOG_ANALYTICS.of)(of).into_known()?;
    argument.customer_id.known().cloned()
}

/// The one that the extension uses, by what the service and the state say of it.
fn used(
    beside: &Beside, held: &BTreeMap<String, String>, place: &Place, tracker: &OwnershipTracker<'_>,
) -> Result<Source> {
    let own = (beside.managed)(place)?;
    let used = beside.used(held, tracker.entries());
    Ok(used.filter(|used| *used != own).map_or(Source::Managed, Source::Existing))
}

/// Where the cluster's side resources stand.
pub(crate) fn place(of: &Extension, cluster: &Cluster) -> Result<Place> {
    let id = crate::types::arc_extension::cluster(of)?;
    Ok(Place { cluster: id, location: cluster.location.clone() })
}
