//! The Azure resources beside an extension: connected before it is installed, removed after it.
//!
//! An extension needs a relay that Microsoft's CLI makes on the client. What stands is kept in a
//! [`OwnershipTracker`] from the moment it is written to Azure, so that no failure leaves something behind
//! that no state knows.

mod arguments;
mod changes;
mod import;
mod log_analytics;
mod ownership;
mod ownership_tracker;
mod planned;
mod relay;
mod removal;
mod replacement_stash;
mod schema;
mod service_bus;
mod source;
mod sources;
mod tags;
mod validate;

use aml::Problem;
use aml::settings::{Connections, Mode, Wanted};
use aml::side_resource::{self, Names};
use azure::resource_types::{
    HYBRID_CONNECTIONS, LOG_ANALYTICS_WORKSPACES, RELAY_NAMESPACES, SERVICE_BUS_NAMESPACES,
};
use azure::{ArmResource, Id, Operation, ResourceType, WriteResponse};
use framework::Attr;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::arm::operation;
use crate::context::Context;
use crate::explain::{Action, Error, Result, with_context};

pub(crate) use arguments::{LOG_ANALYTICS, RELAY, SERVICE_BUS, kept_on_request};
pub(crate) use changes::{brings_secrets, is_sent, lacks_keys, stay, taken_on_trust, tell};
pub(crate) use import::{found, imported, look};
use ownership::written_tags;
pub(crate) use ownership_tracker::{OwnershipTracker, used};
pub(crate) use planned::{as_planned, foreseen, recall, remember};
pub(crate) use removal::{Removal, answers, kept, remove};
pub(crate) use replacement_stash::ReplacementStash;
pub(crate) use schema::arguments;
pub(crate) use source::{SideTags, Source, Sources};
pub(crate) use sources::{again, first, place};
pub(crate) use tags::{retag, tell_tags};
pub(crate) use validate::{check, check_made_up};

/// An Azure resource beside the extension, as the state has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SideResource {
    /// `relay_namespace`, `hybrid_connection`, `service_bus_namespace` or
    /// `log_analytics_workspace`.
    pub(crate) kind: Attr<String>,
    /// ARM ID.
    pub(crate) id: Attr<String>,
    /// Whether this extension's create made it.
    pub(crate) created: Attr<bool>,
}

impl SideResource {
    /// One of this kind.
    pub(crate) fn new(kind: &str, id: &Id, created: bool) -> Self {
        Self { kind: kind.into(), id: Attr::text(id), created: created.into() }
    }

    /// Whether it is of this kind.
    fn is(&self, kind: &str) -> bool {
        self.kind.known().is_some_and(|known| known == kind)
    }

    /// What Azure calls its kind.
    fn arm_kind(&self) -> Option<&'static ResourceType> {
        self.kind.known().map(|kind| arm_kind(kind))
    }

    /// Its ID, as far as it is one.
    fn arm_id(&self) -> Option<Id> {
        self.id.known()?.parse().ok()
    }

    /// Whether the extension made it, and so may delete it.
    pub(crate) fn is_created(&self) -> bool {
        self.created.known() == Some(&true)
    }
}

/// What a relay namespace is called in the state.
pub(crate) const RELAY_NAMESPACE: &str = "relay_namespace";
/// What a hybrid connection is called in the state.
pub(crate) const HYBRID_CONNECTION: &str = "hybrid_connection";
/// What a service bus namespace is called in the state.
pub(crate) const SERVICE_BUS_NAMESPACE: &str = "service_bus_namespace";
/// What a Log Analytics workspace is called in the state.
pub(crate) const LOG_ANALYTICS_WORKSPACE: &str = "log_analytics_workspace";

/// What Azure calls this kind of the state.
fn arm_kind(kind: &str) -> &'static ResourceType {
    match kind {
        RELAY_NAMESPACE => &RELAY_NAMESPACES,
        HYBRID_CONNECTION => &HYBRID_CONNECTIONS,
        SERVICE_BUS_NAMESPACE => &SERVICE_BUS_NAMESPACES,
        _ => &LOG_ANALYTICS_WORKSPACES,
    }
}

