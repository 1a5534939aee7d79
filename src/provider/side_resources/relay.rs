//! The relay: adopted where the CLI or an earlier run made it, else made, as the CLI does it.

use aml::settings::Relay;
use aml::{Secret, side_resource};
use azure::rp::{HYBRID_CONNECTION_RULES, HYBRID_CONNECTIONS, RELAY_NAMESPACES};
use azure::{Accepted, Envelope, Id, Kind, Repeat};
use framework::{Diagnostic, Path};
use serde_json::Value;

use super::{HYBRID_CONNECTION, Ledger, Place, RELAY_NAMESPACE, ready};
use crate::explain::{Doing, Error, Result, met};
use crate::{Cx, operation};

/// Where the connection string of the relay comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// The hybrid connection that is named after the cluster.
    Managed,
    /// A hybrid connection of the user's.
    Existing(Id),
    /// The string itself.
    Given(Secret),
}

/// Connects the relay.
pub(super) async fn connect(
    cx: &Cx<'_>, place: &Place, source: &Source, ledger: &mut Ledger<'_>,
) -> Result<Relay> {
    match source {
        Source::Managed => managed(cx, place, ledger).await,
        Source::Existing(connection) => existing(cx, connection, ledger).await,
        Source::Given(string) => {
            Ok(Relay { hybrid_connection_id: None, connection_string: string.clone() })
        }
    }
}

async fn managed(cx: &Cx<'_>, place: &Place, ledger: &mut Ledger<'_>) -> Result<Relay> {
    let connection = place.hybrid_connection()?;
    if let Some(found) = get(cx, &HYBRID_CONNECTIONS, &connection).await?
        && let Some(string) = keys(cx, &connection).await?
    {
        note_found(ledger, &connection);
        return Ok(connected(&connection, Some(&found), string));
    }
    namespace(cx, place, &connection, ledger).await?;
    let made = hybrid_connection(cx, &connection, ledger).await?;
    let rule = HYBRID_CONNECTION_RULES.id(&connection, side_resource::RELAY_RULE)?;
    put(cx, &HYBRID_CONNECTION_RULES, &rule, &side_resource::relay_rule_body()).await?;
    let string = keys(cx, &connection).await?.ok_or_else(|| no_keys(&connection))?;
    Ok(connected(&connection, made.as_ref(), string))
}

/// The hybrid connection is the user's: nothing is written to it.
async fn existing(cx: &Cx<'_>, connection: &Id, ledger: &mut Ledger<'_>) -> Result<Relay> {
    let found = get(cx, &HYBRID_CONNECTIONS, connection).await?;
    let Some(found) = found else { return Err(no_connection(connection)) };
    let string = keys(cx, connection).await?.ok_or_else(|| no_keys(connection))?;
    ledger.found(HYBRID_CONNECTION, connection);
    Ok(connected(connection, Some(&found), string))
}

/// Makes the namespace where there is none, and waits until it is ready.
async fn namespace(
    cx: &Cx<'_>, place: &Place, connection: &Id, ledger: &mut Ledger<'_>,
) -> Result<()> {
    let Some(namespace) = connection.parent() else { return Ok(()) };
    if let Some(found) = get(cx, &RELAY_NAMESPACES, &namespace).await? {
        ledger.found(RELAY_NAMESPACE, &namespace);
        if !operation::is_running(found.provisioning_state()) {
            return Ok(());
        }
    } else {
        let body = side_resource::tagged_body(&place.location);
        put(cx, &RELAY_NAMESPACES, &namespace, &body).await?;
        ledger.created(RELAY_NAMESPACE, &namespace);
    }
    ready(cx, &RELAY_NAMESPACES, &namespace).await.map(drop)
}

async fn hybrid_connection(
    cx: &Cx<'_>, connection: &Id, ledger: &mut Ledger<'_>,
) -> Result<Option<Envelope>> {
    let found = get(cx, &HYBRID_CONNECTIONS, connection).await?;
    if found.is_some() {
        ledger.found(HYBRID_CONNECTION, connection);
        return Ok(found);
    }
    let body = side_resource::hybrid_connection_body();
    let accepted = put(cx, &HYBRID_CONNECTIONS, connection, &body).await?;
    ledger.created(HYBRID_CONNECTION, connection);
    Ok(accepted.object)
}

/// The connection string of the cluster's rule. `None`: there is no such rule.
async fn keys(cx: &Cx<'_>, connection: &Id) -> Result<Option<Secret>> {
    let rule = HYBRID_CONNECTION_RULES.id(connection, side_resource::RELAY_RULE)?;
    let (kind, limits) = (&HYBRID_CONNECTION_RULES, operation::limits(cx));
    let asked = cx.provider.arm.post(kind, &rule, "listKeys", None, Repeat::Safe, &limits).await;
    let answer = match asked {
        Err(error) if error.is_not_found() => return Ok(None),
        asked => asked.map_err(met(Doing::Read, kind, &rule))?,
    };
    Ok(answer["primaryConnectionString"].as_str().map(Secret::new))
}

/// The object, if it and what it is part of are there.
async fn get(cx: &Cx<'_>, kind: &'static Kind, id: &Id) -> Result<Option<Envelope>> {
    match operation::find(cx, kind, id).await {
        Err(Error::Azure(trouble)) if trouble.error.is_not_found() => Ok(None),
        found => found,
    }
}

async fn put(cx: &Cx<'_>, kind: &'static Kind, id: &Id, body: &Value) -> Result<Accepted> {
    operation::put(cx, Doing::Create, kind, id, body).await
}

fn note_found(ledger: &mut Ledger<'_>, connection: &Id) {
    if let Some(namespace) = connection.parent() {
        ledger.found(RELAY_NAMESPACE, &namespace);
    }
    ledger.found(HYBRID_CONNECTION, connection);
}

/// The ID goes into the settings as the service spells it.
fn connected(id: &Id, object: Option<&Envelope>, connection_string: Secret) -> Relay {
    let answered = object.and_then(|object| object.at("/id")?.as_str().map(str::to_owned));
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
