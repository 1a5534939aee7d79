//! The secrets of connections: when an update sends them, and what must be written for that.

use aml::settings::Mode;
use framework::{Attr, Path};

use super::arguments::{ConnectionArguments, InstalledConnections};
use super::changes::{begins_logging, changes};
use super::connection::{CONNECTIONS, Connection};

/// Whether an update sends the secret of a connection: it changes, or its keys do. Directly after
/// an import, versions are taken to be what Azure holds.
pub(crate) fn sends_secrets(
    installed: &InstalledConnections, planned: &ConnectionArguments, is_imported: bool,
) -> bool {
    // A connection that is turned off needs no secret, and the old one does no harm.
    let is_used = |connection: &&Connection| connection.mode(planned) != Attr::Known(Mode::None);
    let sends = |connection: &Connection| {
        changes(connection, installed, planned)
            || (!is_imported && is_renewed(connection, &installed.arguments, planned))
    };
    begins_logging(installed, planned) || CONNECTIONS.into_iter().filter(is_used).any(sends)
}

/// Whether a version changes. One that is no longer written says nothing.
fn is_renewed(
    connection: &Connection, prior: &ConnectionArguments, planned: &ConnectionArguments,
) -> bool {
    let (before, after) = (versions(connection, prior), versions(connection, planned));
    before.iter().zip(after).any(|(before, after)| *before != after && !after.is_null())
}

fn versions(connection: &Connection, arguments: &ConnectionArguments) -> [Attr<i64>; 2] {
    match (connection.argument_of)(arguments) {
        Attr::Known(argument) => [argument.secret_version, argument.keys_version],
        Attr::Null => [Attr::Null; 2],
        Attr::Unknown => [Attr::Unknown; 2],
    }
}

/// Whether an argument has a secret of its own.
pub(crate) fn has_own_secrets(written: &ConnectionArguments) -> bool {
    let mut arguments = CONNECTIONS.iter().filter_map(|it| (it.argument_of)(written).known());
    arguments.any(|it| !it.secret.is_null() || !it.secret_version.is_null())
}

/// The versions that are new after an import.
pub(crate) fn trusted_versions(
    prior: &ConnectionArguments, planned: &ConnectionArguments,
) -> Vec<Path> {
    let new = CONNECTIONS.into_iter().filter(|connection| {
        let [before, after] = [prior, planned].map(|it| versions(connection, it)[0]);
        before.is_null() && !after.is_null()
    });
    let version = |connection: &Connection| format!("{}_version", connection.secret_attribute);
    new.map(|it| Path::from(it.argument).attribute(version(it))).collect()
}

/// Arguments without which the secret of a connection in use is not known, each with what to write.
pub(crate) fn missing_secrets(
    installed: &InstalledConnections, written: &ConnectionArguments,
) -> Vec<(&'static str, String)> {
    let missing = CONNECTIONS.into_iter().filter(|connection| {
        connection.is_enabled(&installed.settings)
            && connection.mode(written) == Attr::Null
            && written.has_protected_setting(connection.secret_setting) == Some(false)
            && !can_fetch_keys(connection, installed, written)
    });
    let fix = |connection: &Connection| {
        let (argument, noun) = (connection.argument, connection.noun);
        format!(
            "Where the secret of its {noun} comes from is not written. Set `{argument} = {{ mode = \
             \"existing\", … }}`."
        )
    };
    missing.map(|connection| (connection.argument, fix(connection))).collect()
}

fn can_fetch_keys(
    connection: &Connection, installed: &InstalledConnections, written: &ConnectionArguments,
) -> bool {
    let is_managed_workspace =
        connection.id_setting.is_none() && written.log_analytics_ws.known() == Some(&true);
    is_managed_workspace
        || connection.used_id(&installed.settings, &installed.side_resources).is_some()
}
