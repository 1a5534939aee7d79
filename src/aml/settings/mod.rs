//! The settings of the extension `Microsoft.AzureML.Kubernetes`.
//!
//! A user writes typed settings and two maps ([`Declared`]); the service takes two maps of texts
//! ([`Derived`]). Between them stands the work that Microsoft's CLI does on the client
//! (`azure-cli-extensions`, `AzureMLKubernetes.py`; 3f6c0dae for today, 0076dcff for 2021):
//! [`check()`] says what is wrong, [`required_connections()`] which resources must stand beside the extension,
//! [`derive()`] makes the maps of a create, [`update()`] those of an update, [`import()`] goes back.

mod check;
mod connections;
mod consequences;
mod declared;
mod derive;
mod era_2021;
mod impacts;
mod import;
mod keys;
mod release;
mod selector;
mod tls;
pub mod tolerations;
mod turn_on;
mod typed;
mod update;
pub mod wire;

pub use check::{check, check_installation, check_owned, fold};
pub use connections::{
    Connections, LogAnalytics, Mode, Relay, ServiceBus, Wanted, required_connections,
};
pub use consequences::{Change, Consequences, consequences};
pub use declared::{Cluster, ClusterKind, Declared};
pub use derive::{
    Derived, check_overwritten, derive, derive_again, settings_of_connections,
    settings_without_connections,
};
pub use impacts::impacts;
pub use import::{
    Imported, effective, import, import_all, in_one_spelling, settings_to_resend,
    undeclared_settings,
};
pub use keys::Era;
pub use release::{auto_upgrade, check_release, release_train};
pub use tls::{check_certificate, check_validity};
pub use turn_on::{serves_https, turns_on_certificate};
pub use typed::{KEYS, Key, Settings};
pub use update::{
    Leaving, Update, change, connections_of_protected_settings, derive_protected, is_connected,
    is_fetched, update,
};

/// The extension's type as the service answers it; compare it without case.
pub const EXTENSION_TYPE: &str = "microsoft.azureml.kubernetes";
/// The one namespace that the extension is installed into, with scope `cluster`.
pub const RELEASE_NAMESPACE: &str = "azureml";
