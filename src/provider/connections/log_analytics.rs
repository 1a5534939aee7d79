//! The Log Analytics workspace: used where there is one, else created as the CLI does.

use aml::settings::LogAnalytics;
use aml::side_resource;
use azure::resource_types::{LOG_ANALYTICS_SHARED_KEYS, LOG_ANALYTICS_WORKSPACES};
use azure::{ArmResource, Id};
use framework::{Diagnostic, Path, Sensitive};

use super::side_resource::LOG_ANALYTICS_WORKSPACE;
use super::sources::{ConnectRequest, Source};
use super::{OwnershipTracker, find_or_create, get, managed_ids, ownership, post_for_keys};
use crate::context::Context;
use crate::explain::{Error, Result};

/// Connects the workspace.
pub(super) async fn connect(
    context: &Context<'_>, request: &ConnectRequest, tracker: &mut OwnershipTracker<'_>,
) -> Result<LogAnalytics> {
    let known = request.customer_id.as_deref();
    let (id, found) = match &request.log_analytics {
        Source::Managed => managed(context, request, tracker).await?,
        Source::Existing(id) => (id.clone(), existing(context, id, tracker).await?),
        Source::Given(key) => {
            let customer_id = known.unwrap_or_default().to_owned();
            return Ok(LogAnalytics { customer_id, shared_key: key.clone() });
        }
    };
    let keys = post_for_keys(context, &LOG_ANALYTICS_SHARED_KEYS, &id, "sharedKeys").await?;
    let key = keys.as_ref().and_then(|keys| keys["primarySharedKey"].as_str());
    match (customer_id(&found), key) {
        (Some(customer_id), Some(key)) => Ok(LogAnalytics {
            customer_id: customer_id.to_owned(),
            shared_key: Sensitive::from(key),
        }),
        _ => Err(unusable(&id)),
    }
}

/// The workspace that is named after the cluster, unless the extension is known to use another.
async fn managed(
    context: &Context<'_>, request: &ConnectRequest, tracker: &mut OwnershipTracker<'_>,
) -> Result<(Id, ArmResource)> {
    let known = request.customer_id.as_deref();
    let (kind, id) =
        (&LOG_ANALYTICS_WORKSPACES, managed_ids::log_analytics_workspace(&request.cluster_id)?);
    if let (Some(known), Some(found)) = (known, get(context, kind, &id).await?)
        && customer_id(&found).is_some_and(|found| !found.eq_ignore_ascii_case(known))
    {
        return Err(another(&id, known));
    }
    let tags = side_resource::tags(
        &ownership::owner_tag(tracker.extension()),
        &request.tags.log_analytics,
    );
    let body = side_resource::tagged_body(&request.location, &tags);
    let found =
        find_or_create(context, kind, &id, &body, (LOG_ANALYTICS_WORKSPACE, tracker)).await?;
    Ok((id, found))
}

/// The workspace is the user's: nothing is written to it.
async fn existing(
    context: &Context<'_>, id: &Id, tracker: &mut OwnershipTracker<'_>,
) -> Result<ArmResource> {
    let found = get(context, &LOG_ANALYTICS_WORKSPACES, id).await?;
    let found = found.ok_or_else(|| absent(id))?;
    tracker.record_found(LOG_ANALYTICS_WORKSPACE, id, false);
    Ok(found)
}

fn customer_id(workspace: &ArmResource) -> Option<&str> {
    workspace.pointer("/properties/customerId")?.as_str()
}

fn absent(id: &Id) -> Error {
    Diagnostic::error("Log Analytics workspace does not exist")
        .detail(format!(
            "{id}\n\nCheck the ID, or leave the workspace to the provider with `log_analytics = {{ \
             mode = \"managed\" }}`."
        ))
        .at(Path::from("log_analytics").attribute("workspace_id"))
        .into()
}

fn another(id: &Id, known: &str) -> Error {
    Diagnostic::error("Extension uses another Log Analytics workspace")
        .detail(format!(
            "Its logs go to the workspace whose customer ID is {known}, and that is not the one of \
             its cluster:\n\n  {id}\n\nNothing was sent. Name the workspace with `log_analytics = {{ \
             mode = \"existing\", workspace_id = … }}`, or write `mode = \"managed\"` to change to \
             that of the cluster."
        ))
        .at("log_analytics")
        .into()
}

fn unusable(id: &Id) -> Error {
    Diagnostic::error("Log Analytics workspace cannot be used")
        .detail(format!(
            "{id}\n\nThe service answers no customer ID or no shared key for it. Look at it in the \
             portal, or write `log_analytics = {{ mode = \"none\" }}`."
        ))
        .at("log_analytics")
        .into()
}