/// Connects what is wanted, in the CLI's order: adopts it, or makes it, and fetches its keys.
pub(crate) async fn connect(
    context: &Context<'_>, wanted: Wanted, place: &Place, sources: &Sources,
    tracker: &mut OwnershipTracker<'_>,
) -> Result<Connections> {
    let mut connections = Connections::default();
    if wanted.log_analytics != Mode::None {
        let connected = log_analytics::connect(context, place, sources, tracker).await?;
        connections.log_analytics = Some(connected);
    }
    if wanted.relay != Mode::None {
        connections.relay = Some(relay::connect(context, place, sources, tracker).await?);
    }
    if wanted.service_bus != Mode::None {
        let connected = service_bus::connect(context, place, sources, tracker).await?;
        connections.service_bus = Some(connected);
    }
    Ok(connections)
}

/// The object, if it and what it is part of are there.
async fn get(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id,
) -> Result<Option<ArmResource>> {
    match operation::find(context, kind, id).await {
        Err(Error::Azure(trouble)) if trouble.error.is_not_found() => Ok(None),
        found => found,
    }
}

async fn put(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id, body: &Value,
) -> Result<WriteResponse> {
    operation::put(context, Action::Create, kind, id, body).await
}

/// Makes a namespace or workspace where there is none, and gives it when it is ready.
async fn standing(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id, body: &Value,
    of: (&'static str, &mut OwnershipTracker<'_>),
) -> Result<ArmResource> {
    let (called, tracker) = of;
    if let Some(found) = get(context, kind, id).await? {
        let extension = tracker.extension().clone();
        let ours = ownership::is_ours(context, &extension, &found).await?;
        tracker.found(called, id, ours);
        if !operation::is_running(found.provisioning_state()) {
            return Ok(found);
        }
    } else {
        put(context, kind, id, body).await?;
        tracker.created(called, id);
    }
    ready(context, kind, id).await
}

/// What an action such as `listKeys` of an object answers. `None`: there is no such object.
async fn keys(
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
async fn ready(context: &Context<'_>, kind: &'static ResourceType, id: &Id) -> Result<ArmResource> {
    let (arm, options) = (&context.provider.arm, operation::call_options(context));
    let object = arm.wait_until_done(kind, id, None, &options).await;
    let object = object.map_err(with_context(Action::Create, kind, id))?;
    if !operation::is_running(object.provisioning_state()) {
        return Ok(object);
    }
    let waited = arm.wait_until_done(kind, id, Some(&Operation::watching_state()), &options).await;
    waited.map_err(with_context(Action::Create, kind, id))
}

/// Where the resources of a cluster stand, and what they are called.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The cluster.
    pub(crate) cluster: Id,
    /// The region, in lower case.
    pub(crate) location: String,
}

impl Place {
    /// Why nothing can be named after this cluster.
    pub(crate) fn check(&self) -> Option<Problem> {
        side_resource::check_cluster(self.cluster.name())
    }

    /// The hybrid connection that the CLI makes for this cluster.
    pub(crate) fn hybrid_connection(&self) -> Result<Id> {
        let namespace = self.beside(&RELAY_NAMESPACES, &self.names().relay_namespace)?;
        Ok(HYBRID_CONNECTIONS.id(&namespace, self.cluster.name())?)
    }

    /// The service bus that the CLI makes for this cluster.
    pub(crate) fn service_bus_namespace(&self) -> Result<Id> {
        self.beside(&SERVICE_BUS_NAMESPACES, &self.names().service_bus_namespace)
    }

    /// The workspace that the CLI makes for this cluster.
    pub(crate) fn log_analytics_workspace(&self) -> Result<Id> {
        self.beside(&LOG_ANALYTICS_WORKSPACES, &self.names().log_analytics_workspace)
    }

    fn names(&self) -> Names {
        let subscription = self.cluster.subscription().unwrap_or_default();
        let group = self.cluster.resource_group().unwrap_or_default();
        side_resource::names(self.cluster.name(), subscription, group)
    }

    /// The ID of a resource in the cluster's resource group.
    fn beside(&self, kind: &ResourceType, name: &str) -> Result<Id> {
        let subscription = self.cluster.subscription().unwrap_or_default();
        let group = self.cluster.resource_group().unwrap_or_default();
        Ok(kind.id(&Id::of_resource_group(subscription, group)?, name)?)
    }
}
