//! Which side resources an extension is connected to: in a create, and again in an update that
//! sends its secrets.

use std::collections::BTreeMap;

use aml::Given;
use aml::settings::{Cluster, Connections, Era, Mode, Wanted, wanted, wanted_again};
use azure::Id;

use super::declared::{declared, secret};
use super::model::Extension;
use crate::Cx;
use crate::explain::Result;
use crate::side_resources::{self, Ledger, Place, Source};

/// Connects a new extension.
pub(super) async fn first(
    cx: &Cx<'_>, planned: &Extension, cluster: &Cluster, ledger: &mut Ledger<'_>,
) -> Result<Connections> {
    let wanted = wanted(&declared(planned), cluster.kind, Era::Today);
    let place = place(planned, cluster)?;
    let source = written(planned)?.unwrap_or(Source::Managed);
    side_resources::connect(cx, wanted, &place, &source, ledger).await
}

/// Connects an extension that holds these settings once more, and fetches the keys again. Where
/// nothing is written, it stays with the relay that it has.
pub(super) async fn again(
    cx: &Cx<'_>, planned: &Extension, held: &BTreeMap<String, String>, cluster: &Cluster,
    ledger: &mut Ledger<'_>,
) -> Result<Connections> {
    let place = place(planned, cluster)?;
    let own = place.hybrid_connection()?;
    let used = held.get("relayserver.hybridConnectionResourceID");
    let used: Option<Id> = used.and_then(|id| id.parse().ok());
    let used = used.filter(|used| *used != own).map_or(Source::Managed, Source::Existing);
    let source = written(planned)?.unwrap_or(used);
    side_resources::connect(cx, both(planned, held, cluster), &place, &source, ledger).await
}

/// What the service uses, and what the configuration says besides.
fn both(planned: &Extension, held: &BTreeMap<String, String>, cluster: &Cluster) -> Wanted {
    let declared = declared(planned);
    let (used, said) = (wanted_again(&declared, held), wanted(&declared, cluster.kind, Era::Today));
    let either = |used: Mode, said: Mode| if used == Mode::None { said } else { used };
    Wanted {
        relay: either(used.relay, said.relay),
        service_bus: either(used.service_bus, said.service_bus),
        log_analytics: either(used.log_analytics, said.log_analytics),
    }
}

/// Where the argument `relay` says that the connection string comes from; `None` says nothing.
fn written(of: &Extension) -> Result<Option<Source>> {
    let Some(relay) = of.relay.known() else { return Ok(None) };
    if let Given::Set(string) = secret(&relay.connection_string_wo) {
        return Ok(Some(Source::Given(string)));
    }
    match relay.hybrid_connection_id.known() {
        Some(id) => Ok(Some(Source::Existing(id.parse()?))),
        None => Ok(Some(Source::Managed)),
    }
}

/// Where the cluster's side resources stand.
pub(super) fn place(of: &Extension, cluster: &Cluster) -> Result<Place> {
    Ok(Place { cluster: super::cluster(of)?, location: cluster.location.clone() })
}
