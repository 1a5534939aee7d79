//! Whether an update changes connections, and what a plan warns of.

use aml::settings::{Mode, wire};
use azure::Id;
use framework::{Attr, Diagnostic};

use super::arguments::{Argument, ConnectionArguments, InstalledConnections};
use super::connection::{CONNECTIONS, Connection, LOG_ANALYTICS, RELAY};
use super::side_resource::SideResource;

/// Whether `side_resources` stay as they are, as far as that is known.
pub(crate) fn keeps_side_resources(
    installed: &InstalledConnections, planned: &ConnectionArguments,
) -> bool {
    let InstalledConnections { settings, side_resources, .. } = installed;
    let is_known = |connection: &Connection| {
        let argument = (connection.argument_of)(planned).known();
        !connection.is_enabled(settings)
            || argument.is_some_and(|it| !it.secret.is_null() || !it.customer_id.is_null())
            || connection
                .used_id(settings, side_resources)
                .is_some_and(|used| contains_id(side_resources, &used))
    };
    let stays =
        |connection: &&Connection| !changes(connection, installed, planned) && is_known(connection);
    !begins_logging(installed, planned) && CONNECTIONS.iter().all(stays)
}

fn contains_id(side_resources: &[SideResource], id: &Id) -> bool {
    side_resources.iter().any(|entry| entry.arm_id().is_some_and(|other| other == *id))
}

/// Whether an argument asks for another resource than the extension is connected to.
pub(super) fn changes(
    connection: &Connection, installed: &InstalledConnections, planned: &ConnectionArguments,
) -> bool {
    let planned = match (connection.argument_of)(planned) {
        Attr::Known(argument) => argument,
        Attr::Unknown => return true,
        Attr::Null => return false,
    };
    let prior = (connection.argument_of)(&installed.arguments).known();
    prior.map(identity) != Some(identity(planned)) && !is_connected(connection, planned, installed)
}

/// What tells one resource from another.
fn identity(argument: &Argument) -> (Attr<String>, Attr<Id>, Attr<String>) {
    let id = argument.id.as_ref().and_then(|id| id.parse().ok().into());
    (argument.mode.clone(), id, argument.customer_id.clone())
}

/// Whether the extension is connected to what the argument asks for.
fn is_connected(
    connection: &Connection, argument: &Argument, installed: &InstalledConnections,
) -> bool {
    let settings = &installed.settings;
    let is_enabled = connection.is_enabled(settings);
    let used = connection.used_id(settings, &installed.side_resources);
    // No setting says which workspace an imported extension uses.
    let is_unnamed = is_enabled && used.is_none() && connection.id_setting.is_none();
    match argument.mode() {
        Attr::Known(Mode::None) => !is_enabled,
        Attr::Known(Mode::Managed) => {
            is_unnamed
                || (is_enabled && used.is_some() && used == managed_id(connection, installed))
        }
        Attr::Known(Mode::Existing) => match argument.customer_id.known() {
            Some(id) => {
                let used = settings.get(wire::LOG_ANALYTICS_CUSTOMER_ID);
                is_enabled && used.is_some_and(|used| used.eq_ignore_ascii_case(id))
            }
            None => is_unnamed || (is_enabled && used == identity(argument).1.into_known()),
        },
        // Without a mode, it keeps what it has.
        Attr::Null => true,
        Attr::Unknown => false,
    }
}

fn managed_id(connection: &Connection, installed: &InstalledConnections) -> Option<Id> {
    (connection.managed_id)(installed.arguments.cluster_id.as_ref()?).ok()
}

/// Whether `log_analytics_ws` is turned on, which needs the key of the workspace.
pub(super) fn begins_logging(
    installed: &InstalledConnections, planned: &ConnectionArguments,
) -> bool {
    let is_on = |arguments: &ConnectionArguments| arguments.log_analytics_ws.known() == Some(&true);
    let logs = installed.settings.get(LOG_ANALYTICS.enabled_setting);
    is_on(planned)
        && !is_on(&installed.arguments)
        && !logs.is_some_and(|logs| logs.eq_ignore_ascii_case("true"))
}

/// Warnings of connections that change or are not managed any more.
pub(crate) fn warn_of_changes(
    installed: &InstalledConnections, planned: &ConnectionArguments, subject: &str,
) -> Vec<Diagnostic> {
    let warning = |connection: &Connection| {
        let (argument, noun) = ((connection.argument_of)(planned), connection.noun);
        if argument.is_unknown() || !connection.is_enabled(&installed.settings) {
            return None;
        }
        if changes(connection, installed, planned) {
            let title = format!("{subject}: its {noun} changes");
            return Some(Diagnostic::warning(title).detail(stays_in_azure(connection, installed)));
        }
        let was_written = connection.mode(&installed.arguments) != Attr::Null;
        let title = format!("{subject}: its {noun} is no longer managed");
        let detail = format!(
            "The extension stays connected to the {noun} that it has. Write `{}` to change that.",
            connection.argument
        );
        (was_written && argument.is_null()).then(|| Diagnostic::warning(title).detail(detail))
    };
    let with_path = |it: &Connection| Some(warning(it)?.at(it.argument));
    CONNECTIONS.into_iter().filter_map(with_path).collect()
}

fn stays_in_azure(connection: &Connection, installed: &InstalledConnections) -> String {
    let is_kind = |entry: &&SideResource| connection.kinds.iter().any(|kind| entry.is(kind));
    let entries = installed.side_resources.iter().filter(is_kind);
    let ids: String =
        entries.filter_map(|entry| Some(format!("\n\n  {}", entry.id.known()?))).collect();
    let cut = "A cluster that is attached is cut off when its relay changes, until it is attached \
               again.";
    let cut = if connection.argument == RELAY.argument { cut } else { "" };
    format!(
        "The {} that it uses until now stays in Azure; if this resource created it, it goes when \
         the extension is destroyed. {cut}{ids}",
        connection.noun
    )
}
