//! What the provider's schemas say of its resources, and which resources are the provider's.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::ResourceChange;

pub(super) const COMPUTE: &str = "azureml_kubernetes_compute";
pub(super) const EXTENSION: &str = "azureml_arc_extension";
pub(super) const CAPACITY: &str = "azureml_cluster_capacity";
pub(super) const INSTANCE_TYPE: &str = "azureml_instance_type";

/// The schemas of the provider's resources, by Terraform's type.
pub type Schemas = BTreeMap<String, ResourceSchema>;

/// Attributes of a resource, each as names with dots between them: `relay.delete_on_destroy`.
#[derive(Clone, Debug, Default)]
pub struct ResourceSchema {
    /// Set by the provider alone, so an update that leaves one open changes nothing.
    pub read_only: BTreeSet<String>,
    /// A change is stored and calls nothing.
    pub state_only: BTreeSet<String>,
    /// What follows in a path is a key of the user's choice.
    pub maps: BTreeSet<String>,
}

/// What a table of instance types shows in place of the settings.
pub(super) fn in_instance_type_table(kind: &str, attribute: &str) -> bool {
    match kind {
        COMPUTE => matches!(attribute, "instance_types" | "default_instance_type"),
        INSTANCE_TYPE => matches!(attribute, "name" | "node_selector" | "resources"),
        _ => false,
    }
}

/// Whether a managed resource is one of this provider's, whatever host or mirror the provider came
/// from.
pub(super) fn is_ours(change: &ResourceChange) -> bool {
    change.mode != "data" && is_provided(change)
}

/// The same of a resource or a data source.
pub(super) fn is_provided(change: &ResourceChange) -> bool {
    is_of_provider(&change.kind, &change.provider_name)
}

pub(super) fn is_of_provider(kind: &str, provider_name: &str) -> bool {
    let name = provider_name.rsplit('/').next().unwrap_or_default();
    kind.starts_with("azureml_") && matches!(name, "azureml" | "")
}
