//! One conductor per call of the protocol, each in the file named after it.
//!
//! Requests and responses mirror those of `tfplugin6`; values in them are closed.

pub mod apply_resource_change;
pub mod call_function;
pub mod configure_provider;
pub mod import_resource_state;
pub mod list_resource;
pub mod move_resource_state;
pub mod plan_resource_change;
pub mod read_data_source;
pub mod read_resource;
pub mod upgrade_resource_identity;
pub mod upgrade_resource_state;
pub mod validate_data_resource_config;
pub mod validate_list_resource_config;
pub mod validate_provider_config;
pub mod validate_resource_config;

mod config_check;
mod deadline;
mod dynamic_value;
pub(crate) mod identity;

pub use dynamic_value::DynamicValue;

pub(crate) use config_check::check_config;

/// What the client of a call can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// It knows write-only attributes and stores none of their values.
    pub write_only_attributes_allowed: bool,
    /// It can wait with an object until what it depends on is applied.
    pub deferral_allowed: bool,
}

impl Capabilities {
    /// Of a client that has them all.
    pub(crate) const ALL: Self =
        Self { write_only_attributes_allowed: true, deferral_allowed: true };
}
