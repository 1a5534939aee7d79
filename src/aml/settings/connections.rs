//! The side resources of the extension (Azure Relay, Service Bus, Log Analytics): which are needed,
//! and how they are connected.

use serde::{Deserialize, Serialize};
use vocabulary::{Attr, Sensitive};

use super::declared::{ClusterKind, Declared, is_false, is_true};
use super::keys::Era;
use super::wire;

/// Who manages a side resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The provider: it adopts what the CLI created, or creates it.
    Managed,
    /// Somebody else; the provider only connects it.
    Existing,
    /// There is none.
    None,
}

/// Which side resources the provider has to connect. A connection string in the protected settings
/// makes it [`Mode::None`], unless the mode is [`Mode::Existing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// `Microsoft.Relay`.
    pub relay: Mode,
    /// `Microsoft.ServiceBus`.
    pub service_bus: Mode,
    /// `Microsoft.OperationalInsights`.
    pub log_analytics: Mode,
}

/// The side resources that exist, with their secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// Where [`Wanted::relay`] is not none.
    pub relay: Option<Relay>,
    /// Where [`Wanted::service_bus`] is not none.
    pub service_bus: Option<ServiceBus>,
    /// Where [`Wanted::log_analytics`] is not none.
    pub log_analytics: Option<LogAnalytics>,
}

/// A hybrid connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// Its ARM ID, as the service answered it. `None`: the user gave a connection string only.
    pub hybrid_connection_id: Option<String>,
    /// `primaryConnectionString` of its rule.
    pub connection_string: Sensitive<String>,
}

/// A service bus namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceBus {
    /// Its ARM ID. `None`: the user gave a connection string only.
    pub namespace_id: Option<String>,
    /// `primaryConnectionString` of its first rule.
    pub connection_string: Sensitive<String>,
}

/// A Log Analytics workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogAnalytics {
    /// `properties.customerId`.
    pub customer_id: String,
    /// `primarySharedKey`.
    pub shared_key: Sensitive<String>,
}

/// Decides which side resources must exist before the extension is installed.
pub fn required_connections(declared: &Declared, kind: ClusterKind, era: Era) -> Wanted {
    let arc = kind == ClusterKind::Connected;
    let resolve = |mode, on, string| resolve(declared, mode, on, string);
    let on = |key: &str, default: bool| match era {
        Era::Y2021 => true,
        Era::Today => declared.get(key).known().map_or(default, |value| !is_false(value)),
    };
    let logs = declared.get(wire::LOG_ANALYTICS_WS).known().is_some_and(|value| is_true(value));
    let relay = on(wire::RELAY_ENABLED, arc);
    let bus = on(wire::SERVICE_BUS_ENABLED, false);
    Wanted {
        relay: resolve(declared.relay, relay, wire::RELAY_CONNECTION_STRING),
        service_bus: resolve(declared.service_bus, bus, wire::SERVICE_BUS_CONNECTION_STRING),
        log_analytics: resolve(declared.log_analytics, logs, wire::LOG_ANALYTICS_SHARED_KEY),
    }
}

/// The mode of one side resource: existing always wins; otherwise a connection string of the user
/// means none; otherwise it is the configured mode, or managed if the feature is `on`.
pub(super) fn resolve(declared: &Declared, mode: Attr<Mode>, on: bool, string: &str) -> Mode {
    match mode.known() {
        Some(Mode::Existing) => Mode::Existing,
        _ if given_string(declared, string) => Mode::None,
        Some(mode) => *mode,
        None if on => Mode::Managed,
        None => Mode::None,
    }
}

/// Whether the user gives a connection string; an empty one does not count.
pub(super) fn given_string(declared: &Declared, key: &str) -> bool {
    declared.get(key).known().is_some_and(|string| !string.is_empty())
}

#[cfg(test)]
mod tests {
    use vocabulary::{Attr, Sensitive};

    use super::{Mode, Wanted, required_connections};
    use crate::settings::{ClusterKind, Declared, Era, Settings};

    #[test]
    fn by_default_arc_has_a_relay_and_aks_has_none() {
        let declared = Declared::default();
        let of = |kind, era| required_connections(&declared, kind, era);
        let none = Wanted { relay: Mode::None, service_bus: Mode::None, log_analytics: Mode::None };
        assert_eq!(of(ClusterKind::Managed, Era::Today), none);
        let relay = Wanted { relay: Mode::Managed, ..none };
        assert_eq!(of(ClusterKind::Connected, Era::Today), relay);
        let both = Wanted { service_bus: Mode::Managed, ..relay };
        assert_eq!(of(ClusterKind::Connected, Era::Y2021), both);
    }

    #[test]
    fn a_mode_decides() {
        let declared = Declared {
            relay: Attr::Known(Mode::Existing),
            service_bus: Attr::Known(Mode::Managed),
            log_analytics: Attr::Known(Mode::None),
            settings: Settings { log_analytics_ws: Attr::Known(true), ..Settings::default() },
            ..Declared::default()
        };
        let expected =
            Wanted { relay: Mode::Existing, service_bus: Mode::Managed, log_analytics: Mode::None };
        assert_eq!(required_connections(&declared, ClusterKind::Managed, Era::Today), expected);
    }

    #[test]
    fn a_string_of_the_users_is_connected_where_the_mode_says_so() {
        let string = Attr::Known(Sensitive::from("s"));
        let secrets = ["relayServerConnectionString", "serviceBusConnectionString"];
        let secrets = secrets.map(|key| (key.to_owned(), string.clone()));
        let mut declared =
            Declared { protected: Attr::Known(secrets.into()), ..Declared::default() };
        declared.service_bus = Attr::Known(Mode::Existing);
        let wanted = required_connections(&declared, ClusterKind::Connected, Era::Today);
        assert_eq!((wanted.relay, wanted.service_bus), (Mode::None, Mode::Existing));
    }
}
