//! What is in a cluster already, and what that means for the extension and its instance types.
//!
//! Findings stand at the attribute to set, counted from the resource that is checked.

mod component;
mod extension;
mod instance_types;

pub use component::{Component, Controller};
pub use extension::{ExtensionSettings, check_extension};
pub use instance_types::{check_instance_types, check_namespace};
