//! The relay: used where the CLI or an earlier run created it, else created as the CLI does.

use aml::settings::Relay;
use aml::side_resource;
use azure::resource_types::{HYBRID_CONNECTION_RULES, HYBRID_CONNECTIONS, RELAY_NAMESPACES};
use azure::{ArmResource, Id};
use framework::{Diagnostic, Path, Sensitive};

use super::side_resource::{HYBRID_CONNECTION, RELAY_NAMESPACE};
use super::sources::{ConnectRequest, Source};
use super::{OwnershipTracker, find_or_create, get, managed_ids, ownership, post_for_keys, put};
use crate::context::Context;
use crate::explain::{Error, Result};

/// Connects the relay.
pub(super) async fn connect(
    context: &Context<'_>, request: &ConnectRequest, tracker: &mut OwnershipTracker<'_>,
) -> Result<Relay> {
    match &request.relay {
        Source::Managed => managed(context, request, tracker).await,
        Source::Existing(connection) => existing(context, connection, tracker).await,
        Source::Given(string) => {
            Ok(Relay { hybrid_connection_id: None, connection_string: string.clone() })
        }
    }
}

async fn managed(
    context: &Context<'_>, request: &ConnectRequest, tracker: &mut OwnershipTracker<'_>,
) -> Result<Relay> {
    let connection = managed_ids::hybrid_connection(&request.cluster_id)?;
    if let Some(found) = get(context, &HYBRID_CONNECTIONS, &connection).await?
        && let Some(string) = connection_string(context, &connection).await?
    {
        record_found(context, tracker, &connection).await?;
        return Ok(connected(&connection, Some(&found), string));
    }
    namespace(context, request, &connection, tracker).await?;
    let made = hybrid_connection(context, &connection, tracker).await?;
    let rule = HYBRID_CONNECTION_RULES.id(&connection, side_resource::RELAY_RULE)?;
    put(context, &HYBRID_CONNECTION_RULES, &rule, &side_resource::relay_rule_body()).await?;
    let string =
        connection_string(context, &connection).await?.ok_or_else(|| no_keys(&connection))?;
    Ok(connected(&connection, made.as_ref(), string))
}

/// The hybrid connection is the user's: nothing is written to it.
async fn existing(
    context: &Context<'_>, connection: &Id, tracker: &mut OwnershipTracker<'_>,
) -> Result<Relay> {
    let found = get(context, &HYBRID_CONNECTIONS, connection).await?;
    let Some(found) = found else { return Err(no_connection(connection)) };
    let string =
        connection_string(context, connection).await?.ok_or_else(|| no_keys(connection))?;
    tracker.record_found(HYBRID_CONNECTION, connection, false);
    Ok(connected(connection, Some(&found), string))
}

/// Makes the namespace where there is none, and waits until it is ready.
async fn namespace(
    context: &Context<'_>, request: &ConnectRequest, connection: &Id,
    tracker: &mut OwnershipTracker<'_>,
) -> Result<()> {
    let Some(namespace) = connection.parent() else { return Ok(()) };
    let tags = side_resource::tags(&ownership::owner_tag(tracker.extension()), &request.tags.relay);
    let body = side_resource::tagged_body(&request.location, &tags);
    let of = (RELAY_NAMESPACE, tracker);
    find_or_create(context, &RELAY_NAMESPACES, &namespace, &body, of).await.map(drop)
}

async fn hybrid_connection(
    context: &Context<'_>, connection: &Id, tracker: &mut OwnershipTracker<'_>,
) -> Result<Option<ArmResource>> {
    let found = get(context, &HYBRID_CONNECTIONS, connection).await?;
    if found.is_some() {
        tracker.record_found(HYBRID_CONNECTION, connection, is_parent_owned(tracker, connection));
        return Ok(found);
    }
    let body = side_resource::hybrid_connection_body();
    let accepted = put(context, &HYBRID_CONNECTIONS, connection, &body).await?;
    tracker.record_created(HYBRID_CONNECTION, connection);
    Ok(accepted.object)
}

/// The connection string of the cluster's rule. `None`: there is no such rule.
async fn connection_string(
    context: &Context<'_>, connection: &Id,
) -> Result<Option<Sensitive<String>>> {
    let kind = &HYBRID_CONNECTION_RULES;
    let rule = kind.id(connection, side_resource::RELAY_RULE)?;
    let answer = post_for_keys(context, kind, &rule, "listKeys").await?;
    let string = answer.as_ref().and_then(|keys| keys["primaryConnectionString"].as_str());
    Ok(string.map(Sensitive::from))
}

/// A hybrid connection has no tags: it belongs to its namespace's extension.
async fn record_found(
    context: &Context<'_>, tracker: &mut OwnershipTracker<'_>, connection: &Id,
) -> Result<()> {
    if let Some(namespace) = connection.parent() {
        let extension = tracker.extension().clone();
        let ours = !tracker.knows(&namespace)
            && ownership::is_owned_by_id(context, &extension, &RELAY_NAMESPACES, &namespace)
                .await?;
        tracker.record_found(RELAY_NAMESPACE, &namespace, ours);
    }
    tracker.record_found(HYBRID_CONNECTION, connection, is_parent_owned(tracker, connection));
    Ok(())
}

fn is_parent_owned(tracker: &OwnershipTracker<'_>, connection: &Id) -> bool {
    connection.parent().is_some_and(|namespace| tracker.owns(&namespace))
}

/// The ID goes into the settings as the service spells it.
fn connected(id: &Id, object: Option<&ArmResource>, connection_string: Sensitive<String>) -> Relay {
    let answered = object.and_then(|object| object.pointer("/id")?.as_str().map(str::to_owned));
    let hybrid_connection_id = Some(answered.unwrap_or_else(|| id.to_string()));
    Relay { hybrid_connection_id, connection_string }
}

fn at_connection() -> Path {
    Path::from("relay").attribute("hybrid_connection_id")
}

fn no_connection(connection: &Id) -> Error {
    Diagnostic::error("Hybrid connection does not exist")
        .detail(format!(
            "{connection}\n\nCheck the ID, or leave the relay to the provider with `relay = {{ mode \
             = \"managed\" }}`."
        ))
        .at(at_connection())
        .into()
}

fn no_keys(connection: &Id) -> Error {
    let namespace = connection.parent();
    let namespace = namespace.as_ref().map_or("<namespace>", Id::name);
    let group = connection.resource_group().unwrap_or("<group>");
    let (rule, name) = (side_resource::RELAY_RULE, connection.name());
    Diagnostic::error("Hybrid connection has no key for the cluster")
        .detail(format!(
            "{connection}\n\nThe cluster signs in with the authorization rule {rule}, which is not \
             there or has no connection string. Make it:\n\n  az relay hyco authorization-rule \
             create --name {rule} --hybrid-connection-name {name} --namespace-name {namespace} \
             --resource-group {group} --rights Manage Send Listen"
        ))
        .at(at_connection())
        .into()
}
