//! The arguments `relay`, `service_bus` and `log_analytics`.
//!
//! They differ in the names of their attributes, so everything else sees each as an [`Argument`] of
//! one [`super::connection::Connection`].

use std::collections::BTreeMap;

use aml::settings::Mode;
use azure::Id;
use framework::{Attr, AttrMap, Sensitive};
use serde::{Deserialize, Serialize};

use super::connection::CONNECTIONS;
use super::side_resource::SideResource;

/// What a configuration, a plan or a state says of connections.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionArguments {
    pub(crate) relay: Attr<Argument>,
    pub(crate) service_bus: Attr<Argument>,
    pub(crate) log_analytics: Attr<Argument>,
    /// `true` means the same as `log_analytics = { mode = "managed" }`.
    pub(crate) log_analytics_ws: Attr<bool>,
    /// The protected settings and their write-only twin, where a connection string may stand.
    pub(crate) protected_settings: [AttrMap<Sensitive<String>>; 2],
    /// `None`: not known yet, or no ID.
    pub(crate) cluster_id: Option<Id>,
}

/// The connections of an extension that is installed.
pub(crate) struct InstalledConnections {
    pub(crate) arguments: ConnectionArguments,
    /// The plain settings that the service holds.
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) side_resources: Vec<SideResource>,
}

impl ConnectionArguments {
    /// Kinds of `side_resources` that are not deleted with the extension.
    pub(crate) fn kinds_to_keep(&self) -> Vec<&'static str> {
        let kept = CONNECTIONS.into_iter().filter(|connection| {
            let argument = (connection.argument_of)(self).known();
            argument.is_some_and(|argument| argument.delete_on_destroy.known() == Some(&false))
        });
        kept.flat_map(|connection| connection.kinds.iter().copied()).collect()
    }

    /// Whether a protected setting is written. `None`: not known yet.
    pub(super) fn has_protected_setting(&self, key: &str) -> Option<bool> {
        if self.protected_settings.iter().any(|map| map.contains_key(key)) {
            return Some(true);
        }
        if self.protected_settings.iter().any(Attr::is_unknown) { None } else { Some(false) }
    }
}

/// One of the arguments.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Argument {
    pub(super) mode: Attr<String>,
    /// Of an existing resource.
    pub(super) id: Attr<String>,
    /// Of an existing workspace.
    pub(super) customer_id: Attr<String>,
    pub(super) secret: Attr<Sensitive<String>>,
    pub(super) secret_version: Attr<i64>,
    pub(super) keys_version: Attr<i64>,
    pub(super) delete_on_destroy: Attr<bool>,
    pub(super) tags: AttrMap<String>,
}

impl Argument {
    /// A word that is no mode counts as not written.
    pub(super) fn mode(&self) -> Attr<Mode> {
        self.mode.as_ref().and_then(|word| parse_mode(word).into())
    }

    /// The secret, if it is written and known.
    pub(super) fn known_secret(written: &Attr<Sensitive<String>>) -> Option<Sensitive<String>> {
        written.known().filter(|secret| !secret.expose().is_empty()).cloned()
    }
}

pub(super) fn parse_mode(word: &str) -> Option<Mode> {
    match word {
        "managed" => Some(Mode::Managed),
        "existing" => Some(Mode::Existing),
        "none" => Some(Mode::None),
        _ => None,
    }
}

/// An argument for what is connected by a connection string. They differ in the name of the ID.
macro_rules! argument_with_connection_string {
    ($name:ident, $id:ident) => {
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        pub(crate) struct $name {
            pub(crate) mode: Attr<String>,
            pub(crate) $id: Attr<String>,
            pub(crate) connection_string_wo: Attr<Sensitive<String>>,
            pub(crate) connection_string_wo_version: Attr<i64>,
            pub(crate) keys_version: Attr<i64>,
            pub(crate) delete_on_destroy: Attr<bool>,
            pub(crate) tags: AttrMap<String>,
        }

        impl From<$name> for Argument {
            fn from(written: $name) -> Self {
                Self {
                    mode: written.mode,
                    id: written.$id,
                    customer_id: Attr::Null,
                    secret: written.connection_string_wo,
                    secret_version: written.connection_string_wo_version,
                    keys_version: written.keys_version,
                    delete_on_destroy: written.delete_on_destroy,
                    tags: written.tags,
                }
            }
        }
    };
}

argument_with_connection_string!(Relay, hybrid_connection_id);
argument_with_connection_string!(ServiceBus, namespace_id);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct LogAnalytics {
    pub(crate) mode: Attr<String>,
    pub(crate) workspace_id: Attr<String>,
    pub(crate) customer_id: Attr<String>,
    pub(crate) shared_key_wo: Attr<Sensitive<String>>,
    pub(crate) shared_key_wo_version: Attr<i64>,
    pub(crate) keys_version: Attr<i64>,
    pub(crate) delete_on_destroy: Attr<bool>,
    pub(crate) tags: AttrMap<String>,
}

impl From<LogAnalytics> for Argument {
    fn from(logs: LogAnalytics) -> Self {
        Self {
            mode: logs.mode,
            id: logs.workspace_id,
            customer_id: logs.customer_id,
            secret: logs.shared_key_wo,
            secret_version: logs.shared_key_wo_version,
            keys_version: logs.keys_version,
            delete_on_destroy: logs.delete_on_destroy,
            tags: logs.tags,
        }
    }
}
