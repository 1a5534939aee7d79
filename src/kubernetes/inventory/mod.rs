//! What is in a cluster already, and what that means for the extension and its instance types.
//!
//! Findings stand at the attribute to set, counted from the resource that is checked.

mod component;
mod extension;
mod finding;
mod instance_types;

pub use component::{Component, Controller};
pub use extension::{ExtensionSettings, check_advertised_gpus, check_components, check_nodes};
pub use finding::Finding;
pub use instance_types::{check_instance_types, check_namespace};
