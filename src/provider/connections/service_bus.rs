//! The service bus: used where the CLI or an earlier run created it, else created as the CLI does.

use aml::settings::ServiceBus;
use aml::side_resource::{self, TOPICS};
use azure::resource_types::{
    SERVICE_BUS_NAMESPACES, SERVICE_BUS_RULES, SERVICE_BUS_SUBSCRIPTIONS, SERVICE_BUS_TOPICS,
};
use azure::{ArmResource, Id, ResourceType};
use framework::{Diagnostic, Path, Sensitive};
use serde_json::Value;

use super::side_resource::SERVICE_BUS_NAMESPACE;
use super::sources::{ConnectRequest, Source};
use super::{OwnershipTracker, find_or_create, get, managed_ids, ownership, post_for_keys, put};
use crate::arm::operation;
use crate::context::Context;
use crate::explain::{Action, Error, Result, with_context};

/// Connects the service bus.
pub(super) async fn connect(
    context: &Context<'_>, request: &ConnectRequest, tracker: &mut OwnershipTracker<'_>,
) -> Result<ServiceBus> {
    let (namespace, found) = match &request.service_bus {
        Source::Managed => managed(context, request, tracker).await?,
        Source::Existing(namespace) => {
            (namespace.clone(), existing(context, namespace, tracker).await?)
        }
        Source::Given(string) => {
            return Ok(ServiceBus { namespace_id: None, connection_string: string.clone() });
        }
    };
    let answered = found.pointer("/id").and_then(|id| id.as_str()).map(str::to_owned);
    Ok(ServiceBus {
        namespace_id: Some(answered.unwrap_or_else(|| namespace.to_string())),
        connection_string: connection_string(context, &namespace).await?,
    })
}

/// The namespace that is named after the cluster, with its topics: an interrupted run may have left
/// it without.
async fn managed(
    context: &Context<'_>, request: &ConnectRequest, tracker: &mut OwnershipTracker<'_>,
) -> Result<(Id, ArmResource)> {
    let id = managed_ids::service_bus_namespace(&request.cluster_id)?;
    let tags =
        side_resource::tags(&ownership::owner_tag(tracker.extension()), &request.tags.service_bus);
    let body = side_resource::service_bus_body(&request.location, &tags);
    let of = (SERVICE_BUS_NAMESPACE, tracker);
    let found = find_or_create(context, &SERVICE_BUS_NAMESPACES, &id, &body, of).await?;
    for (topic, subscription) in TOPICS {
        let topic = SERVICE_BUS_TOPICS.id(&id, topic)?;
        ensure(context, &SERVICE_BUS_TOPICS, &topic, &side_resource::topic_body()).await?;
        let subscription = SERVICE_BUS_SUBSCRIPTIONS.id(&topic, subscription)?;
        let body = side_resource::subscription_body();
        ensure(context, &SERVICE_BUS_SUBSCRIPTIONS, &subscription, &body).await?;
    }
    Ok((id, found))
}

async fn ensure(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id, body: &Value,
) -> Result<()> {
    if get(context, kind, id).await?.is_none() {
        put(context, kind, id, body).await?;
    }
    Ok(())
}

/// The namespace is the user's: nothing is written to it.
async fn existing(
    context: &Context<'_>, namespace: &Id, tracker: &mut OwnershipTracker<'_>,
) -> Result<ArmResource> {
    let found = get(context, &SERVICE_BUS_NAMESPACES, namespace).await?;
    let found = found.ok_or_else(|| no_namespace(namespace))?;
    tracker.record_found(SERVICE_BUS_NAMESPACE, namespace, false);
    Ok(found)
}

/// The connection string of its first rule, as the CLI takes it.
async fn connection_string(context: &Context<'_>, namespace: &Id) -> Result<Sensitive<String>> {
    let (kind, options) = (&SERVICE_BUS_RULES, operation::call_options(context));
    let rules = context.provider.arm.list(kind, namespace, &options).await;
    let rules = rules.map_err(with_context(Action::Read, kind, namespace))?;
    let Some(rule) = rules.first().and_then(ArmResource::name) else {
        return Err(no_keys(namespace));
    };
    let answer = post_for_keys(context, kind, &kind.id(namespace, rule)?, "listKeys").await?;
    let string = answer.as_ref().and_then(|keys| keys["primaryConnectionString"].as_str());
    string.map(Sensitive::from).ok_or_else(|| no_keys(namespace))
}

fn at_namespace() -> Path {
    Path::from("service_bus").attribute("namespace_id")
}

fn no_namespace(namespace: &Id) -> Error {
    Diagnostic::error("Service bus namespace does not exist")
        .detail(format!(
            "{namespace}\n\nCheck the ID, or leave the service bus to the provider with \
             `service_bus = {{ mode = \"managed\" }}`."
        ))
        .at(at_namespace())
        .into()
}

fn no_keys(namespace: &Id) -> Error {
    let (name, group) = (namespace.name(), namespace.resource_group().unwrap_or("<group>"));
    Diagnostic::error("Service bus has no key for the cluster")
        .detail(format!(
            "{namespace}\n\nThe cluster signs in with the first authorization rule of the namespace, \
             and there is none with a connection string. Make one:\n\n  az servicebus namespace \
             authorization-rule create --name RootManageSharedAccessKey --namespace-name {name} \
             --resource-group {group} --rights Manage Send Listen"
        ))
        .at(at_namespace())
        .into()
}
