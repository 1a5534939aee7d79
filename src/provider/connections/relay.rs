//! The relay: adopted where the CLI or an earlier run made it, else made, as the CLI does it.

use aml::settings::Relay;
use aml::side_resource::Tags;
use aml::{Secret, side_resource};
use azure::resource_types::{HYBRID_CONNECTION_RULES, HYBRID_CONNECTIONS, RELAY_NAMESPACES};
use azure::{ArmResource, Id};
use framework::{Diagnostic, Path};

use super::{
    HYBRID_CONNECTION, OwnershipTracker, Place, RELAY_NAMESPACE, Source, Sources, get, keys,
    ownership, put, standing,
};
use crate::context::Context;
use crate::explain::{Error, Result};

/// Connects the relay.
pub(super) async fn connect(
    context: &Context<'_>, place: &Place, sources: &Sources, tracker: &mut OwnershipTracker<'_>,
) -> Result<Relay> {
    match &sources.relay {
        Source::Managed => managed(context, place, &sources.tags.relay, tracker).await,
        Source::Existing(connection) => existing(context, connection, tracker).await,
        Source::Given(string) => {
            Ok(Relay { hybrid_connection_id: None, connection_string: string.clone() })
        }
    }
}

async fn managed(
    context: &Context<'_>, place: &Place, tags: &Tags, tracker: &mut OwnershipTracker<'_>,
) -> Result<Relay> {
    let connection = place.hybrid_connection()?;
    if let Some(found) = get(context, &HYBRID_CONNECTIONS, &connection).await?
        && let Some(string) = connection_string(context, &connection).await?
    {
        note_found(context, tracker, &connection).await?;
        return Ok(connected(&connection, Some(&found), string));
    }
    namespace(context, place, tags, &connection, tracker).await?;
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
    tracker.found(HYBRID_CONNECTION, connection, false);
    Ok(connected(connection, Some(&found), string))
}

/// Makes the namespace where there is none, and waits until it is ready.
async fn namespace(
    context: &Context<'_>, place: &Place, tags: &Tags, connection: &Id,
    tracker: &mut OwnershipTracker<'_>,
) -> Result<()> {
    let Some(namespace) = connection.parent() else { return Ok(()) };
    let tags = side_resource::tags(&ownership::owner(tracker.extension()), tags);
    let body = side_resource::tagged_body(&place.location, &tags);
    let of = (RELAY_NAMESPACE, tracker);
    standing(context, &RELAY_NAMESPACES, &namespace, &body, of).await.map(drop)
}

async fn hybrid_connection(
    context: &Context<'_>, connection: &Id, tracker: &mut OwnershipTracker<'_>,
) -> Result<Option<ArmResource>> {
    let found = get(context, &HYBRID_CONNECTIONS, connection).await?;
    if found.is_some() {
        tracker.found(HYBRID_CONNECTION, connection, is_parent_ours(tracker, connection));
        return Ok(found);
    }
    let body = side_resource::hybrid_connection_body();
    let accepted = put(context, &HYBRID_CONNECTIONS, connection, &body).await?;
    tracker.created(HYBRID_CONNECTION, connection);
    Ok(accepted.object)
}

/// The connection string of the cluster's rule. `None`: there is no such rule.
async fn connection_string(context: &Context<'_>, connection: &Id) -> Result<Option<Secret>> {
    let kind = &HYBRID_CONNECTION_RULES;
    let rule = kind.id(connection, side_resource::RELAY_RULE)?;
    let answer = keys(context, kind, &rule, "listKeys").await?;
    let string = answer.as_ref().and_then(|keys| keys["primaryConnectionString"].as_str());
    Ok(string.map(Secret::new))
}

/// A hybrid connection has no tags: it belongs to its namespace's extension.
async fn note_found(
    context: &Context<'_>, tracker: &mut OwnershipTracker<'_>, connection: &Id,
) -> Result<()> {
    if let Some(namespace) = connection.parent() {
        let extension = tracker.extension().clone();
        let ours = !tracker.knows(&namespace)
            && ownership::is_known_as_ours(context, &extension, &RELAY_NAMESPACES, &namespace)
                .await?;
        tracker.found(RELAY_NAMESPACE, &namespace, ours);
    }
    tracker.found(HYBRID_CONNECTION, connection, is_parent_ours(tracker, connection));
    Ok(())
}

fn is_parent_ours(tracker: &OwnershipTracker<'_>, connection: &Id) -> bool {
    connection.parent().is_some_and(|namespace| tracker.owns(&namespace))
}

/// The ID goes into the settings as the service spells it.
fn connected(id: &Id, object: Option<&ArmResource>, connection_string: Secret) -> Relay {
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
