//! The Log Analytics workspace: adopted where there is one, else made, as the CLI does it.

use aml::settings::LogAnalytics;
use aml::{Secret, side_resource};
use azure::rp::{LOG_ANALYTICS_SHARED_KEYS, LOG_ANALYTICS_WORKSPACES};
use azure::{Envelope, Id, Repeat};
use framework::Diagnostic;

use super::{LOG_ANALYTICS_WORKSPACE, Ledger, Place, ready};
use crate::explain::{Doing, Error, Result, met};
use crate::{Cx, operation};

/// Connects the workspace that is named after the cluster.
pub(super) async fn connect(
    cx: &Cx<'_>, place: &Place, ledger: &mut Ledger<'_>,
) -> Result<LogAnalytics> {
    let id = place.beside(&LOG_ANALYTICS_WORKSPACES, &place.names().log_analytics_workspace)?;
    let workspace = workspace(cx, place, &id, ledger).await?;
    let (kind, limits) = (&LOG_ANALYTICS_SHARED_KEYS, operation::limits(cx));
    let keys = cx.provider.arm.post(kind, &id, "sharedKeys", None, Repeat::Safe, &limits).await;
    let keys = keys.map_err(met(Doing::Read, kind, &id))?;
    let customer_id = workspace.at("/properties/customerId").and_then(|id| id.as_str());
    match (customer_id, keys["primarySharedKey"].as_str()) {
        (Some(customer_id), Some(key)) => {
            Ok(LogAnalytics { customer_id: customer_id.to_owned(), shared_key: Secret::new(key) })
        }
        _ => Err(unusable(&id)),
    }
}

async fn workspace(
    cx: &Cx<'_>, place: &Place, id: &Id, ledger: &mut Ledger<'_>,
) -> Result<Envelope> {
    let kind = &LOG_ANALYTICS_WORKSPACES;
    if let Some(found) = operation::find(cx, kind, id).await? {
        ledger.found(LOG_ANALYTICS_WORKSPACE, id);
        if !operation::is_running(found.provisioning_state()) {
            return Ok(found);
        }
    } else {
        let body = side_resource::tagged_body(&place.location);
        operation::put(cx, Doing::Create, kind, id, &body).await?;
        ledger.created(LOG_ANALYTICS_WORKSPACE, id);
    }
    ready(cx, kind, id).await
}

fn unusable(id: &Id) -> Error {
    Diagnostic::error("Log Analytics workspace cannot be used")
        .detail(format!(
            "{id}\n\nThe service answers no customer ID or no shared key for it. Look at it in the \
             portal, or leave `log_analytics_ws` out."
        ))
        .at("log_analytics_ws")
        .into()
}
