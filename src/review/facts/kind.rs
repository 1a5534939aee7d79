//! The resource types of this provider, as far as a review treats their attributes unlike.

use crate::plan::ResourceChange;

pub(super) const COMPUTE: &str = "azureml_kubernetes_compute";
pub(super) const EXTENSION: &str = "azureml_arc_extension";
/// An instance type as an object of the cluster.
pub(super) const INSTANCE_TYPE: &str = "azureml_instance_type";

/// What only the service answers: no argument, so an update that leaves it open changes nothing.
pub(super) fn computed(kind: &str) -> &'static [&'static str] {
    match kind {
        COMPUTE => &[
            "id",
            "location",
            "provisioning_state",
            "provisioning_errors",
            "created_on",
            "is_attached_compute",
            "principal_id",
            "tenant_id",
            "extension_release_train",
            "extension_principal_id",
            "effective_instance_types",
        ],
        EXTENSION => &[
            "id",
            "extension_type",
            "release_namespace",
            "current_version",
            "provisioning_state",
            "statuses",
            "identity",
            "side_resources",
            "effective_configuration_settings",
        ],
        INSTANCE_TYPE => &["id"],
        _ => &[],
    }
}

/// What a table of instance types shows in place of the settings.
pub(super) fn in_table(kind: &str) -> &'static [&'static str] {
    match kind {
        COMPUTE => &["instance_types", "default_instance_type"],
        INSTANCE_TYPE => &["node_selector", "resources"],
        _ => &[],
    }
}

/// Arguments that change the state and call nothing.
pub(super) const LOCAL: [&str; 8] = [
    "timeouts",
    "extension_id",
    "force_delete",
    "wait_for_pods",
    "cluster_checks",
    "relay.delete_on_destroy",
    "service_bus.delete_on_destroy",
    "log_analytics.delete_on_destroy",
];

/// True if a resource is one of this provider's, whatever host or mirror the provider came from.
pub(super) fn is_ours(change: &ResourceChange) -> bool {
    change.mode != "data" && is_provided(change)
}

/// The same, data sources included.
pub(super) fn is_provided(change: &ResourceChange) -> bool {
    let name = change.provider_name.rsplit('/').next().unwrap_or_default();
    change.kind.starts_with("azureml_") && matches!(name, "azureml" | "")
}
