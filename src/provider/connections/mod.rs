//! The Azure resources that an extension is connected to: relay, service bus and Log Analytics
//! workspace. They are connected before it is installed and removed after it.
//!
//! Microsoft's CLI creates them on the client. An [`OwnershipTracker`] tells the state of each as
//! soon as it is written to Azure, so that no failure leaves behind what no state knows.

mod arguments;
mod changes;
mod connection;
mod import;
mod log_analytics;
mod managed_ids;
mod ownership;
mod ownership_tracker;
mod planned;
mod relay;
mod removal;
mod replacement_stash;
mod schema;
mod secrets;
mod service_bus;
mod side_resource;
mod sources;
mod tags;
mod validate;

use aml::settings::{Connections, Mode};
use azure::{ArmResource, Id, Operation, ResourceType, WriteResponse};
use serde_json::Value;

use crate::arm::operation;
use crate::context::Context;
use crate::explain::{Action, Error, Result, with_context};

pub(crate) use arguments::{
    Argument, ConnectionArguments, InstalledConnections, LogAnalytics, Relay, ServiceBus,
};
pub(crate) use changes::{keeps_side_resources, warn_of_changes};
pub(crate) use connection::{LOG_ANALYTICS, RELAY, SERVICE_BUS};
pub(crate) use import::{
    ImportedConnections, import_relay, import_service_bus, import_side_resources, read_resources,
};
pub(crate) use managed_ids::check_cluster_name;
pub(crate) use ownership_tracker::OwnershipTracker;
pub(crate) use planned::{plan_side_resources, remember_found, report_as_planned, take_found};
pub(crate) use removal::{Removal, find_created, remove, warn_of_kept};
pub(crate) use replacement_stash::ReplacementStash;
pub(crate) use schema::arguments;
pub(crate) use secrets::{has_own_secrets, missing_secrets, sends_secrets, trusted_versions};
pub(crate) use side_resource::{SideResource, known_ids};
pub(crate) use sources::ConnectRequest;
pub(crate) use tags::{update_tags, warn_of_abandoned_tags};
pub(crate) use validate::{check_ids, validate};

/// Finds or creates the resources, in the CLI's order, and fetches their keys.
pub(crate) async fn connect(
    context: &Context<'_>, request: &ConnectRequest, tracker: &mut OwnershipTracker<'_>,
) -> Result<Connections> {
    let mut connections = Connections::default();
    if request.wanted.log_analytics != Mode::None {
        let connected = log_analytics::connect(context, request, tracker).await?;
        connections.log_analytics = Some(connected);
    }
    if request.wanted.relay != Mode::None {
        connections.relay = Some(relay::connect(context, request, tracker).await?);
    }
    if request.wanted.service_bus != Mode::None {
        let connected = service_bus::connect(context, request, tracker).await?;
        connections.service_bus = Some(connected);
    }
    Ok(connections)
}

/// `None`: the object, or what it is part of, does not exist.
async fn get(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id,
) -> Result<Option<ArmResource>> {
    match operation::find(context, kind, id).await {
        Err(Error::Azure(failure)) if failure.error.is_not_found() => Ok(None),
        found => found,
    }
}

async fn put(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id, body: &Value,
) -> Result<WriteResponse> {
    operation::put(context, Action::Create, kind, id, body).await
}

/// Creates a namespace or workspace where there is none, and returns it when it is ready.
async fn find_or_create(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id, body: &Value,
    of: (&'static str, &mut OwnershipTracker<'_>),
) -> Result<ArmResource> {
    let (kind_in_state, tracker) = of;
    if let Some(found) = get(context, kind, id).await? {
        let extension = tracker.extension().clone();
        let ours = ownership::is_owned(context, &extension, &found).await?;
        tracker.record_found(kind_in_state, id, ours);
        if !found.state().is_running() {
            return Ok(found);
        }
    } else {
        put(context, kind, id, body).await?;
        tracker.record_created(kind_in_state, id);
    }
    wait_until_ready(context, kind, id).await
}

/// What an action such as `listKeys` of an object answers. `None`: there is no such object.
async fn post_for_keys(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id, action: &str,
) -> Result<Option<Value>> {
    let options = operation::call_options(context);
    match context.provider.arm.post(kind, id, action, &options).await {
        Err(error) if error.is_not_found() => Ok(None),
        asked => asked.map(Some).map_err(with_context(Action::Read, kind, id)),
    }
}

/// Waits until it says that it is ready. That takes seconds as a rule, so it is asked often at
/// first.
async fn wait_until_ready(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id,
) -> Result<ArmResource> {
    let (arm, options) = (&context.provider.arm, operation::call_options(context));
    let object = arm.wait_until_done(kind, id, None, &options).await;
    let object = object.map_err(with_context(Action::Create, kind, id))?;
    if !object.state().is_running() {
        return Ok(object);
    }
    let waited = arm.wait_until_done(kind, id, Some(&Operation::polling_state()), &options).await;
    waited.map_err(with_context(Action::Create, kind, id))
}
